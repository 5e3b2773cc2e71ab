/**
 * Which way leads to the node: the best that there is, looked for while another serves. A request whose way is lost is
 * asked again on the next one where twice does no more than once, so that neither a pull nor a post is lost.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { isAway, type KeptNode } from '../keep/kept-node.ts'
import type { LiveSocket } from '../node/live.ts'
import { noSocket } from './no-socket.ts'
import { createOriginWay } from './origin-way.ts'
import type { Overlay, Search } from './overlay.ts'
import { isRepeatable, WAY_KINDS, type Way, type WayFault, type WayKind, WayLost, type WayRequest } from './way.ts'

export interface FinderParts {
  /** Of this page. */
  readonly origin: string
  /** Opens the node over the network at home. */
  readonly token: () => string | undefined
  /** What is kept of the node; undefined in a browser that only knows the origin. */
  readonly kept: ReadonlySignal<KeptNode | undefined>
  readonly keep: (kept: KeptNode) => void
  /** Loads libp2p, once. */
  readonly overlay: () => Promise<Overlay>
  readonly isVisible: () => boolean
  readonly isOnline: () => boolean
}

export interface Finder {
  /** The way in use; undefined while there is none. */
  readonly kind: ReadonlySignal<WayKind | undefined>
  /** What is being tried now. */
  readonly trying: ReadonlySignal<readonly WayKind[]>
  /** Why there is no way; on a circuit, why there is none that is direct. */
  readonly fault: ReadonlySignal<WayFault | undefined>
  /** Whether this browser knows a node to look for. */
  readonly isPaired: ReadonlySignal<boolean>
  /** @throws WayLost when there is no way; whatever the signal says when that ends it */
  fetch(path: string, request: WayRequest): Promise<Response>
  open(): LiveSocket
  /** Waits for a way with room for large transfers; false when there was none before the signal. */
  direct(signal: AbortSignal): Promise<boolean>
  /** The network may have changed: looks for a better way at once. */
  again(): void
  /** A connection that pairing has just made. */
  adopt(way: Way): void
  /** For pairing: libp2p, and what it tells of its search. */
  readonly overlay: () => Promise<Overlay>
  readonly search: Omit<Search, 'offer'>
  /** Ends everything, as when somebody signs out. */
  stop(): void
}

/** An address at home that has not answered by then may be far away: libp2p is loaded meanwhile. */
const HEAD_START_MS = 700
const PROBE_MS = 3_000
/** Without an answer for so long the way itself is asked whether it still leads anywhere. */
const STALL_MS = 2_500
const MAX_TRIES = 4
/** Longer than what was begun through the overlay may last. */
const RELEASE_MS = 65_000
/** How often a better way is looked for. */
const IMPROVE_MS = 30_000
/** Requests come as often as they like; the overlay is searched no more often than this. */
const MIN_LOOK_MS = 2_000
/** A node that has shut this device out is not asked at every pull. */
const REFUSED_LOOK_MS = 60_000
/** A way that did not last so long, several times in a row: the next one is not looked for at once. */
const SHORT_MS = 30_000
const MAX_SHORT = 3
const MAX_LOOK_MS = 60_000
/** On a circuit a direct connection is tried again after this, for chance may have decided; then seldom: it costs. */
const DIRECT_MS = 10_000
const NEXT_DIRECT_MS = 2 * 60_000
const MAX_DIRECT_MS = 10 * 60_000

export function createFinder(parts: FinderParts): Finder {
  const { origin, token, kept, keep, overlay, isVisible, isOnline } = parts
  const current = signal<Way | undefined>(kept.value === undefined ? originWay() : undefined)
  const trying = signal<readonly WayKind[]>([])
  const fault = signal<WayFault | undefined>(undefined)
  const waiting = new Set<() => void>()
  let looking: Promise<void> | undefined
  let lookedMs = Number.NEGATIVE_INFINITY
  let usedMs = 0
  let shortLived = 0
  let isWanted = false
  let improving: ReturnType<typeof setTimeout> | undefined
  let directWaitMs = DIRECT_MS
  let nearMs = 0
  let directMs = 0
  let loaded: Promise<Overlay> | undefined
  let doubted: Way | undefined
  let refusal: (() => Response) | undefined
  let searching: AbortController | undefined

  function originWay(): Way {
    return createOriginWay({ kind: 'origin', origin, token })
  }

  function use(way: Way): void {
    const before = current.value
    if (before === way) return
    current.value = way
    usedMs = Date.now()
    fault.value = undefined
    refusal = undefined
    way.ended.addEventListener('abort', () => lost(way, way.kind === 'circuit' ? 'relay-cut' : undefined), {
      once: true,
    })
    before?.retire()
    for (const wake of [...waiting]) wake()
    planToImprove()
  }

  function lost(way: Way, why: WayFault | undefined): void {
    if (current.value !== way) return
    // A page that knows no other place keeps asking there.
    if (kept.value === undefined) return
    current.value = undefined
    fault.value = why
    way.close()
    shortLived = Date.now() - usedMs < SHORT_MS ? shortLived + 1 : 0
    lookedMs = Date.now()
    if (shortLived > MAX_SHORT) return
    isWanted = true
    void look()
  }

  /** How long after a search the next one may begin. */
  function restMs(): number {
    if (fault.value === 'revoked' || fault.value === 'wrong-owner') return REFUSED_LOOK_MS
    return Math.min(MAX_LOOK_MS, MIN_LOOK_MS * 2 ** Math.max(0, shortLived - MAX_SHORT))
  }

  /** Something is looked for as long as this runs. */
  async function during<T>(kinds: readonly WayKind[], work: Promise<T>): Promise<T> {
    trying.value = [...trying.value, ...kinds]
    try {
      return await work
    } finally {
      const rest = [...trying.value]
      for (const kind of kinds) rest.splice(rest.indexOf(kind), 1)
      trying.value = rest
    }
  }

  function look(): Promise<void> {
    looking ??= searchWhileWanted().finally(() => {
      looking = undefined
      lookedMs = Date.now()
      for (const wake of [...waiting]) wake()
    })
    return looking
  }

  /** Once more when what was found is lost before the search is over. */
  async function searchWhileWanted(): Promise<void> {
    do {
      isWanted = false
      await searchAll()
    } while (isWanted && current.value === undefined)
  }

  async function searchAll(): Promise<void> {
    const node = kept.value
    if (node === undefined) return use(originWay())
    const near = searchNear(node)
    await Promise.race([near, new Promise(resolve => setTimeout(resolve, HEAD_START_MS))])
    if (current.value === undefined) await searchOverlay(node)
    await near
  }

  /** The addresses at home: the first that answers and is the node. */
  async function searchNear({ node, isHere, home }: KeptNode): Promise<void> {
    nearMs = Date.now()
    const places = [
      ...(isHere ? [{ kind: 'origin' as const, origin }] : []),
      ...home
        .filter(other => other !== origin && isOpenTo(other, origin))
        .map(other => ({ kind: 'home' as const, origin: other })),
    ]
    const attempts = places.map(async place => {
      const isKnown = current.value !== undefined && rank(current.value.kind) <= rank(place.kind)
      if (isKnown || !(await isNode(place, node))) return
      if (current.value === undefined || rank(place.kind) < rank(current.value.kind)) {
        use(createOriginWay({ ...place, token }))
      }
    })
    await during(
      places.map(({ kind }) => kind),
      Promise.all(attempts),
    )
  }

  async function searchOverlay(node: KeptNode): Promise<void> {
    searching = new AbortController()
    let why: WayFault | undefined
    try {
      const peer = await during(['direct'], load())
      why = await peer.find(node, searching.signal, searchFor(node))
    } catch {
      why = 'broken'
    }
    if (current.value === undefined && why !== undefined) fault.value = isOnline() ? why : 'offline'
  }

  function load(): Promise<Overlay> {
    loaded ??= overlay().catch((error: unknown) => {
      loaded = undefined
      throw error
    })
    return loaded
  }

  function searchFor(node: KeptNode): Search {
    return { ...search, offer: way => take(way, node) }
  }

  const search: Omit<Search, 'offer'> = {
    during,
    noDirect() {
      if (current.value?.kind === 'circuit') fault.value = 'no-webrtc'
    },
  }

  /** A way through the overlay is taken when the node knows this device there and is still the same owner's. */
  async function take(way: Way, node: KeptNode): Promise<WayFault | undefined> {
    const signal = AbortSignal.timeout(PROBE_MS * 2)
    const response = await way.fetch('/away', { method: 'GET', headers: {}, body: null, signal })
    const body: unknown = await response.json()
    if (response.status === 401) {
      const { status, headers } = response
      refusal = () =>
        new Response(JSON.stringify(body), { status, headers: { 'Content-Type': headers.get('Content-Type') ?? '' } })
      return 'revoked'
    }
    if (!response.ok || !isAway(body)) return 'broken'
    if (body.node !== node.node) return 'wrong-node'
    if (node.owner !== null && body.owner !== node.owner) return 'wrong-owner'
    keep({ node: body.node, owner: body.owner, addresses: body.addresses, home: body.home, isHere: node.isHere })
    if (current.value === undefined || rank(way.kind) < rank(current.value.kind)) use(way)
    else way.close()
    return undefined
  }

  function planToImprove(): void {
    clearTimeout(improving)
    const kind = current.value?.kind
    if (kind === 'origin' || kind === 'home') release()
    if (kind !== 'circuit') directWaitMs = DIRECT_MS
    if (kept.value === undefined || kind === undefined || kind === 'origin') return
    improving = setTimeout(() => void improve(), kind === 'circuit' ? directWaitMs : IMPROVE_MS)
  }

  /** Back at home nothing of libp2p stays, once what was under way is done. */
  function release(): void {
    const peer = loaded
    loaded = undefined
    if (peer !== undefined) setTimeout(() => void peer.then(({ stop }) => stop()).catch(() => {}), RELEASE_MS)
  }

  async function improve(isForced = false): Promise<void> {
    clearTimeout(improving)
    const node = kept.value
    if (node === undefined || current.value === undefined) return
    if (isForced || isVisible()) {
      if (isForced || Date.now() - nearMs >= IMPROVE_MS) await searchNear(node)
      if (current.value?.kind === 'circuit' && Date.now() - directMs >= DIRECT_MS) {
        directMs = Date.now()
        directWaitMs = Math.min(MAX_DIRECT_MS, Math.max(NEXT_DIRECT_MS, directWaitMs * 2))
        await (await loaded)?.improve(searchFor(node))
      }
    }
    planToImprove()
  }

  /** The way in use, or the first that is found. */
  async function wayFor(stop: AbortSignal): Promise<Way> {
    for (;;) {
      stop.throwIfAborted()
      if (current.value !== undefined) return current.value
      if (looking === undefined && Date.now() - lookedMs < restMs()) throw nowhere()
      const round = look()
      await woken(stop)
      if (current.value === undefined && looking !== round) throw nowhere()
    }
  }

  function nowhere(): WayLost {
    return new WayLost({ isUnsent: true, ...(fault.value !== undefined && { fault: fault.value }) })
  }

  function woken(stop: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => {
        waiting.delete(wake)
        stop.removeEventListener('abort', wake)
        resolve()
      }
      waiting.add(wake)
      stop.addEventListener('abort', wake, { once: true })
    })
  }

  /** Asks a way that is silent whether it still leads to the node; one that does not is given up. */
  async function doubt(way: Way): Promise<void> {
    if (kept.value === undefined || current.value !== way || doubted === way) return
    doubted = way
    if (!(await way.check(AbortSignal.timeout(PROBE_MS)))) lost(way, undefined)
    doubted = undefined
  }

  function open(): LiveSocket {
    const way = current.value
    return way?.open(() => void doubt(way)) ?? noSocket()
  }

  async function ask(path: string, request: WayRequest): Promise<Response> {
    for (let tries = 1; ; tries++) {
      let way: Way
      try {
        way = await wayFor(request.signal)
      } catch (error) {
        if (refusal !== undefined && error instanceof WayLost) return refusal()
        throw error
      }
      const stall = setTimeout(() => void doubt(way), STALL_MS)
      try {
        return await way.fetch(path, request)
      } catch (error) {
        if (!(error instanceof WayLost)) throw error
        lost(way, error.fault)
        const isSafe = error.isUnsent || isRepeatable(path, request.method)
        if (kept.value === undefined || !isSafe || tries === MAX_TRIES) throw error
      } finally {
        clearTimeout(stall)
      }
    }
  }

  return {
    kind: computed(() => current.value?.kind),
    trying,
    fault,
    isPaired: computed(() => kept.value !== undefined),
    fetch: ask,
    open,
    async direct(stop) {
      while (!stop.aborted) {
        if (current.value !== undefined && current.value.kind !== 'circuit') return true
        await woken(stop)
      }
      return false
    },
    again() {
      shortLived = 0
      lookedMs = Number.NEGATIVE_INFINITY
      if (current.value === undefined) void look()
      else void doubt(current.value).then(() => improve(true))
    },
    adopt: use,
    overlay: load,
    search,
    stop() {
      clearTimeout(improving)
      searching?.abort()
      current.value?.close()
      release()
      current.value = originWay()
    },
  }
}

function rank(kind: WayKind): number {
  return WAY_KINDS.indexOf(kind)
}

/** A page of an `https:` address may ask no plain one, but for this machine. */
function isOpenTo(other: string, page: string): boolean {
  return !page.startsWith('https:') || other.startsWith('https:')
}

/** Asked without the token: at another place the same address may be anybody's. */
async function isNode({ kind, origin }: { kind: WayKind; origin: string }, node: string): Promise<boolean> {
  try {
    const way = createOriginWay({ kind: 'home', origin, token: () => undefined })
    const signal = AbortSignal.timeout(PROBE_MS)
    const response = await way.fetch(`/version?node=${node}`, { method: 'GET', headers: {}, body: null, signal })
    const { node: answers } = (await response.json()) as { readonly node?: unknown }
    // A node that does not say so yet, but which this page came from.
    return answers === node || (kind === 'origin' && answers === undefined)
  } catch {
    return false
  }
}
