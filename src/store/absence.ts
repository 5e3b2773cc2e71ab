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

/** The same database; reads what it holds of these tables first. */
export async function knowingAbsence(db: Database): Promise<Database> {
  const filter = new Uint8Array(FILTER_BITS / 8)

  function note(key: Buffer): void {
    for (let i = 1; i <= BITS_OF_KEY; i++) {
      const bit = bitOf(key, i)
      filter[bit >>> 3]! |= 1 << (bit & 7)
    }
  }

  function mayHold(key: Buffer): boolean {
    for (let i = 1; i <= BITS_OF_KEY; i++) {
      const bit = bitOf(key, i)
      if ((filter[bit >>> 3]! & (1 << (bit & 7))) === 0) return false
    }
    return true
  }

  for (const table of TABLES) {
    const reader = db.keys(tableRange(table))
    try {
      for (let page = await reader.nextv(PAGE); page.length > 0; page = await reader.nextv(PAGE)) page.forEach(note)
    } finally {
      await reader.close()
    }
  }

  return {
    get status() {
      return db.status
    },
    getSync: key => (isKnown(key) && !mayHold(key) ? undefined : db.getSync(key)),
    getMany: (keys, options) => db.getMany(keys, options),
    keys: options => db.keys(options),
    iterator: options => db.iterator(options),
    batch(operations, options) {
      for (const { type, key } of operations) if (type === 'put' && isKnown(key)) note(key)
      return db.batch(operations, options)
    },
    clear: options => db.clear(options),
    snapshot: () => db.snapshot(),
    open: () => db.open(),
    close: () => db.close(),
  }
}

function isKnown(key: Buffer): boolean {
  const table = key[0]
  return table === TABLE.deletedId || table === TABLE.deletedAddress || table === TABLE.vanished
}

function bitOf(key: Buffer, i: number): number {
  return key.readUInt32BE(key.length - 4 * i) % FILTER_BITS
}
