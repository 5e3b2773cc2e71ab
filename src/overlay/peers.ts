/** Who this node is connected to: bootstraps for ever, and enough other nodes for the mesh; known peers go on disk. */

import type { Connection, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { OnActivity } from '../observe/activity.ts'
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { KnownPeer, PeerBook } from '../store/store.ts'
import { type BootstrapState, type Bootstraps, createBootstraps, isConnected } from './bootstraps.ts'
import { type Candidates, createCandidates } from './candidates.ts'
import { dialErrorWords } from './dial-error.ts'
import { allowedOf, dialable, isCrowded } from './dial-filter.ts'
import { dialWays } from './dial-ways.ts'
import type { Directory } from './directory.ts'
import type { Host } from './libp2p.ts'
import { createLostPeers, type LostPeers } from './lost-peers.ts'
import { FEW_NEIGHBOURS, startSurplus } from './surplus.ts'
import { isWebRtc } from './webrtc.ts'

export interface PeersOptions {
  /** Multiaddrs, with or without `/p2p/…`. */
  readonly bootstraps: readonly string[]
  readonly wantedPeers: number
  /** Wait before a bootstrap is dialled again: the first one, doubled up to the last. */
  readonly redialMs: { readonly first: number; readonly last: number }
}

export interface PeersParts {
  readonly host: Host
  readonly directory: Directory
  readonly book: PeerBook
  readonly clock: Clock
  readonly log: Logger
  readonly onActivity: OnActivity
}

export interface Peers {
  /** Begins to dial. */
  start(): void
  bootstraps(): readonly BootstrapState[]
  /** These from now on, and no others. */
  replaceBootstraps(addresses: readonly string[]): void
  /**
   * A connection to this node, dialled if there is none. Throws when no address of it answers.
   * @param hints further addresses, already judged
   * @param avoided relays that come last
   */
  connect(id: string, hints?: readonly Multiaddr[], avoided?: readonly string[]): Promise<PeerId>
  /** Connects to a node that was found in the LAN, unless enough of them are connected. */
  meet(id: string, addresses: readonly string[]): void
  /** Notes that this peer is a node of the overlay, for the next start. */
  remember(id: string): Promise<void>
  stop(): Promise<void>
}

const DIAL_MS = 10_000
/** How often the number of connections is looked at. */
const FILL_MS = 10_000
/** How often one node more than wanted is visited, whichever it is: it may be in a part of the network that lost this one. */
const VISIT_MS = 10 * 60_000
/** Nodes of the LAN that are dialled at a time; the others are found again a minute later. */
const MEETINGS_AT_ONCE = 8
const DIALS_AT_ONCE = 3
/** Long enough for a dial within a country. */
const GIVE_WAY_MS = 500
/** Addresses tried of one node: more than any home has. */
const MAX_ADDRESSES = 16
/** How often the time last seen of the connected peers goes to disk. */
const SAVE_MS = 5 * 60_000

export function createPeers(parts: PeersParts, options: PeersOptions): Peers {
  return new PeerKeeper(parts, options)
}

class PeerKeeper implements Peers {
  readonly #parts: PeersParts
  readonly #options: PeersOptions
  readonly #ended = new AbortController()
  readonly #bootstraps: Bootstraps
  readonly #candidates: Candidates
  readonly #timers = new Map<string, () => void>()
  readonly #lost: LostPeers
  /** Peers that said hello on a connection that is open. */
  readonly #greeted = new Set<string>()
  readonly #meeting = new Set<string>()
  /** The node that is visited, though there are connections enough. */
  #visited: string | undefined
  /** Nodes that are being dialled. */
  readonly #dialling = new Map<string, Promise<PeerId>>()
  #filling = false

  constructor(parts: PeersParts, options: PeersOptions) {
    this.#parts = parts
    this.#options = options
    this.#lost = createLostPeers(parts.clock)
    this.#candidates = createCandidates({ ...parts, awaited: () => this.#beingDialled() })
    const dialSignal = () => this.#withinDialTime()
    this.#bootstraps = createBootstraps({ ...parts, redialMs: options.redialMs, dialSignal }, options.bootstraps)
  }

  start(): void {
    const { host } = this.#parts
    const { signal } = this.#ended
    host.addEventListener('peer:disconnect', ({ detail }) => this.#onDisconnect(detail), { signal })
    host.addEventListener('connection:close', ({ detail }) => this.#onClose(detail), { signal })
    this.#bootstraps.start()
    this.#every('fill', FILL_MS, () => this.#fill())
    this.#every('lost', FILL_MS, () => this.#findLost())
    this.#every('visit', this.#spread(VISIT_MS), () => this.#visit())
    this.#timers.set('surplus', startSurplus(this.#parts))
    this.#every('save', SAVE_MS, () => this.#save(host.getPeers().map(String)))
    // Once at the start, for a node whose bootstraps are gone.
    void this.#fill()
  }

  bootstraps(): readonly BootstrapState[] {
    return this.#bootstraps.list()
  }

  replaceBootstraps(addresses: readonly string[]): void {
    this.#bootstraps.replace(addresses)
  }

  connect(id: string, hints: readonly Multiaddr[] = [], avoided: readonly string[] = []): Promise<PeerId> {
    // Several deliveries to one node make one dial.
    const dialling =
      this.#dialling.get(id) ?? this.#connect(id, hints, avoided).finally(() => this.#dialling.delete(id))
    this.#dialling.set(id, dialling)
    return dialling
  }

  async #connect(id: string, hints: readonly Multiaddr[], avoided: readonly string[]): Promise<PeerId> {
    const peer = peerIdFromString(id)
    const { host, directory, clock } = this.#parts
    if (isConnected(host, peer)) return peer
    const entry = directory.get(id)
    const told = await dialable(entry?.addresses ?? [], entry?.heardOver ?? 'public')
    // A hello names no addresses: a node that never announced itself is known by those it was reached at.
    const known = await dialable(await this.#knownAddresses(id), 'public')
    const addresses = new Set([...told, ...known, ...hints].map(String))
    if (addresses.size === 0) throw new Error('no address of that node is known')
    const ways = [...addresses].slice(0, MAX_ADDRESSES).map(address => withPeer(address, id))
    await dialWays(host, ways, this.#withinDialTime(), clock, avoided)
    return peer
  }

  meet(id: string, addresses: readonly string[]): void {
    const { host, log } = this.#parts
    const isEnough = this.#meeting.size >= MEETINGS_AT_ONCE || host.getPeers().length >= this.#options.wantedPeers * 2
    if (isEnough || this.#meeting.has(id) || this.#candidates.isResting(id) || isConnected(host, peerIdFromString(id)))
      return
    this.#meeting.add(id)
    // Whatever a machine of this LAN says of itself; names are not looked up for it.
    const hints = allowedOf(addresses, 'loopback').filter(address => !address.startsWith('/dns'))
    this.#giveWay(id)
      .then(() =>
        this.connect(
          id,
          hints.map(address => multiaddr(address)),
        ),
      )
      .catch(error => {
        this.#candidates.rest(id)
        log('debug', 'a node of this LAN could not be reached', { node: id, reason: dialErrorWords(error) })
      })
      .finally(() => this.#meeting.delete(id))
  }

  async remember(id: string): Promise<void> {
    this.#greeted.add(id)
    this.#lost.find(id)
    await this.#save([id])
  }

  async stop(): Promise<void> {
    if (this.#ended.signal.aborted) return
    this.#ended.abort()
    this.#bootstraps.stop()
    for (const cancel of this.#timers.values()) cancel()
    await this.#save(this.#parts.host.getPeers().map(String))
  }

  #beingDialled(): string[] {
    return this.bootstraps()
      .filter(({ state }) => state === 'connecting')
      .map(({ address }) => address)
  }

  #onDisconnect(peer: PeerId): void {
    this.#bootstraps.lost(peer)
    // A node that loses its last neighbour must not wait for the next look.
    if (this.#parts.host.getPeers().length === 0) void this.#fill()
  }

  #onClose(connection: Connection): void {
    const { remotePeer, direction } = connection
    const id = remotePeer.toString()
    if (isConnected(this.#parts.host, remotePeer)) return
    // Those behind NAT are left when they are not needed, by either side.
    const isOurs = direction === 'outbound' && !isWebRtc(connection) && this.#greeted.has(id) && this.#visited !== id
    this.#greeted.delete(id)
    if (this.#visited === id) this.#visited = undefined
    // Bootstraps are dialled for ever anyway.
    if (isOurs && !this.#bootstraps.includes(id)) this.#lost.lose(id)
  }

  async #findLost(): Promise<void> {
    await Promise.all(
      this.#lost
        .due()
        .slice(0, DIALS_AT_ONCE)
        .map(id => this.#try(id)),
    )
  }

  /** Leaves the node that was visited last and goes to another one. */
  async #visit(): Promise<void> {
    const { host } = this.#parts
    const { wantedPeers } = this.#options
    const last = this.#visited
    if (last !== undefined && host.getPeers().length > wantedPeers) await this.#hangUp(last)
    this.#visited = undefined
    if (host.getPeers().length < wantedPeers || this.#ended.signal.aborted) return
    const { reachable, behindNat } = await this.#candidates.find()
    const id = reachable[0] ?? behindNat[0]
    if (id !== undefined && (await this.#try(id))) this.#visited = id
  }

  async #hangUp(id: string): Promise<void> {
    try {
      await this.#parts.host.hangUp(peerIdFromString(id), { signal: AbortSignal.timeout(DIAL_MS) })
    } catch (error) {
      this.#parts.log('debug', 'a visited node could not be left', { node: id, reason: messageOf(error) })
    }
  }

  /** Whether a known node could be reached; one that could not is left alone for a while. */
  async #try(id: string): Promise<boolean> {
    try {
      await this.#giveWay(id)
      await this.connect(id)
      this.#candidates.wake(id)
      return true
    } catch (error) {
      this.#candidates.rest(id)
      this.#parts.log('debug', 'a known node could not be reached', { node: id, reason: dialErrorWords(error) })
      return false
    }
  }

  /** Connects to this node unless that makes too many of one network; only then it is clear what a name stands for. */
  async #choose(id: string): Promise<void> {
    const { host } = this.#parts
    if (!(await this.#try(id))) return
    const [chosen] = host.getConnections(peerIdFromString(id)).filter(({ direction }) => direction === 'outbound')
    const others = host.getConnections().filter(connection => connection !== chosen)
    if (chosen === undefined || !isCrowded([chosen.remoteAddr], others)) return
    this.#candidates.rest(id)
    await this.#hangUp(id)
  }

  /** Dials random known nodes until there are as many connections as wanted. */
  async #fill(): Promise<void> {
    if (this.#filling || this.#ended.signal.aborted) return
    this.#filling = true
    try {
      const missing = this.#options.wantedPeers - this.#parts.host.getPeers().length
      if (missing <= 0) return
      const { reachable, behindNat } = await this.#candidates.find()
      const chosen = reachable.slice(0, Math.min(missing, DIALS_AT_ONCE))
      if (chosen.length === 0 && this.#wantsHome()) chosen.push(...behindNat.slice(0, 1))
      await Promise.all(chosen.map(id => this.#choose(id)))
    } catch (error) {
      this.#parts.log('warn', 'known peers could not be read', { reason: messageOf(error) })
    } finally {
      this.#filling = false
    }
  }

  /** Whether to dial a node behind NAT, which costs to keep: when there is none yet, and few other neighbours. */
  #wantsHome(): boolean {
    const { host } = this.#parts
    const isHome = (to: Connection) => isWebRtc(to) || to.limits !== undefined
    return host.getPeers().length < FEW_NEIGHBOURS && !host.getConnections().some(isHome)
  }

  /**
   * Two nodes that lose the same neighbour dial each other at the same moment, and then keep two connections, of which
   * gossipsub uses one in each direction. So the one with the higher ID waits for the other's dial.
   */
  async #giveWay(id: string): Promise<void> {
    const { host, clock } = this.#parts
    if (id < host.peerId.toString()) await new Promise<void>(resolve => clock.after(GIVE_WAY_MS, resolve))
    this.#ended.signal.throwIfAborted()
  }

  #withinDialTime(): AbortSignal {
    return AbortSignal.any([this.#ended.signal, AbortSignal.timeout(DIAL_MS)])
  }

  async #knownAddresses(id: string): Promise<readonly string[]> {
    return (await this.#parts.book.list()).find(peer => peer.id === id)?.addresses ?? []
  }

  async #save(ids: readonly string[]): Promise<void> {
    const { host, directory, book, clock, log } = this.#parts
    const known: KnownPeer[] = []
    for (const id of ids) {
      const addresses = new Set(directory.get(id)?.addresses)
      for (const { direction, remoteAddr } of host.getConnections(peerIdFromString(id))) {
        // Of an incoming connection only the port of departure is known, where nobody listens.
        if (direction === 'outbound') addresses.add(withoutPeer(remoteAddr))
      }
      if (addresses.size > 0)
        known.push({ id, addresses: [...addresses].slice(0, MAX_ADDRESSES), lastSeenMs: clock.nowMs() })
    }
    if (known.length === 0) return
    try {
      await book.save(known)
    } catch (error) {
      log('warn', 'known peers could not be saved', { reason: messageOf(error) })
    }
  }

  /** Not all nodes at the same time. */
  #spread(ms: number): number {
    return ms * (0.8 + Math.random() * 0.4)
  }

  #every(name: string, ms: number, task: () => Promise<void>): void {
    const next = () => {
      void task()
      this.#timers.set(name, this.#parts.clock.after(ms, next))
    }
    this.#timers.set(name, this.#parts.clock.after(ms, next))
  }
}

function withPeer(address: string, id: string): Multiaddr {
  return multiaddr(address).encapsulate(`/p2p/${id}`)
}

/** The address without its last `/p2p/…`. */
function withoutPeer(address: Multiaddr): string {
  return address.toString().replace(/\/p2p\/[^/]+$/, '')
}
