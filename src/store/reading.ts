/** The questions of clients, answered: readings, queries, counts, sets. */
import type { Filter } from '../event/filter.ts'
import type { IdSet } from '../wire/id-set.ts'
import type { Database } from './database.ts'
import type { Found } from './found.ts'
import type { Heads } from './heads.ts'
import type { IdColumns } from './id-columns.ts'
import { gatherIds, IdList, isFromMemory } from './id-sets.ts'
import type { View } from './mark.ts'
import type { Mirror } from './mirror.ts'
import type { Slices } from './pace.ts'
import type { PlanParts } from './plan.ts'
import { isRanked, type Ranking, ranked } from './ranking.ts'
import type { Records } from './records.ts'
import type { SearchIndex } from './search-index.ts'
import type { Position, Reading, ReadOptions } from './store.ts'
import type { TagLists } from './tag-lists.ts'
import { countColumns, isOfColumns } from './tally.ts'
import { Walk, type WalkOptions } from './walk.ts'

export interface Questions {
  read(filters: readonly Filter[], options?: ReadOptions): Reading
  query(filter: Filter, limit: number, view?: View): Promise<Found[]>
  count(filters: readonly Filter[], view?: View, signal?: AbortSignal): Promise<number>
  setOf(filter: Filter, max: number, view?: View, signal?: AbortSignal): Promise<IdSet | undefined>
}

export interface QuestionParts {
  readonly db: Database
  readonly heads: Heads
  readonly ids: Mirror<IdColumns>
  readonly records: Records
  readonly tags: TagLists
  readonly index: SearchIndex
  readonly slices: Slices
  readonly nowSeconds: () => number
  readonly lastPosition: () => Position
  /** Resolves when nothing is on its way to the disk that was put before. */
  readonly settled: () => Promise<void>
}

/** Of a filter without a limit. */
const DEFAULT_MAX_EVENTS = 5_000
/** How often a query begins again because an event was replaced while it was read. */
const MAX_TRIES = 3

export function createQuestions({
  db,
  heads,
  ids,
  records,
  tags,
  index,
  slices,
  nowSeconds,
  lastPosition,
  settled,
}: QuestionParts): Questions {
  const partsOf = async (): Promise<PlanParts> => ({
    db,
    columns: await heads.ready(),
    records,
    tags,
    index,
    slices,
    removals: heads.removals,
  })

  async function walkAll(filters: readonly Filter[], options: Omit<WalkOptions, 'nowSeconds'>, limit?: number) {
    const limits = filters.map(() => limit ?? Number.POSITIVE_INFINITY)
    return new Walk(await partsOf(), filters, limits, { nowSeconds: nowSeconds(), ...options })
  }

  async function tryQuery(filter: Filter, limit: number, view: View | undefined) {
    if (isRanked(filter)) {
      const options = { nowSeconds: nowSeconds(), view, upTo: Number.POSITIVE_INFINITY }
      return { found: (await ranked(await partsOf(), filter, limit, options)).found, hasMissed: false }
    }
    const walk = await walkAll([filter], { view, upTo: Number.POSITIVE_INFINITY }, limit)
    const found: Found[] = []
    while (found.length < limit) {
      const next = await walk.next()
      if (next === undefined) break
      found.push(...next)
    }
    return { found, hasMissed: walk.hasMissed }
  }

  return {
    read(filters, { view, maxEvents = DEFAULT_MAX_EVENTS } = {}) {
      const limitOf = ({ limit = maxEvents }: Filter): number => Math.min(limit, maxEvents)
      const options = { nowSeconds: nowSeconds(), view, upTo: lastPosition() }
      const plain = filters.filter(filter => !isRanked(filter))
      if (plain.length > 0) index.giveWay()
      const searches = filters.filter(isRanked)
      return createReading(records, heads.removals, async () => {
        const parts = await partsOf()
        const found: Ranking[] = []
        for (const filter of searches) found.push(await ranked(parts, filter, limitOf(filter), options))
        // Not by `map` (walk.ts).
        return { walk: new Walk(parts, plain, Array.from(plain, limitOf), options), ranked: found }
      })
    },
    async query(filter, limit, view) {
      const wanted = Math.min(limit, filter.limit ?? limit)
      if (wanted <= 0) return []
      for (let tries = 1; ; tries++) {
        const before = heads.removals()
        const { found, hasMissed } = await tryQuery(filter, wanted, view)
        // What took the place of an event that is gone may stand where the walk had passed already.
        if ((!hasMissed && heads.removals() === before) || tries === MAX_TRIES) return found
        await settled()
      }
    },
    async count(filters, view, signal) {
      const [only, ...others] = filters
      if (only !== undefined && others.length === 0 && view === undefined && isOfColumns(only)) {
        return countColumns(await partsOf(), only, nowSeconds(), signal)
      }
      const walk = await walkAll(filters, { view, signal, upTo: lastPosition() })
      let count = 0
      for (let next = await walk.next(); next !== undefined; next = await walk.next()) count += next.length
      return count
    },
    async setOf(filter, max, view, signal) {
      const now = nowSeconds()
      if (isFromMemory(filter, view)) {
        return gatherIds({ ids: await ids.ready(), records, slices, nowSeconds: now }, filter, { max, view, signal })
      }
      const walk = await walkAll([filter], { view, signal, upTo: lastPosition() })
      const list = new IdList()
      for (let next = await walk.next(); next !== undefined; next = await walk.next()) {
        if (list.count + next.length > max) return undefined
        for (const found of next) list.push(found)
      }
      return list.set()
    },
  }
}

function createReading(
  records: Records,
  removals: () => number,
  open: () => Promise<{ readonly walk: Walk; readonly ranked: readonly Ranking[] }>,
): Reading {
  let opened: { readonly walk: Walk; readonly ranked: readonly Ranking[] } | undefined
  let isClosed = false
  let isEnded = false
  /** What searches found comes first, and not again. */
  let first: Found[] = []
  let given: ReadonlySet<Position> = new Set()
  let batch: readonly Found[] = []
  /** When what is in memory was read. */
  let removalsBefore = removals()
  let at = 0

  async function begin(): Promise<void> {
    opened = await open()
    const byPosition = new Map(opened.ranked.flatMap(({ found }) => found).map(found => [found.position, found]))
    first = [...byPosition.values()]
    given = new Set(byPosition.keys())
  }

  /** The next event, or undefined at the end of what is in memory. */
  function step(): Found | undefined {
    for (;;) {
      const isRanked = first.length > 0
      const next = first.shift() ?? batch[at++]
      if (next === undefined) return undefined
      // If anything has gone meanwhile, this may have.
      const found = removals() === removalsBefore ? next : records.get(next.position)
      if (found !== undefined && (isRanked || !given.has(found.position))) return found
    }
  }

  return {
    async next(count, maxBytes = Number.POSITIVE_INFINITY) {
      const page: Found[] = []
      if (!isClosed && opened === undefined) await begin()
      for (let bytes = 0; page.length < count && bytes < maxBytes && !isClosed && !isEnded; ) {
        const found = step()
        if (found === undefined) {
          at = 0
          removalsBefore = removals()
          const next = await opened!.walk.next()
          isEnded = next === undefined
          batch = next ?? []
        } else {
          records.keep(found)
          page.push(found)
          bytes += found.length
        }
      }
      return isClosed ? [] : page
    },
    isComplete() {
      if (opened === undefined || isClosed) return undefined
      const parts = [...opened.walk.asks, ...opened.ranked]
      if (parts.some(({ hasMore }) => hasMore)) return false
      return isEnded && parts.every(({ hasMore }) => hasMore === false) ? true : undefined
    },
    close() {
      isClosed = true
      batch = []
      first = []
      opened?.walk.stop()
    },
  }
}
