/**
 * The key layout, and the only builder of keys (specification/storage.md, "Keys"). A key is the table's number and then
 * fields of fixed length, big-endian, so that every question is one range.
 */
import { hash } from 'node:crypto'
import type { NostrEvent } from '../event/event.ts'
import { MAX_CREATED_AT, MAX_KIND } from '../event/limits.ts'
import type { Address } from '../event/order.ts'
import type { Head } from './columns.ts'
import type { Range } from './database.ts'
import type { Position } from './store.ts'

/** Numbers are never used again for something else: 4 and 25 had indexes that are gone. */
export const TABLE = {
  /** `schema`, `epoch`, `state`, `rebuild`, `complete` → see specification. */
  meta: 0,
  /** position → record. */
  event: 1,
  /** id → position. */
  id: 2,
  /** author(8) kind created_at position → nothing. */
  author: 3,
  /** letter valueHash(8) created_at position kind → nothing. */
  tag: 5,
  /** kind addressHash → position. */
  address: 6,
  /** expiration position → nothing. */
  expiry: 7,
  /** hash of id and author → tombstone. */
  deletedId: 8,
  /** kind addressHash → tombstone. */
  deletedAddress: 9,
  /** rank position number → key of the tombstone. */
  tombstoneOrder: 10,
  /** position → nothing. */
  unsent: 11,
  /** position → recipients(32 each). */
  recipients: 12,
  /** position recipient → delivery. */
  delivery: 13,
  /** due position recipient → nothing. */
  due: 14,
  /** recipient position → nothing. */
  openTo: 15,
  /** changed position recipient → nothing. */
  settled: 16,
  /** node peer ID → peer. */
  peer: 17,
  /** owner → until (ms). */
  boundOwner: 18,
  /** node peer ID → cursor in that node's receive order. */
  ownCursor: 19,
  /** guest's public key → events of theirs. */
  guest: 20,
  /** public key → until when its events are forgotten. */
  vanished: 21,
  /** public key → until; while they are being removed. */
  vanishing: 22,
  /** number → summary of a segment of the search index. */
  segment: 23,
  /** number → its events. */
  segmentHeads: 24,
  /** slot number → words of the segment (store/postings.ts). */
  words: 26,
  /** position → when (ms) neighbours(2). */
  passed: 27,
  /** list value → reason or text (store/relay-lists.ts). */
  relayList: 30,
} as const

export type Table = (typeof TABLE)[keyof typeof TABLE]

const AUTHOR_BYTES = 8
const VALUE_HASH_BYTES = 8
export const POSITION_BYTES = 7
const PUBKEY_BYTES = 32
const MS_BYTES = 6
const EXPIRATION_BYTES = 5
const MAX_MS = 2 ** 48 - 1

/** Where `created_at position` begins in the keys of the two time-ordered tables. */
export const TIME_AT = { author: 1 + AUTHOR_BYTES + 2, tag: 1 + 1 + VALUE_HASH_BYTES } as const

export const NOTHING = Buffer.alloc(0)

export const metaKey = (name: 'schema' | 'epoch' | 'state' | 'rebuild' | 'search' | 'complete' | 'runs'): Buffer =>
  Buffer.from(`\x00${name}`, 'latin1')

export function eventKey(position: Position): Buffer {
  return positionKey(TABLE.event, position)
}

export function idKey(id: string): Buffer {
  const key = start(TABLE.id, 32)
  key.write(id, 1, 'hex')
  return key
}

export function authorKey(event: NostrEvent, position: Position): Buffer {
  const key = start(TABLE.author, AUTHOR_BYTES + 2 + 4 + POSITION_BYTES)
  key.write(event.pubkey, 1, AUTHOR_BYTES, 'hex')
  key.writeUInt16BE(event.kind, 1 + AUTHOR_BYTES)
  writeTime(key, TIME_AT.author, event.created_at, position)
  return key
}

export function tagKey(event: NostrEvent, position: Position, letter: string, value: string): Buffer {
  const key = start(TABLE.tag, 1 + VALUE_HASH_BYTES + 4 + POSITION_BYTES + 2)
  writeTag(key, letter, value)
  key.writeUInt16BE(event.kind, writeTime(key, TIME_AT.tag, event.created_at, position))
  return key
}

export function addressKey(address: Address): Buffer {
  return hashedAddressKey(TABLE.address, address)
}

export function expiryKey(expiresAt: number, position: Position): Buffer {
  const key = start(TABLE.expiry, EXPIRATION_BYTES + POSITION_BYTES)
  key.writeUIntBE(expiresAt, 1, EXPIRATION_BYTES)
  writePosition(key, 1 + EXPIRATION_BYTES, position)
  return key
}

/** A deletion binds only its author, so the author is part of the key: a stranger's cannot block the event. */
export function deletedIdKey(id: string, pubkey: string): Buffer {
  const key = start(TABLE.deletedId, 32)
  hash('sha256', Buffer.from(id + pubkey, 'hex'), 'buffer').copy(key, 1)
  return key
}

export function deletedAddressKey(address: Address): Buffer {
  return hashedAddressKey(TABLE.deletedAddress, address)
}

/** @param number tells the tombstones of one deletion apart */
export function tombstoneOrderKey(rank: number, position: Position, number: number): Buffer {
  const key = start(TABLE.tombstoneOrder, 1 + POSITION_BYTES + 2)
  key.writeUInt8(rank, 1)
  key.writeUInt16BE(number, writePosition(key, 2, position))
  return key
}

/** Tombstones of one rank, of deletions from one position to another, both included. */
export function orderRange(rank: number, from: Position, to: Position): { gte: Buffer; lt: Buffer } {
  return { gte: tombstoneOrderKey(rank, from, 0), lt: tombstoneOrderKey(rank, to + 1, 0) }
}

/** The position of the deletion in a key of the table `tombstoneOrder`. */
export function placeOf(key: Buffer): Position {
  return readPosition(key, 2)
}

export function unsentKey(position: Position): Buffer {
  return positionKey(TABLE.unsent, position)
}

export const passedKey = (position: Position): Buffer => positionKey(TABLE.passed, position)

export function recipientsKey(position: Position): Buffer {
  return positionKey(TABLE.recipients, position)
}

export function deliveryKey(position: Position, to: string): Buffer {
  const key = start(TABLE.delivery, POSITION_BYTES + PUBKEY_BYTES)
  key.write(to, writePosition(key, 1, position), 'hex')
  return key
}

export function dueKey(dueMs: number, position: Position, to: string): Buffer {
  return msKey(TABLE.due, dueMs, position, to)
}

export function settledKey(changedMs: number, position: Position, to: string): Buffer {
  return msKey(TABLE.settled, changedMs, position, to)
}

/** The delivery that a key of the tables `due` and `settled` names. */
export function deliveryOf(key: Buffer): Buffer {
  return Buffer.concat([Buffer.of(TABLE.delivery), key.subarray(1 + MS_BYTES)])
}

/** The time in a key of the tables `due` and `settled`. */
export function msOf(key: Buffer): number {
  return key.readUIntBE(1, MS_BYTES)
}

export function openToKey(to: string, position: Position): Buffer {
  const key = start(TABLE.openTo, PUBKEY_BYTES + POSITION_BYTES)
  key.write(to, 1, 'hex')
  writePosition(key, 1 + PUBKEY_BYTES, position)
  return key
}

/** Recipient and position in a key of the table `openTo`. */
export function openToOf(key: Buffer): { to: string; position: Position } {
  return { to: key.toString('hex', 1, 1 + PUBKEY_BYTES), position: readPosition(key, 1 + PUBKEY_BYTES) }
}

export function peerKey(id: string): Buffer {
  return Buffer.concat([Buffer.of(TABLE.peer), Buffer.from(id)])
}

export function boundOwnerKey(owner: string): Buffer {
  return pubkeyKey(TABLE.boundOwner, owner)
}

/** How many events of this guest are held. */
export function guestKey(pubkey: string): Buffer {
  return pubkeyKey(TABLE.guest, pubkey)
}

export function vanishedKey(pubkey: string): Buffer {
  return pubkeyKey(TABLE.vanished, pubkey)
}

export function vanishingKey(pubkey: string): Buffer {
  return pubkeyKey(TABLE.vanishing, pubkey)
}

/** The public key in a key of the tables `vanished` and `vanishing`. */
export function vanishedOf(key: Buffer): string {
  return key.toString('hex', 1)
}

/** The owner in a key of the table `boundOwner`. */
export function ownerOf(key: Buffer): string {
  return key.toString('hex', 1)
}

export function ownCursorKey(node: string, what: 'events' | 'gone'): Buffer {
  return Buffer.concat([Buffer.of(TABLE.ownCursor), Buffer.from(what === 'events' ? node : `${node}/${what}`)])
}

export function relayListKey(list: number, value: string): Buffer {
  return Buffer.concat([Buffer.of(TABLE.relayList, list), Buffer.from(value)])
}

/** List and value in a key of the table `relayList`. */
export function relayListOf(key: Buffer): { list: number; value: string } {
  return { list: key.readUInt8(1), value: key.toString('utf8', 2) }
}

export function readMs(bytes: Buffer): number {
  return bytes.readUIntBE(0, MS_BYTES)
}

export function writeMs(ms: number): Buffer {
  const bytes = Buffer.allocUnsafe(MS_BYTES)
  bytes.writeUIntBE(Math.min(ms, MAX_MS), 0, MS_BYTES)
  return bytes
}

export function readPosition(bytes: Buffer, at: number): Position {
  return bytes.readUIntBE(at, 3) * 2 ** 32 + bytes.readUInt32BE(at + 3)
}

/** Returns where the position ends. */
export function writePosition(bytes: Buffer, at: number, position: Position): number {
  bytes.writeUIntBE(Math.floor(position / 2 ** 32), at, 3)
  return bytes.writeUInt32BE(position % 2 ** 32, at + 3)
}

export function positionBytes(position: Position): Buffer {
  const bytes = Buffer.allocUnsafe(POSITION_BYTES)
  writePosition(bytes, 0, position)
  return bytes
}

/** All keys of a table. */
export function tableRange(table: Table): { gte: Buffer; lt: Buffer } {
  return { gte: Buffer.of(table), lt: Buffer.of(table + 1) }
}

/** Keys of a table ordered by position alone, beyond `after` and, if given, not beyond `upTo`. */
export function positionRange(
  table: typeof TABLE.event | typeof TABLE.unsent | typeof TABLE.delivery,
  after: Position,
  upTo?: Position,
): Range {
  const end = upTo === undefined ? { lt: Buffer.of(table + 1) } : { lt: positionKey(table, upTo + 1) }
  return { gte: positionKey(table, after + 1), ...end }
}

/** Keys of a table of times that are not later than this. */
export function untilMsRange(table: typeof TABLE.due | typeof TABLE.settled, untilMs: number): Range {
  const end = start(table, MS_BYTES)
  end.writeUIntBE(Math.min(untilMs + 1, MAX_MS), 1, MS_BYTES)
  return { gte: Buffer.of(table), lt: end }
}

export function expiredRange(nowSeconds: number): Range {
  const end = start(TABLE.expiry, EXPIRATION_BYTES)
  end.writeUIntBE(nowSeconds + 1, 1, EXPIRATION_BYTES)
  return { gte: Buffer.of(TABLE.expiry), lt: end }
}

/** Open deliveries to this recipient, or to those after it. */
export function openToRange(to: string, what: 'this' | 'after'): Range {
  const key = start(TABLE.openTo, PUBKEY_BYTES)
  key.write(to, 1, 'hex')
  return what === 'this' ? { gte: key, lte: beyond(key) } : { gt: beyond(key), lt: Buffer.of(TABLE.openTo + 1) }
}

/** An author's events of these kinds, whatever their time; 0 to 65,535 for all. */
export function authorKindsRange(pubkey: string, firstKind: number, lastKind: number): Range {
  return { gte: authorPrefix(pubkey, firstKind), lte: beyond(authorPrefix(pubkey, lastKind)) }
}

export function kindInAuthorKey(key: Buffer): number {
  return key.readUInt16BE(1 + AUTHOR_BYTES)
}

/** All that a key of the table `author` says. */
export function headOfAuthorKey(key: Buffer): Head {
  return {
    authorHigh: key.readInt32BE(1),
    authorLow: key.readInt32BE(5),
    kind: kindInAuthorKey(key),
    createdAt: key.readUInt32BE(TIME_AT.author),
    position: readPosition(key, TIME_AT.author + 4),
  }
}

export const ALL_KINDS = [0, MAX_KIND] as const

/** Prefixes of the two time-ordered tables: what stands before `created_at`. */
export function authorPrefix(pubkey: string, kind: number): Buffer {
  const prefix = start(TABLE.author, AUTHOR_BYTES + 2)
  prefix.write(pubkey, 1, AUTHOR_BYTES, 'hex')
  prefix.writeUInt16BE(kind, 1 + AUTHOR_BYTES)
  return prefix
}

export function tagPrefix(letter: string, value: string): Buffer {
  const prefix = start(TABLE.tag, 1 + VALUE_HASH_BYTES)
  writeTag(prefix, letter, value)
  return prefix
}

/** Keys with this prefix from `since` to `until`, both inclusive. */
export function timeRange(prefix: Buffer, since = 0, until = MAX_CREATED_AT): { gte: Buffer; lte: Buffer } {
  const bound = (createdAt: number): Buffer => {
    const key = Buffer.allocUnsafe(prefix.length + 4)
    prefix.copy(key)
    key.writeUInt32BE(createdAt, prefix.length)
    return key
  }
  return { gte: bound(since), lte: beyond(bound(until)) }
}

function start(table: Table, bytes: number): Buffer {
  const key = Buffer.allocUnsafe(1 + bytes)
  key[0] = table
  return key
}

function pubkeyKey(table: Table, pubkey: string): Buffer {
  const key = start(table, PUBKEY_BYTES)
  key.write(pubkey, 1, 'hex')
  return key
}

function positionKey(table: Table, position: Position): Buffer {
  const key = start(table, POSITION_BYTES)
  writePosition(key, 1, position)
  return key
}

function writeTime(key: Buffer, at: number, createdAt: number, position: Position): number {
  return writePosition(key, key.writeUInt32BE(createdAt, at), position)
}

/** Values have up to 8 KiB. Two that share a hash are told apart when the event is read. */
function writeTag(key: Buffer, letter: string, value: string): void {
  key.write(letter, 1, 'latin1')
  hash('sha256', value, 'buffer').copy(key, 2, 0, VALUE_HASH_BYTES)
}

function hashedAddressKey(table: Table, address: Address): Buffer {
  const key = start(table, 2 + 32)
  key.writeUInt16BE(address.kind, 1)
  hash('sha256', address.pubkey + address.d, 'buffer').copy(key, 3)
  return key
}

function msKey(table: Table, ms: number, position: Position, to: string): Buffer {
  const key = start(table, MS_BYTES + POSITION_BYTES + PUBKEY_BYTES)
  key.writeUIntBE(Math.min(Math.max(Math.floor(ms), 0), MAX_MS), 1, MS_BYTES)
  key.write(to, writePosition(key, 1 + MS_BYTES, position), 'hex')
  return key
}

/** Longer than what follows any prefix, and all ones: no key with the prefix comes after. */
const ONES = Buffer.alloc(PUBKEY_BYTES + 1, 0xff)

function beyond(prefix: Buffer): Buffer {
  return Buffer.concat([prefix, ONES])
}
