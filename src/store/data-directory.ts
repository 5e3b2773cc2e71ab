/** The data directory: fixed names, private modes, one owner. LevelDB's own lock keeps a second process out. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DataDirectoryError, type KeptFile, keptFile, readIfThere, unusable, writeWhole } from './kept-file.ts'

export interface DataDirectory {
  /** Where LevelDB lives. */
  readonly storePath: string
  /** The node's own libp2p key, in libp2p's protobuf form; made by `makeKey` at the first start. */
  nodeKey(makeKey: () => Promise<Uint8Array>): Promise<Uint8Array>
  /** The access token of the owner's first device, made at the first start. */
  token(): Promise<string>
  /** Another one in its place. */
  renewToken(): Promise<string>
  /** A file that a part of the node keeps here. */
  file(name: string): KeptFile
  /** The owner that the directory belongs to, as it was written (npub); undefined before it has one. */
  owner(): Promise<string | undefined>
  keepOwner(npub: string): Promise<void>
}

export { DataDirectoryError } from './kept-file.ts'

export const OWNER_FILE = 'owner'
export const KEY_FILE = 'node.key'
export const TOKEN_FILE = 'token'
export const STORE_DIR = 'store'
export const DEVICES_FILE = 'devices.json'
/** Written by whoever starts the node (cli/settings-desk.ts). */
export const SETTINGS_FILE = 'settings.json'
export const PUSH_FILE = 'push.json'
/** The certificate of the door for browsers, and its key. */
export const DOOR_FILE = 'browsers.pem'
/** Keys and certificate of `--auto-tls`. */
export const AUTO_TLS_FILE = 'auto-tls.json'
const TOKEN_BYTES = 16
/** What the node makes, and anything as strong that the user put there: letters that a path can hold. */
const TOKEN_FORM = /^[\w-]{16,128}$/

/** Makes the directory if need be, for its owner's eyes only (0700). Throws `DataDirectoryError` if it cannot be used. */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    if (!(await stat(path)).isDirectory()) throw new DataDirectoryError(`${path} is not a directory.`)
    await chmod(path, 0o700)
  } catch (error) {
    throw unusable(path, error)
  }
  return {
    storePath: join(path, STORE_DIR),
    nodeKey: makeKey => secretFile(join(path, KEY_FILE), makeKey),
    async token() {
      const bytes = await secretFile(join(path, TOKEN_FILE), async () => Buffer.from(newToken()))
      const token = Buffer.from(bytes).toString().trim()
      // An empty one would open the door to everybody.
      if (TOKEN_FORM.test(token)) return token
      throw new DataDirectoryError(
        `The file ${join(path, TOKEN_FILE)} holds no access token. Remove it: the node makes a new one, and phones are paired again.`,
      )
    },
    async renewToken() {
      const token = newToken()
      await writeWhole(join(path, TOKEN_FILE), Buffer.from(token))
      return token
    },
    file: name => keptFile(join(path, name)),
    async owner() {
      return (await keptFile(join(path, OWNER_FILE)).read())?.trim()
    },
    keepOwner: npub => writeWhole(join(path, OWNER_FILE), Buffer.from(`${npub}\n`)),
  }
}

/** 128 random bits: nobody guesses one. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('hex')
}

/** Reads a secret, or makes and keeps a new one. One that others may read is refused: it may be known already. */
async function secretFile(path: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const held = await readIfThere(path)
  if (held === undefined) {
    const made = await make()
    await writeWhole(path, made)
    return made
  }
  const { mode } = await stat(path)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new DataDirectoryError(`${path} can be read by other users of this machine. Run: chmod 600 ${path}`)
  }
  return held
}
