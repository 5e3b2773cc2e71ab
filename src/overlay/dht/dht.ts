/**
 * The overlay's own Kademlia table: owner → announcements of their nodes, for a sender that has never met them. Loaded when
 * the first neighbour is there, and idle but for one question and one record an hour.
 */
import { type PeerId, type PeerInfo, start, stop } from '@libp2p/interface'
import type { KadDHT, QueryEvent } from '@libp2p/kad-dht'
import type { Multiaddr } from '@multiformats/multiaddr'
import { isRejection } from '../../event/rejection.ts'
import { type Logger, messageOf } from '../../observe/log.ts'
import { decodeNodeRecord, encodeNodeRecord, recordKey } from '../../wire/node-record.ts'
import { isNearer, nearestScope, type Scope, scopeOf, scopeOfConnection } from '../dial-filter.ts'
import type { Host } from '../libp2p.ts'
import { latestRecord, openRecord, type RecordParts } from './record.ts'
import type { Shelf } from './shelf.ts'
import { createSurroundings, type SurroundingsParts } from './surroundings.ts'

export const DHT_PROTOCOL = '/nostrp2p/kad/1'

export interface DhtParts extends RecordParts, Pick<SurroundingsParts, 'host' | 'quotas'> {
  /** A connection to this node, made if there is none. Throws when no address of it answers. */
  readonly connect: (node: string, hints: readonly Multiaddr[]) => Promise<PeerId>
  /** Whether the node said hello on a connection that is open: then the connection is more than a question. */
  readonly isGreeted: (node: string) => boolean
  /** The owner, and announcements of their proven nodes, this one's first; null while this node is not bound. */
  readonly ownRecord: () => Promise<{ owner: string; announcements: readonly Uint8Array[] } | null>
  /** Learns from an announcement that was heard over a connection of this scope. */
  readonly hear: (announcement: Uint8Array, heardOver: Scope) => Promise<unknown>
  readonly log: Logger
}

export interface Dht {
  start(): void
  /** Asks the network for the nodes of an owner and hears what it says; ends within ten seconds. */
  find(owner: string): Promise<void>
  /** Puts this node's record again: owner, binding or addresses have changed. */
  renew(): void
  /** Whether a connection to this node is made for a question alone, so that nobody says hello on it. */
  isPassing(node: string): boolean
  /** Whether this node answers questions of others. */
  isServer(): boolean
  /** Whether a record of this owner is kept here. */
  keeps(owner: string): boolean
  /** Owners of whom a record is kept here. */
  records(): number
  stop(): Promise<void>
}

/** Nodes that keep a record, and size of a bucket. Less than the usual 20: each hour a node talks to so many. */
const REPLICAS = 10
/** Questions at once, and ways that share no node, so that one liar does not stand on all of them. */
const PATHS = 3
const FIND_MS = 10_000
/** When the first record is there, what else comes within this time is taken. */
const GRACE_MS = 1_000
/** Records of so many nodes are enough: all of them are checked. */
const ENOUGH_RECORDS = 3
const FINDS_AT_ONCE = 4
/** Who was not found is not looked for again so soon. */
const MISS_REST_MS = 60_000
const MAX_MISSES = 1_000
const PUT_MS = 30_000
const RENEW_MS = 3_600_000
/** A record that fewer nodes took is put again soon: the waits double, from the first one up to the hour. */
const WELL_KEPT = REPLICAS / 2
const FIRST_RETRY_MS = 1_000
/** Changes of addresses come in groups. */
const SETTLE_MS = 1_000
/** A peer that does not answer is given up after this time. */
const ANSWER_MS = 3_000
/** A connection made for a question stays open for the next one this long. */
const LINGER_MS = 3_000
const LOOK_MS = 10_000

export function createDht(parts: DhtParts): Dht {
  return new OwnDht(parts)
}

class OwnDht implements Dht {
  readonly #parts: DhtParts
  readonly #ended = new AbortController()
  readonly #passing = new Set<string>()
  readonly #finds = new Map<string, Promise<void>>()
  /** Owner → when nothing was found, the latest last. */
  readonly #misses = new Map<string, number>()
  readonly #timers = new Map<string, () => void>()
  #shelf: Shelf | undefined
  #loading: Promise<Inner> | undefined
  #loaded: Inner | undefined
  #retryMs = FIRST_RETRY_MS

  constructor(parts: DhtParts) {
    this.#parts = parts
  }

  start(): void {
    const { signal } = this.#ended
    this.#parts.host.addEventListener('peer:identify', () => void this.#load(), { signal })
  }

  isPassing(node: string): boolean {
    return this.#passing.has(node)
  }

  isServer(): boolean {
    return this.#loaded?.getMode() === 'server'
  }

  keeps(owner: string): boolean {
    return (this.#shelf?.of(owner).length ?? 0) > 0
  }

  records(): number {
    return this.#shelf?.size() ?? 0
  }

  async find(owner: string): Promise<void> {
    const running = this.#finds.get(owner)
    if (running !== undefined) return running
    const { clock, log } = this.#parts
    const missedMs = this.#misses.get(owner)
    const isMissed = missedMs !== undefined && clock.nowMs() - missedMs < MISS_REST_MS
    if (this.#loaded === undefined || this.#finds.size >= FINDS_AT_ONCE || isMissed) return
    const find = this.#ask(this.#loaded, owner).then(
      found => this.#note(owner, found),
      error => log('debug', 'the DHT could not be asked', { reason: messageOf(error) }),
    )
    this.#finds.set(owner, find)
    await find
    this.#finds.delete(owner)
  }

  renew(): void {
    this.#retryMs = FIRST_RETRY_MS
    this.#after('renew', SETTLE_MS, () => void this.#put())
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    for (const cancel of this.#timers.values()) cancel()
    const inner = await this.#loading?.catch(() => undefined)
    if (inner !== undefined) await stop(inner)
  }

  #load(): Promise<Inner | undefined> {
    this.#loading ??= this.#create()
    return this.#loading.catch(error => {
      this.#parts.log('error', 'the DHT could not be started', { reason: messageOf(error) })
      return undefined
    })
  }

  async #create(): Promise<Inner> {
    const { host, quotas, connect } = this.#parts
    // Large, both of them, and of no use before there is somebody to ask.
    const [{ kadDHT }, { createShelf }] = await Promise.all([import('@libp2p/kad-dht'), import('./shelf.ts')])
    const shelf = await createShelf(this.#parts)
    this.#shelf = shelf
    const surroundings = createSurroundings({
      host,
      quotas,
      datastore: shelf.datastore,
      connect: (node, hints) => this.#visit(node, hints, connect),
      leave: node => this.#leave(node),
    })
    const dht = innerOf(
      kadDHT({
        protocol: DHT_PROTOCOL,
        clientMode: true,
        kBucketSize: REPLICAS,
        alpha: PATHS,
        disjointPaths: PATHS,
        allowQueryWithZeroPeers: true,
        querySelfInterval: RENEW_MS,
        networkDialTimeout: { minTimeout: ANSWER_MS, maxTimeout: ANSWER_MS },
        maxInboundStreams: 8,
        maxOutboundStreams: 8,
        validators: { nostrp2p: (key, value) => this.#validate(key, value) },
        selectors: { nostrp2p: (_, values) => latestRecord(values) },
        peerInfoMapper: info => info,
      })(surroundings.components),
    )
    // Every five minutes it would walk through the whole network to fill its buckets.
    dht.routingTableRefresh.refreshTable = () => {}
    admitOnly(dht, surroundings.admit)
    tellOnly(dht, surroundings.mayTell)
    await start(dht)
    await this.#addNeighbours(dht)
    this.#loaded = dht
    this.#look(dht)
    this.renew()
    return dht
  }

  /** The library hears of those that connect from now on. */
  async #addNeighbours(dht: Inner): Promise<void> {
    const { host } = this.#parts
    for (const peer of host.getPeers()) {
      const known = (await host.peerStore.has(peer)) ? await host.peerStore.get(peer) : undefined
      if (known?.protocols.includes(DHT_PROTOCOL) === true) await dht.routingTable.add(peer)
    }
  }

  /** Serves while others can reach this node as far away as its neighbours are. */
  #look(dht: Inner): void {
    if (this.#ended.signal.aborted) return
    const mode = canServe(this.#parts.host) ? 'server' : 'client'
    if (mode !== dht.getMode()) {
      dht.setMode(mode).catch(error => this.#parts.log('warn', 'the DHT keeps its mode', { reason: messageOf(error) }))
    }
    // Who was slow for a moment was taken out of the table, and is still there.
    if (dht.routingTable.size < REPLICAS) {
      this.#addNeighbours(dht).catch(error => {
        this.#parts.log('debug', 'the neighbours cannot be looked at', { reason: messageOf(error) })
      })
    }
    this.#after('look', LOOK_MS, () => this.#look(dht))
  }

  async #validate(key: Uint8Array, value: Uint8Array): Promise<void> {
    const record = await openRecord(key, value, this.#parts)
    if (isRejection(record)) throw new Error(record.reason)
  }

  /** Asks until enough records are there. Those on the own shelf count as heard from next door: they were checked. */
  async #ask(dht: Inner, owner: string): Promise<boolean> {
    const { host, hear } = this.#parts
    let records = 0
    for (const announcement of this.#shelf?.of(owner) ?? []) {
      records = 1
      await hear(announcement, 'public')
    }
    const enough = new AbortController()
    const signal = AbortSignal.any([this.#ended.signal, enough.signal, AbortSignal.timeout(FIND_MS)])
    try {
      for await (const event of dht.get(recordKey(owner), { signal })) {
        this.#noteFailure(dht, event)
        if (event.name !== 'PEER_RESPONSE' || event.record === undefined) continue
        const announcements = decodeNodeRecord(event.record.value)
        if (isRejection(announcements)) continue
        const heardOver = nearestScope(host.getConnections(event.from))
        for (const announcement of announcements) await hear(announcement, heardOver)
        if (++records === 1) this.#after(`grace ${owner}`, GRACE_MS, () => enough.abort())
        // Before the library begins to correct those who gave older ones: it throws when one of them refuses.
        if (records >= ENOUGH_RECORDS) break
      }
    } catch (error) {
      if (!signal.aborted && records === 0) throw error
    } finally {
      this.#cancel(`grace ${owner}`)
    }
    return records > 0
  }

  #note(owner: string, found: boolean): void {
    this.#misses.delete(owner)
    if (found) return
    this.#misses.set(owner, this.#parts.clock.nowMs())
    if (this.#misses.size > MAX_MISSES) this.#misses.delete(this.#misses.keys().next().value!)
  }

  /** Puts the own record, and again after an hour, or sooner when few took it: the network may be growing. */
  async #put(): Promise<void> {
    const { ownRecord, log } = this.#parts
    let reached = 0
    const own = await ownRecord()
    try {
      const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(PUT_MS)])
      if (own !== null && this.#loaded !== undefined) {
        const value = encodeNodeRecord(own.announcements)
        for await (const event of this.#loaded.put(recordKey(own.owner), value, { signal })) {
          this.#noteFailure(this.#loaded, event)
          if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') reached++
        }
      }
    } catch (error) {
      log('debug', 'the record of this node could not be put', { reason: messageOf(error) })
    }
    if (this.#ended.signal.aborted) return
    const isDone = own === null || reached >= WELL_KEPT
    const waitMs = isDone ? RENEW_MS * (0.9 + Math.random() * 0.2) : this.#retryMs
    this.#retryMs = isDone ? FIRST_RETRY_MS : Math.min(this.#retryMs * 2, RENEW_MS)
    this.#after('renew', waitMs, () => void this.#put())
  }

  /** Who does not answer is asked no more until it is heard of again, or few others are left. */
  #noteFailure(dht: Inner, event: QueryEvent): void {
    if (event.name !== 'QUERY_ERROR' || this.#ended.signal.aborted) return
    dht.routingTable.remove(event.from).catch(error => {
      this.#parts.log('debug', 'a DHT peer stays in the table', { reason: messageOf(error) })
    })
  }

  async #visit(node: string, hints: readonly Multiaddr[], connect: DhtParts['connect']): Promise<PeerId> {
    const wasConnected = this.#parts.host.getPeers().some(peer => peer.toString() === node)
    if (!wasConnected) this.#passing.add(node)
    try {
      return await connect(node, hints)
    } catch (error) {
      if (!wasConnected) this.#passing.delete(node)
      throw error
    }
  }

  #leave(node: string): void {
    if (!this.#passing.has(node)) return
    this.#after(`leave ${node}`, LINGER_MS, () => {
      this.#passing.delete(node)
      const peer = this.#parts.host.getPeers().find(id => id.toString() === node)
      if (peer === undefined || this.#parts.isGreeted(node)) return
      this.#parts.host.hangUp(peer).catch(error => {
        this.#parts.log('debug', 'a DHT peer could not be left', { node, reason: messageOf(error) })
      })
    })
  }

  #after(name: string, ms: number, task: () => void): void {
    this.#cancel(name)
    if (this.#ended.signal.aborted) return
    const run = () => {
      this.#timers.delete(name)
      task()
    }
    this.#timers.set(name, this.#parts.clock.after(ms, run))
  }

  #cancel(name: string): void {
    this.#timers.get(name)?.()
    this.#timers.delete(name)
  }
}

/** What is used of the library's class beside its interface. */
interface Inner extends Omit<KadDHT, 'put'> {
  put(...args: Parameters<KadDHT['put']>): AsyncIterable<QueryEvent>
  readonly routingTable: {
    readonly size: number
    add(peer: PeerId): Promise<void>
    remove(peer: PeerId): Promise<void>
  }
  readonly routingTableRefresh: { refreshTable: () => void }
  readonly network: { sendRequest: (to: PeerId, ...rest: unknown[]) => AsyncGenerator<QueryEvent> }
  readonly rpc: { readonly handlers: Readonly<Record<string, { handle: Handle }>> }
}

interface Told {
  readonly multiaddrs: readonly Uint8Array[]
}
type Handle = (from: PeerId, question: unknown) => Promise<{ closer?: readonly Told[] } | undefined>

/** Throws for a build of the library that lacks something. */
function innerOf(dht: KadDHT): Inner {
  for (const name of ['routingTable', 'routingTableRefresh', 'network', 'rpc']) {
    if (!(name in dht)) throw new Error(`the DHT library has no ${name} any more`)
  }
  return dht as unknown as Inner
}

/** The library tells who is closer by an event that does not say who said so; here answers are cut before it sees them. */
function admitOnly({ network }: Inner, admit: (peers: readonly PeerInfo[], from: PeerId) => PeerInfo[]): void {
  const send = network.sendRequest.bind(network)
  network.sendRequest = async function* (to, ...rest) {
    for await (const event of send(to, ...rest)) {
      yield event.name === 'PEER_RESPONSE'
        ? { ...event, closer: admit(event.closer, event.from), providers: [] }
        : event
    }
  }
}

/** What the library answers, without addresses that do not reach as far as who asks; it would leave them out of some answers only. */
function tellOnly({ rpc }: Inner, mayTell: (address: Uint8Array, to: PeerId) => boolean): void {
  for (const handler of Object.values(rpc.handlers)) {
    const handle = handler.handle.bind(handler)
    handler.handle = async (from, question) => {
      const answer = await handle(from, question)
      const told = ({ multiaddrs }: Told) => multiaddrs.filter(address => mayTell(address, from))
      return answer && { ...answer, closer: (answer.closer ?? []).map(peer => ({ ...peer, multiaddrs: told(peer) })) }
    }
  }
}

/** Whether this node has an address of its own that its farthest neighbour could dial. */
function canServe(host: Host): boolean {
  const scopes = host.getConnections().map(scopeOfConnection)
  const own = host.getMultiaddrs().filter(address => !address.toString().includes('/p2p-circuit'))
  const isFarEnough = (scope: Scope | undefined) => scope !== undefined && !scopes.some(other => isNearer(scope, other))
  return scopes.length > 0 && own.some(address => isFarEnough(scopeOf(address)))
}
