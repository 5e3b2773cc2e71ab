/** `/nostrp2p/own/1`: nodes of one owner ask each other what they have got (specification/overlay.md, O20). */
import { bytesToHex, hexToBytes } from '../event/hex.ts'
import { MAX_CREATED_AT, MAX_RECIPIENTS } from '../event/limits.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import {
  MAX_OWN_ACKS,
  MAX_OWN_CURSOR_CHARS,
  MAX_OWN_IDS,
  MAX_OWN_MESSAGE_BYTES,
  MAX_OWN_REPLY_BYTES,
  MAX_OWN_REQUEST_BYTES,
  MAX_OWN_TOMBSTONES,
  OWN_EVENTS_BYTES,
} from './limits.ts'
import { decode, encode } from './msgpack.ts'

/**
 * `ids`: what came after this cursor; an empty one is the beginning. `events`: these events. `deliveries`: what has become
 * of the deliveries of these events. `gone`: what was deleted since this cursor and of which the deletion is not held any
 * more. `compare`: a negentropy message over all that is held.
 */
export type OwnRequest =
  | { readonly want: 'ids' | 'gone'; readonly cursor: string }
  | { readonly want: 'compare'; readonly message: Uint8Array }
  | { readonly want: 'events' | 'deliveries'; readonly ids: readonly string[] }

/** Ids in the order in which the node got the events, and where the next question goes on. */
export interface OwnIds {
  readonly ids: readonly string[]
  readonly cursor: string
  /** The cursor of the question was none of the node's present store, so this is the beginning. */
  readonly isAnew: boolean
}

/** A negentropy message, and where the receive order of the node stood when it was made. */
export interface OwnCompared {
  readonly message: Uint8Array
  readonly cursor: string
}

/** Tombstones as the store writes them (specification/storage.md), and where the next question goes on. */
export interface OwnGone {
  readonly rows: readonly Uint8Array[]
  readonly cursor: string
  readonly hasMore: boolean
}

/**
 * For the first of the ids that were asked for, in order: the encoded event, or null when it is gone. A deletion that is
 * for everybody stands in a list of its own, for who lacks what it deletes cannot tell.
 */
export type OwnEvents = readonly (Uint8Array | readonly [Uint8Array] | null)[]

export interface OwnDelivery {
  /** Public key of the recipient. */
  readonly to: string
  readonly state: 'waiting' | 'delivered' | 'expired'
  /** Whether there is still somebody to try. */
  readonly open: boolean
  /** Node peer ID of the node whose business it is, if it is another's. */
  readonly standbyFor: string | undefined
  /** Since when; seconds since 1970. */
  readonly createdAt: number
  /** Node peer IDs that acknowledged it. */
  readonly ackedBy: readonly string[]
}

/** For the first of the ids that were asked for, in order: the deliveries of that event; none if there are none. */
export type OwnDeliveries = readonly (readonly OwnDelivery[])[]

/** What one node of an owner asks another one; throws when there is no proper answer. */
export interface OwnQuestions {
  ids(cursor: string): Promise<OwnIds>
  events(ids: readonly string[]): Promise<OwnEvents>
  deliveries(ids: readonly string[]): Promise<OwnDeliveries>
  compare(message: Uint8Array): Promise<OwnCompared>
  gone(cursor: string): Promise<OwnGone>
}

/** What a node answers to a peer; undefined for one that is not the owner's by a binding. */
export interface OwnAnswers {
  ids(peer: string, cursor: string): Promise<OwnIds | undefined>
  events(peer: string, ids: readonly string[]): OwnEvents | undefined
  deliveries(peer: string, ids: readonly string[]): Promise<OwnDeliveries | undefined>
  /** @throws when that is no negentropy message */
  compare(peer: string, message: Uint8Array): Promise<OwnCompared | undefined>
  gone(peer: string, cursor: string): Promise<OwnGone | undefined>
}

const ID_BYTES = 32
/** In the order of their numbers on the wire. */
const STATES = ['waiting', 'delivered', 'expired'] as const
const MAX_NODE_CHARS = 80
const DELIVERY_VALUES = 8 + MAX_OWN_ACKS
/** Without nodes. */
const LEAST_DELIVERY_BYTES = 40
const REQUEST_BOUNDS = { maxBytes: MAX_OWN_REQUEST_BYTES, maxDepth: 1, maxValues: 8 }
const DELIVERIES_BOUNDS = {
  maxBytes: MAX_OWN_REPLY_BYTES,
  maxDepth: 4,
  maxValues: 8 + MAX_OWN_IDS + (OWN_EVENTS_BYTES / LEAST_DELIVERY_BYTES + MAX_RECIPIENTS) * DELIVERY_VALUES,
}
const REPLY_BOUNDS = { maxBytes: MAX_OWN_REPLY_BYTES, maxDepth: 1, maxValues: 8 + MAX_OWN_IDS }

/** `["ids"` or `"gone", cursor]`, `["events"` or `"deliveries", all ids as one byte string]`, `["compare", message]`. */
export function encodeOwnRequest(request: OwnRequest): Uint8Array {
  if ('cursor' in request) return encode([request.want, request.cursor])
  return encode([request.want, 'ids' in request ? packIds(request.ids) : request.message])
}

export function decodeOwnRequest(bytes: Uint8Array): OwnRequest | Rejection {
  const decoded = decode(bytes, REQUEST_BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value)) return malformed()
  const [want, what] = value
  if ((want === 'ids' || want === 'gone') && isCursor(what)) return { want, cursor: what }
  if (want === 'compare' && isMessage(what)) return { want, message: what }
  if (want === 'events' || want === 'deliveries') {
    const ids = unpackIds(what)
    if (ids !== undefined) return { want, ids }
  }
  return malformed()
}

/** `[all ids as one byte string, cursor, whether it is the beginning]`. */
export function encodeOwnIds({ ids, cursor, isAnew }: OwnIds): Uint8Array {
  return encode([packIds(ids), cursor, isAnew])
}

export function decodeOwnIds(bytes: Uint8Array): OwnIds | Rejection {
  const decoded = decode(bytes, REPLY_BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value)) return malformed()
  const [packed, cursor, isAnew] = value
  const ids = unpackIds(packed)
  if (ids === undefined || !isCursor(cursor)) return malformed()
  return { ids, cursor, isAnew: isAnew === true }
}

/** `[encoded event, [encoded deletion] or nil, …]`. */
export function encodeOwnEvents(events: OwnEvents): Uint8Array {
  return encode(events)
}

export function decodeOwnEvents(bytes: Uint8Array): OwnEvents | Rejection {
  const decoded = decode(bytes, { ...REPLY_BOUNDS, maxDepth: 2, maxValues: 8 + 2 * MAX_OWN_IDS })
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value) || value.length > MAX_OWN_IDS || !value.every(isEventOrNull)) return malformed()
  return value
}

/** `[message, cursor]`. */
export function encodeOwnCompared({ message, cursor }: OwnCompared): Uint8Array {
  return encode([message, cursor])
}

export function decodeOwnCompared(bytes: Uint8Array): OwnCompared | Rejection {
  const decoded = decode(bytes, REPLY_BOUNDS)
  if (isRejection(decoded)) return decoded
  if (!Array.isArray(decoded.value)) return malformed()
  const [message, cursor] = decoded.value
  return isMessage(message) && isCursor(cursor) ? { message, cursor } : malformed()
}

/** `[[tombstone, …], cursor, whether there are more]`. */
export function encodeOwnGone({ rows, cursor, hasMore }: OwnGone): Uint8Array {
  return encode([rows, cursor, hasMore])
}

export function decodeOwnGone(bytes: Uint8Array): OwnGone | Rejection {
  const decoded = decode(bytes, { ...REPLY_BOUNDS, maxDepth: 2, maxValues: 8 + MAX_OWN_TOMBSTONES })
  if (isRejection(decoded)) return decoded
  if (!Array.isArray(decoded.value)) return malformed()
  const [rows, cursor, hasMore] = decoded.value
  if (!Array.isArray(rows) || !rows.every(isBytes) || !isCursor(cursor) || typeof hasMore !== 'boolean') {
    return malformed()
  }
  return { rows, cursor, hasMore }
}

/** About how many bytes a delivery takes in an answer. */
export function ownDeliveryBytes({ ackedBy }: OwnDelivery): number {
  return LEAST_DELIVERY_BYTES + MAX_NODE_CHARS * Math.min(ackedBy.length + 1, MAX_OWN_ACKS)
}

/** For each event an array of `[recipient, number of the state, open, node or nil, created_at, [node, …]]`. */
export function encodeOwnDeliveries(deliveries: OwnDeliveries): Uint8Array {
  const pack = ({ to, state, open, standbyFor, createdAt, ackedBy }: OwnDelivery) => [
    hexToBytes(to),
    STATES.indexOf(state),
    open,
    standbyFor ?? null,
    createdAt,
    ackedBy.slice(0, MAX_OWN_ACKS),
  ]
  return encode(deliveries.map(ofEvent => ofEvent.map(pack)))
}

export function decodeOwnDeliveries(bytes: Uint8Array): OwnDeliveries | Rejection {
  const decoded = decode(bytes, DELIVERIES_BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value) || value.length > MAX_OWN_IDS) return malformed()
  const deliveries: OwnDelivery[][] = []
  for (const ofEvent of value) {
    if (!Array.isArray(ofEvent) || ofEvent.length > MAX_RECIPIENTS) return malformed()
    const unpacked = ofEvent.map(unpackDelivery)
    if (!unpacked.every(delivery => delivery !== undefined)) return malformed()
    deliveries.push(unpacked)
  }
  return deliveries
}

function unpackDelivery(value: unknown): OwnDelivery | undefined {
  if (!Array.isArray(value)) return undefined
  const [to, number, open, standbyFor, createdAt, ackedBy] = value
  const state = typeof number === 'number' ? STATES[number] : undefined
  if (!(to instanceof Uint8Array) || to.length !== ID_BYTES || state === undefined) return undefined
  if (typeof open !== 'boolean' || !(standbyFor === null || isNode(standbyFor))) return undefined
  if (!Number.isSafeInteger(createdAt) || createdAt < 0 || createdAt > MAX_CREATED_AT) return undefined
  if (!Array.isArray(ackedBy) || ackedBy.length > MAX_OWN_ACKS || !ackedBy.every(isNode)) return undefined
  return { to: bytesToHex(to), state, open, standbyFor: standbyFor ?? undefined, createdAt, ackedBy }
}

function isNode(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NODE_CHARS
}

function packIds(ids: readonly string[]): Uint8Array {
  return hexToBytes(ids.join(''))
}

function unpackIds(packed: unknown): string[] | undefined {
  if (!(packed instanceof Uint8Array) || packed.length % ID_BYTES !== 0) return undefined
  if (packed.length > MAX_OWN_IDS * ID_BYTES) return undefined
  const ids: string[] = []
  for (let at = 0; at < packed.length; at += ID_BYTES) ids.push(bytesToHex(packed.subarray(at, at + ID_BYTES)))
  return ids
}

function isCursor(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_OWN_CURSOR_CHARS
}

function isEventOrNull(value: unknown): value is OwnEvents[number] {
  return value === null || isBytes(value) || (Array.isArray(value) && value.length === 1 && isBytes(value[0]))
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

function isMessage(value: unknown): value is Uint8Array {
  return isBytes(value) && value.length > 0 && value.length <= MAX_OWN_MESSAGE_BYTES
}

function malformed(): Rejection {
  return reject('malformed', 'The message is not one between nodes of one owner.')
}
