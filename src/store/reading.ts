/** Several filters as one reading, page by page. */
import type { Filter } from '../event/filter.ts'
import type { Database } from './database.ts'
import type { Found } from './found.ts'
import { foundFirst, scan } from './scan.ts'
import type { Position, Reading, ReadOptions } from './store.ts'

const DEFAULT_MAX_EVENTS = 5_000

export function read(
  db: Database,
  filters: readonly Filter[],
  nowSeconds: number,
  { view, maxEvents = DEFAULT_MAX_EVENTS }: ReadOptions = {},
): Reading {
  let found: Promise<Found[]> | undefined
  let at = 0
  let isClosed = false
  return {
    async next(count, maxBytes = Number.POSITIVE_INFINITY) {
      if (isClosed) return []
      found ??= union(filters.map(filter => scan(db, filter, filter.limit ?? maxEvents, nowSeconds, view)))
      const events = await found
      if (isClosed) return []
      const page: Found[] = []
      for (let bytes = 0; at < events.length && page.length < count && bytes < maxBytes; at++) {
        page.push(events[at]!)
        bytes += events[at]!.bytes
      }
      return page
    },
    close() {
      isClosed = true
    },
  }
}

/** All that match any of the filters, whatever their limits, newest first. */
export function all(
  db: Database,
  filters: readonly Filter[],
  max: number,
  nowSeconds: number,
  { view }: ReadOptions = {},
): Promise<Found[]> {
  return union(filters.map(({ limit: _, ...filter }) => scan(db, filter, max, nowSeconds, view)))
}

async function union(lists: Promise<Found[]>[]): Promise<Found[]> {
  const byPosition = new Map<Position, Found>()
  for (const list of await Promise.all(lists)) for (const one of list) byPosition.set(one.position, one)
  return [...byPosition.values()].sort(foundFirst)
}
