/** Counts what the columns know, without reading a record. */
import type { Filter } from '../event/filter.ts'
import { MAX_CREATED_AT } from '../event/limits.ts'
import { authorSet, type Candidate, type Wanted } from './columns.ts'
import { expiredRange, POSITION_BYTES, readPosition } from './keys.ts'
import type { PlanParts } from './plan.ts'
import { acceptsOf, isEmpty } from './question.ts'

/** Heads looked at in one go: under a millisecond. */
const BUDGET = 50_000
/** Expired events read at once. */
const PAGE = 256

/** Whether time, kind and author decide it. */
export function isOfColumns({ ids, tags, search }: Filter): boolean {
  return ids === undefined && (tags?.size ?? 0) === 0 && search === undefined
}

/** Authors count as one if the first eight bytes of their keys are the same. */
export async function countColumns(
  { db, columns, records, slices }: PlanParts,
  filter: Filter,
  nowSeconds: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (isEmpty(filter)) return 0
  const { authors, kinds, since, until = MAX_CREATED_AT } = filter
  const wanted: Wanted = { since, kinds: kinds && new Set(kinds), authors: authors && authorSet(authors) }
  let count = 0
  const take = (): boolean => {
    count++
    return true
  }
  let from: Candidate | undefined = { createdAt: until, position: Number.MAX_SAFE_INTEGER }
  while (from !== undefined) {
    from = columns.walk(from, wanted, BUDGET, take)
    if (slices.isOver()) await slices.rest()
    signal?.throwIfAborted()
  }
  // What has expired and was not removed yet.
  const acceptsExpired = acceptsOf(filter, 0, undefined)
  const expired = db.keys(expiredRange(nowSeconds))
  try {
    for (let page = await expired.nextv(PAGE); page.length > 0; page = await expired.nextv(PAGE)) {
      for (const key of page) {
        const found = records.get(readPosition(key, key.length - POSITION_BYTES))
        if (found !== undefined && acceptsExpired(found)) count--
        if (slices.isOver()) await slices.rest()
      }
      signal?.throwIfAborted()
    }
  } finally {
    await expired.close()
  }
  return count
}
