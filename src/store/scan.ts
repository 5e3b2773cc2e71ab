/** Filter → the cheapest index → ranges → events. Answers exactly as the plain matcher in event/filter.ts would. */
import { type Filter, matches } from '../event/filter.ts'
import type { Database, Snapshot } from './database.ts'
import { Found } from './found.ts'
import {
  ALL_KINDS,
  authorKindsRange,
  authorPrefix,
  eventKey,
  idKey,
  kindInAuthorKey,
  readPosition,
  TIME_AT,
  tagPrefix,
  timePrefix,
  timeRange,
} from './keys.ts'
import type { View } from './mark.ts'
import { mergeNewestFirst, type TimedRange } from './merge.ts'
import { createPacer } from './pace.ts'

/** More ranges than this cost more than a walk through all events by time. */
const MAX_RANGES = 1_000
/** Records read with one call. */
const CHUNK = 128

/** At most `limit` events, newest first, ties by the lower id, expired ones left out. */
export async function scan(
  db: Database,
  filter: Filter,
  limit: number,
  nowSeconds: number,
  view: View = () => true,
): Promise<Found[]> {
  const wanted = Math.min(limit, filter.limit ?? limit)
  if (wanted <= 0 || isEmpty(filter)) return []
  // One state of the store from the first range to the last event: a profile that is replaced meanwhile is not missed.
  const snapshot = db.snapshot()
  try {
    const best = new Best(
      wanted,
      found => matches(filter, found.event) && !found.isExpired(nowSeconds) && view(found.event, found.mark),
    )
    if (filter.ids !== undefined) await scanIds(db, [...new Set(filter.ids)], best, snapshot)
    else await scanRanges(db, await rangesOf(db, filter, snapshot), best, snapshot)
    return best.take()
  } finally {
    await snapshot.close()
  }
}

/** A list without entries matches nothing (NIP-01). */
function isEmpty(filter: Filter): boolean {
  const lists = [filter.ids, filter.authors, filter.kinds, ...(filter.tags?.values() ?? [])]
  return lists.some(list => list?.length === 0) || (filter.since ?? 0) > (filter.until ?? Number.POSITIVE_INFINITY)
}

async function scanIds(db: Database, ids: readonly string[], best: Best, snapshot: Snapshot): Promise<void> {
  const pace = createPacer()
  for (let i = 0; i < ids.length; i += CHUNK) {
    const keys = ids.slice(i, i + CHUNK).map(idKey)
    const found = (await db.getMany(keys, { snapshot })).filter(position => position !== undefined)
    const positions = found.map(position => readPosition(position, 0))
    const records = await db.getMany(positions.map(eventKey), { snapshot })
    records.forEach((record, j) => {
      if (record !== undefined) best.offer(new Found(positions[j]!, record))
    })
    await pace()
  }
}

async function scanRanges(db: Database, ranges: readonly TimedRange[], best: Best, snapshot: Snapshot): Promise<void> {
  const pace = createPacer()
  const firstPage = Math.max(4, Math.min(CHUNK, Math.ceil(best.limit / Math.max(1, ranges.length)) + 1))
  const merged = await mergeNewestFirst(db, ranges, firstPage, snapshot)
  for (let count = Math.min(best.limit + 1, CHUNK); ; count = CHUNK) {
    const candidates = await merged.next(count)
    // Of a second that is only partly read, a lower id may still come.
    const isDone = (createdAt: number): boolean => best.isFull() && createdAt < best.oldest()
    const positions: number[] = []
    for (const { createdAt, position } of candidates) {
      if (isDone(createdAt)) break
      positions.push(position)
    }
    const records = await db.getMany(positions.map(eventKey), { snapshot })
    records.forEach((record, j) => {
      if (record !== undefined) best.offer(new Found(positions[j]!, record))
    })
    if (candidates.length < count || isDone(candidates.at(-1)!.createdAt)) return
    await pace()
  }
}

/** Tags first: a value is rarer than an author, an author rarer than a kind. */
async function rangesOf(db: Database, filter: Filter, snapshot: Snapshot): Promise<TimedRange[]> {
  const { authors, kinds, since, until } = filter
  const kindSet = kinds && new Set(kinds)
  const tag = [...(filter.tags ?? [])].sort((a, b) => a[1].length - b[1].length)[0]
  if (tag !== undefined) {
    const [letter, values] = tag
    return values.map(value => ({
      ...timeRange(tagPrefix(letter, value), since, until),
      at: TIME_AT.tag,
      kinds: kindSet,
    }))
  }
  if (authors !== undefined && authors.length * (kinds?.length ?? 1) <= MAX_RANGES) {
    const ranges: TimedRange[] = []
    for (const author of authors) {
      for (const kind of kinds ?? (await kindsOf(db, author, snapshot))) {
        ranges.push({ ...timeRange(authorPrefix(author, kind), since, until), at: TIME_AT.author })
      }
    }
    return ranges
  }
  return [{ ...timeRange(timePrefix(), since, until), at: TIME_AT.time, kinds: kindSet }]
}

/** The kinds that an author has events of: one look at the index for each. */
async function kindsOf(db: Database, author: string, snapshot: Snapshot): Promise<number[]> {
  const kinds: number[] = []
  const [lowest, highest] = ALL_KINDS
  for (let from: number = lowest; from <= highest; ) {
    const [key] = await db.keys({ ...authorKindsRange(author, from, highest), limit: 1, snapshot }).all()
    if (key === undefined) break
    const kind = kindInAuthorKey(key)
    kinds.push(kind)
    from = kind + 1
  }
  return kinds
}

/** The first `limit` of the events that are offered, in NIP-01's order. */
class Best {
  readonly limit: number
  readonly #accepts: (event: Found) => boolean
  #events: Found[] = []
  #sorted = true

  constructor(limit: number, accepts: (event: Found) => boolean) {
    this.limit = limit
    this.#accepts = accepts
  }

  offer(event: Found): void {
    if (!this.#accepts(event)) return
    this.#events.push(event)
    this.#sorted = false
    // Thousands of events of one second must not pile up.
    if (this.#events.length >= 2 * this.limit + CHUNK) this.#cut()
  }

  isFull(): boolean {
    return this.#events.length >= this.limit
  }

  /** `created_at` of the last event that is in so far. */
  oldest(): number {
    this.#cut()
    return this.#events.at(-1)?.createdAt ?? 0
  }

  take(): Found[] {
    this.#cut()
    return this.#events
  }

  #cut(): void {
    if (this.#sorted) return
    this.#events.sort(foundFirst)
    this.#events.length = Math.min(this.#events.length, this.limit)
    this.#sorted = true
  }
}

export function foundFirst(a: Found, b: Found): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
