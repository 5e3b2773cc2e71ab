/** The schema version, and the way from every older one. */
import { randomBytes } from 'node:crypto'
import type { Database, Operation } from './database.ts'
import { StoreUnusable } from './fault.ts'
import { metaKey, TABLE, tableRange } from './keys.ts'
import { decodeState, encodeState } from './state.ts'
import { TOMBSTONE_RANK_AT } from './tombstones.ts'

export const SCHEMA_VERSION = 3

/** Version → what brings a store of that version to the next; written in one batch with the number of the next. */
const MIGRATIONS: ReadonlyMap<number, (db: Database) => Promise<Operation[]>> = new Map([
  [1, moveTombstones],
  [2, dropTimeTable],
])

/** Of version 2: an index by time that nobody read, and the words of the search index, each with a key of its own. */
const TIME_TABLE = 4
const WORD_TABLE = 25
const TIME_KEY_BYTES = 14

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

/**
 * Version 2 had an index by time, a key for each event, and more keys for the words of the search index, which is made
 * again in the background. What is cleared counts in no number before the end, so this can be cut off anywhere.
 */
async function dropTimeTable(db: Database): Promise<Operation[]> {
  for (const table of [TIME_TABLE, TABLE.segment, TABLE.segmentHeads, WORD_TABLE]) {
    await db.clear({ gte: Buffer.of(table), lt: Buffer.of(table + 1) })
  }
  const stored = db.getSync(metaKey('state'))
  const state = decodeState(stored)
  state.bytes -= state.events * TIME_KEY_BYTES
  state.guestBytes -= state.guestEvents * TIME_KEY_BYTES
  const counters = stored && ({ type: 'put', key: metaKey('state'), value: encodeState(state) } as const)
  return [{ type: 'del', key: metaKey('search') }, ...(counters === undefined ? [] : [counters])]
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
