/** Who is whose: hellos with neighbours, announcements to everybody, and the directory that both fill. */
import type { Connection, PeerId, PrivateKey } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { isRejection, type Rejection, type Verdict, verdictOf } from '../event/rejection.ts'
import type { OnActivity } from '../observe/activity.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { Hello } from '../wire/hello.ts'
import { MAX_BINDING_BYTES, MAX_HELLO_ANNOUNCEMENTS, MAX_HELLO_BYTES } from '../wire/limits.ts'
import { type OpenedAnnouncement, openAnnouncement, sealAnnouncement } from './announce.ts'
import { oneOfEachNetwork } from './candidates.ts'
import { allowedOf, isNearer, nearestScope, type Scope } from './dial-filter.ts'
import type { Directory, NodeEntry } from './directory.ts'
import type { Host } from './libp2p.ts'
import type { Quotas } from './quota.ts'
import { serveHello } from './streams/hello.ts'

/** Whose node this is, as far as it can show. */
export interface OwnIdentity {
  /** Public key in hex; null while the node is unclaimed. */
  readonly owner: string | null
  /** The binding as an encoded event. */
  readonly binding: Uint8Array | null
}

export interface IntroductionsParts {
  readonly host: Host
  readonly directory: Directory
  readonly quotas: Quotas
  readonly privateKey: PrivateKey
  /** Program and version. */
  readonly agent: string
  /** Least time between two announcements of this node. */
  readonly announceMs: number
  /** As many as the directory has entries. */
  readonly maxNodes: number
  readonly identity: () => OwnIdentity
  /** Until when an encoded binding proves that the node is the owner's, milliseconds since 1970; or why it does not. */
  readonly checkBinding: (binding: Uint8Array, owner: string, node: string) => Promise<number | Rejection>
  /** Gossips to the topic of nodes; returns who it was sent to. */
  readonly publish: (announcement: Uint8Array) => Promise<readonly string[]>
  /** A node of this owner was heard of or has come back. */
  readonly onOwnerSeen: (owner: string) => void
  /** A node said hello for the first time on this connection. */
  readonly onGreeted: (node: string) => void
  /** What this node says of itself was announced, perhaps anew. */
  readonly onAnnounced: () => void
  /** Whether a connection to this node is made for one question, without a hello. */
  readonly isPassing: (node: string) => boolean
  readonly clock: Clock
  readonly log: Logger
  readonly onActivity: OnActivity
}

/** What a binding is worth: until when it proves, milliseconds since 1970, or why it does not. */
interface Proof {
  readonly untilMs: number
  readonly doubt: string
}

/** Half of a hello; the other half is for the binding and the announcement of this node. */
const MAX_OTHERS_BYTES = MAX_HELLO_BYTES / 2
/** Nodes heard of lately among which those for a newcomer are chosen. */
const CHOSEN_FROM = 1_000

export class Introductions {
  readonly #parts: IntroductionsParts
  readonly #ended = new AbortController()
  /** Program and version of the peers that said hello and are still connected. */
  readonly #agents = new Map<string, string>()
  /** What the last own announcement said, and that it was later than all before it. */
  #sealed = { content: '', issuedAt: 0 }
  /** Node → when the announcement was issued that was passed on last; the longest silent first. */
  readonly #passedOn = new Map<string, number>()
  #sayHello: (peer: PeerId) => Promise<void> = () => Promise.reject(new Error('not started'))
  #cancelAnnouncement = () => {}
  #announced = false
  /** Owner and binding as neighbours were told. */
  #shown: string

  constructor(parts: IntroductionsParts) {
    this.#parts = parts
    this.#shown = JSON.stringify(parts.identity())
  }

  /** Registers the protocol; call it before the host starts, so that no hello comes too early. */
  async start(): Promise<void> {
    const { host, quotas } = this.#parts
    this.#sayHello = await serveHello({
      host,
      quotas,
      own: toNewcomer => this.#ownHello(toNewcomer),
      heard: (hello, peer) => this.#heard(hello, peer),
    })
    const { signal } = this.#ended
    host.addEventListener('connection:open', ({ detail }) => this.#onOpen(detail), { signal })
    host.addEventListener('peer:disconnect', ({ detail }) => this.#onDisconnect(detail), { signal })
  }

  stop(): void {
    this.#ended.abort()
    this.#cancelAnnouncement()
  }

  /** Program and version of a connected peer that said hello. */
  agentOf(node: string): string | undefined {
    return this.#agents.get(node)
  }

  /** Makes sure that a connected node is this owner's by its own word. Throws when it is not. */
  async confirmOwner(peer: PeerId, owner: string): Promise<void> {
    const node = peer.toString()
    // A node that claims what another one has proved is none of the owner's.
    const claims = () => this.#parts.directory.nodesOf(owner).includes(node)
    // What an announcement said may be old: the node itself has the last word.
    if (!this.#agents.has(node) || !claims()) await this.#sayHello(peer)
    if (!claims()) throw new Error('that node is not one of theirs any more')
  }

  /**
   * The verdict on a gossiped announcement: `accept` when it is newer than the last one passed on, also when a hello told
   * this node first, because those behind it have heard no hello; otherwise dated (`ignore`) or wrong (`reject`).
   */
  async judge(bytes: Uint8Array, neighbour: string): Promise<Verdict> {
    const announcement = await this.hear(bytes, this.#scopeOf(peerIdFromString(neighbour)))
    if (isRejection(announcement)) return verdictOf(announcement)
    const { peer, issuedAt } = announcement
    const { maxNodes } = this.#parts
    const id = peer.toString()
    if (peer.equals(this.#parts.host.peerId) || issuedAt <= (this.#passedOn.get(id) ?? -1)) return 'ignore'
    this.#passedOn.delete(id)
    this.#passedOn.set(id, issuedAt)
    if (this.#passedOn.size > maxNodes) this.#passedOn.delete(this.#passedOn.keys().next().value!)
    return 'accept'
  }

  /** Learns from an announcement that was told to this node alone, over a connection of this scope. */
  async hear(bytes: Uint8Array, heardOver: Scope): Promise<OpenedAnnouncement | Rejection> {
    const announcement = await openAnnouncement(bytes, nowSeconds(this.#parts.clock))
    if (!isRejection(announcement)) await this.#learn(announcement, bytes, 'announced', heardOver)
    return announcement
  }

  /** The first neighbour carries the word of this node into the overlay; later ones hear it by hello. */
  announceOnce(): void {
    if (!this.#announced) void this.announce()
  }

  /** Announces now, and from then on at the interval. */
  async announce(): Promise<void> {
    const { publish, clock, announceMs, directory } = this.#parts
    this.#cancelAnnouncement()
    if (this.#ended.signal.aborted) return
    const sentTo = await publish(await this.#ownAnnouncement())
    this.#announced = sentTo.length > 0
    // All nodes together announce at most once a second; the spread keeps them from doing it at the same time.
    const everyMs = Math.max(announceMs, directory.size() * 1_000) * (0.9 + Math.random() * 0.2)
    this.#cancelAnnouncement()
    this.#cancelAnnouncement = clock.after(everyMs, () => void this.announce())
    this.#parts.onAnnounced()
  }

  /** Says hello to every neighbour and announces, if owner or binding have changed since this was said last. */
  async reintroduce(): Promise<void> {
    const shown = JSON.stringify(this.#parts.identity())
    if (shown === this.#shown) return
    this.#shown = shown
    await Promise.all(this.#parts.host.getPeers().map(peer => this.#greet(peer)))
    await this.announce()
  }

  /** Looks at the bindings of this owner's nodes again: one may have been deleted. */
  async recheck(owner: string): Promise<void> {
    const { directory } = this.#parts
    for (const { id, binding } of directory.claimsOn(owner)) {
      const { untilMs, doubt } = await this.#check(binding, owner, id)
      directory.prove(id, untilMs, doubt)
    }
  }

  /** What the binding that a node shows is worth. */
  async #check(binding: Uint8Array | null, owner: string | null, node: string): Promise<Proof> {
    if (owner === null || binding === null) return { untilMs: 0, doubt: '' }
    if (binding.length > MAX_BINDING_BYTES) return { untilMs: 0, doubt: 'The binding is larger than one may be.' }
    const checked = await this.#parts.checkBinding(binding, owner, node)
    if (!isRejection(checked)) return { untilMs: checked, doubt: '' }
    this.#parts.log('debug', 'a binding proves nothing', { node, reason: checked.reason })
    return { untilMs: 0, doubt: checked.reason }
  }

  /** Of one node, this one too; undefined where none is known. */
  async announcementOf(node: string): Promise<Uint8Array | undefined> {
    const { directory, host } = this.#parts
    return node === host.peerId.toString() ? this.#ownAnnouncement() : directory.get(node)?.announcement
  }

  /** Announcements of the nodes of these owners, for a neighbour that asks. */
  announcementsOf(owners: readonly string[]): Uint8Array[] {
    const { directory } = this.#parts
    const nodes = owners.flatMap(owner => directory.nodesOf(owner))
    return nodes.flatMap(node => directory.get(node)?.announcement ?? []).slice(0, MAX_HELLO_ANNOUNCEMENTS)
  }

  /** Of two nodes, the one that dialled says hello first; both learn. */
  #onOpen(connection: Connection): void {
    const { direction, remotePeer } = connection
    if (direction === 'outbound' && !this.#parts.isPassing(remotePeer.toString())) void this.#greet(remotePeer)
  }

  async #greet(peer: PeerId): Promise<void> {
    try {
      await this.#sayHello(peer)
    } catch (error) {
      this.#parts.log('debug', 'a peer did not say hello', { node: peer.toString(), reason: messageOf(error) })
    }
  }

  #onDisconnect(peer: PeerId): void {
    const id = peer.toString()
    if (!this.#agents.delete(id)) return
    const owner = this.#parts.directory.get(id)?.owner ?? null
    this.#parts.onActivity({ what: 'peer-disconnected', peer: id, owner, peers: this.#agents.size })
  }

  async #ownHello(toNewcomer: boolean): Promise<Hello> {
    const { identity, agent } = this.#parts
    const announcements = [await this.#ownAnnouncement()]
    let bytes = 0
    for (const { announcement } of toNewcomer ? this.#worthTelling() : []) {
      if (announcement === undefined) continue
      // Large ones of somebody else must not make our own hello too large to be read.
      bytes += announcement.length
      if (bytes > MAX_OTHERS_BYTES) break
      announcements.push(announcement)
    }
    return { ...identity(), agent, abilities: [], announcements }
  }

  /** What a newcomer hears first must not be the nodes of one who seems to be many. */
  #worthTelling(): readonly NodeEntry[] {
    return oneOfEachNetwork(this.#parts.directory.recent(CHOSEN_FROM)).slice(0, MAX_HELLO_ANNOUNCEMENTS - 1)
  }

  /** The announcements of this owner's proven nodes that are known, this node's first; null while it has no binding. */
  async ownRecord(): Promise<{ owner: string; announcements: readonly Uint8Array[] } | null> {
    const { identity, directory } = this.#parts
    const { owner, binding } = identity()
    if (owner === null || binding === null) return null
    const others = directory.provenOf(owner).flatMap(id => directory.get(id)?.announcement ?? [])
    return { owner, announcements: [await this.#ownAnnouncement(), ...others] }
  }

  #scopeOf(peer: PeerId): Scope {
    return nearestScope(this.#parts.host.getConnections(peer))
  }

  #ownAnnouncement(): Promise<Uint8Array> {
    const { host, identity, clock, privateKey } = this.#parts
    const addresses = host.getMultiaddrs().map(address => address.toString().replace(/\/p2p\/[^/]+$/, ''))
    const said = { ...identity(), peer: host.peerId, addresses }
    const content = JSON.stringify(said)
    // A change within a second of the last announcement must still count as the later word.
    const earliest = this.#sealed.issuedAt + (content === this.#sealed.content ? 0 : 1)
    const issuedAt = Math.max(nowSeconds(clock), earliest)
    this.#sealed = { content, issuedAt }
    return sealAnnouncement({ ...said, issuedAt }, privateKey)
  }

  async #heard(hello: Hello, peer: PeerId): Promise<void> {
    const { directory, clock, host, onActivity, onGreeted } = this.#parts
    const heardOver = this.#scopeOf(peer)
    for (const announcement of hello.announcements) await this.hear(announcement, heardOver)
    const id = peer.toString()
    const known = directory.get(id)
    const issuedAt = known?.issuedAt ?? nowSeconds(clock)
    const { owner, binding } = hello
    const said = { peer, owner, binding, addresses: known?.addresses ?? [], issuedAt }
    // A visitor that only asks (`nostrp2p doctor`) is nobody's node, and none that others could look for.
    const isVisitor = owner === null && known === undefined && hello.announcements.length === 0
    if (isVisitor) return
    await this.#learn(said, known?.announcement, 'to our face', known?.heardOver ?? heardOver)
    if (this.#agents.has(id) || host.getConnections(peer).length === 0) return
    this.#agents.set(id, hello.agent)
    onActivity({ what: 'peer-connected', peer: id, owner: hello.owner, peers: this.#agents.size })
    onGreeted(id)
  }

  /**
   * Takes what a node says of itself. Of what is signed and passed around only the latest counts; what it says to our
   * face, on a connection that Noise has authenticated, counts whatever was said before.
   */
  async #learn(
    said: OpenedAnnouncement,
    announcement: Uint8Array | undefined,
    how: 'announced' | 'to our face',
    heardOver: Scope,
  ): Promise<void> {
    const { directory, host, onOwnerSeen } = this.#parts
    if (said.peer.equals(host.peerId)) return
    const { issuedAt, addresses, owner, binding } = said
    const id = said.peer.toString()
    // Told again by somebody nearer, it brings addresses that may be dialled now.
    const isLate = () => {
      const known = directory.get(id)
      if (how === 'to our face' || known === undefined || issuedAt > known.issuedAt) return false
      return issuedAt < known.issuedAt || !isNearer(heardOver, known.heardOver)
    }
    if (isLate()) return
    const { untilMs, doubt } = await this.#check(binding, owner, id)
    // While the binding was checked a later word may have come.
    if (isLate()) return
    directory.learn({
      id,
      owner,
      provenUntilMs: untilMs,
      doubt,
      // Copies: what was decoded is a part of a larger message, all of which would be kept.
      binding: untilMs > 0 ? Uint8Array.from(binding ?? []) : null,
      announcement: announcement && Uint8Array.from(announcement),
      addresses: allowedOf(addresses, heardOver),
      heardOver,
      issuedAt,
    })
    if (owner !== null) onOwnerSeen(owner)
  }
}
