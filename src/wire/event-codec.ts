/**
 * The overlay's event encoding (specification/event.md, E12): a MessagePack array
 * `[pubkey ‖ sig as 96 bytes, created_at, kind, tags, content]`, without the id, which the receiver computes. In tags,
 * lower-case hex of 32 or 64 bytes travels as bytes. One event has exactly one encoding.
 */
import { type EventTemplate, eventId, type NostrEvent, type Tag } from '../event/event.ts'
import { bytesToHex, hexToBytes, isHex32, isHex64 } from '../event/hex.ts'
import { MAX_ALL_TAG_ELEMENTS, MAX_TAGS } from '../event/limits.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { parseFields } from '../event/verify.ts'
import { MAX_EVENT_PACKET_BYTES } from './limits.ts'
import { decode, encode } from './msgpack.ts'

const PUBKEY_BYTES = 32
const SIG_BYTES = 64
const BOUNDS = {
  maxBytes: MAX_EVENT_PACKET_BYTES,
  maxDepth: 3,
  // The array, its five fields, the tags, their elements: what `parseEvent` takes, the overlay can carry.
  maxValues: 6 + MAX_TAGS + MAX_ALL_TAG_ELEMENTS,
}

export function encodeEvent(event: NostrEvent): Uint8Array {
  return pack(hexToBytes(event.pubkey + event.sig), event)
}

/**
 * Bytes of a peer → an event of the right form whose id is the hash of its fields. The signature is not checked here.
 * Bytes that `encodeEvent` would not have written for that event are refused.
 */
export function decodeEvent(bytes: Uint8Array): NostrEvent | Rejection {
  const decoded = decode(bytes, BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value) || value.length !== 5) return malformed()
  const [signer, created_at, kind, packedTags, content] = value
  if (!(signer instanceof Uint8Array) || signer.length !== PUBKEY_BYTES + SIG_BYTES) return malformed()
  const tags = unpackTags(packedTags)
  if (tags === undefined) return malformed()
  const hex = bytesToHex(signer)
  const fields = parseFields({
    id: '',
    pubkey: hex.slice(0, PUBKEY_BYTES * 2),
    sig: hex.slice(PUBKEY_BYTES * 2),
    created_at,
    kind,
    tags,
    content,
  })
  if (isRejection(fields)) return fields
  if (!equalBytes(pack(signer, fields), bytes)) return reject('malformed', 'The event is not in its one encoding.')
  return Object.freeze({ ...fields, id: eventId(fields) })
}

function pack(signer: Uint8Array, { created_at, kind, tags, content }: EventTemplate): Uint8Array {
  return encode([signer, created_at, kind, tags.map(tag => tag.map(packElement)), content])
}

function packElement(element: string): string | Uint8Array {
  return isHex32(element) || isHex64(element) ? hexToBytes(element) : element
}

function unpackTags(packed: unknown): Tag[] | undefined {
  if (!Array.isArray(packed)) return undefined
  const tags: Tag[] = []
  for (const tag of packed) {
    if (!Array.isArray(tag)) return undefined
    tags.push(tag.map(element => (element instanceof Uint8Array ? bytesToHex(element) : element)))
  }
  return tags
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  // A plain loop is ten times as fast as `every`, and `Buffer.compare` is not there in a browser.
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function malformed(): Rejection {
  return reject('malformed', 'The message is not an event.')
}
