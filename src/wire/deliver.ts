/** `/nostrp2p/deliver/1`: events for one owner's node, and per event what became of it. */
import { CONSEQUENCES, isRejection, type Rejection, type RejectionCode, reject } from '../event/rejection.ts'
import { MAX_DELIVER_BYTES, MAX_DELIVER_EVENTS, MAX_RECEIPT_REASON_CHARS, MAX_RECEIPTS_BYTES } from './limits.ts'
import { decode, encode } from './msgpack.ts'

/** What the receiver says of one event: it is there now, was there, was outlived by a newer one, or was refused. */
export type Receipt = { readonly result: 'stored' | 'duplicate' | 'superseded' } | Rejection

const REQUEST_BOUNDS = { maxBytes: MAX_DELIVER_BYTES, maxDepth: 1, maxValues: 1 + MAX_DELIVER_EVENTS }
const REPLY_BOUNDS = { maxBytes: MAX_RECEIPTS_BYTES, maxDepth: 2, maxValues: 1 + 3 * MAX_DELIVER_EVENTS }
const RESULTS: ReadonlySet<string> = new Set(['stored', 'duplicate', 'superseded'])

export function encodeDeliver(events: readonly Uint8Array[]): Uint8Array {
  return encode(events)
}

/** Encoded events, not yet decoded: each stands or falls on its own. */
export function decodeDeliver(bytes: Uint8Array): Uint8Array[] | Rejection {
  const decoded = decode(bytes, REQUEST_BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value) || value.length > MAX_DELIVER_EVENTS || !value.every(isBytes)) {
    return reject('malformed', `A delivery is an array of up to ${MAX_DELIVER_EVENTS} encoded events.`)
  }
  return value
}

/** One entry per event of the request, in its order: `[result]`, or `[code, reason]` of a refusal. */
export function encodeReceipts(receipts: readonly Receipt[]): Uint8Array {
  return encode(
    receipts.map(receipt => (isRejection(receipt) ? [receipt.rejected, cut(receipt.reason)] : [receipt.result])),
  )
}

export function decodeReceipts(bytes: Uint8Array): Receipt[] | Rejection {
  const decoded = decode(bytes, REPLY_BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value)) return reject('malformed', 'The reply to a delivery is an array.')
  const receipts: Receipt[] = []
  for (const entry of value) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string')
      return reject('malformed', 'A receipt is an array that begins with a word.')
    const [word, reason] = entry
    if (RESULTS.has(word)) receipts.push({ result: word as 'stored' })
    else receipts.push(reject(knownCode(word), typeof reason === 'string' ? cut(reason) : ''))
  }
  return receipts
}

/** A code of a later version counts as "not for us": the sender keeps what it has. */
function knownCode(word: string): RejectionCode {
  return Object.hasOwn(CONSEQUENCES, word) ? (word as RejectionCode) : 'not-for-us'
}

function cut(reason: string): string {
  return reason.slice(0, MAX_RECEIPT_REASON_CHARS).toWellFormed()
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}
