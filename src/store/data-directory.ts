/** The data directory: fixed names, private modes, one owner. LevelDB's own lock keeps a second process out. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface DataDirectory {
  /** Where LevelDB lives. */
  readonly storePath: string
  /** The node's own libp2p key, in libp2p's protobuf form; made by `makeKey` at the first start. */
  nodeKey(makeKey: () => Promise<Uint8Array>): Promise<Uint8Array>
  /** The access token of the owner's devices, made at the first start. */
  token(): Promise<string>
  /** The owner that the directory belongs to, as it was written (npub); undefined before it has one. */
  owner(): Promise<string | undefined>
  keepOwner(npub: string): Promise<void>
}

/** A directory that cannot be used; the message is a sentence for the user. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError'
}

export const OWNER_FILE = 'owner'
export const KEY_FILE = 'node.key'
export const TOKEN_FILE = 'token'
export const STORE_DIR = 'store'
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
      const bytes = await secretFile(join(path, TOKEN_FILE), async () =>
        Buffer.from(randomBytes(TOKEN_BYTES).toString('hex')),
      )
      const token = Buffer.from(bytes).toString().trim()
      // An empty one would open the door to everybody.
      if (TOKEN_FORM.test(token)) return token
      throw new DataDirectoryError(
        `The file ${join(path, TOKEN_FILE)} holds no access token. Remove it: the node makes a new one, and phones are paired again.`,
      )
    },
    async owner() {
      const bytes = await readIfThere(join(path, OWNER_FILE))
      return bytes === undefined ? undefined : Buffer.from(bytes).toString().trim()
    },
    keepOwner: npub => writeWhole(join(path, OWNER_FILE), Buffer.from(`${npub}\n`)),
  }
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

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw unusable(path, error)
  }
}

/** A crash leaves the old file or the new one, never half of one. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.new`
  try {
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    throw unusable(path, error)
  }
}

function unusable(path: string, error: unknown): DataDirectoryError {
  if (error instanceof DataDirectoryError) return error
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DataDirectoryError(
        `${path} cannot be written. Give a folder of your own with --data-dir, or change its permissions.`,
      )
    case 'ENOSPC':
    case 'EDQUOT':
      return new DataDirectoryError(
        `There is no space left for ${path}. Free some, or give another folder with --data-dir.`,
      )
    case 'ENOTDIR':
    case 'EEXIST':
      return new DataDirectoryError(`${path} is not a directory. Give another folder with --data-dir.`)
    default:
      return new DataDirectoryError(`${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
