/**
 * Whether it was deleted is asked of every event, twice, and the answer is nearly always no. A filter in memory gives it
 * without a look at the disk: it knows what was never there for certain, and of the rest that it may be there (Bloom).
 */
import type { Database } from './database.ts'
import { TABLE, tableRange } from './keys.ts'

/** Tables whose keys end in a hash or a public key. */
const TABLES = [TABLE.deletedId, TABLE.deletedAddress, TABLE.vanished] as const
/** For as many tombstones as there may be ten bits each: of a hundred look-ups for what is not there two are made. */
const FILTER_BITS = 2 ** 20
/** Bits that stand for a key, each by four of its last bytes. */
const BITS_OF_KEY = 3
const PAGE = 1_000

/** Bits stay of what has gone since: after so many puts the tables are read anew. */
const MAX_NOTED = 200_000

/** The same database; reads what it holds of these tables first. */
export async function knowingAbsence(db: Database, maxNoted = MAX_NOTED): Promise<Database> {
  let filter = await readFilter(db)
  /** The one that is being read. */
  let next: Uint8Array<ArrayBuffer> | undefined
  let noted = 0

  /** Before the keys of a batch are noted, so that they are noted in the next filter too. */
  async function renew(): Promise<void> {
    noted = 0
    next = new Uint8Array(FILTER_BITS / 8)
    try {
      filter = await readFilter(db, next)
    } catch {
      // The database was closed, or its disk fails: the old filter is right as well.
    }
    next = undefined
  }

  return {
    get status() {
      return db.status
    },
    getSync: key => (isKnown(key) && !mayHold(filter, key) ? undefined : db.getSync(key)),
    getMany: (keys, options) => db.getMany(keys, options),
    keys: options => db.keys(options),
    iterator: options => db.iterator(options),
    batch(operations, options) {
      if (noted > maxNoted && next === undefined) void renew()
      for (const { type, key } of operations) {
        if (type !== 'put' || !isKnown(key)) continue
        noted++
        note(filter, key)
        if (next !== undefined) note(next, key)
      }
      return db.batch(operations, options)
    },
    clear: options => db.clear(options),
    snapshot: () => db.snapshot(),
    open: () => db.open(),
    close: () => db.close(),
  }
}

/** @param filter empty, or with what is noted meanwhile */
async function readFilter(db: Database, filter = new Uint8Array(FILTER_BITS / 8)) {
  for (const table of TABLES) {
    const reader = db.keys(tableRange(table))
    try {
      for (let page = await reader.nextv(PAGE); page.length > 0; page = await reader.nextv(PAGE)) {
        for (const key of page) note(filter, key)
      }
    } finally {
      await reader.close()
    }
  }
  return filter
}

function note(filter: Uint8Array, key: Buffer): void {
  for (let i = 1; i <= BITS_OF_KEY; i++) {
    const bit = bitOf(key, i)
    filter[bit >>> 3]! |= 1 << (bit & 7)
  }
}

function mayHold(filter: Uint8Array, key: Buffer): boolean {
  for (let i = 1; i <= BITS_OF_KEY; i++) {
    const bit = bitOf(key, i)
    if ((filter[bit >>> 3]! & (1 << (bit & 7))) === 0) return false
  }
  return true
}

function isKnown(key: Buffer): boolean {
  const table = key[0]
  return table === TABLE.deletedId || table === TABLE.deletedAddress || table === TABLE.vanished
}

function bitOf(key: Buffer, i: number): number {
  return key.readUInt32BE(key.length - 4 * i) % FILTER_BITS
}
