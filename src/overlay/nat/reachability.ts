/** Whether others get in at this node's side: known by connections that came in, not guessed. */
import type { Connection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../../observe/clock.ts'
import { type Logger, messageOf } from '../../observe/log.ts'
import { scopeOf, scopeOfConnection, scopeOfHost } from '../dial-filter.ts'
import { isDoor } from '../doors/addresses.ts'
import type { Host } from '../libp2p.ts'
import { type AskReach, REACH_PROTOCOL } from './reach.ts'

/**
 * `open`: somebody from outside got in at these addresses. `shut`: nobody who tried did. `unknown`: nobody from outside
 * has tried, as on a LAN without a way out.
 */
export interface Access {
  readonly side: 'unknown' | 'open' | 'shut'
  /** Multiaddrs without the peer ID; none unless it is open. */
  readonly addresses: readonly string[]
}

/** What is used of the host. */
export type ReachabilityHost = Pick<Host, 'getConnections' | 'addEventListener' | 'removeEventListener'> & {
  readonly peerStore: Pick<Host['peerStore'], 'has' | 'get'>
}

export interface ReachabilityParts {
  readonly host: ReachabilityHost
  readonly clock: Clock
  readonly log: Logger
  readonly askReach: AskReach
  /** Addresses that this node listens on. */
  readonly listening: () => readonly Multiaddr[]
  /** TCP ports at which this node may be reached at its outer address. */
  readonly ports: () => readonly number[]
  readonly onChange: (access: Access) => void
  /** There is somebody outside; whether others get in is not known before seconds. */
  readonly onOutsider: () => void
}

export interface Reachability {
  access(): Access
  /** Asks again: the ports have changed. */
  ask(): void
  stop(): void
}

/** How often a peer is asked; a router that was changed meanwhile is noticed by then. */
const ASK_EVERY_MS = 10 * 60_000
/** What a peer said counts for so long. */
const COUNTS_MS = 30 * 60_000
/** Peers asked in one round, and whose answers are kept. */
const ASKED_AT_ONCE = 2
const MAX_ANSWERS = 16
/** The reply may overtake the connection that it speaks of. */
const PROOF_MS = 1_500
/** A peer that got in and now does not is asked once more before it counts: it may have had too much to do. */
const DOUBT_MS = 5_000

interface Answer {
  readonly seen: string
  readonly open: readonly number[]
  readonly atMs: number
  /** It did not get in at the last try, after it had; what it said before still stands. */
  readonly isDoubted: boolean
}

export function createReachability(parts: ReachabilityParts): Reachability {
  const { host, clock, log, askReach } = parts
  const ended = new AbortController()
  /** What each peer said last, the latest last. */
  const answers = new Map<string, Answer>()
  /** When each peer came in last by a direct connection from outside. */
  const cameIn = new Map<string, number>()
  /** What this machine had of public addresses when the last one came in. */
  let cameInAt: readonly string[] = []
  const asking = new Set<string>()
  let access: Access = { side: 'unknown', addresses: [] }
  let cancelRound = clock.after(ASK_EVERY_MS, round)

  function judge(): void {
    for (const [peer, { atMs }] of answers) if (clock.nowMs() - atMs > COUNTS_MS) answers.delete(peer)
    const addresses = [...new Set([...proved([...answers.values()]), ...listenedOn()])]
    const side = addresses.length > 0 ? 'open' : answers.size > 0 ? 'shut' : 'unknown'
    // Without news from outside, as when the line is down, what was known last stands.
    if (side === 'unknown' || (side === access.side && addresses.join() === access.addresses.join())) return
    access = { side, addresses }
    parts.onChange(access)
  }

  /** Public addresses of this machine itself, once somebody from outside has come in: whoever says it cannot may lie. */
  function listenedOn(): string[] {
    const isFresh = [...cameIn.values()].some(atMs => clock.nowMs() - atMs < COUNTS_MS)
    return isFresh ? publicOwn().filter(address => cameInAt.includes(address)) : []
  }

  function publicOwn(): string[] {
    return parts
      .listening()
      .filter(address => scopeOf(address) === 'public')
      .map(String)
  }

  async function askOne(connection: Connection): Promise<void> {
    const id = connection.remotePeer.toString()
    const ports = parts.ports()
    if (asking.has(id) || ports.length === 0 || ended.signal.aborted) return
    asking.add(id)
    const askedMs = clock.nowMs()
    try {
      const { seen, open } = await askReach(connection, ports)
      if (scopeOfHost(seen) !== 'public') return
      // Its word that it got in is not enough: it may lie, to make this node give up its relays.
      const isProved = open.length > 0 && (await camesIn(id, askedMs))
      note(id, { seen, open: isProved ? open : [], atMs: clock.nowMs(), isDoubted: false })
      if (answers.get(id)?.isDoubted) clock.after(DOUBT_MS, () => void askOne(connection))
    } catch (error) {
      log('debug', 'a peer did not say whether it reaches this node', { node: id, reason: messageOf(error) })
    } finally {
      asking.delete(id)
    }
  }

  function note(id: string, answer: Answer): void {
    const before = answers.get(id)
    const isNews = before?.seen !== answer.seen || answer.open.length > 0
    const isDoubt = before !== undefined && before.open.length > 0 && !before.isDoubted && !isNews
    answers.delete(id)
    answers.set(id, isDoubt ? { ...before, isDoubted: true } : answer)
    if (answers.size > MAX_ANSWERS) answers.delete(answers.keys().next().value!)
    judge()
  }

  /** Whether that peer came in by a new connection since then, or does so soon. */
  function camesIn(peer: string, sinceMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const look = () => {
      if ((cameIn.get(peer) ?? 0) >= sinceMs) resolve(true)
    }
    host.addEventListener('connection:open', look)
    const cancel = clock.after(PROOF_MS, () => resolve(false))
    look()
    return promise.finally(() => {
      cancel()
      host.removeEventListener('connection:open', look)
    })
  }

  function onOpen({ detail }: CustomEvent<Connection>): void {
    const { direction, limits, remoteAddr, remotePeer } = detail
    const isTcp =
      remoteAddr.getComponents()[1]?.name === 'tcp' &&
      !remoteAddr.toString().includes('/p2p-circuit') &&
      !isDoor(remoteAddr)
    if (direction !== 'inbound' || limits !== undefined || !isTcp || scopeOfConnection(detail) !== 'public') return
    const id = remotePeer.toString()
    cameInAt = publicOwn()
    cameIn.delete(id)
    cameIn.set(id, clock.nowMs())
    if (cameIn.size > MAX_ANSWERS) cameIn.delete(cameIn.keys().next().value!)
    judge()
  }

  /** A peer that has just come may see this node elsewhere than before: the router has another address now. */
  function onIdentified(peer: PeerId, protocols: readonly string[], connection: Connection): void {
    const isOutside = connection.limits === undefined && scopeOfConnection(connection) === 'public'
    if (!isOutside) return
    parts.onOutsider()
    if (!protocols.includes(REACH_PROTOCOL)) return
    const known = answers.get(peer.toString())
    const isFirst = host.getConnections(peer).filter(({ limits }) => limits === undefined).length === 1
    if (known === undefined || isFirst) void askOne(connection)
  }

  function round(): void {
    cancelRound()
    if (ended.signal.aborted) return
    cancelRound = clock.after(ASK_EVERY_MS, round)
    judge()
    void askSome()
  }

  async function askSome(): Promise<void> {
    const outside = host
      .getConnections()
      .filter(connection => connection.limits === undefined && scopeOfConnection(connection) === 'public')
    const askable: Connection[] = []
    for (const connection of outside) {
      const peer = connection.remotePeer
      if (!(await host.peerStore.has(peer))) continue
      if ((await host.peerStore.get(peer)).protocols.includes(REACH_PROTOCOL)) askable.push(connection)
    }
    const longestAgo = (connection: Connection) => answers.get(connection.remotePeer.toString())?.atMs ?? 0
    askable.sort((a, b) => longestAgo(a) - longestAgo(b))
    await Promise.all(askable.slice(0, ASKED_AT_ONCE).map(askOne))
  }

  const { signal } = ended
  host.addEventListener('connection:open', onOpen, { signal })
  host.addEventListener(
    'peer:identify',
    ({ detail }) => onIdentified(detail.peerId, detail.protocols, detail.connection),
    { signal },
  )
  return {
    access: () => access,
    ask: () => void askSome(),
    stop() {
      ended.abort()
      cancelRound()
    },
  }
}

/**
 * The addresses at which peers got in, of the outer address that most of the peers see, or the latest: one that lies about
 * it stands alone.
 */
function proved(answers: readonly Answer[]): string[] {
  const votes = new Map<string, number>()
  for (const { seen } of answers) votes.set(seen, (votes.get(seen) ?? 0) + 1)
  const most = Math.max(0, ...votes.values())
  const seen = answers.findLast(answer => votes.get(answer.seen) === most)?.seen
  const open = new Set(answers.filter(answer => answer.seen === seen).flatMap(answer => answer.open))
  return [...open].map(port => `/ip${seen?.includes(':') ? 6 : 4}/${seen}/tcp/${port}`)
}
