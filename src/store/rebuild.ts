/**
 * After a repair LevelDB may have lost some entries and brought back others: the records are what counts, and all
 * indexes and counters are made from them anew.
 */
import { eventId } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import type { Database } from './database.ts'
import { decodeDelivery, relinkDelivery } from './deliveries.ts'
import { createDraft, type Draft } from './draft.ts'
import { carryOutDeletion, insertEvent } from './insert.ts'
import { eventKey, metaKey, NOTHING, readPosition, TABLE, tableRange } from './keys.ts'
import { createSlices } from './pace.ts'
import { decodeRecord, markOf } from './record.ts'
import { decodeState, emptyState, encodeState, type State } from './state.ts'
import type { Position } from './store.ts'
import { TOMBSTONE_RANK } from './tombstones.ts'

const STEP = 200

/** All that can be made again from events and deliveries. */
const DERIVED = [
  TABLE.id,
  TABLE.author,
  TABLE.tag,
  TABLE.address,
  TABLE.expiry,
  TABLE.recipients,
  TABLE.guest,
  TABLE.segment,
  TABLE.segmentHeads,
  TABLE.words,
  TABLE.due,
  TABLE.openTo,
  TABLE.settled,
  TABLE.passed,
] as const

/** Noted on disk, so that a rebuild that is cut off begins again at the next start. */
export async function markForRebuild(db: Database): Promise<void> {
  await db.batch([{ type: 'put', key: metaKey('rebuild'), value: NOTHING }], { sync: true })
}

export function needsRebuild(db: Database): boolean {
  return db.getSync(metaKey('rebuild')) !== undefined
}

/** Derived tables and counters from the records, in receive order; positions stay. Can be run again at any point. */
export async function rebuild(db: Database, nowMs: number): Promise<void> {
  for (const table of DERIVED) await db.clear(tableRange(table))
  let state = await startState(db)
  const slices = createSlices()
  state = await forEachRow(db, TABLE.event, state, async (draft, key, record) => {
    const position = readPosition(key, 1)
    draft.delete(eventKey(position))
    const { event, mark } = readable(() => ({ event: decodeRecord(record), mark: markOf(record) })) ?? {}
    if (event === undefined || eventId(event) !== event.id) return
    const rank = TOMBSTONE_RANK.stranger
    const { result } = insertEvent(draft, { event, position, mark, nowMs, rank, refusalOf: () => undefined })
    if (result === 'stored' && event.kind === KIND.deletion)
      await carryOutDeletion(draft, event, { position, rank }, slices)
  })
  state = await forEachRow(db, TABLE.delivery, state, (draft, key, value) => {
    const delivery = readable(() => decodeDelivery(key, value))
    if (delivery === undefined) draft.delete(key)
    else relinkDelivery(draft, delivery)
  })
  const counters = { type: 'put', key: metaKey('state'), value: encodeState(state) } as const
  // The search index is made again in the background. What was lost is caught up with, as far back as a new node looks.
  const done = (['rebuild', 'search', 'complete'] as const).map(name => ({ type: 'del', key: metaKey(name) }) as const)
  await db.batch([counters, ...done], { sync: true })
}

/** Positions must not be given twice, so the last one is kept, as is what was evicted; tombstones are no derived data and stay. */
async function startState(db: Database): Promise<State> {
  const [lastKey] = await db.keys({ ...tableRange(TABLE.event), reverse: true, limit: 1 }).all()
  const lastRecord: Position = lastKey === undefined ? 0 : readPosition(lastKey, 1)
  const { evictedUntil, evictedFollowedUntil, ...before } = decodeState(db.getSync(metaKey('state')))
  const lastPosition = Math.max(lastRecord, before.lastPosition)
  let tombstones = 0
  for (const table of [TABLE.deletedId, TABLE.deletedAddress] as const) {
    const reader = db.keys(tableRange(table))
    for (let page = await reader.nextv(STEP); page.length > 0; page = await reader.nextv(STEP))
      tombstones += page.length
    await reader.close()
  }
  return { ...emptyState(), lastPosition, tombstones, evictedUntil, evictedFollowedUntil }
}

async function forEachRow(
  db: Database,
  table: typeof TABLE.event | typeof TABLE.delivery,
  start: State,
  change: (draft: Draft, key: Buffer, value: Buffer) => void | Promise<void>,
): Promise<State> {
  let state = start
  // The iterator sees the table as it was; what is written meanwhile does not come back to it.
  const reader = db.iterator({ ...tableRange(table), highWaterMarkBytes: 1024 * 1024 })
  try {
    for (let page = await reader.nextv(STEP); page.length > 0; page = await reader.nextv(STEP)) {
      const draft = createDraft(db, state)
      for (const [key, value] of page) await change(draft, key, value)
      await db.batch(draft.operations(), { sync: false })
      state = draft.state
    }
  } finally {
    await reader.close()
  }
  return state
}

/** LevelDB's repair does not compare checksums: what it brings back may be noise. */
function readable<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch {
    return undefined
  }
}
