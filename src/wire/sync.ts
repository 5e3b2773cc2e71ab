/**
 * `/nostrp2p/sync/1`: two nodes find out which public events they do not share, and send them to each other
 * (specification/sync.md). The initiator asks, the responder answers each frame by one, in order.
 */

import { bytesToHex, hexToBytes } from '../event/hex.ts'
import { MAX_CREATED_AT } from '../event/limits.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import {
  MAX_SYNC_AUTHORS,
  MAX_SYNC_FRAME_BYTES,
  MAX_SYNC_FRAME_EVENTS,
  MAX_SYNC_MESSAGE_BYTES,
  SYNC_EVENTS_BYTES,
} from './limits.ts'
import { decode, encode } from './msgpack.ts'

/** Which public events: those dated in a window, or those of some authors. Seconds since 1970, both ends included. */
export type SyncScope =
  | { readonly since: number; readonly until: number }
  | { readonly authors: readonly string[]; readonly since?: number }

/** What the initiator sends. */
export type SyncRequest =
  | { readonly type: 'open'; readonly scope: SyncScope; readonly message: Uint8Array }
  /** The next negentropy message. */
  | { readonly type: 'message'; readonly message: Uint8Array }
  /** Ids that the responder has listed in its messages on this scope, by their places there, counted from 0. */
  | { readonly type: 'want'; readonly places: readonly number[] }
  /** Encoded events that the responder lacks. */
  | { readonly type: 'events'; readonly events: readonly Uint8Array[] }

/** What the responder answers: `message` to `open` and `message`, `events` to `want`, `taken` to `events`. */
export type SyncReply =
  | { readonly type: 'message'; readonly message: Uint8Array }
  /** For the first of those that were asked for, in order: the encoded event, or null when it is gone. */
  | { readonly type: 'events'; readonly events: readonly (Uint8Array | null)[] }
  /** So many of the events were new. */
  | { readonly type: 'taken'; readonly count: number }
  /** Instead of all others. */
  | SyncRefusal

/**
 * `busy`: again in `value` milliseconds. `too-many`: more ids than `value` are in that scope. `since`: it holds all only
 * from `value` on, seconds; the initiator may open again with that. `version`: it speaks version `value`.
 */
export interface SyncRefusal {
  readonly type: 'no'
  readonly reason: 'busy' | 'too-many' | 'since' | 'version'
  readonly value: number
}

/** A stream of frames to one peer, bounded in size, number and time by whoever gives it. */
export interface SyncStream {
  /** Throws when the stream is gone or the peer takes too long. */
  send(frame: Uint8Array): Promise<void>
  /** The next frame; undefined when the peer has closed its side. Throws as `send` does. */
  next(): Promise<Uint8Array | undefined>
  /** Bytes of all frames so far, both ways, with their lengths. */
  bytes(): number
  /** Nothing more is sent. */
  close(): Promise<void>
  /** Resets the stream. */
  abort(reason: string): void
}

const VERSION = 1
const KEY_BYTES = 32
const MAX_NUMBER = 2 ** 32 - 1
const BOUNDS = { maxBytes: MAX_SYNC_FRAME_BYTES, maxDepth: 2, maxValues: 8 + MAX_SYNC_FRAME_EVENTS }
const REFUSALS: ReadonlySet<unknown> = new Set<SyncRefusal['reason']>(['busy', 'too-many', 'since', 'version'])

/** `["open", 1, ["window", since, until] | ["authors", keys, since], message]`, `["message", …]`, `["want", [place, …]]`, `["events", […]]`. */
export function encodeSyncRequest(request: SyncRequest): Uint8Array {
  switch (request.type) {
    case 'open':
      return encode(['open', VERSION, packScope(request.scope), request.message])
    case 'want':
      return encode(['want', request.places])
    case 'message':
      return encode(['message', request.message])
    case 'events':
      return encode(['events', request.events])
  }
}

/** A frame of a version that is not spoken here is `no`, to be answered so. */
export function decodeSyncRequest(bytes: Uint8Array): SyncRequest | SyncRefusal | Rejection {
  const frame = decodeFrame(bytes)
  if (isRejection(frame)) return frame
  const [type, a, b, c] = frame
  switch (type) {
    case 'open': {
      if (a !== VERSION) return isNumber(a) ? { type: 'no', reason: 'version', value: VERSION } : malformed()
      const scope = unpackScope(b)
      if (scope === undefined || !isMessage(c)) return malformed()
      return { type, scope, message: c }
    }
    case 'message':
      return isMessage(a) ? { type, message: a } : malformed()
    case 'want':
      return isList(a) && a.every(isNumber) ? { type, places: a } : malformed()
    case 'events':
      return isList(a) && a.every(isBytes) ? { type, events: a } : malformed()
    default:
      return malformed()
  }
}

/** `["message", …]`, `["events", [encoded event or nil, …]]`, `["taken", count]`, `["no", reason, value]`. */
export function encodeSyncReply(reply: SyncReply): Uint8Array {
  switch (reply.type) {
    case 'message':
      return encode(['message', reply.message])
    case 'events':
      return encode(['events', reply.events])
    case 'taken':
      return encode(['taken', reply.count])
    case 'no':
      return encode(['no', reply.reason, reply.value])
  }
}

export function decodeSyncReply(bytes: Uint8Array): SyncReply | Rejection {
  const frame = decodeFrame(bytes)
  if (isRejection(frame)) return frame
  const [type, a, b] = frame
  switch (type) {
    case 'message':
      return isMessage(a) ? { type, message: a } : malformed()
    case 'events':
      return isList(a) && a.every(item => item === null || isBytes(item)) ? { type, events: a } : malformed()
    case 'taken':
      return isNumber(a) ? { type, count: a } : malformed()
    case 'no':
      return isRefusal(a) && isNumber(b) ? { type, reason: a, value: b } : malformed()
    default:
      return malformed()
  }
}

/**
 * Encoded events for one frame, as many as fit, one at least if there is any.
 * @param next the next one, null for one that is gone, undefined when there are no more
 */
export function syncPage<Item extends Uint8Array | null>(next: () => Item | undefined): Item[] {
  const page: Item[] = []
  for (let bytes = 0; bytes <= SYNC_EVENTS_BYTES && page.length < MAX_SYNC_FRAME_EVENTS; ) {
    const event = next()
    if (event === undefined) break
    page.push(event)
    bytes += event?.length ?? 0
  }
  return page
}

function packScope(scope: SyncScope): unknown {
  if ('authors' in scope) return ['authors', hexToBytes(scope.authors.join('')), scope.since ?? 0]
  return ['window', scope.since, scope.until]
}

function unpackScope(packed: unknown): SyncScope | undefined {
  if (!Array.isArray(packed)) return undefined
  const [kind, a, b] = packed
  if (kind === 'window') return isSeconds(a) && isSeconds(b) && a <= b ? { since: a, until: b } : undefined
  const authors = kind === 'authors' ? unpackKeys(a) : undefined
  return authors === undefined || !isSeconds(b) ? undefined : { authors, since: b }
}

function decodeFrame(bytes: Uint8Array): readonly unknown[] | Rejection {
  const decoded = decode(bytes, BOUNDS)
  if (isRejection(decoded)) return decoded
  return Array.isArray(decoded.value) ? decoded.value : malformed()
}

/** One after another, at least one. */
function unpackKeys(packed: unknown): string[] | undefined {
  if (!isBytes(packed) || packed.length === 0) return undefined
  if (packed.length % KEY_BYTES !== 0 || packed.length > MAX_SYNC_AUTHORS * KEY_BYTES) return undefined
  const hex = bytesToHex(packed)
  const digits = 2 * KEY_BYTES
  return Array.from({ length: packed.length / KEY_BYTES }, (_, i) => hex.slice(i * digits, (i + 1) * digits))
}

function isMessage(value: unknown): value is Uint8Array {
  return isBytes(value) && value.length > 0 && value.length <= MAX_SYNC_MESSAGE_BYTES
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_SYNC_FRAME_EVENTS
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_NUMBER
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_CREATED_AT
}

function isRefusal(value: unknown): value is SyncRefusal['reason'] {
  return REFUSALS.has(value)
}

function malformed(): Rejection {
  return reject('malformed', 'The message is none of a synchronisation.')
}
