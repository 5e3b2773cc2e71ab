/** What was deleted (NIP-09, NIP-62) and must not come back. Bounded: strangers' oldest are forgotten first. */
import { type NostrEvent, tagValues } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import { type Address, addressOf } from '../event/order.ts'
import type { Database } from './database.ts'
import type { Draft, Lookup } from './draft.ts'
import {
  deletedAddressKey,
  deletedIdKey,
  TABLE,
  tableRange,
  tombstoneOrderKey,
  vanishedKey,
  vanishingKey,
} from './keys.ts'
import type { Position } from './store.ts'

/** About 110 bytes each, so 11 MB: as many deletions as the default store has events. */
export const MAX_TOMBSTONES = 100_000
/** Forgotten at once when there are too many. */
const FORGET_BATCH = 1_000

export const TOMBSTONE_RANK = { guest: 0, stranger: 1, followed: 2, owner: 3 } as const
export const RANKS: readonly TombstoneRank[] = Object.values(TOMBSTONE_RANK)
export type TombstoneRank = (typeof TOMBSTONE_RANK)[keyof typeof TOMBSTONE_RANK]

/** Where a tombstone stands in the order of forgetting. */
interface Place {
  readonly rank: TombstoneRank
  /** Of the deletion. */
  readonly position: Position
  readonly number: number
}

export const TIME_BYTES = 4
/** Where the rank stands in a tombstone. */
export const TOMBSTONE_RANK_AT = TIME_BYTES + 1

/** Deletions themselves cannot be deleted. */
export function isDeleted(
  lookup: Lookup,
  event: Pick<NostrEvent, 'id' | 'pubkey' | 'kind' | 'tags' | 'created_at'>,
): boolean {
  if (isVanished(lookup, event)) return true
  // Requests to vanish cannot be deleted either (NIP-62).
  if (event.kind === KIND.deletion || event.kind === KIND.vanish) return false
  if (lookup.get(deletedIdKey(event.id, event.pubkey)) !== undefined) return true
  const address = addressOf(event)
  if (address === undefined) return false
  const tombstone = lookup.get(deletedAddressKey(address))
  return tombstone !== undefined && event.created_at <= tombstone.readUInt32BE(0)
}

export function markIdDeleted(draft: Draft, id: string, pubkey: string, place: Place): void {
  mark(draft, deletedIdKey(id, pubkey), 0, place)
}

/** @param until the deletion's `created_at`: later versions are not deleted */
export function markAddressDeleted(draft: Draft, address: Address, until: number, place: Place): void {
  mark(draft, deletedAddressKey(address), until, place)
}

/** @param key of one of the three tables of what is gone; @param until as it stands there */
export function markGone(
  draft: Draft,
  key: Buffer,
  until: number,
  { rank, ...place }: Omit<Place, 'rank'> & { readonly rank: number },
): void {
  const known = RANKS.find(one => one === rank)
  if (key[0] === TABLE.vanished) {
    if (until > (draft.get(key)?.readUInt32BE(0) ?? -1)) draft.put(key, timeBytes(until))
  } else if (known !== undefined) {
    const before = draft.get(key)
    if (before === undefined || before.readUInt32BE(0) < until) mark(draft, key, until, { ...place, rank: known })
  }
}

/** Forgets the least dear, longest known ones if there are more than `max`, and some more, so that it is rarely due. */
export async function forgetTombstones(db: Database, draft: Draft, max: number): Promise<void> {
  const excess = draft.state.tombstones - max
  if (excess <= 0) return
  const range = tableRange(TABLE.tombstoneOrder)
  const limit = Math.max(excess, Math.ceil(Math.min(FORGET_BATCH, max / 100)))
  for (const [order, tombstone] of await db.iterator({ ...range, limit }).all()) {
    draft.delete(order)
    draft.delete(tombstone)
    draft.state.tombstones--
  }
}

/** The later of two deletions of one address counts, and the higher of two ranks. */
function mark(draft: Draft, key: Buffer, until: number, place: Place): void {
  const before = draft.get(key)
  const time = timeBytes(Math.max(until, before?.readUInt32BE(0) ?? 0))
  const rank = Math.max(place.rank, before?.readUInt8(TOMBSTONE_RANK_AT) ?? 0)
  if (before === undefined) draft.state.tombstones++
  else draft.delete(before.subarray(TIME_BYTES))
  const order = tombstoneOrderKey(rank, place.position, place.number)
  draft.put(key, Buffer.concat([time, order]))
  draft.put(order, key)
}

/** Whether its author asked for it to be forgotten, or, of a gift wrap, the one it is for. */
export function isVanished(
  lookup: Lookup,
  event: Pick<NostrEvent, 'pubkey' | 'kind' | 'tags' | 'created_at'>,
): boolean {
  if (event.kind === KIND.vanish) return false
  const names = isGiftWrap(event.kind) ? [event.pubkey, ...tagValues(event, 'p')] : [event.pubkey]
  return names.some(pubkey => event.created_at <= untilOf(lookup, pubkey))
}

/** With the request itself: from now on nothing of it is taken, and what is held is on its way out. */
export function markVanished(draft: Draft, pubkey: string, until: number): void {
  const bytes = timeBytes(Math.max(until, untilOf(draft, pubkey)))
  draft.put(vanishedKey(pubkey), bytes)
  draft.put(vanishingKey(pubkey), bytes)
}

export function isGiftWrap(kind: number): boolean {
  return kind === KIND.giftWrap || kind === KIND.ephemeralGiftWrap
}

function timeBytes(seconds: number): Buffer {
  const bytes = Buffer.allocUnsafe(TIME_BYTES)
  bytes.writeUInt32BE(seconds)
  return bytes
}

/** -1 for who never asked. */
function untilOf(lookup: Lookup, pubkey: string): number {
  return lookup.get(vanishedKey(pubkey))?.readUInt32BE(0) ?? -1
}
