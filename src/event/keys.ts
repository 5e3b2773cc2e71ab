/** Owner keys: secp256k1 key pairs, their NIP-19 text forms, and the peer ID that follows from a public key. */
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js'
import { base58 } from '@scure/base'
import * as nip19 from 'nostr-tools/nip19'
import { bytesToHex, hexToBytes, isHex32 } from './hex.ts'
import { type Rejection, reject } from './rejection.ts'

export interface KeyPair {
  readonly secretKey: Uint8Array
  /** x-only, lower-case hex. */
  readonly pubkey: string
}

/** A new key pair from the platform's secure random source. */
export function generateKeyPair(): KeyPair {
  return keyPairFrom(schnorr.utils.randomSecretKey())
}

export function keyPairFrom(secretKey: Uint8Array): KeyPair {
  return { secretKey, pubkey: bytesToHex(schnorr.getPublicKey(secretKey)) }
}

/** NIP-19 `nsec`. */
export function nsecOf(secretKey: Uint8Array): string {
  return nip19.nsecEncode(secretKey)
}

/**
 * A public key as a person types it: npub, nprofile or hex. An nsec is refused: the node must never see one.
 * @returns the key as lower-case hex, or why it is none
 */
export function parsePublicKey(text: string): string | Rejection {
  const trimmed = text.trim()
  if (trimmed.toLowerCase().startsWith('nsec1')) {
    return reject(
      'malformed',
      'That is a secret key (nsec). The node must never see it: it stays in your client. Give the public key (npub…) instead, and treat this secret key as exposed if others can read this screen or the shell history.',
    )
  }
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return checkPoint(trimmed.toLowerCase())
  try {
    const decoded = nip19.decode(trimmed)
    if (decoded.type === 'npub') return checkPoint(decoded.data)
    if (decoded.type === 'nprofile') return checkPoint(decoded.data.pubkey)
    return reject('malformed', `That is a ${decoded.type}, not a public key. Give an npub, or 64 hex digits.`)
  } catch {
    return reject(
      'malformed',
      'That is not a public key. Give an npub (npub1…, 63 characters) or 64 hex digits; a letter may be missing or wrong.',
    )
  }
}

/**
 * An event as a person names it: note, nevent or the hex digits of its id.
 * @returns the id as lower-case hex, or why it is none
 */
export function parseEventId(text: string): string | Rejection {
  const trimmed = text.trim().replace(/^nostr:/, '')
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return trimmed.toLowerCase()
  try {
    const decoded = nip19.decode(trimmed)
    if (decoded.type === 'note' && isHex32(decoded.data)) return decoded.data
    if (decoded.type === 'nevent' && isHex32(decoded.data.id)) return decoded.data.id
  } catch {
    // A wrong checksum, or no bech32 at all.
  }
  return reject('malformed', 'That is not an event. Give a note (note1…), an nevent (nevent1…), or 64 hex digits.')
}

/**
 * A secret key as a person keeps it: nsec or 64 hex digits. The words of a rejection never repeat what was given.
 * @returns the 32 bytes, which the caller wipes, or why there are none
 */
export function parseSecretKey(text: string): Uint8Array | Rejection {
  const trimmed = text.trim()
  if (/^(npub|nprofile)1/i.test(trimmed)) {
    return reject('malformed', 'That is a public key. Signing needs the secret key that belongs to it (nsec1…).')
  }
  const bytes = secretBytes(trimmed)
  if (bytes !== undefined && isSecretKey(bytes)) return bytes
  bytes?.fill(0)
  return reject(
    'malformed',
    'That is not a secret key. Give an nsec (nsec1…, 63 characters), an ncryptsec, or 64 hex digits; a letter may be missing or wrong.',
  )
}

function secretBytes(text: string): Uint8Array | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return hexToBytes(text.toLowerCase())
  try {
    const decoded = nip19.decode(text)
    return decoded.type === 'nsec' ? decoded.data : undefined
  } catch {
    // A wrong checksum, or no bech32 at all.
    return undefined
  }
}

/** Not zero, and below the order of the curve. */
export function isSecretKey(bytes: Uint8Array): boolean {
  return secp256k1.utils.isValidSecretKey(bytes)
}

/** Half of all 32-byte strings are no x coordinate of the curve (BIP-340 `lift_x`). */
function checkPoint(pubkey: string): string | Rejection {
  // An npub with a right checksum may still hold another number of bytes.
  if (!isHex32(pubkey)) return reject('malformed', 'That is no public key: it does not hold 32 bytes.')
  try {
    schnorr.utils.lift_x(BigInt(`0x${pubkey}`))
    return pubkey
  } catch {
    return reject('malformed', 'That is no public key: no point of the curve has it. A digit may be wrong.')
  }
}

/** libp2p's identity multihash of a protobuf public key: type secp256k1, 33 bytes. */
const PEER_ID_PREFIX = Uint8Array.of(0x00, 0x25, 0x08, 0x02, 0x12, 0x21)
/** An x-only key stands for the point with even y (BIP-340). */
const EVEN_Y = 0x02

/**
 * The owner peer ID: the libp2p peer ID of the owner's public key. Anyone can compute it from an npub.
 * @param pubkey x-only, lower-case hex
 */
export function ownerPeerId(pubkey: string): string {
  return base58.encode(Uint8Array.of(...PEER_ID_PREFIX, EVEN_Y, ...hexToBytes(pubkey)))
}

export { npubOf, shortNpub } from './npub.ts'
export { isHex32 as isPublicKey }
