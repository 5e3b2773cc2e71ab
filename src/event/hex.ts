/** Hex as NIP-01 writes it: lower case only. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'

export { bytesToHex, hexToBytes }

const HEX_32 = /^[0-9a-f]{64}$/
const HEX_64 = /^[0-9a-f]{128}$/

/** An event id or a public key. */
export function isHex32(text: unknown): text is string {
  return typeof text === 'string' && HEX_32.test(text)
}

/** A signature. */
export function isHex64(text: unknown): text is string {
  return typeof text === 'string' && HEX_64.test(text)
}
