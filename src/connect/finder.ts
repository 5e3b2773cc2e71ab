/**
 * Finds the node by one way after the other and keeps a way to it, for as long as it is wanted: its own network, its own
 * address out there, a circuit, and from there a direct way (specification/away.md, "connect").
 */
import type { Clock } from '../observe/clock.ts'
import { announcedAddresses, type DeviceHost, type DeviceLink, WrongNode } from '../overlay/device.ts'
import { ask } from './ask.ts'
import { circuitThrough, peerOf, type WayKind, type Ways, waysTo } from './ways.ts'

/** Where a device stands. */
export type Whereabouts =
  | { readonly state: 'looking' }
  | { readonly state: 'connected'; readonly kind: WayKind; readonly address: string }
  | { readonly state: 'away'; readonly reason: AwayReason; readonly retryMs: number }
  /** For good: the node does not know this device any more, or is not the one that it was paired with. */
  | { readonly state: 'refused'; readonly reason: Verdict }

/** `no-helper`: nobody out there answers. `node-away`: helpers do, the node does not. `wrong-node`: another one answers. */
export type AwayReason = 'no-helper' | 'node-away' | 'wrong-node'
export type Verdict = 'ok' | 'device-unknown' | 'wrong-owner' | 'pairing-unknown' | 'pairing-used' | 'pairing-expired'

export interface FinderParts {
  readonly host: DeviceHost
  /** Peer ID of the node. */
  readonly node: string
  /** What is known of its whereabouts at present. */
  readonly known: () => { readonly addresses: readonly string[]; readonly home: readonly string[] }
  /** Looks at a new way before it is used: whether the node still lets this device in. Throws when the way breaks. */
  readonly check: (link: DeviceLink, signal: AbortSignal) => Promise<Verdict>
  readonly onChange: (now: Whereabouts) => void
  readonly clock: Clock
}

export interface Finder {
  /** Looks until it is stopped, or refused. */
  run(): Promise<void>
  /** The way in use; waits for one until the signal comes, and throws then. */
  link(signal: AbortSignal): Promise<DeviceLink>
  stop(): void
}

/** Between two rounds in which nothing was found; doubled up to the last. */
const RETRY_MS = { first: 1_000, last: 30_000 } as const
/** A way that stood for less than this counts as none. */
const SHORT_MS = 5_000
/** An address in one's own network answers at once or not at all. */
const NEAR_MS = 2_000
const FAR_MS = 8_000
/** The ways without anybody between get so long a start. */
const HEAD_START_MS = 400
const CHECK_MS = 8_000
/** How soon one learns that a way has died without a word. */
const PING_MS = { every: 15_000, answer: 6_000 } as const
/** From a circuit to a direct way: the first try is at once; waits are doubled up to the last. */
const DIRECT_MS = { try: 10_000, first: 10_000, last: 10 * 60_000 } as const
/** How often it is looked whether the node is in the same network by now. */
const HOME_MS = 60_000
/** What runs on a circuit may end there when there is a better way. */
const LINGER_MS = 10_000

export function createFinder(parts: FinderParts): Finder {
  const { host, node, known, check, clock } = parts
  const ended = new AbortController()
  let current: DeviceLink | undefined
  let waiting: (() => void)[] = []
  let hurry = () => {}

  const within = (ms: number) => AbortSignal.any([ended.signal, AbortSignal.timeout(ms)])
  const pause = (ms: number, until: AbortSignal) =>
    new Promise<void>(resolve => {
      if (until.aborted) return resolve()
      const go = () => {
        cancel()
        until.removeEventListener('abort', go)
        resolve()
      }
      const cancel = clock.after(ms, go)
      until.addEventListener('abort', go)
    })

  /** Between two rounds; who asks for the node ends it, but not before the shortest is over. */
  async function rest(ms: number): Promise<void> {
    await pause(Math.min(ms, RETRY_MS.first), ended.signal)
    const asked = new AbortController()
    hurry = () => asked.abort()
    if (waiting.length === 0) await pause(ms - RETRY_MS.first, AbortSignal.any([ended.signal, asked.signal]))
    hurry = () => {}
  }

  function use(link: DeviceLink | undefined, kind?: WayKind): void {
    current = link
    if (link === undefined || kind === undefined) return
    for (const go of waiting.splice(0)) go()
    parts.onChange({ state: 'connected', kind, address: link.address })
  }

  async function run(): Promise<void> {
    let retryMs: number = RETRY_MS.first
    while (!ended.signal.aborted) {
      parts.onChange({ state: 'looking' })
      const found = await findOnce()
      if (ended.signal.aborted) return found.link?.close()
      const verdict = found.link === undefined ? undefined : await verdictOn(found.link)
      if (found.link === undefined || verdict === undefined) {
        parts.onChange({ state: 'away', reason: found.reason, retryMs })
        await rest(retryMs)
        retryMs = Math.min(retryMs * 2, RETRY_MS.last)
        continue
      }
      if (verdict !== 'ok') {
        found.link.close()
        return parts.onChange({ state: 'refused', reason: verdict })
      }
      const sinceMs = clock.nowMs()
      await stay(found.link, found.kind)
      // What breaks at once, again and again, is not dialled without a rest.
      const stoodMs = clock.nowMs() - sinceMs
      if (stoodMs < SHORT_MS) await rest(retryMs)
      retryMs = stoodMs < SHORT_MS ? Math.min(retryMs * 2, RETRY_MS.last) : RETRY_MS.first
    }
  }

  /** Undefined when the way broke meanwhile. */
  async function verdictOn(link: DeviceLink): Promise<Verdict | undefined> {
    try {
      return await check(link, within(CHECK_MS))
    } catch {
      link.close()
      return undefined
    }
  }

  interface Found {
    readonly link: DeviceLink | undefined
    readonly kind: WayKind
    readonly reason: AwayReason
  }

  /** All ways at about the same time; the first that stands is used. */
  async function findOnce(): Promise<Found> {
    const ways = waysTo(node, known())
    const over = new AbortController()
    const signal = AbortSignal.any([ended.signal, over.signal])
    let reason: AwayReason = 'no-helper'
    const note = (one: AwayReason) => {
      if (reason !== 'wrong-node') reason = one
    }
    const tries = [
      ...ways.home.map(address => dial(address, 'home', NEAR_MS)),
      ...ways.own.map(address => dial(address, 'direct', FAR_MS)),
      throughHelpers(ways.helpers),
    ]

    async function dial(address: string, kind: WayKind, ms: number): Promise<Found> {
      try {
        const link = await host.dial(address, AbortSignal.any([signal, AbortSignal.timeout(ms)]))
        // Another one was there first.
        if (over.signal.aborted) link.close()
        return { link, kind, reason }
      } catch (error) {
        if (error instanceof WrongNode) note('wrong-node')
        throw error
      }
    }

    /** By one of its addresses after the other. */
    const through = (helper: readonly string[]): Promise<Found> =>
      helper.reduce<Promise<Found>>(
        (before, address) => before.catch(() => dial(circuitThrough(address, node), 'circuit', FAR_MS)),
        Promise.reject(new Error('no address')),
      )

    async function throughHelpers(helpers: Ways['helpers']): Promise<Found> {
      await pause(ways.home.length + ways.own.length === 0 ? 0 : HEAD_START_MS, signal)
      signal.throwIfAborted()
      try {
        return await Promise.any(helpers.map(through))
      } catch {
        const told = (await Promise.all(helpers.map(([helper]) => whereabouts(helper!, signal)))).flat()
        const news = waysTo(node, { addresses: told.filter(isText), home: [] })
        if (told.length > 0) note('node-away')
        return Promise.any([...news.own.map(address => dial(address, 'direct', FAR_MS)), ...news.helpers.map(through)])
      }
    }

    try {
      return await Promise.any(tries)
    } catch {
      return { link: undefined, kind: 'circuit', reason }
    } finally {
      over.abort()
    }
  }

  /** What the node has announced, as this helper knows it; `null` in the list stands for a helper that does not. */
  async function whereabouts(helper: string, signal: AbortSignal): Promise<readonly (string | null)[]> {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(FAR_MS)])
      const stream = await host.openTo(helper, limit)
      const { status, bytes } = await ask(stream, { host: peerOf(helper), path: `/where/${node}`, signal: limit })
      const addresses = status === 200 ? await announcedAddresses(bytes, node) : undefined
      return addresses ?? [null]
    } catch {
      return []
    }
  }

  /** Until no way is left: pings, and looks for better ways meanwhile. */
  async function stay(first: DeviceLink, firstKind: WayKind): Promise<void> {
    let kind = firstKind
    let link = first
    const lost = new AbortController()
    const signal = AbortSignal.any([ended.signal, lost.signal])
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    const watch = (one: DeviceLink) => void one.gone.then(() => one === link && end())
    ended.signal.addEventListener('abort', () => end(), { once: true })

    async function moveTo(next: DeviceLink, nextKind: WayKind): Promise<void> {
      if (signal.aborted || (await verdictOn(next)) !== 'ok') return next.close()
      const old = link
      link = next
      kind = nextKind
      watch(next)
      use(next, nextKind)
      clock.after(LINGER_MS, () => {
        old.close()
        if (current === next) host.leaveOthers()
      })
    }

    async function lookForDirect(): Promise<void> {
      for (let waitMs: number = DIRECT_MS.first; kind === 'circuit' && !signal.aborted; ) {
        try {
          await moveTo(
            await host.dialDirect(link, AbortSignal.any([signal, AbortSignal.timeout(DIRECT_MS.try)])),
            'direct',
          )
        } catch {
          // As between two symmetric NATs: the circuit stays.
        }
        if (kind !== 'circuit') return
        await pause(waitMs, signal)
        waitMs = Math.min(waitMs * 2, DIRECT_MS.last)
      }
    }

    async function lookForHome(): Promise<void> {
      while (kind !== 'home' && !signal.aborted) {
        await pause(HOME_MS, signal)
        const near = waysTo(node, known()).home
        if (signal.aborted || near.length === 0) continue
        const dials = near.map(address => host.dial(address, AbortSignal.any([signal, AbortSignal.timeout(NEAR_MS)])))
        await Promise.any(dials)
          .then(one => moveTo(one, 'home'))
          .catch(() => {})
      }
    }

    async function ping(): Promise<void> {
      while (!signal.aborted) {
        await pause(PING_MS.every, signal)
        const asked = link
        if (signal.aborted) return
        await asked.ping(within(PING_MS.answer)).catch(() => asked.close())
      }
    }

    watch(first)
    use(first, firstKind)
    void lookForDirect()
    void lookForHome()
    void ping()
    await over
    lost.abort()
    use(undefined)
    link.close()
  }

  return {
    run,
    async link(signal) {
      while (current === undefined) {
        signal.throwIfAborted()
        await new Promise<void>((resolve, reject) => {
          waiting.push(resolve)
          hurry()
          signal.addEventListener(
            'abort',
            () => {
              waiting = waiting.filter(one => one !== resolve)
              reject(signal.reason)
            },
            { once: true },
          )
        })
      }
      return current
    },
    stop: () => ended.abort(),
  }
}

function isText(value: string | null): value is string {
  return value !== null
}
