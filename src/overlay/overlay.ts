/** The overlay as the rest of the program sees it: broadcast, deliver, fetch, and who is there. */
import type { PeerId } from '@libp2p/interface'
import type { Filter } from '../event/filter.ts'
import type { Counters } from '../observe/counters.ts'
import type { BoundOwnerBook, Fill, PeerBook } from '../store/store.ts'
import type { Receipt } from '../wire/deliver.ts'
import type { BrowserDoors, OverlayLimit } from '../wire/node-status.ts'
import type { OwnAnswers, OwnQuestions } from '../wire/own.ts'
import type { SyncStream } from '../wire/sync.ts'
import type { BootstrapState } from './bootstraps.ts'
import { type BoundOwners, createBoundOwners } from './bound-owners.ts'
import { type ConnectedPeer, connectedPeers, neighboursOf, type OverlayNeighbour } from './connected.ts'
import { createDht, type Dht } from './dht/dht.ts'
import { dialErrorWords } from './dial-error.ts'
import { relayOf } from './dial-ways.ts'
import { createDirectory, type Directory } from './directory.ts'
import type { DoorsParts } from './doors/doors.ts'
import { networkOf } from './doors/half-open.ts'
import { fillOf } from './fill.ts'
import { createGossip, type Gossip, type Judge } from './gossip.ts'
import { Introductions, type IntroductionsParts } from './introductions.ts'
import { createHost, type Host, type Libp2pOptions } from './libp2p.ts'
import { createLocate } from './locate.ts'
import { type Lan, startLan } from './mdns.ts'
import { meetingPoints } from './meeting-points.ts'
import { createOwnAddresses, type OwnAddresses } from './nat/own-addresses.ts'
import { createPaths, type Paths, type PathsOptions, type ReachStatus } from './paths.ts'
import { createPeers, type Peers, type PeersOptions } from './peers.ts'
import { BUCKETS_OF_A_PEER, createQuotas, type Quotas } from './quota.ts'
import { boundStrangerCircuits } from './relays/stranger-circuits.ts'
import { serveDeliver, type TakeDelivery } from './streams/deliver.ts'
import { serveFetch } from './streams/fetch.ts'
import { cutPeer, type ServeHttpParts, serveHttp } from './streams/http.ts'
import { type AskOwn, serveOwn } from './streams/own.ts'
import { type ServeSyncParts, serveSync } from './streams/sync.ts'

export interface OverlayOptions extends Libp2pOptions, PeersOptions, PathsOptions {
  /** Least time between two announcements of this node. */
  readonly announceMs: number
  /** Whether nodes of the LAN are looked for by multicast DNS. */
  readonly mdns: boolean
}

/** What the overlay asks of the rest of the program. */
export interface OverlayParts
  extends Pick<IntroductionsParts, 'identity' | 'checkBinding' | 'onOwnerSeen' | 'clock' | 'log' | 'onActivity'> {
  readonly judgeEvent: Judge
  readonly takeDelivery: TakeDelivery
  /** What this node has for a filter, encoded, newest first. */
  readonly answerFilter: (filter: Filter, peer: string) => Promise<readonly Uint8Array[]>
  /** A peer subscribed to public events. */
  readonly onNeighbour: () => void
  /** A connected peer has said who it is. */
  readonly onGreeted: () => void
  readonly answerOwn: OwnAnswers
  readonly answerSync: ServeSyncParts['answerSync']
  /** Serves the owner's devices that come over the overlay. */
  readonly away?: Pick<ServeHttpParts, 'isDevice' | 'onStream'>
  readonly book: PeerBook
  readonly boundOwners: BoundOwnerBook
  readonly counters: Counters
  /** Where browsers come in. */
  readonly doors?: DoorsParts | undefined
}

export interface Overlay {
  /** Node peer ID. */
  readonly peerId: string
  /** Listens, and joins the network. Throws when an address cannot be listened on. */
  start(): Promise<void>
  /** Multiaddrs that the node listens on, with its peer ID. */
  addresses(): string[]
  /** Where a device that is away can ask for this node, the best first (`meeting-points.ts`). */
  meetingPoints(): string[]
  /** The signed announcement of a node. @param asker who it is for: an IP address or a peer ID */
  whereIs(node: string, asker: string): Promise<Uint8Array | 'unknown' | 'asked too often'>
  /** Gossips an encoded event; returns the neighbours that it was sent to, none if there is no neighbour. */
  broadcast(event: Uint8Array): Promise<readonly string[]>
  isConnected(node: string): boolean
  /** Ends every connection with a peer, as of a device that is shut out. */
  cut(peer: string): void
  /** Nodes of an owner that are known, or that the neighbours know; by the rules of the directory. */
  locate(owner: string): Promise<string[]>
  /**
   * Delivers encoded events to one node of an owner.
   * @throws when the node cannot be reached, gives no proper answer, or is another owner's by now
   */
  deliver(node: string, owner: string, events: readonly Uint8Array[]): Promise<Receipt[]>
  /** Asks one node for events. Throws when it cannot be reached or gives no proper answer. */
  fetch(node: string, filter: Filter): Promise<Uint8Array[]>
  /** Nodes that a binding proves to be this owner's, this one left out. */
  provenOf(owner: string): string[]
  /** Questions to another node of the owner. They throw as `fetch` does. */
  askOwn(node: string, owner: string): OwnQuestions
  /** Opens a stream on which to compare events. Throws when the node cannot be reached directly or does not do that. */
  openSync(node: string, signal?: AbortSignal): Promise<SyncStream>
  /** The owner's devices are none of them. */
  peers(): ConnectedPeer[]
  /** Those of them with whom this node can compare what it has. */
  neighbours(): OverlayNeighbour[]
  /** Whether others get in at this node's side, and how. */
  reachability(): ReachStatus
  /** Where browsers come in. */
  browsers(): BrowserDoors
  bootstraps(): readonly BootstrapState[]
  /** These from now on, and no others. */
  replaceBootstraps(addresses: readonly string[]): void
  knownNodes(): number
  /** How full it is of what it has bounds for. */
  fill(): Readonly<Record<OverlayLimit, Fill>>
  /** Tells neighbours and the overlay that owner or binding have changed. */
  reintroduce(): Promise<void>
  /** An owner has deleted something, perhaps the binding of a node. */
  recheck(owner: string): Promise<void>
  /** Ends within three seconds. */
  stop(): Promise<void>
}

/** Builds the overlay; nothing is listened on before its `start`. */
export async function createOverlay(options: OverlayOptions, parts: OverlayParts): Promise<Overlay> {
  const own = createOwnAddresses(options.announce)
  const quotas = createQuotas(parts.clock, BUCKETS_OF_A_PEER * options.remembered.peers)
  const host = await createHost(options, { ...parts, own, quotas })
  return new RunningOverlay(host, own, quotas, options, parts)
}

const STOP_MS = 3_000

class RunningOverlay implements Overlay {
  readonly peerId: string
  readonly cut: Overlay['cut']
  readonly #host: Host
  readonly #parts: OverlayParts
  readonly #directory: Directory
  readonly #boundOwners: BoundOwners
  readonly #quotas: Quotas
  readonly #introductions: Introductions
  readonly #gossip: Gossip
  readonly #peers: Peers
  readonly #dht: Dht
  readonly #isOnLan: boolean
  readonly #options: OverlayOptions
  readonly #paths: Paths
  readonly #locate: (owner: string) => Promise<string[]>
  readonly #ended = new AbortController()
  #lan: Promise<Lan> | undefined
  #deliverTo!: Awaited<ReturnType<typeof serveDeliver>>
  #ask!: Awaited<ReturnType<typeof serveFetch>>
  #askOwn!: AskOwn
  #openSync!: Awaited<ReturnType<typeof serveSync>>

  constructor(host: Host, own: OwnAddresses, quotas: Quotas, options: OverlayOptions, parts: OverlayParts) {
    this.#host = host
    this.#parts = parts
    this.peerId = host.peerId.toString()
    this.cut = peer => cutPeer(host, peer)
    this.#boundOwners = createBoundOwners(parts.boundOwners, parts.clock, parts.log)
    this.#directory = createDirectory(parts.clock, this.#boundOwners, options.remembered.nodes)
    this.#quotas = quotas
    this.#options = options
    this.#introductions = new Introductions({
      ...parts,
      host,
      directory: this.#directory,
      quotas: this.#quotas,
      privateKey: options.privateKey,
      agent: options.agent,
      announceMs: options.announceMs,
      maxNodes: options.remembered.nodes,
      publish: announcement => this.#gossip.publish('nodes', announcement),
      onAnnounced: () => this.#dht.renew(),
      isPassing: node => this.#dht.isPassing(node),
      onGreeted: node => {
        this.#paths.greeted(node)
        void this.#peers.remember(node)
        parts.onGreeted()
      },
    })
    this.#gossip = createGossip({
      ...parts,
      gossipsub: host.services.gossip,
      judges: { events: parts.judgeEvent, nodes: (bytes, peer) => this.#introductions.judge(bytes, peer) },
      quotas: this.#quotas,
      onNeighbour: () => {
        parts.onNeighbour()
        this.#introductions.announceOnce()
      },
    })
    this.#peers = createPeers({ ...parts, host, directory: this.#directory }, options)
    this.#isOnLan = options.mdns
    this.#dht = createDht({
      ...parts,
      host,
      quotas: this.#quotas,
      connect: (node, hints) => this.#peers.connect(node, hints),
      isGreeted: node => this.#introductions.agentOf(node) !== undefined,
      ownRecord: () => this.#introductions.ownRecord(),
      hear: (announcement, heardOver) => this.#introductions.hear(announcement, heardOver),
    })
    this.#locate = createLocate({
      ...parts,
      host,
      directory: this.#directory,
      dht: this.#dht,
      introductions: this.#introductions,
      askForNodes: (neighbour, owner) => this.#ask(neighbour, { want: 'nodes', owners: [owner] }),
    })
    this.#paths = createPaths(options, {
      ...parts,
      host,
      own,
      quotas,
      directory: this.#directory,
      connect: node => this.#peers.connect(node),
      announce: () => this.#introductions.announce(),
    })
  }

  /** Protocols and verdicts first, then the sockets, then gossip and dialling: nobody meets a node that is half there. */
  async start(): Promise<void> {
    const { takeDelivery, answerFilter, answerOwn, away } = this.#parts
    await this.#boundOwners.load()
    await this.#introductions.start()
    this.#deliverTo = await serveDeliver(this.#host, this.#quotas, takeDelivery)
    this.#ask = await serveFetch(this.#host, this.#quotas, async (request, peer) =>
      request.want === 'events'
        ? answerFilter(request.filter, peer)
        : this.#introductions.announcementsOf(request.owners),
    )
    this.#askOwn = await serveOwn(this.#host, this.#quotas, answerOwn)
    this.#openSync = await serveSync(this.#host, this.#quotas, this.#parts)
    if (away !== undefined) await serveHttp(this.#host, { ...this.#parts, ...away })
    const isGreeted = (peer: string) => this.#introductions.agentOf(peer) !== undefined
    const isKnown = (peer: string) => isGreeted(peer) || away?.isDevice(peer) === true
    boundStrangerCircuits({ ...this.#parts, host: this.#host, isKnown }, this.#ended.signal)
    await this.#paths.prepare()
    this.#dht.start()
    await this.#host.start()
    this.#paths.start()
    this.#gossip.join()
    this.#peers.start()
    if (this.#isOnLan) {
      const onFound = (node: string, addresses: readonly string[]) => this.#peers.meet(node, addresses)
      this.#lan = startLan({ host: this.#host, onFound, log: this.#parts.log })
    }
  }

  addresses(): string[] {
    return this.#host.getMultiaddrs().map(String)
  }

  meetingPoints(): string[] {
    return meetingPoints({ own: this.addresses(), relays: this.reachability().relays, directory: this.#directory })
  }

  async whereIs(node: string, asker: string): ReturnType<Overlay['whereIs']> {
    const isWithin = this.#quotas.take('where', networkOf(asker)) && this.#quotas.take('whereTotal', '')
    return isWithin ? ((await this.#introductions.announcementOf(node)) ?? 'unknown') : 'asked too often'
  }

  broadcast(event: Uint8Array): Promise<readonly string[]> {
    return this.#gossip.publish('events', event)
  }

  isConnected(node: string): boolean {
    return this.#host.getPeers().some(peer => peer.toString() === node)
  }

  locate(owner: string): Promise<string[]> {
    return this.#locate(owner)
  }

  async deliver(node: string, owner: string, events: readonly Uint8Array[]): Promise<Receipt[]> {
    try {
      return await this.#connected(node, async peer => {
        await this.#introductions.confirmOwner(peer, owner)
        return this.#deliverTo(peer, events)
      })
    } catch (error) {
      // The owner reads it beside the delivery.
      throw new Error(dialErrorWords(error), { cause: error })
    }
  }

  fetch(node: string, filter: Filter): Promise<Uint8Array[]> {
    return this.#connected(node, peer => this.#ask(peer, { want: 'events', filter }))
  }

  /** Asking may show that a connection had died without a word, and is closed then: a new one gets a try, by another way. */
  async #connected<T>(node: string, ask: (peer: PeerId) => Promise<T>): Promise<T> {
    const peer = await this.#peers.connect(node)
    const used = this.#host.getConnections(peer)
    try {
      return await ask(peer)
    } catch (error) {
      if (used.some(({ status }) => status === 'open')) throw error
      const relays = used.flatMap(({ remoteAddr }) => relayOf(remoteAddr) ?? [])
      return ask(await this.#peers.connect(node, [], relays))
    }
  }

  provenOf(owner: string): string[] {
    return this.#directory.provenOf(owner).filter(id => id !== this.peerId)
  }

  askOwn(node: string, owner: string): OwnQuestions {
    return this.#askOwn(() => this.#connectProven(node, owner))
  }

  async openSync(node: string, signal?: AbortSignal): Promise<SyncStream> {
    return this.#openSync(await this.#peers.connect(node), signal)
  }

  peers(): ConnectedPeer[] {
    const agentOf = (id: string) => this.#introductions.agentOf(id) ?? ''
    const { clock, away } = this.#parts
    const peers = connectedPeers(this.#host, this.#directory, agentOf, clock)
    return peers.filter(({ id }) => away?.isDevice(id) !== true)
  }

  neighbours(): OverlayNeighbour[] {
    return neighboursOf(this.#host, this.#directory)
  }

  reachability(): ReachStatus {
    return this.#paths.status()
  }

  browsers(): BrowserDoors {
    return this.#paths.browsers()
  }

  bootstraps(): readonly BootstrapState[] {
    return this.#peers.bootstraps()
  }

  replaceBootstraps(addresses: readonly string[]): void {
    this.#peers.replaceBootstraps(addresses)
  }

  knownNodes(): number {
    return this.#directory.size()
  }

  reintroduce(): Promise<void> {
    return this.#introductions.reintroduce()
  }

  fill(): ReturnType<Overlay['fill']> {
    return fillOf({
      options: this.#options,
      services: this.#host.services,
      connections: this.#host.getConnections().length,
      directory: this.#directory,
      boundOwners: this.#boundOwners,
      dht: this.#dht,
      quotas: this.#quotas,
    })
  }

  recheck(owner: string): Promise<void> {
    return this.#introductions.recheck(owner)
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    this.#introductions.stop()
    this.#gossip.stop()
    await this.#paths.stop()
    await (await this.#lan)?.stop()
    await this.#dht.stop()
    await this.#peers.stop()
    // A peer that does not answer the goodbye must not hold up the rest.
    await Promise.race([this.#host.stop(), new Promise<void>(resolve => this.#parts.clock.after(STOP_MS, resolve))])
  }

  async #connectProven(node: string, owner: string): Promise<PeerId> {
    const peer = await this.#peers.connect(node)
    await this.#introductions.confirmOwner(peer, owner)
    if (!this.#directory.provenOf(owner).includes(node)) throw new Error('no binding proves that node')
    return peer
  }
}
