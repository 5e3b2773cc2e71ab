/** The owner's secret key for one signature: from a file, a prompt, or a pipe; unlocked when it is an ncryptsec (NIP-49). */
import { open, stat } from 'node:fs/promises'
import { isSecretKey, parseSecretKey } from '../event/keys.ts'
import { isRejection } from '../event/rejection.ts'
import { messageOf } from '../observe/log.ts'
import { MAX_SECRET_BYTES } from './secret-input.ts'
import { pathOf } from './server-config.ts'
import type { Surroundings } from './surroundings.ts'

/** Why there is no key, as a sentence. It never repeats anything of what was read. */
export interface NoKey {
  readonly noKey: string
}

export function isNoKey(value: unknown): value is NoKey {
  return typeof value === 'object' && value !== null && 'noKey' in value
}

/** @returns 32 bytes, which the caller wipes */
export async function readSecretKey(file: string | undefined, surroundings: Surroundings): Promise<Uint8Array | NoKey> {
  const { input } = surroundings
  const prompt = 'Secret key (nsec, ncryptsec or hex; it is not shown): '
  const bytes = file === undefined ? await input.readSecret(prompt) : await readKeyFile(file, surroundings)
  if (bytes === undefined) {
    return {
      noKey: 'No secret key was given, so nothing was signed. Type it at the prompt, pipe it in, or use --key-file.',
    }
  }
  if (isNoKey(bytes)) return bytes
  const text = takeText(bytes)
  if (/^ncryptsec1/i.test(text)) return unlock(text.toLowerCase(), surroundings)
  const key = parseSecretKey(text)
  return isRejection(key) ? { noKey: key.reason } : key
}

/** Text is what decoders take; it goes with the next garbage collection, its bytes at once. */
function takeText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes).trim()
  bytes.fill(0)
  return text
}

async function unlock(ncryptsec: string, { input, err }: Surroundings): Promise<Uint8Array | NoKey> {
  const password = await input.readSecret('Password of this key (it is not shown): ')
  if (password === undefined) {
    return { noKey: 'This key is locked (ncryptsec) and no password was given, so nothing was signed.' }
  }
  const { decrypt } = await import('nostr-tools/nip49')
  if (err.isTerminal) err.write('Unlocking the key …\n')
  try {
    const key = decrypt(ncryptsec, takeText(password))
    if (isSecretKey(key)) return key
    return { noKey: 'What this ncryptsec holds is not a secret key.' }
  } catch {
    return { noKey: 'The password does not open this key, or a letter of the ncryptsec is missing or wrong.' }
  }
}

async function readKeyFile(file: string, surroundings: Surroundings): Promise<Uint8Array | NoKey> {
  const path = pathOf(file, surroundings)
  try {
    const { mode, size } = await stat(path)
    if (size > MAX_SECRET_BYTES)
      return { noKey: `${path} is too large to be a key file. It holds the key and nothing else.` }
    if (surroundings.platform !== 'win32' && (mode & 0o077) !== 0) {
      surroundings.err.write(`${path} can be read by other users of this machine. Run: chmod 600 ${path}\n`)
    }
    return await readBytes(path)
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'There is no such file.' : messageOf(error)
    return { noKey: `The secret key cannot be read from ${path}: ${why}` }
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  const handle = await open(path)
  try {
    const bytes = Buffer.alloc(MAX_SECRET_BYTES)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
    const read = Uint8Array.from(bytes.subarray(0, bytesRead))
    bytes.fill(0)
    return read
  } finally {
    await handle.close()
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
