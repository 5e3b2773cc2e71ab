/**
 * What a node says of itself on the topic `/nostrp2p/1/nodes`: the payload inside a libp2p signed envelope, whose
 * signature the overlay checks (specification/overlay.md, "Announcement").
 */
import { bytesToHex, hexToBytes } from '../event/hex.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { MAX_ADDRESS_BYTES, MAX_ANNOUNCED_ADDRESSES, MAX_ANNOUNCEMENT_BYTES, MAX_PEER_ID_BYTES } from './limits.ts'
import { decode, encode } from './msgpack.ts'

/** Keeps the signature from counting as one over anything else (RFC 0002 of libp2p, "domain separation"). */
export const ANNOUNCEMENT_DOMAIN = 'nostrp2p-announcement'
/** Payload type of the envelope: a name is as good as a multicodec number as long as only we read it. */
export const ANNOUNCEMENT_TYPE = '/nostrp2p/announcement/1'

export interface Announcement {
  /** Node peer ID, as its multihash bytes; the receiver compares it with the key that signed. */
  readonly peer: Uint8Array
  /** Seconds since 1970; a later announcement of a node replaces an earlier one. */
  readonly issuedAt: number
  /** Multiaddrs in bytes, without the peer ID. */
  readonly addresses: readonly Uint8Array[]
  /** Public key, lower-case hex; null while the node is unclaimed. */
  readonly owner: string | null
  /** The binding as an encoded event; null for an unproven node. */
  readonly binding: Uint8Array | null
}

const BOUNDS = { maxBytes: MAX_ANNOUNCEMENT_BYTES, maxDepth: 2, maxValues: 8 + MAX_ANNOUNCED_ADDRESSES }

export function encodeAnnouncement(announcement: Announcement): Uint8Array {
  const owner = announcement.owner === null ? null : hexToBytes(announcement.owner)
  return encode([announcement.peer, announcement.issuedAt, announcement.addresses, owner, announcement.binding])
}

export function decodeAnnouncement(bytes: Uint8Array): Announcement | Rejection {
  const decoded = decode(bytes, BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value) || value.length < 5) return malformed()
  const [peer, issuedAt, addresses, owner, binding] = value
  if (!(peer instanceof Uint8Array) || peer.length > MAX_PEER_ID_BYTES) return malformed()
  if (typeof issuedAt !== 'number') return malformed()
  if (!Array.isArray(addresses) || addresses.length > MAX_ANNOUNCED_ADDRESSES || !addresses.every(isAddress))
    return malformed()
  if (owner !== null && !(owner instanceof Uint8Array && owner.length === 32)) return malformed()
  if (binding !== null && !(binding instanceof Uint8Array)) return malformed()
  return { peer, issuedAt, addresses, owner: owner === null ? null : bytesToHex(owner), binding }
}

function isAddress(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length <= MAX_ADDRESS_BYTES
}

function malformed(): Rejection {
  return reject('malformed', 'The message is not an announcement.')
}
