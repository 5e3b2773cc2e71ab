/** Fixed keys and deterministic signatures, so that the vectors come out the same each time. */
import { schnorr } from '@noble/curves/secp256k1.js'
import { type EventTemplate, eventId, type NostrEvent } from '../../src/event/event.ts'
import { bytesToHex, hexToBytes } from '../../src/event/hex.ts'
import { keyPairFrom } from '../../src/event/keys.ts'

export const ALICE = keyPairFrom(new Uint8Array(32).fill(1))
export const BOB = keyPairFrom(new Uint8Array(32).fill(2))

/** The clock of all cases, seconds since 1970. */
export const NOW = 1_720_000_000

/** A post by Alice unless the fields say otherwise; BIP-340 with 32 zero bytes as auxiliary randomness. */
export function signed(fields: Partial<EventTemplate> = {}, by = ALICE): NostrEvent {
  const event = { pubkey: by.pubkey, created_at: NOW, kind: 1, tags: [], content: 'hello world', ...fields }
  const id = eventId(event)
  const sig = bytesToHex(schnorr.sign(hexToBytes(id), by.secretKey, new Uint8Array(32)))
  const { pubkey, created_at, kind, tags, content } = event
  return { id, pubkey, created_at, kind, tags, content, sig }
}

/** The bytes of a case as the files write them. */
export function hexOf(bytes: Uint8Array): string {
  return bytesToHex(Uint8Array.from(bytes))
}
