/** The two databases that the store runs on, for suites that run on both. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryLevel } from 'memory-level'
import type { Database } from '../../src/store/database.ts'
import { openLevel, reopenLevel } from '../../src/store/level.ts'
import { type OpenParts, openStore } from '../../src/store/open.ts'
import type { Store, StoreOptions } from '../../src/store/store.ts'

/** One database that outlives the stores that are opened over it, one at a time. */
export interface Backend {
  open(options?: Partial<StoreOptions>, parts?: OpenParts): Promise<{ store: Store; db: Database }>
  /** Closes what is open and removes every trace. */
  dispose(): Promise<void>
}

export type BackendFactory = () => Promise<Backend>

/** So little of what came or was read stays in memory that most of it is read from the disk. */
export const NEARLY_NO_CACHE = { segments: 2, segmentBytes: 8 * 1024 }

export const START_MS = 1_700_000_000_000

/** Nobody's store: no owner, nobody followed, a clock that stands still. */
export function storeOptions(options: Partial<StoreOptions> = {}): StoreOptions {
  const worth = { owner: () => undefined, isFollowed: () => false }
  return { maxEvents: 100_000, maxBytes: 1e9, worth, nowMs: () => START_MS, ...options }
}

export async function memoryBackend(): Promise<Backend> {
  const db: Database = new MemoryLevel<Buffer, Buffer>({ keyEncoding: 'buffer', valueEncoding: 'buffer' })
  return {
    async open(options, parts) {
      return { store: await openStore(db, storeOptions(options), { recordCache: NEARLY_NO_CACHE, ...parts }), db }
    },
    dispose: () => db.close(),
  }
}

export async function diskBackend(): Promise<Backend> {
  const path = await mkdtemp(join(tmpdir(), 'nostrp2p-store-'))
  let opened: Database | undefined
  return {
    async open(options, parts) {
      const db = await openLevel(path)
      opened = db
      const reopen = (): Promise<void> => reopenLevel(db, path)
      return { store: await openStore(db, storeOptions(options), { reopen, ...parts }), db }
    },
    async dispose() {
      await opened?.close()
      await rm(path, { recursive: true, force: true })
    },
  }
}

/** Keys and values of events and their indexes, counted one by one: what `usage` must say. */
export async function countedUsage(db: Database): Promise<{ events: number; bytes: number }> {
  let events = 0
  let bytes = 0
  const [firstTable, lastTable] = [1, 7]
  for (const [key, value] of await db.iterator({ gte: Buffer.of(firstTable), lt: Buffer.of(lastTable + 1) }).all()) {
    if (key[0] === firstTable) events++
    bytes += key.length + value.length
  }
  return { events, bytes }
}

/** How many keys each table has; tables without keys are left out. */
export async function tableSizes(db: Database): Promise<Record<number, number>> {
  const sizes: Record<number, number> = {}
  for (const key of await db.keys({}).all()) sizes[key[0]!] = (sizes[key[0]!] ?? 0) + 1
  return sizes
}
