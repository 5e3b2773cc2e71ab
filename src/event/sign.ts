/** Signing, for clients, tests and the demo: the node itself never holds an owner's secret key. */
import { schnorr } from '@noble/curves/secp256k1.js'
import { type EventTemplate, eventId, type VerifiedEvent } from './event.ts'
import { bytesToHex, hexToBytes } from './hex.ts'

/** template + secret key → signed event (NIP-01, BIP-340); the template is left alone. */
export function signEvent(template: EventTemplate, secretKey: Uint8Array): VerifiedEvent {
  const { created_at, kind, content } = template
  const tags = template.tags.map(tag => Object.freeze([...tag]))
  const pubkey = bytesToHex(schnorr.getPublicKey(secretKey))
  const id = eventId({ pubkey, created_at, kind, tags, content })
  const sig = bytesToHex(schnorr.sign(hexToBytes(id), secretKey))
  return Object.freeze({ id, pubkey, created_at, kind, tags, content, sig }) as unknown as VerifiedEvent
}
