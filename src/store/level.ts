/** LevelDB in a directory: options, repair, and plain words for what can go wrong. */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import type { Database } from './database.ts'
import { StoreUnusable } from './fault.ts'
import { markForRebuild } from './rebuild.ts'

/**
 * Small buffers: a node stores some events a second, and the write buffer is what opening has to read again
 * (measured with 100,000 events, see specification/storage.md, "Figures").
 */
const LEVEL_OPTIONS = {
  keyEncoding: 'buffer',
  valueEncoding: 'buffer',
  cacheSize: 4 * 1024 * 1024,
} as const
const WRITE_BUFFER_BYTES = 4 * 1024 * 1024

// `level` is `classic-level` in Node; its types show only what browsers have as well.
const repairLevel = (Level as unknown as { repair(path: string): Promise<void> }).repair

interface Compacting {
  compactRange(start: Buffer, end: Buffer): Promise<void>
}

/** Behind all tables. */
const NO_KEYS = Buffer.of(0xff)

/**
 * Opens the database, repairing it once if LevelDB finds it damaged.
 * @throws StoreUnusable `locked`, `unwritable` or `corrupt`
 */
export async function openLevel(path: string, writeBufferBytes = WRITE_BUFFER_BYTES): Promise<Database> {
  try {
    if (await isHeadless(path)) return await repairAndOpen(path, writeBufferBytes)
    return await tryOpen(path, writeBufferBytes)
  } catch (error) {
    if (codesOf(error).includes('LEVEL_CORRUPTION')) {
      try {
        return await repairAndOpen(path, writeBufferBytes)
      } catch (repairError) {
        throw explain(path, repairError)
      }
    }
    throw explain(path, error)
  }
}

/**
 * Closes and opens the database after a failed write, once there is room again; until then it stays open for reading.
 * @throws what the disk says while it is full
 */
export async function reopenLevel(db: Database, path: string): Promise<void> {
  await probeSpace(path)
  await db.close()
  await db.open()
}

/**
 * Before a close: what is in the log becomes a table, and a compaction that runs comes to its end. Otherwise the next
 * opening has to read the log again, and until then both the old and the half-made new tables lie on the disk.
 */
export async function settleLevel(db: Database): Promise<void> {
  // The range has no keys; the call still waits for its turn.
  await (db as unknown as Compacting).compactRange(NO_KEYS, NO_KEYS).catch(() => {})
}

async function tryOpen(path: string, writeBufferBytes: number): Promise<Database> {
  const db: Database = new Level<Buffer, Buffer>(path, { ...LEVEL_OPTIONS, writeBufferSize: writeBufferBytes })
  await db.open()
  return db
}

async function repairAndOpen(path: string, writeBufferBytes: number): Promise<Database> {
  await repairLevel(path)
  const db = await tryOpen(path, writeBufferBytes)
  await markForRebuild(db)
  return db
}

/**
 * Whether there is data, but not the file that lists it. LevelDB itself takes a directory without CURRENT for a new one,
 * and clears it; a missing MANIFEST it reports like any other failure.
 */
async function isHeadless(path: string): Promise<boolean> {
  const names = await namesIn(path)
  if (!names.some(name => name.endsWith('.ldb') || name.endsWith('.log'))) return false
  if (!names.includes('CURRENT')) return true
  const manifest = (await readFile(join(path, 'CURRENT'), 'utf8')).trim()
  return !names.includes(manifest)
}

/** Opening writes the log anew as a table; without room for it the database would not come back at all. */
async function probeSpace(path: string): Promise<void> {
  let bytes = 1024 * 1024
  for (const name of await namesIn(path)) if (name.endsWith('.log')) bytes += (await stat(join(path, name))).size
  const probe = join(path, 'space-probe.tmp')
  try {
    await writeFile(probe, Buffer.alloc(bytes, 1))
  } finally {
    await rm(probe, { force: true })
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (codesOf(error).includes('ENOENT')) return []
    throw error
  }
}

function explain(path: string, error: unknown): StoreUnusable {
  const codes = codesOf(error)
  const said = messages(error).at(-1) ?? ''
  if (codes.includes('LEVEL_LOCKED')) {
    const reason = `The store in ${path} is in use by another process. Stop that node, or start this one with another --data-dir.`
    return new StoreUnusable('locked', reason, error)
  }
  if (codes.includes('LEVEL_CORRUPTION')) {
    const reason = `The store in ${path} is damaged and could not be repaired (${said}). Restore it from a backup, or move the directory away to begin with an empty store.`
    return new StoreUnusable('corrupt', reason, error)
  }
  const reason = `The store in ${path} cannot be opened (${said}). Check that the directory belongs to this user and that the disk is not full, or choose another --data-dir.`
  return new StoreUnusable('unwritable', reason, error)
}

/** The error and what caused it: abstract-level wraps what LevelDB says. */
function chain(error: unknown): Error[] {
  const errors: Error[] = []
  for (let next = error; next instanceof Error && errors.length < 5; next = next.cause) errors.push(next)
  return errors
}

function codesOf(error: unknown): string[] {
  return chain(error).flatMap(one => ('code' in one && typeof one.code === 'string' ? [one.code] : []))
}

function messages(error: unknown): string[] {
  return chain(error).map(one => one.message)
}
