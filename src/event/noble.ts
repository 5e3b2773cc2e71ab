/** BIP-340 by `@noble/curves`: plain JavaScript, for the browser. The node uses the WebAssembly build (`verifier/`). */
import { schnorr } from '@noble/curves/secp256k1.js'
import { hexToBytes } from './hex.ts'
import type { SignatureCheck } from './verify.ts'

export const checkWithNoble: SignatureCheck = (sig, id, pubkey) => {
  return schnorr.verify(hexToBytes(sig), hexToBytes(id), hexToBytes(pubkey))
}
