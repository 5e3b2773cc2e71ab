/** The schema version, and the way from every older one. */
import { randomBytes } from 'node:crypto'
import type { Database, Operation } from './database.ts'
import { StoreUnusable } from './fault.ts'
import { metaKey, TABLE, tableRange } from './keys.ts'
import { TOMBSTONE_RANK_AT } from './tombstones.ts'

export const SCHEMA_VERSION = 2

/** Version → what brings a store of that version to the next; written in one batch with the number of the next. */
const MIGRATIONS: ReadonlyMap<number, (db: Database) => Promise<Operation[]>> = new Map([[1, moveTombstones]])

/**
 * Makes a new store, or brings an older one up to date.
 * @returns the store's epoch
 * @throws StoreUnusable `newer` for a store of a later version of the program
 */
export async function prepareSchema(db: Database): Promise<string> {
  const text = db.getSync(metaKey('schema'))?.toString()
  if (text === undefined) return createSchema(db)
  const found = Number(text)
  if (!(found <= SCHEMA_VERSION)) {
    const reason = `The store was written by a newer version of this program (schema ${text}; this one knows ${SCHEMA_VERSION}). Update the program, or start with another data directory.`
    throw new StoreUnusable('newer', reason)
  }
  for (let version = found; version < SCHEMA_VERSION; version++) {
    const changes = (await MIGRATIONS.get(version)?.(db)) ?? []
    await db.batch([...changes, schemaOperation(version + 1)], { sync: true })
  }
  const epoch = db.getSync(metaKey('epoch'))?.toString()
  return epoch ?? createSchema(db)
}

/**
 * Version 1 knew no guests, whose tombstones go first: all others move up a rank. Records need no change, but an older
 * program would misread marked ones. A hundred thousand tombstones at most, some 30 MB for a moment.
 */
async function moveTombstones(db: Database): Promise<Operation[]> {
  const operations: Operation[] = []
  for (const [order, key] of await db.iterator(tableRange(TABLE.tombstoneOrder)).all()) {
    const tombstone = db.getSync(key)
    operations.push({ type: 'del', key: order })
    if (tombstone === undefined) continue
    const moved = Buffer.from(order)
    moved[1] = order[1]! + 1
    const changed = Buffer.from(tombstone)
    changed[TOMBSTONE_RANK_AT] = moved[1]!
    operations.push({ type: 'put', key: moved, value: key }, { type: 'put', key, value: changed })
  }
  // A deletion moves to where another was, so what is put must come last.
  return operations.sort((a, b) => Number(a.type === 'put') - Number(b.type === 'put'))
}

async function createSchema(db: Database): Promise<string> {
  const epoch = randomBytes(8).toString('hex')
  const epochOperation = { type: 'put', key: metaKey('epoch'), value: Buffer.from(epoch) } as const
  await db.batch([schemaOperation(SCHEMA_VERSION), epochOperation], { sync: true })
  return epoch
}

function schemaOperation(version: number) {
  return { type: 'put', key: metaKey('schema'), value: Buffer.from(String(version)) } as const
}
