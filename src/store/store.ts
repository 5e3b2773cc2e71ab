/** What the rest of the program sees of the store: functions and values, no LevelDB. */
import type { VerifiedEvent } from '../event/event.ts'
import type { Filter } from '../event/filter.ts'
import type { Logger } from '../observe/log.ts'
import type { IdSet } from '../wire/id-set.ts'
import type { StoreLimit } from '../wire/node-status.ts'
import type { Mark, View } from './mark.ts'

/**
 * Where an event stands in receive order: a safe integer that only grows, `1024 × milliseconds since 1970` at the time
 * the node got the event, or one more than the last position where that is not larger (clock stepped back, many events
 * in a millisecond). So a position can be compared with a time, and it orders all events of one store.
 */
export type Position = number

/** Positions per millisecond. */
export const POSITIONS_PER_MS = 1024

export interface StoredEvent {
  readonly event: VerifiedEvent
  readonly position: Position
  /** As given with the put; none for what was stored before there were marks. */
  readonly mark?: Mark | undefined
}

/** An event as a reading found it; event and text are made when they are asked for, at most once. */
export interface FoundEvent extends StoredEvent {
  /** The event as JSON text: what a client is sent. */
  readonly json: string
  /** The same as UTF-8: at most so many bytes, written from `at` on. @returns where it ends */
  readonly maxJsonBytes: number
  writeJson(out: Buffer, at: number): number
}

export interface ReadOptions {
  /** What it says no to is left out as if it were not there, before `limit` counts. None: all is seen. */
  readonly view?: View | undefined
  /** Events for each filter, whatever limit it names. */
  readonly maxEvents?: number
}

/** A query in the middle: nothing is read before it is asked for. */
export interface Reading {
  /**
   * The next events: at most `count`, and about `maxBytes` of their records; empty at the end and after `close`.
   * Calls follow one another.
   */
  next(count: number, maxBytes?: number): Promise<FoundEvent[]>
  /**
   * Whether all that matches was given (NIP-67); false if some filter has more than its limit. Known at the end at the
   * latest, unless nothing more was found near the limit: then undefined.
   */
  isComplete(): boolean | undefined
  /** Ends the reading, also in the middle of a `next`. */
  close(): void
}

/**
 * `stored`: new here. `duplicate`: was here. `superseded`: a newer version of a replaceable event is here. `deleted`: a
 * deletion by its author is here (NIP-09, NIP-62). `quota`: the guest has as many events here as guests may. `full`: the bounds leave no room for an event of this worth.
 */
export type PutResult = 'stored' | 'duplicate' | 'superseded' | 'deleted' | 'full' | 'quota'

export interface PutOutcome {
  readonly result: PutResult
  readonly position: Position
  /** Of a guest's event that now came as what it is: how and where it was held before. */
  readonly promotedFrom?: Pick<StoredEvent, 'mark' | 'position'> | undefined
}

/** Deliveries that stand or fall with the event, written in the same batch. */
export interface Pending {
  /** Still to be gossiped. */
  readonly broadcast: boolean
  /** Owners (public keys) that it still has to reach. */
  readonly to: readonly string[]
  /** Node peer ID of the owner's node whose business that is for the time being, and when the first try here is due. */
  readonly standby?: { readonly for: string; readonly dueMs: number } | undefined
}

export interface PutOptions {
  /** On disk (synced) before the promise resolves: for the owner's own events and what waits in the outbox. */
  readonly durable: boolean
  readonly pending?: Pending
  readonly mark?: Mark | undefined
  /**
   * With a request to vanish (NIP-62): all events of its author up to its `created_at` go, and gift wraps for the author,
   * and none of them comes back. The request itself stays.
   */
  readonly vanish?: boolean
  /**
   * `full` if it is no younger than what went for want of room (`evictedUntil`): it may be what went. Not so what replaces
   * or deletes an event that is here, and the owner's own.
   */
  readonly unlessEvicted?: boolean
}

export interface EventStore {
  /**
   * The only way in. One atomic batch with every index, the replaced version, the effects of a deletion, and `pending`.
   * Calls that wait at the same time share one write (group commit); positions are given in the order of the calls.
   * Once the promise has resolved with `stored`, every read sees the event. Throws when the disk fails (full, gone):
   * then nothing of the event was written, and reads go on.
   */
  put(event: VerifiedEvent, options: PutOptions): Promise<PutOutcome>
  has(id: string): boolean
  /** Which of these are not here; looked for by other threads. */
  lacking(ids: readonly string[]): Promise<Set<string>>
  get(id: string): VerifiedEvent | undefined
  /** As it crosses the wire (`encodeEvent`), without making it; undefined if it is not here, or has expired (NIP-40). */
  encoded(id: string): Uint8Array | undefined
  /** An event with what was stored beside it. */
  find(id: string): StoredEvent | undefined
  /** Whether this event is here, and as a guest's. */
  isGuests(id: string): boolean
  /** Whether the author deleted this id or this version of its address (NIP-09). */
  isDeleted(event: Pick<VerifiedEvent, 'id' | 'pubkey' | 'kind' | 'tags' | 'created_at'>): boolean
  /** The newest event of an author and replaceable kind (and `d` tag). */
  newest(pubkey: string, kind: number, d?: string): StoredEvent | undefined
  /** Events that match, newest first, ties by the lower id (NIP-01), expired ones left out; at most `limit`. */
  query(filter: Filter, limit: number, view?: View): Promise<VerifiedEvent[]>
  /**
   * The events that match any of the filters, each once, newest first, ties by the lower id, expired ones left out;
   * for each filter as many as its `limit` says. What a filter with `search` finds comes first, the best match first
   * (NIP-50). What is stored after the call is left out: it comes live, with a
   * position beyond `lastPosition()` at the call.
   */
  read(filters: readonly Filter[], options?: ReadOptions): Reading
  /** How many events match any of the filters, whatever their limits (NIP-45); `signal` ends it with its reason. */
  count(filters: readonly Filter[], options?: Pick<ReadOptions, 'view'>, signal?: AbortSignal): Promise<number>
  /**
   * The ids of all that match (NIP-77), whatever the filter's limit, as they are at the call and stay; undefined if they
   * are more than `max`. Where the filter names kinds, authors and times only and the view has a glance, from memory.
   */
  setOf(
    filter: Filter,
    max: number,
    options?: Pick<ReadOptions, 'view'>,
    signal?: AbortSignal,
  ): Promise<IdSet | undefined>
  /** Events after this position, in receive order, at most `limit` and about `maxBytes`. */
  after(position: Position, limit: number, maxBytes: number): Promise<StoredEvent[]>
  /** The last events in receive order after `position`, oldest first: at most `limit`, and about `maxBytes`. */
  latest(limit: number, position?: Position, maxBytes?: number): Promise<StoredEvent[]>
  /** The highest position given so far; 0 in an empty store. */
  lastPosition(): Position
  /** Random text made with the store: cursors of another store are told apart by it. */
  readonly epoch: string
  /** The run of the program in which the last event was stored, for a cursor. */
  run(): string
  /**
   * Where to go on behind a position that was given in that run: there, or earlier if the data directory was put back
   * meanwhile to what it was before. Nothing that came since is left out.
   */
  resume(run: string, position: Position): Position
  /** What is in the store, and its bounds. */
  usage(): Usage
  /**
   * The highest `created_at` (seconds) of public events that went for want of room, of all authors or of those whom the
   * owner follows; 0 if none did, or if there is room again. What is older need not be learned again: it would go again.
   */
  evictedUntil(whose: 'all' | 'followed'): number
  /** Removes what has expired (NIP-40) by this time; returns how many. */
  sweepExpired(nowSeconds: number): Promise<number>
}

/** Events and bytes (keys and values). */
export interface Usage {
  readonly events: number
  readonly bytes: number
  readonly maxEvents: number
  readonly maxBytes: number
  /** Of these, guests'; their bounds are 0 where they may hold nothing. */
  readonly guests: Omit<Usage, 'guests'>
}

/** Who must not be evicted, asked at the time of an eviction. */
export interface Worth {
  owner(): string | undefined
  isFollowed(pubkey: string): boolean
}

/** A unicast on its way to one owner. */
export interface Delivery {
  readonly eventId: string
  readonly position: Position
  /** The recipient's public key. */
  readonly to: string
  readonly state: 'waiting' | 'delivered' | 'expired'
  /** Tries so far. */
  readonly attempts: number
  /** When it was published, and when its state last changed; milliseconds since 1970. */
  readonly createdMs: number
  readonly changedMs: number
  /** When the next try is due; meaningless unless `open`. */
  readonly dueMs: number
  /** Still to be tried at some node: true while waiting, and after a first delivery while a known node lacks it. */
  readonly open: boolean
  /** Node peer ID of the owner's node that delivers it, as long as that is heard of; none if it is this one's business. */
  readonly standbyFor?: string | undefined
  /** Node peer IDs that acknowledged it. */
  readonly ackedBy: readonly string[]
  /** Why the last try failed, in words; empty if it did not. */
  readonly lastError: string
}

/** An event went to so many neighbours. */
export interface Passed {
  readonly nodes: number
  /** Milliseconds since 1970. */
  readonly atMs: number
}

export interface Sent extends Passed {
  readonly position: Position
}

export interface DeliveryChange {
  readonly before: Delivery
  readonly after: Delivery
}

export interface Outbox {
  /** Open deliveries that are due, oldest due time first. */
  due(nowMs: number, limit: number): Promise<Delivery[]>
  /** When the next open delivery is due; undefined if none is open. */
  nextDueMs(): Promise<number | undefined>
  /** Open deliveries to one owner, oldest first, of events that stand after `after` in receive order. */
  openFor(pubkey: string, limit: number, after?: Position): Promise<Delivery[]>
  /** Owners with open deliveries, at most `limit`. */
  recipients(limit: number): Promise<string[]>
  /**
   * Changes deliveries as they are when they are written, whoever changed them since they were read, and moves them between
   * the open and the settled ones. Synced. One that was forgotten meanwhile stays so.
   * @param next what a delivery becomes (same event and recipient); undefined where it stays as it is
   * @returns those that were changed
   */
  change(
    deliveries: readonly Pick<Delivery, 'position' | 'to'>[],
    next: (before: Delivery) => Delivery | undefined,
  ): Promise<DeliveryChange[]>
  /** Deliveries of one event, for the client. */
  ofEvent(id: string): Promise<Delivery[]>
  /** The newest deliveries, open ones first, for `/status`. */
  list(limit: number): Promise<Delivery[]>
  /** How many are waiting, delivered, expired (settled ones are forgotten after a week or beyond 1,000). */
  counts(): { waiting: number; delivered: number; expired: number }
  /** Public events that were not gossiped to anybody yet, oldest first. */
  unsent(limit: number): Promise<StoredEvent[]>
  /** Gossiped: no longer pending. Not synced: after a crash it is sent once more, which harms nobody. */
  markSent(sent: readonly Sent[]): Promise<void>
  /** How far the gossip of an event got; undefined where it does not go to everybody, or did before this was kept. */
  gossipOf(position: Position): 'unsent' | Passed | undefined
}

export interface KnownPeer {
  /** Node peer ID, base58 text. */
  readonly id: string
  /** Multiaddrs as text, without the peer ID. */
  readonly addresses: readonly string[]
  /** Milliseconds since 1970. */
  readonly lastSeenMs: number
}

/** Peers that answered once, so that a restarted node finds the network again. Bounded; the longest unseen go first. */
export interface PeerBook {
  list(): Promise<KnownPeer[]>
  save(peers: readonly KnownPeer[]): Promise<void>
}

/** Owners who have bound a node; whoever writes it bounds it. */
export interface BoundOwnerBook {
  list(): Promise<{ readonly owner: string; readonly untilMs: number }[]>
  /** Milliseconds since 1970; undefined forgets the owner. Not synced. */
  save(owner: string, untilMs: number | undefined): Promise<void>
}

/** How far this owner's other nodes were copied: node peer ID, and what was asked for → that node's own cursor. */
export interface OwnCursors {
  get(node: string, what: 'events' | 'gone'): string | undefined
  /** Not synced, but never on disk before the events that were put before. Beyond 64 the others are forgotten. */
  save(node: string, what: 'events' | 'gone', cursor: string): Promise<void>
}

/** Up to when this node surely has what others have: where a catch-up begins. */
export interface CompletenessBook {
  /** Seconds since 1970; undefined for a store that was never complete. */
  completeUntil(): number | undefined
  /** Not synced, but never on disk before the events that were put before. */
  save(seconds: number): Promise<void>
}

/** What was deleted and of which the deletion is held no more, as this owner's nodes tell it each other. */
export interface GoneBook {
  /** What was noted since this cursor; one of another store, and text that is none, is the beginning. */
  page(cursor: string): Promise<{ readonly rows: Uint8Array[]; readonly cursor: string; readonly hasMore: boolean }>
  /** Such events are not taken from now on; what is held stays. Rows that are none are passed over. */
  add(rows: readonly Uint8Array[]): Promise<void>
}

/** `info`: `name`, `description` and `icon` of the relay, with their text. */
export type RelayListName =
  | 'allowedPubkey'
  | 'bannedPubkey'
  | 'allowedEvent'
  | 'bannedEvent'
  | 'allowedKind'
  | 'disallowedKind'
  | 'blockedIp'
  | 'info'

export interface RelayListEntry {
  readonly list: RelayListName
  readonly value: string
  /** Why, in the owner's words; or the text of an `info`. */
  readonly text: string
}

/** What the owner decided about the relay (NIP-86). Whoever writes it bounds it. */
export interface RelayLists {
  all(): Promise<RelayListEntry[]>
  /** All of it or nothing, and synced: what the owner forbids must hold after a power cut. */
  change(put: readonly RelayListEntry[], remove: readonly Omit<RelayListEntry, 'text'>[]): Promise<void>
}

/** How full something with a bound is. */
export interface Fill {
  readonly used: number
  readonly max: number
}

export interface Store {
  readonly events: EventStore
  readonly outbox: Outbox
  readonly peers: PeerBook
  readonly boundOwners: BoundOwnerBook
  readonly ownCursors: OwnCursors
  readonly gone: GoneBook
  readonly completeness: CompletenessBook
  readonly relayLists: RelayLists
  /** Other bounds from now on; what is too much goes with the next event. */
  resize(bounds: Bounds): void
  /** Counts some small tables for it. */
  fill(): Promise<Readonly<Record<StoreLimit, Fill>>>
  /** Lets go of what is in memory and was not used since the last call. @returns its bytes */
  forgetUnused(): number
  close(): Promise<void>
}

/** What guests' events may take, within the bounds of all events. */
export interface GuestBounds {
  readonly maxEvents: number
  readonly maxBytes: number
  /** Events of one guest. */
  readonly maxPerAuthor: number
}

export interface Bounds {
  readonly maxEvents: number
  readonly maxBytes: number
  /** What guests may hold of it; without it nothing. */
  readonly guests?: GuestBounds
}

export interface StoreOptions extends Bounds {
  readonly worth: Worth
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  readonly log?: Logger
  /** Told after every eviction. */
  readonly onEvicted?: (count: number) => void
}
