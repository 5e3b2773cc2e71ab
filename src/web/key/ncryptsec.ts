/**
 * NIP-49: a secret key under a password. The same as nostr-tools' `nip49`, but in slices, so that the page can be used
 * while the password is made into a key (half a second on a computer, some on a phone).
 */
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { concatBytes, randomBytes } from '@noble/hashes/utils.js'
import { bech32 } from '@scure/base'
import { isSecretKey } from '../../event/keys.ts'

/** The part of the work that is done, 0 to 1. */
export type OnProgress = (part: number) => void

const PREFIX = 'ncryptsec'
const VERSION = 2
const LOG_N = 16
/** 2^20 takes 1 GiB; more is a mistake or an attack. */
const MAX_LOG_N = 20
const SALT_BYTES = 16
const NONCE_BYTES = 24
const BYTES = 2 + SALT_BYTES + NONCE_BYTES + 1 + 48
const MAX_CHARS = 200
/** "The client does not track how the key was handled." */
const SECURITY_UNKNOWN = 2
/** Longest time in which the page does nothing else, in milliseconds. */
const SLICE_MS = 12

export async function lockKey(secretKey: Uint8Array, password: string, onProgress?: OnProgress): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const security = Uint8Array.of(SECURITY_UNKNOWN)
  const key = await stretch(password, salt, LOG_N, onProgress)
  const locked = xchacha20poly1305(key, nonce, security).encrypt(secretKey)
  key.fill(0)
  const bytes = concatBytes(Uint8Array.of(VERSION, LOG_N), salt, nonce, security, locked)
  return bech32.encode(PREFIX, bech32.toWords(bytes), MAX_CHARS)
}

/** The text of a backup file or a paste, when it is an ncryptsec that can be tried; undefined otherwise. */
export function ncryptsecIn(text: string): string | undefined {
  const found = /ncryptsec1[0-9a-z]{100,180}/i.exec(text)?.[0].toLowerCase()
  return found !== undefined && parse(found) !== undefined ? found : undefined
}

/**
 * @returns the secret key, which the caller wipes; `wrong-password` when this password does not open it; `damaged` when
 * none would
 */
export async function unlockKey(
  ncryptsec: string,
  password: string,
  onProgress?: OnProgress,
): Promise<Uint8Array | 'wrong-password' | 'damaged'> {
  const parts = parse(ncryptsec)
  if (parts === undefined) return 'damaged'
  const { logN, salt, nonce, security, locked } = parts
  const key = await stretch(password, salt, logN, onProgress)
  try {
    const secretKey = xchacha20poly1305(key, nonce, security).decrypt(locked)
    return isSecretKey(secretKey) ? secretKey : 'damaged'
  } catch {
    return 'wrong-password'
  } finally {
    key.fill(0)
  }
}

function parse(ncryptsec: string) {
  try {
    const { prefix, words } = bech32.decode(ncryptsec as `${string}1${string}`, MAX_CHARS)
    const bytes = bech32.fromWords(words)
    const [version, logN = 0] = bytes
    if (prefix !== PREFIX || version !== VERSION || logN < 1 || logN > MAX_LOG_N || bytes.length !== BYTES) {
      return undefined
    }
    const nonceAt = 2 + SALT_BYTES
    const securityAt = nonceAt + NONCE_BYTES
    return {
      logN,
      salt: bytes.slice(2, nonceAt),
      nonce: bytes.slice(nonceAt, securityAt),
      security: bytes.slice(securityAt, securityAt + 1),
      locked: bytes.slice(securityAt + 1),
    }
  } catch {
    return undefined
  }
}

function stretch(password: string, salt: Uint8Array, logN: number, onProgress?: OnProgress): Promise<Uint8Array> {
  return scryptAsync(password.normalize('NFKC'), salt, {
    N: 2 ** logN,
    r: 8,
    p: 1,
    dkLen: 32,
    asyncTick: SLICE_MS,
    maxmem: 2 ** 30 + 2 ** 21,
    ...(onProgress !== undefined && { onProgress }),
  })
}
