/** Events by their positions or ids, from memory or from the disk. */
import type { Database } from './database.ts'
import { Found } from './found.ts'
import { eventKey, idKey, readPosition } from './keys.ts'
import type { Change } from './mirror.ts'
import { createRecordCache, type RecordCacheBounds, type RecordPlace } from './record-cache.ts'
import type { Position } from './store.ts'

export interface Records {
  get(position: Position): Found | undefined
  /** The same of many, those on the disk read by other threads. */
  getAll(positions: readonly Position[]): (Found | undefined)[] | Promise<(Found | undefined)[]>
  byId(id: string): Found | undefined
  /** An event was given to a client, and is still there: it stays in memory for a while. */
  keep(found: Found): void
  /** After a batch was written. */
  apply(changes: readonly Change[]): void
  clear(): void
  /** Lets all go that is in memory, unless something was given or kept since the last call. @returns its bytes */
  forgetUnused(): number
}

export function createRecords(db: Database, bounds: RecordCacheBounds): Records {
  const cache = createRecordCache(bounds)
  let isUsed = false

  function known(position: Position): Found | undefined {
    const place = cache.get(position)
    if (place !== undefined) isUsed = true
    return place && new Found(position, place.bytes, place.start, place.end)
  }

  function add(position: Position, place: RecordPlace): void {
    isUsed = true
    cache.add(position, place)
  }

  function stored(position: Position, record: Buffer | undefined): Found | undefined {
    return record && new Found(position, record, 0, record.length)
  }

  function get(position: Position): Found | undefined {
    return known(position) ?? stored(position, db.getSync(eventKey(position)))
  }

  async function readRest(positions: readonly Position[], all: (Found | undefined)[]) {
    const missing = positions.filter((_, i) => all[i] === undefined)
    const records = await db.getMany(missing.map(eventKey), {})
    let at = 0
    return Array.from(all, (found, i) => found ?? stored(positions[i]!, records[at++]))
  }

  return {
    get,
    getAll(positions) {
      // Not by `map` (walk.ts).
      const all = Array.from(positions, known)
      return all.includes(undefined) ? readRest(positions, all) : all
    },
    byId(id) {
      const here = cache.byId(id)
      if (here !== undefined) {
        isUsed = true
        return new Found(here.position, here.place.bytes, here.place.start, here.place.end)
      }
      const position = db.getSync(idKey(id))
      return position && get(readPosition(position, 0))
    },
    keep: found => add(found.position, found),
    apply(changes) {
      for (const { isRemoved, stored, record } of changes) {
        if (isRemoved) cache.remove(stored.position)
        else if (record !== undefined) add(stored.position, { bytes: record, start: 0, end: record.length })
      }
    },
    clear: () => cache.clear(),
    forgetUnused() {
      const bytes = isUsed ? 0 : cache.bytes()
      isUsed = false
      if (bytes > 0) cache.clear()
      return bytes
    },
  }
}
