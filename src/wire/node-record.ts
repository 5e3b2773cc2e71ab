/** The value of a DHT record: announcements of the proven nodes of one owner (specification/overlay.md, "DHT"). */
import { hexToBytes } from '../event/hex.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { MAX_ANNOUNCEMENT_BYTES, MAX_RECORD_BYTES, MAX_RECORD_NODES } from './limits.ts'
import { decode, encode } from './msgpack.ts'

const KEY_PREFIX = Buffer.from('/nostrp2p/')
const KEY_BYTES = KEY_PREFIX.length + 32
const BOUNDS = { maxBytes: MAX_RECORD_BYTES, maxDepth: 1, maxValues: 1 + MAX_RECORD_NODES }

/** @param owner public key in hex */
export function recordKey(owner: string): Uint8Array {
  return Buffer.concat([KEY_PREFIX, hexToBytes(owner)])
}

/** The owner in hex that a key names; undefined for a key of another form. */
export function ownerOfKey(key: Uint8Array): string | undefined {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  if (bytes.length !== KEY_BYTES || !bytes.subarray(0, KEY_PREFIX.length).equals(KEY_PREFIX)) return undefined
  return bytes.toString('hex', KEY_PREFIX.length)
}

/** Of more announcements than fit the first ones count. */
export function encodeNodeRecord(announcements: readonly Uint8Array[]): Uint8Array {
  const fitting: Uint8Array[] = []
  let bytes = 16
  for (const announcement of announcements.slice(0, MAX_RECORD_NODES)) {
    bytes += announcement.length + 3
    if (bytes > MAX_RECORD_BYTES) break
    fitting.push(announcement)
  }
  return encode(fitting)
}

export function decodeNodeRecord(bytes: Uint8Array): Uint8Array[] | Rejection {
  const decoded = decode(bytes, BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value) || value.length === 0 || !value.every(isAnnouncement))
    return reject('malformed', 'The value is not a list of announcements.')
  return value
}

function isAnnouncement(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length <= MAX_ANNOUNCEMENT_BYTES
}
