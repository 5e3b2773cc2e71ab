/** Reads every key of a store and says what does not agree: indexes, outbox, tombstones and counters against the records. */
import type { Database } from '../../src/store/database.ts'
import { decodeDelivery, recipientsOf } from '../../src/store/deliveries.ts'
import { entriesOf, sizeOf } from '../../src/store/indexes.ts'
import {
  dueKey,
  guestKey,
  metaKey,
  openToKey,
  readPosition,
  settledKey,
  TABLE,
  unsentKey,
} from '../../src/store/keys.ts'
import { isGuests } from '../../src/store/mark.ts'
import { decodeRecord, markOf } from '../../src/store/record.ts'
import { decodeState, type State } from '../../src/store/state.ts'
import type { Delivery, StoredEvent } from '../../src/store/store.ts'
import { isDeleted } from '../../src/store/tombstones.ts'

/** Made of the records, key by key. */
const OF_EVENTS: readonly number[] = [TABLE.event, TABLE.id, TABLE.author, TABLE.tag, TABLE.address, TABLE.expiry]
const ORDER_AT = 4

type Rows = Map<string, Buffer>

/** Sentences; none when all is as it has to be. */
export async function auditStore(db: Database): Promise<string[]> {
  const tables = new Map<number, Rows>()
  for (const [key, value] of await db.iterator({}).all()) {
    const rows = tables.get(key[0]!) ?? new Map<string, Buffer>()
    rows.set(key.toString('hex'), value)
    tables.set(key[0]!, rows)
  }
  const rowsOf = (...numbers: readonly number[]): [Buffer, Buffer][] =>
    numbers.flatMap(number =>
      [...(tables.get(number) ?? [])].map(([key, value]): [Buffer, Buffer] => [Buffer.from(key, 'hex'), value]),
    )
  const state = decodeState(db.getSync(metaKey('state')))
  const stored = rowsOf(TABLE.event).map(([key, record]): StoredEvent => {
    return { event: decodeRecord(record), position: readPosition(key, 1), mark: markOf(record) }
  })
  return [
    ...auditEvents(db, stored, state, rowsOf),
    ...auditGuests(stored, state, rowsOf(TABLE.guest)),
    ...auditOutbox(db, state, rowsOf),
    ...auditTombstones(state, rowsOf),
  ]
}

type RowsOf = (...numbers: readonly number[]) => [Buffer, Buffer][]

function auditEvents(db: Database, stored: readonly StoredEvent[], state: State, rowsOf: RowsOf): string[] {
  const found: string[] = []
  const wanted: Rows = new Map()
  for (const one of stored) {
    if (isDeleted({ get: key => db.getSync(key) }, one.event)) found.push(`${one.event.id} is deleted and held`)
    for (const { key, value } of entriesOf(one)) {
      if (wanted.has(key.toString('hex'))) found.push(`two events share the key ${key.toString('hex')}`)
      wanted.set(key.toString('hex'), value)
    }
  }
  found.push(...compare('entry', rowsOf(...OF_EVENTS), wanted))
  const counted = { events: stored.length, bytes: stored.reduce((sum, one) => sum + sizeOf(entriesOf(one)), 0) }
  if (state.events !== counted.events) found.push(`${counted.events} events are counted as ${state.events}`)
  if (state.bytes !== counted.bytes) found.push(`${counted.bytes} bytes are counted as ${state.bytes}`)
  const last = Math.max(0, ...stored.map(({ position }) => position))
  if (state.lastPosition < last) found.push(`position ${last} was given, the last is said to be ${state.lastPosition}`)
  return found
}

function auditGuests(stored: readonly StoredEvent[], state: State, rows: readonly [Buffer, Buffer][]): string[] {
  const guests = stored.filter(({ mark }) => isGuests(mark))
  const wanted: Rows = new Map()
  for (const { event } of guests) {
    const key = guestKey(event.pubkey).toString('hex')
    const count = Buffer.alloc(4)
    count.writeUInt32BE((wanted.get(key)?.readUInt32BE(0) ?? 0) + 1)
    wanted.set(key, count)
  }
  const found = compare('count of a guest', rows, wanted)
  const bytes = guests.reduce((sum, one) => sum + sizeOf(entriesOf(one)), 0)
  if (state.guestEvents !== guests.length) found.push(`${guests.length} of guests are counted as ${state.guestEvents}`)
  if (state.guestBytes !== bytes) found.push(`${bytes} bytes of guests are counted as ${state.guestBytes}`)
  return found
}

function auditOutbox(db: Database, state: State, rowsOf: RowsOf): string[] {
  const found: string[] = []
  const lookup = { get: (key: Buffer) => db.getSync(key) }
  const deliveries = rowsOf(TABLE.delivery).map(([key, value]) => decodeDelivery(key, value))
  const wanted: Rows = new Map()
  const positions = new Set(rowsOf(TABLE.event).map(([key]) => readPosition(key, 1)))
  for (const { position, to, open, dueMs, changedMs } of deliveries) {
    const nothing = Buffer.alloc(0)
    if (!positions.has(position)) found.push(`a delivery of position ${position} has no event`)
    if (!recipientsOf(lookup, position).includes(to)) found.push(`a delivery of position ${position} is in no list`)
    const keys = open ? [dueKey(dueMs, position, to), openToKey(to, position)] : [settledKey(changedMs, position, to)]
    for (const key of keys) wanted.set(key.toString('hex'), nothing)
  }
  found.push(...compare('entry of the outbox', rowsOf(TABLE.due, TABLE.openTo, TABLE.settled), wanted))
  for (const [key] of rowsOf(TABLE.unsent)) {
    if (!positions.has(readPosition(key, 1))) found.push(`position ${readPosition(key, 1)} is unsent and not held`)
  }
  for (const [key, value] of rowsOf(TABLE.passed)) {
    const position = readPosition(key, 1)
    if (!positions.has(position)) found.push(`position ${position} was passed on and is not held`)
    if (lookup.get(unsentKey(position)) !== undefined) found.push(`position ${position} was passed on and is unsent`)
    if (value.length !== 8) found.push(`what was passed on of position ${position} has ${value.length} bytes`)
  }
  for (const [key] of rowsOf(TABLE.recipients)) {
    const listed = recipientsOf(lookup, readPosition(key, 1)).length
    const rows = deliveries.filter(({ position }) => position === readPosition(key, 1)).length
    if (listed !== rows) found.push(`a list of ${listed} recipients has ${rows} deliveries`)
  }
  const count = (fits: (delivery: Delivery) => boolean): number => deliveries.filter(fits).length
  const counted = {
    waiting: count(delivery => delivery.state === 'waiting'),
    delivered: count(delivery => delivery.state === 'delivered'),
    expired: count(delivery => delivery.state === 'expired'),
    settled: count(delivery => !delivery.open),
  }
  for (const name of ['waiting', 'delivered', 'expired', 'settled'] as const) {
    if (state[name] !== counted[name]) found.push(`${counted[name]} deliveries are ${name}, counted as ${state[name]}`)
  }
  return found
}

function auditTombstones(state: State, rowsOf: RowsOf): string[] {
  const tombstones = rowsOf(TABLE.deletedId, TABLE.deletedAddress)
  const wanted: Rows = new Map(tombstones.map(([key, value]) => [value.subarray(ORDER_AT).toString('hex'), key]))
  const found = compare('place of a tombstone', rowsOf(TABLE.tombstoneOrder), wanted)
  if (state.tombstones === tombstones.length) return found
  return [...found, `${tombstones.length} tombstones are counted as ${state.tombstones}`]
}

function compare(what: string, rows: readonly [Buffer, Buffer][], wanted: Rows): string[] {
  const found: string[] = []
  const seen = new Set<string>()
  for (const [key, value] of rows) {
    const name = key.toString('hex')
    seen.add(name)
    const right = wanted.get(name)
    if (right === undefined) found.push(`${what} ${name} leads nowhere`)
    else if (!right.equals(value)) found.push(`${what} ${name} is wrong`)
  }
  for (const name of wanted.keys()) if (!seen.has(name)) found.push(`${what} ${name} is missing`)
  return found
}
