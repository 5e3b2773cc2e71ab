/** Searches in the order of NIP-50: the better match first, of the same quality the newer one. */
import type { Filter } from '../event/filter.ts'
import { KIND } from '../event/kinds.ts'
import { parseSearch, qualityOf } from '../event/search.ts'
import type { Found } from './found.ts'
import type { PlanParts } from './plan.ts'
import { Walk, type WalkOptions } from './walk.ts'

export interface Ranking {
  readonly found: Found[]
  readonly hasMore: boolean | undefined
}

/** The newest so many matches are compared; older ones are not looked at. */
const POOL = 200

export function isRanked({ search }: Filter): boolean {
  return search !== undefined && parseSearch(search) !== undefined
}

export async function ranked(parts: PlanParts, filter: Filter, limit: number, options: WalkOptions): Promise<Ranking> {
  const search = parseSearch(filter.search ?? '')
  if (search === undefined || limit === 0) return { found: [], hasMore: undefined }
  // One word in a post is as good as in any other.
  const isFlat = search.words.length === 1 && filter.kinds !== undefined && !filter.kinds.includes(KIND.profile)
  const pool = isFlat ? limit : Math.max(limit, POOL)
  const walk = new Walk(parts, [filter], [pool], options)
  const found: Found[] = []
  while (found.length < pool) {
    const next = await walk.next()
    if (next === undefined) break
    found.push(...next)
  }
  const [ask] = walk.asks
  const hasMore = found.length > limit ? true : ask?.hasMore
  if (isFlat) return { found, hasMore }
  const qualities = new Map<Found, number>()
  for (const one of found) {
    qualities.set(one, qualityOf(search, one.event))
    if (parts.slices.isOver()) await parts.slices.rest()
  }
  found.sort((a, b) => qualities.get(b)! - qualities.get(a)!)
  return { found: found.slice(0, limit), hasMore }
}
