/** The schema version, and the way from every older one. */
import { randomBytes } from 'node:crypto'
import type { Database } from './database.ts'
import { StoreUnusable } from './fault.ts'
import { metaKey } from './keys.ts'

export const SCHEMA_VERSION = 1

/** Version → brings a store of that version to the next. Must be able to run again after a crash in the middle. */
const MIGRATIONS: ReadonlyMap<number, (db: Database) => Promise<void>> = new Map()

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
    await MIGRATIONS.get(version)?.(db)
    await db.batch([schemaOperation(version + 1)], { sync: true })
  }
  const epoch = db.getSync(metaKey('epoch'))?.toString()
  return epoch ?? createSchema(db)
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
