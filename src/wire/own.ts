/** `/nostrp2p/own/1`: nodes of one owner ask each other what they have got (specification/overlay.md, O20). */
import { bytesToHex, hexToBytes } from '../event/hex.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { MAX_OWN_CURSOR_CHARS, MAX_OWN_IDS, MAX_OWN_REPLY_BYTES, MAX_OWN_REQUEST_BYTES } from './limits.ts'
import { decode, encode } from './msgpack.ts'

/** `ids`: what came after this cursor; an empty one is the beginning. `events`: these events. */
export type OwnRequest =
  | { readonly want: 'ids'; readonly cursor: string }
  | { readonly want: 'events'; readonly ids: readonly string[] }

/** Ids in the order in which the node got the events, and where the next question goes on. */
export interface OwnIds {
  readonly ids: readonly string[]
  readonly cursor: string
}

/** For the first of the ids that were asked for, in order: the encoded event, or null when it is gone. */
export type OwnEvents = readonly (Uint8Array | null)[]

const ID_BYTES = 32
const REQUEST_BOUNDS = { maxBytes: MAX_OWN_REQUEST_BYTES, maxDepth: 1, maxValues: 8 }
const REPLY_BOUNDS = { maxBytes: MAX_OWN_REPLY_BYTES, maxDepth: 1, maxValues: 8 + MAX_OWN_IDS }

/** `["ids", cursor]` or `["events", all ids as one byte string]`. */
export function encodeOwnRequest(request: OwnRequest): Uint8Array {
  return encode(request.want === 'ids' ? ['ids', request.cursor] : ['events', packIds(request.ids)])
}

export function decodeOwnRequest(bytes: Uint8Array): OwnRequest | Rejection {
  const decoded = decode(bytes, REQUEST_BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value)) return malformed()
  const [want, what] = value
  if (want === 'ids' && isCursor(what)) return { want, cursor: what }
  if (want === 'events') {
    const ids = unpackIds(what)
    if (ids !== undefined) return { want, ids }
  }
  return malformed()
}

/** `[all ids as one byte string, cursor]`. */
export function encodeOwnIds({ ids, cursor }: OwnIds): Uint8Array {
  return encode([packIds(ids), cursor])
}

export function decodeOwnIds(bytes: Uint8Array): OwnIds | Rejection {
  const decoded = decode(bytes, REPLY_BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value)) return malformed()
  const [packed, cursor] = value
  const ids = unpackIds(packed)
  if (ids === undefined || !isCursor(cursor)) return malformed()
  return { ids, cursor }
}

/** `[encoded event or nil, …]`. */
export function encodeOwnEvents(events: OwnEvents): Uint8Array {
  return encode(events)
}

export function decodeOwnEvents(bytes: Uint8Array): OwnEvents | Rejection {
  const decoded = decode(bytes, REPLY_BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value) || value.length > MAX_OWN_IDS || !value.every(isEventOrNull)) return malformed()
  return value
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

function isEventOrNull(value: unknown): value is Uint8Array | null {
  return value === null || value instanceof Uint8Array
}

function malformed(): Rejection {
  return reject('malformed', 'The message is not one between nodes of one owner.')
}
