/** SHA-256 of a text in UTF-8, as lower-case hex. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** For browsers, which have no hash of their own that does not wait. */
export const sha256HexByNoble = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)))

/** Node's own, ten times as fast. */
const native = globalThis.process?.getBuiltinModule?.('node:crypto')?.hash

export const sha256Hex: (text: string) => string =
  native === undefined ? sha256HexByNoble : text => native('sha256', text, 'hex')
