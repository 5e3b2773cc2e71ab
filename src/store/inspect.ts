/** What a data directory looks like from outside, without making, mending or locking anything. */
import { constants } from 'node:fs'
import { access, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  DEVICES_FILE,
  KEY_FILE,
  OWNER_FILE,
  PUSH_FILE,
  SETTINGS_FILE,
  STORE_DIR,
  TOKEN_FILE,
} from './data-directory.ts'

export interface DirectoryFacts {
  readonly state: 'missing' | 'present' | 'not-a-directory' | 'unreadable'
  /** Whether this user can make files there; of a missing directory, in the nearest one that exists. */
  readonly isWritable: boolean
  /** Numeric id of the user that the directory belongs to; undefined while it is missing, and on Windows. */
  readonly ownerUid: number | undefined
  /** Free for this user on that disk. */
  readonly freeBytes: number
  /** Of the files in the store. */
  readonly storeBytes: number
  readonly hasStore: boolean
  /** Files that this user cannot read and write, by their paths. */
  readonly unusableFiles: readonly string[]
  /** Secrets that other users of this machine can read, by their paths. */
  readonly exposedFiles: readonly string[]
  /** Content of the files, as far as they are there and can be read. */
  readonly nodeKey: Uint8Array | undefined
  readonly token: string | undefined
  readonly owner: string | undefined
}

/** Files of the store that are looked at one by one; LevelDB keeps some hundred at most. */
const MAX_LOOKED_AT = 1_000
/** Read and write for group and others. */
const OTHERS = 0o077

/** Looks. Throws only for faults of the disk itself. */
export async function inspectDataDirectory(path: string): Promise<DirectoryFacts> {
  const state = await stateOf(path)
  const place = state === 'present' ? path : await nearestExisting(path)
  const storePath = join(path, STORE_DIR)
  const storeFiles = await namesIn(storePath)
  const stored = storeFiles.slice(0, MAX_LOOKED_AT).map(name => join(storePath, name))
  const secrets = [KEY_FILE, TOKEN_FILE, PUSH_FILE].map(name => join(path, name))
  const others = [OWNER_FILE, DEVICES_FILE, SETTINGS_FILE].map(name => join(path, name))
  const nodeKey = await contentOf(join(path, KEY_FILE))
  const token = await contentOf(join(path, TOKEN_FILE))
  const owner = await contentOf(join(path, OWNER_FILE))
  const { bavail, bsize } = await statfs(place)
  return {
    state,
    isWritable: await isWritable(place),
    ownerUid: process.platform === 'win32' || state !== 'present' ? undefined : (await stat(path)).uid,
    freeBytes: bavail * bsize,
    storeBytes: (await Promise.all(stored.map(sizeOf))).reduce((sum, size) => sum + size, 0),
    hasStore: storeFiles.length > 0,
    unusableFiles: await filtered([...secrets, ...others, storePath, ...stored], isUnusable),
    exposedFiles: await filtered(secrets, isExposed),
    nodeKey,
    token: textOf(token),
    owner: textOf(owner),
  }
}

async function stateOf(path: string): Promise<DirectoryFacts['state']> {
  try {
    if (!(await stat(path)).isDirectory()) return 'not-a-directory'
    await access(path, constants.R_OK | constants.X_OK)
    return 'present'
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return 'missing'
    return code === 'ENOTDIR' ? 'not-a-directory' : 'unreadable'
  }
}

/** The directory itself or the one above it that exists; the root always does. */
async function nearestExisting(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    const isDirectory = await stat(place).then(
      found => found.isDirectory(),
      () => false,
    )
    if (isDirectory || place === dirname(place)) return place
  }
}

/** Tried, because rights, quotas and read-only disks have too many ways to say no. */
async function isWritable(directory: string): Promise<boolean> {
  const probe = join(directory, `.nostrp2p-probe-${process.pid}`)
  try {
    await writeFile(probe, '.', { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return false
  } finally {
    await rm(probe, { force: true }).catch(() => undefined)
  }
}

async function isUnusable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK | constants.W_OK)
    return false
  } catch (error) {
    return codeOf(error) !== 'ENOENT'
  }
}

async function isExposed(path: string): Promise<boolean> {
  if (process.platform === 'win32') return false
  try {
    return ((await stat(path)).mode & OTHERS) !== 0
  } catch {
    return false
  }
}

async function filtered(paths: readonly string[], fits: (path: string) => Promise<boolean>): Promise<string[]> {
  const found = await Promise.all(paths.map(fits))
  return paths.filter((_, i) => found[i])
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    // LevelDB removes files while it runs.
    return 0
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch {
    return []
  }
}

async function contentOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch {
    return undefined
  }
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString().trim()
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
