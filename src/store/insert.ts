/** An event into a draft: what it meets, what it replaces, what it deletes. */
import { boundNode } from '../event/binding.ts'
import { deletionTargets } from '../event/deletion.ts'
import type { NostrEvent, VerifiedEvent } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import { addressOf, supersedes } from '../event/order.ts'
import { addPending, removePending } from './deliveries.ts'
import type { Draft, Lookup } from './draft.ts'
import { type Entry, entriesOf, recordIn, sizeOf } from './indexes.ts'
import { addressKey, eventKey, guestKey, idKey, readPosition } from './keys.ts'
import { isGuests, type Mark } from './mark.ts'
import type { Slices } from './pace.ts'
import { decodeRecord, markOf } from './record.ts'
import type { Pending, Position, PutOutcome, StoredEvent } from './store.ts'
import { isDeleted, markAddressDeleted, markIdDeleted, markVanished, type TombstoneRank } from './tombstones.ts'

export interface Insertion {
  readonly event: VerifiedEvent
  /** The position it gets if it is stored. */
  readonly position: Position
  readonly pending?: Pending | undefined
  readonly mark?: Mark | undefined
  readonly nowMs: number
  /** How dear the tombstones of this event's deletions are. */
  readonly rank: TombstoneRank
  readonly vanish?: boolean | undefined
  /** Why the store may not grow by this much; undefined if it may. */
  refusalOf(growth: Growth, isGuests: boolean, guestEvents: () => number): 'full' | 'quota' | undefined
}

export interface Growth {
  /** 0 for a version that replaces another. */
  readonly events: number
  readonly bytes: number
}

/** Deletions and requests to vanish (NIP-09, NIP-62). */
const UNDELETABLE: readonly number[] = [KIND.deletion, KIND.vanish]

/** What a deletion deletes is another step. A duplicate has the position it had; whatever was not stored has none (0). */
export function insertEvent(draft: Draft, insertion: Insertion): PutOutcome {
  const { event, position } = insertion
  const known = findById(draft, event.id)
  if (known !== undefined && !isPromoted(known, insertion.mark))
    return { result: 'duplicate', position: known.position }
  if (isDeleted(draft, event)) return { result: 'deleted', position: 0 }
  const held = known ?? heldVersion(draft, event)
  if (held !== undefined && held !== known && !supersedes(event, held.event))
    return { result: 'superseded', position: 0 }

  // What somebody followed has published stays theirs, whoever brings the newer version.
  const mark = isGuests(insertion.mark) && held !== undefined && !isGuests(held.mark) ? held.mark : insertion.mark
  const stored: StoredEvent = { event, position, mark }
  const added = entriesOf(stored)
  const removed = held === undefined ? [] : entriesOf(held)
  const growth = { events: held === undefined ? 1 : 0, bytes: sizeOf(added) - sizeOf(removed) }
  const refusal = insertion.refusalOf(growth, isGuests(mark), () => guestEvents(draft, event.pubkey))
  if (refusal !== undefined) return { result: refusal, position: 0 }

  if (held !== undefined) remove(draft, held, removed)
  add(draft, stored, added)
  if (insertion.vanish) markVanished(draft, event.pubkey, event.created_at)
  if (insertion.pending) addPending(draft, event.id, position, insertion.pending, insertion.nowMs)
  draft.state.lastPosition = Math.max(draft.state.lastPosition, position)
  return { result: 'stored', position, promotedFrom: known }
}

/** Takes an event out with everything that belongs to it. */
export function removeEvent(draft: Draft, stored: StoredEvent): void {
  remove(draft, stored, entriesOf(stored))
}

export function readEvent(lookup: Lookup, position: Position): StoredEvent | undefined {
  const record = lookup.get(eventKey(position))
  return record && { event: decodeRecord(record), position, mark: markOf(record) }
}

export function findById(lookup: Lookup, id: string): StoredEvent | undefined {
  return follow(lookup, idKey(id))
}

/** The version that is held of what this event replaces. */
export function heldVersion(lookup: Lookup, event: Pick<NostrEvent, 'kind' | 'pubkey' | 'tags'>) {
  const address = addressOf(event)
  return address === undefined ? undefined : follow(lookup, addressKey(address))
}

/** From a key whose value is a position to the event there. */
export function follow(lookup: Lookup, key: Buffer): StoredEvent | undefined {
  const here = lookup.get(key)
  if (here === undefined) return undefined
  return readEvent(lookup, readPosition(here, 0))
}

/**
 * What a deletion that was inserted takes with it, in slices, for it may name two thousand events. NIP-09: only the
 * author's own, never a deletion, of an address the versions up to the deletion's time.
 */
export async function carryOutDeletion(
  draft: Draft,
  deletion: VerifiedEvent,
  { position, rank }: Pick<Insertion, 'position' | 'rank'>,
  slices: Slices,
): Promise<void> {
  const { ids, addresses } = deletionTargets(deletion)
  let number = 0
  for (const id of new Set(ids)) {
    if (slices.isOver()) await slices.rest()
    const target = findById(draft, id)
    if (target !== undefined) {
      if (target.event.pubkey !== deletion.pubkey || UNDELETABLE.includes(target.event.kind)) continue
      removeEvent(draft, target)
      // Deleting a binding withdraws the node: an older version must not bring it back.
      if (boundNode(target.event) !== undefined) {
        const until = Math.max(deletion.created_at, target.event.created_at)
        markAddressDeleted(draft, addressOf(target.event)!, until, { rank, position, number: number++ })
      }
    }
    markIdDeleted(draft, id, deletion.pubkey, { rank, position, number: number++ })
  }
  for (const address of addresses) {
    if (slices.isOver()) await slices.rest()
    const target = follow(draft, addressKey(address))
    if (target !== undefined && target.event.created_at <= deletion.created_at) removeEvent(draft, target)
    markAddressDeleted(draft, address, deletion.created_at, { rank, position, number: number++ })
  }
}

/** Whether it names anything that is here and its author's. */
export function deletesAnything(lookup: Lookup, deletion: VerifiedEvent): boolean {
  const { ids, addresses } = deletionTargets(deletion)
  if (ids.some(id => findById(lookup, id)?.event.pubkey === deletion.pubkey)) return true
  return addresses.some(
    address => (follow(lookup, addressKey(address))?.event.created_at ?? Infinity) <= deletion.created_at,
  )
}

function add(draft: Draft, stored: StoredEvent, entries: readonly Entry[]): void {
  draft.changes.push({ stored, isRemoved: false, record: recordIn(entries) })
  for (const { key, value } of entries) draft.put(key, value)
  count(draft, stored, 1, sizeOf(entries))
}

function remove(draft: Draft, stored: StoredEvent, entries: readonly Entry[]): void {
  draft.changes.push({ stored, isRemoved: true })
  for (const { key } of entries) draft.delete(key)
  removePending(draft, stored.position)
  count(draft, stored, -1, -sizeOf(entries))
}

function count(draft: Draft, { event, mark }: StoredEvent, events: number, bytes: number): void {
  draft.state.events += events
  draft.state.bytes += bytes
  if (!isGuests(mark)) return
  draft.state.guestEvents += events
  draft.state.guestBytes += bytes
  const left = guestEvents(draft, event.pubkey) + events
  if (left <= 0) {
    draft.delete(guestKey(event.pubkey))
    return
  }
  const number = Buffer.allocUnsafe(4)
  number.writeUInt32BE(left)
  draft.put(guestKey(event.pubkey), number)
}

function guestEvents(lookup: Lookup, pubkey: string): number {
  return lookup.get(guestKey(pubkey))?.readUInt32BE(0) ?? 0
}

/** What a guest brought first, and now comes as what it is. */
function isPromoted(known: StoredEvent, mark: Mark | undefined): boolean {
  return isGuests(known.mark) && mark !== undefined && !isGuests(mark)
}
