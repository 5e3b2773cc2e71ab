/** The ways to this node and from it: reachability, the relay that it is or the relays that it has, direct connections. */
import { isIPv6 } from 'node:net'
import type { Connection } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { OnActivity, ReachState } from '../observe/activity.ts'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { BrowserDoors } from '../wire/node-status.ts'
import { isCrowded, scopeOf } from './dial-filter.ts'
import { createDirect, type Direct } from './direct.ts'
import type { Directory } from './directory.ts'
import { type StunResponder, startStunResponder } from './doors/stun-responder.ts'
import type { Host } from './libp2p.ts'
import { createLiveness, type Liveness } from './liveness.ts'
import type { OwnAddresses } from './nat/own-addresses.ts'
import { createPortMapper, type MappingState, type PortMapper, type PortMapping } from './nat/port-mapping.ts'
import { serveReach } from './nat/reach.ts'
import { type Access, createReachability, type Reachability } from './nat/reachability.ts'
import type { Quotas } from './quota.ts'
import { createReservations, type Reservations } from './relays/reservations.ts'

export interface PathsOptions {
  /** Multiaddrs at which others reach this node, as its owner says. */
  readonly announce: readonly string[]
  /** Whether the router may be asked to let others in. */
  readonly portMapping: boolean
  /** `never`: this node behaves as one that cannot be reached (tests). */
  readonly reach: 'check' | 'never'
}

export interface PathsParts {
  readonly host: Host
  readonly own: OwnAddresses
  readonly quotas: Quotas
  readonly directory: Directory
  /** A connection to a node by its known addresses. */
  readonly connect: (node: string) => Promise<unknown>
  /** Tells the overlay where this node is to be found now. */
  readonly announce: () => Promise<void>
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Logger
  readonly onActivity: OnActivity
}

export interface ReachStatus {
  readonly state: ReachState
  /** At which others get in; none unless public or mapped. */
  readonly addresses: readonly string[]
  /** Node peer IDs of the relays that keep a place for this node. */
  readonly relays: readonly string[]
  /** What the router lets in, as far as it was asked. */
  readonly mapping: PortMapping | null
  /** Whether the router was asked to let others in, and what it said. */
  readonly router: MappingState
}

export interface Paths {
  /** Registers the protocols; call it before the host starts. */
  prepare(): Promise<void>
  /** Call it when the host listens. */
  start(): void
  status(): ReachStatus
  browsers(): BrowserDoors
  /** A peer has introduced itself on its first connection. */
  greeted(node: string): void
  stop(): Promise<void>
}

/** Several changes that come together make one announcement. */
const TELL_AFTER_MS = 300
/** Gossipsub first has to see that its old stream is closed. */
const REJOIN_MS = 100
/** Nodes looked through for likely relays. */
const LOOKED_THROUGH = 200

export function createPaths(options: PathsOptions, parts: PathsParts): Paths {
  return new OwnPaths(options, parts)
}

class OwnPaths implements Paths {
  readonly #options: PathsOptions
  readonly #parts: PathsParts
  readonly #reservations: Reservations
  readonly #direct: Direct
  readonly #mapper: PortMapper
  readonly #liveness: Liveness
  #reachability: Reachability | undefined
  #access: Access = { side: 'unknown', addresses: [] }
  #stun: Promise<StunResponder | undefined> | undefined
  #cancelTelling = () => {}
  #shown: ReachState = 'unknown'
  #isEnded = false

  constructor(options: PathsOptions, parts: PathsParts) {
    this.#options = options
    this.#parts = parts
    const { host, directory, clock, log } = parts
    const addressesOf = (node: string) => directory.get(node)?.addresses ?? []
    this.#reservations = createReservations({
      ...parts,
      likelyRelays: () => this.#likelyRelays(),
      onChange: () => this.#onPlaces(),
    })
    this.#liveness = createLiveness({
      ...parts,
      onLeft: connection => void clock.after(REJOIN_MS, () => rejoinGossip(host, connection)),
    })
    this.#direct = createDirect({ ...parts, webRtc: host.services.webRtc, addressesOf, isOpen: () => this.#isOpen() })
    this.#mapper = createPortMapper({ port: () => this.#port(), clock, log, onChange: () => this.#reachability?.ask() })
  }

  async prepare(): Promise<void> {
    const { host, quotas, clock, log } = this.#parts
    const { doors } = host.services
    const askReach = await serveReach(host, quotas)
    if (this.#options.reach === 'never' || this.#options.announce.length > 0) return
    this.#reachability = createReachability({
      host,
      clock,
      log,
      askReach,
      listening: () => this.#listening(),
      // Who is asked about the port for browsers does not get in there, but is seen to come.
      ports: () =>
        [...new Set([this.#port(), this.#mapper.mapping()?.port ?? 0, doors.port() ?? 0])].filter(port => port > 0),
      onChange: access => this.#onAccess(access),
      onOutsider: () => this.#onOutsider(),
    })
  }

  start(): void {
    this.#turnDoors()
    if (this.#options.reach === 'never') this.#onAccess({ side: 'shut', addresses: [] })
    else if (this.#options.announce.length > 0) this.#onAccess({ side: 'open', addresses: this.#options.announce })
  }

  status(): ReachStatus {
    const relays = this.#reservations.held().map(({ relay }) => relay)
    const { side, addresses } = this.#access
    const asked = { mapping: this.#mapper.mapping() ?? null, router: this.#mapper.state() }
    if (side === 'open') return { state: this.#isMapped() ? 'mapped' : 'public', addresses, relays: [], ...asked }
    if (relays.length > 0) return { state: 'relayed', addresses: [], relays, ...asked }
    return { state: side === 'shut' ? 'unreachable' : 'unknown', addresses: [], relays, ...asked }
  }

  greeted(node: string): void {
    this.#direct.consider(node)
  }

  async stop(): Promise<void> {
    this.#isEnded = true
    this.#cancelTelling()
    this.#reachability?.stop()
    this.#direct.stop()
    this.#liveness.stop()
    this.#reservations.stop()
    const { relay, webRtc, doors } = this.#parts.host.services
    await Promise.all([this.#mapper.stop(), relay.retire(), webRtc.stop(), doors.close(), this.#closeStun()])
  }

  #isOpen(): boolean {
    return this.#access.side === 'open'
  }

  #isMapped(): boolean {
    const mapping = this.#mapper.mapping()
    return mapping !== undefined && this.#access.addresses.includes(`/ip4/${mapping.address}/tcp/${mapping.port}`)
  }

  #listening(): readonly Multiaddr[] {
    return this.#parts.host.services.transports.listening()
  }

  /** The TCP port of the overlay; 0 while it does not listen. */
  #port(): number {
    const tcp = this.#listening().flatMap(address => address.getComponents().filter(({ name }) => name === 'tcp'))
    return Number(tcp[0]?.value ?? 0)
  }

  #onAccess(access: Access): void {
    if (this.#isEnded) return
    this.#access = access
    const { own, host, log } = this.#parts
    const isShut = access.side === 'shut'
    own.learn({ outside: access.addresses, isShut, isHidden: this.#options.reach === 'never' })
    const turn = this.#isOpen() ? host.services.relay.serve() : host.services.relay.retire()
    turn.catch(error => log('warn', 'the relay could not be turned on or off', { reason: messageOf(error) }))
    if (this.#isOpen()) this.#openStun()
    else void this.#closeStun()
    this.#turnDoors()
    this.#reservations.keep(isShut)
    if (isShut && this.#options.portMapping) this.#mapper.start()
    this.#tellSoon()
  }

  /** Without a public address of its own a node looks for relays at once: that nobody gets in takes seconds to learn. */
  #onOutsider(): void {
    const hasOwn = this.#listening().some(address => scopeOf(address) === 'public')
    if (this.#access.side === 'unknown' && !hasOwn) this.#reservations.keep(true)
  }

  #onPlaces(): void {
    const { own, host } = this.#parts
    const held = this.#reservations.held()
    if (held.length > 0 && !this.#isEnded) void this.#enableWebRtc()
    const circuits = held.flatMap(place => place.circuits)
    if (own.learn({ circuits, hasWebRtc: host.services.webRtc.isEnabled() })) this.#tellSoon()
  }

  async #enableWebRtc(): Promise<void> {
    const hasWebRtc = await this.#parts.host.services.webRtc.enable()
    if (this.#parts.own.learn({ hasWebRtc })) this.#tellSoon()
  }

  /** Nodes that announce a way of their own and none through a relay. */
  #likelyRelays(): string[] {
    const { directory, host } = this.#parts
    const connected = new Set(host.getPeers().map(String))
    const isLikely = (addresses: readonly string[]) =>
      addresses.length > 0 &&
      !addresses.some(address => address.includes('/p2p-circuit')) &&
      !isCrowded(addresses.map(multiaddr), host.getConnections())
    const likely = directory.recent(LOOKED_THROUGH).filter(({ addresses }) => isLikely(addresses))
    return likely.map(({ id }) => id).filter(id => !connected.has(id))
  }

  /** What a router lets in by a mapping is the port of the nodes alone. */
  #turnDoors(): void {
    const { doors } = this.#parts.host.services
    const isWanted = doors.when === 'on' || (doors.when === 'auto' && this.#isOpen() && !this.#isMapped())
    if (!isWanted) void doors.close().then(() => this.#onDoors())
    else void doors.open(() => this.#onDoors()).then(() => this.#reachability?.ask())
  }

  #onDoors(): void {
    const { addresses } = this.browsers()
    this.#parts.host.services.doors.told(addresses)
    if (this.#parts.own.learn({ doors: addresses })) this.#tellSoon()
  }

  /** Told where the owner says that others get in, or wants doors in any case; else once somebody from outside came there. */
  browsers(): BrowserDoors {
    const { doors } = this.#parts.host.services
    const port = doors.port() ?? null
    if (doors.when === 'off' || !doors.isOpen())
      return { state: doors.when === 'off' ? 'off' : 'shut', port, addresses: [] }
    const isSure = doors.when === 'on' || this.#options.announce.length > 0 || doors.isReached()
    // Without the WebSockets nobody can be seen to come.
    if (!isSure) return { state: port === null ? 'shut' : 'untried', port, addresses: [] }
    const here = this.#listening().filter(address => doors.when === 'on' || scopeOf(address) === 'public')
    const outside = this.#access.addresses.map(address => multiaddr(address))
    const farFirst = [...outside, ...here].sort((a, b) => farness(b) - farness(a))
    const hosts = farFirst.flatMap(address => address.getComponents()[0]?.value ?? [])
    return { state: 'open', port, addresses: doors.addresses([...new Set(hosts)]) }
  }

  #openStun(): void {
    const { host, log } = this.#parts
    const hosts = this.#listening().map(address => address.getComponents()[0]?.value ?? '')
    const port = this.#port()
    if (this.#stun !== undefined || hosts[0] === undefined || port === 0) return
    // A node that listens everywhere is listed with each of its addresses; a socket for IPv6 takes both families.
    const everywhere = hosts.some(host => isIPv6(host)) ? '::' : '0.0.0.0'
    const ip = hosts.length === 1 ? hosts[0] : everywhere
    this.#stun = startStunResponder({ host: ip, port }, this.#parts).catch(error => {
      log('warn', 'STUN questions cannot be answered', { reason: messageOf(error), node: host.peerId.toString() })
      return undefined
    })
  }

  async #closeStun(): Promise<void> {
    const stun = this.#stun
    this.#stun = undefined
    ;(await stun)?.close()
  }

  #tellSoon(): void {
    this.#cancelTelling()
    if (this.#isEnded) return
    this.#cancelTelling = this.#parts.clock.after(TELL_AFTER_MS, () => void this.#tell())
  }

  async #tell(): Promise<void> {
    const { host, announce, onActivity, log } = this.#parts
    const { state, addresses, relays } = this.status()
    if (state !== this.#shown) {
      this.#shown = state
      onActivity({ what: 'reachability', state, addresses, relays })
    }
    try {
      // Identify tells the peers, an announcement everybody.
      await host.peerStore.patch(host.peerId, { multiaddrs: host.getMultiaddrs() })
      await announce()
    } catch (error) {
      log('warn', 'the addresses of this node could not be told', { reason: messageOf(error) })
    }
  }
}

/** Names stand first: the owner gave them. */
function farness(address: Multiaddr): number {
  return ['loopback', 'private', 'public', undefined].indexOf(scopeOf(address))
}

/**
 * Gossipsub keeps one stream to each peer, and does not notice that the connection under it is gone while another one
 * stands. The method is public in the library's class, and its interface does not name it.
 */
function rejoinGossip({ services: { gossip } }: Host, connection: Connection): void {
  if (!('onPeerConnected' in gossip) || typeof gossip.onPeerConnected !== 'function') return
  gossip.onPeerConnected(connection.remotePeer, connection)
}
