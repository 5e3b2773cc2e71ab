/** The overlay as the rest of the program sees it: broadcast, deliver, fetch, and who is there. */
import type { Connection, PeerId } from '@libp2p/interface'
import type { Filter } from '../event/filter.ts'
import type { Counters } from '../observe/counters.ts'
import { messageOf } from '../observe/log.ts'
import type { PeerBook } from '../store/store.ts'
import type { Receipt } from '../wire/deliver.ts'
import { serveDeliver, type TakeDelivery } from './deliver.ts'
import { createDirectory, type Directory } from './directory.ts'
import { serveFetch } from './fetch.ts'
import { createGossip, type Gossip, type Judge } from './gossip.ts'
import { Introductions, type IntroductionsParts } from './introductions.ts'
import { createHost, type Host, type Libp2pOptions } from './libp2p.ts'
import { type BootstrapState, createPeers, type Peers, type PeersOptions } from './peers.ts'
import { createQuotas, type Quotas } from './quota.ts'

export interface OverlayOptions extends Libp2pOptions, PeersOptions {
  /** Least time between two announcements of this node. */
  readonly announceMs: number
}

/** What the overlay asks of the rest of the program. */
export interface OverlayParts
  extends Pick<IntroductionsParts, 'identity' | 'provenUntilMs' | 'onOwnerSeen' | 'clock' | 'log' | 'onActivity'> {
  readonly judgeEvent: Judge
  readonly takeDelivery: TakeDelivery
  /** What this node has for a filter, encoded, newest first. */
  readonly answerFilter: (filter: Filter, peer: string) => Promise<readonly Uint8Array[]>
  /** A peer subscribed to public events. */
  readonly onNeighbour: () => void
  readonly book: PeerBook
  readonly counters: Counters
}

/** One connected peer. */
export interface ConnectedPeer {
  readonly id: string
  readonly direction: 'inbound' | 'outbound'
  readonly transport: string
  readonly address: string
  readonly agent: string
  /** Public key in hex; null for an unclaimed node. */
  readonly owner: string | null
  readonly proven: boolean
  readonly connectedSinceMs: number
}

export interface Overlay {
  /** Node peer ID. */
  readonly peerId: string
  /** Listens, and joins the network. Throws when an address cannot be listened on. */
  start(): Promise<void>
  /** Multiaddrs that the node listens on, with its peer ID. */
  addresses(): string[]
  /** Gossips an encoded event; returns the neighbours that it was sent to, none if there is no neighbour. */
  broadcast(event: Uint8Array): Promise<readonly string[]>
  isConnected(node: string): boolean
  /** Nodes of an owner that are known, or that the neighbours know; by the rules of the directory. */
  locate(owner: string): Promise<string[]>
  /**
   * Delivers encoded events to one node of an owner.
   * @throws when the node cannot be reached, gives no proper answer, or is another owner's by now
   */
  deliver(node: string, owner: string, events: readonly Uint8Array[]): Promise<Receipt[]>
  /** Asks one node for events. Throws when it cannot be reached or gives no proper answer. */
  fetch(node: string, filter: Filter): Promise<Uint8Array[]>
  peers(): ConnectedPeer[]
  bootstraps(): readonly BootstrapState[]
  knownNodes(): number
  /** Tells neighbours and the overlay that owner or binding have changed. */
  reintroduce(): Promise<void>
  /** An owner has deleted something, perhaps the binding of a node. */
  recheck(owner: string): Promise<void>
  /** Ends within three seconds. */
  stop(): Promise<void>
}

/** Builds the overlay; nothing is listened on before its `start`. */
export async function createOverlay(options: OverlayOptions, parts: OverlayParts): Promise<Overlay> {
  return new RunningOverlay(await createHost(options), options, parts)
}

/** Neighbours asked for the nodes of an owner that is not known here. */
const ASKED_NEIGHBOURS = 5
const STOP_MS = 3_000

class RunningOverlay implements Overlay {
  readonly peerId: string
  readonly #host: Host
  readonly #parts: OverlayParts
  readonly #directory: Directory
  readonly #quotas: Quotas
  readonly #introductions: Introductions
  readonly #gossip: Gossip
  readonly #peers: Peers
  #deliverTo!: Awaited<ReturnType<typeof serveDeliver>>
  #ask!: Awaited<ReturnType<typeof serveFetch>>

  constructor(host: Host, options: OverlayOptions, parts: OverlayParts) {
    this.#host = host
    this.#parts = parts
    this.peerId = host.peerId.toString()
    this.#directory = createDirectory(parts.clock)
    this.#quotas = createQuotas(parts.clock)
    this.#introductions = new Introductions({
      ...parts,
      host,
      directory: this.#directory,
      quotas: this.#quotas,
      privateKey: options.privateKey,
      agent: options.agent,
      announceMs: options.announceMs,
      publish: announcement => this.#gossip.publish('nodes', announcement),
      onGreeted: node => void this.#peers.remember(node),
    })
    this.#gossip = createGossip({
      ...parts,
      gossipsub: host.services.gossip,
      judges: { events: parts.judgeEvent, nodes: bytes => this.#introductions.judge(bytes) },
      quotas: this.#quotas,
      onNeighbour: () => {
        parts.onNeighbour()
        this.#introductions.announceOnce()
      },
    })
    this.#peers = createPeers({ ...parts, host, directory: this.#directory }, options)
  }

  /** Protocols and verdicts first, then the sockets, then gossip and dialling: nobody meets a node that is half there. */
  async start(): Promise<void> {
    const { takeDelivery, answerFilter } = this.#parts
    await this.#introductions.start()
    this.#deliverTo = await serveDeliver(this.#host, this.#quotas, takeDelivery)
    this.#ask = await serveFetch(this.#host, this.#quotas, async (request, peer) =>
      request.want === 'events'
        ? answerFilter(request.filter, peer)
        : this.#introductions.announcementsOf(request.owners),
    )
    await this.#host.start()
    this.#gossip.join()
    this.#peers.start()
  }

  addresses(): string[] {
    return this.#host.getMultiaddrs().map(String)
  }

  broadcast(event: Uint8Array): Promise<readonly string[]> {
    return this.#gossip.publish('events', event)
  }

  isConnected(node: string): boolean {
    return this.#host.getPeers().some(peer => peer.toString() === node)
  }

  async locate(owner: string): Promise<string[]> {
    const known = this.#othersOf(owner)
    if (known.length > 0) return known
    const neighbours = this.#host.getPeers().slice(0, ASKED_NEIGHBOURS)
    await Promise.all(neighbours.map(peer => this.#askForNodes(peer, owner)))
    return this.#othersOf(owner)
  }

  async deliver(node: string, owner: string, events: readonly Uint8Array[]): Promise<Receipt[]> {
    const peer = await this.#peers.connect(node)
    await this.#introductions.confirmOwner(peer, owner)
    return this.#deliverTo(peer, events)
  }

  async fetch(node: string, filter: Filter): Promise<Uint8Array[]> {
    return this.#ask(await this.#peers.connect(node), { want: 'events', filter })
  }

  peers(): ConnectedPeer[] {
    return this.#host.getConnections().map(connection => {
      const id = connection.remotePeer.toString()
      const entry = this.#directory.get(id)
      return {
        id,
        direction: connection.direction,
        transport: transportOf(connection),
        address: connection.remoteAddr.toString(),
        agent: this.#introductions.agentOf(id) ?? '',
        owner: entry?.owner ?? null,
        proven: (entry?.provenUntilMs ?? 0) > this.#parts.clock.nowMs(),
        connectedSinceMs: connection.timeline.open,
      }
    })
  }

  bootstraps(): readonly BootstrapState[] {
    return this.#peers.bootstraps()
  }

  knownNodes(): number {
    return this.#directory.size()
  }

  reintroduce(): Promise<void> {
    return this.#introductions.reintroduce()
  }

  recheck(owner: string): Promise<void> {
    return this.#introductions.recheck(owner)
  }

  async stop(): Promise<void> {
    this.#introductions.stop()
    this.#gossip.stop()
    await this.#peers.stop()
    // A peer that does not answer the goodbye must not hold up the rest.
    await Promise.race([this.#host.stop(), new Promise<void>(resolve => this.#parts.clock.after(STOP_MS, resolve))])
  }

  async #askForNodes(neighbour: PeerId, owner: string): Promise<void> {
    try {
      const announcements = await this.#ask(neighbour, { want: 'nodes', owners: [owner] })
      for (const announcement of announcements) await this.#introductions.hear(announcement)
    } catch (error) {
      this.#parts.log('debug', 'a neighbour could not be asked for a node', { reason: messageOf(error) })
    }
  }

  #othersOf(owner: string): string[] {
    return this.#directory.nodesOf(owner).filter(id => id !== this.peerId)
  }
}

function transportOf(connection: Connection): string {
  const address = connection.remoteAddr.toString()
  if (address.includes('/p2p-circuit')) return 'relay'
  return /\/(webrtc|wss?|tcp)(\/|$)/.exec(address)?.[1] ?? 'other'
}
