/** Filter → the cheapest source of its candidates (specification/storage.md, "Queries"). */
import type { Filter } from '../event/filter.ts'
import { MAX_CREATED_AT } from '../event/limits.ts'
import { parseSearch } from '../event/search.ts'
import { authorSet, type Columns, type Wanted } from './columns.ts'
import type { Database } from './database.ts'
import { TIME_AT, tagPrefix, timeRange } from './keys.ts'
import type { TimedRange } from './merge.ts'
import type { Slices } from './pace.ts'
import { ReadAhead, WORTH_READING_AHEAD } from './read-ahead.ts'
import type { Records } from './records.ts'
import type { SearchIndex } from './search-index.ts'
import { SearchSource } from './search-source.ts'
import { ColumnSource, IdSource, type Source, TagSource } from './sources.ts'
import type { TagLists } from './tag-lists.ts'

export interface PlanParts {
  readonly db: Database
  readonly columns: Columns
  readonly records: Records
  readonly tags: TagLists
  readonly index: SearchIndex
  readonly slices: Slices
  /** How many events have gone so far. */
  readonly removals: () => number
}

/** Fewer candidates than this are read without a look at the tags: they cost less than one way to the disk and back. */
const FEW = 64
/** A key of the index of tags is read in a third of the time of a record. */
const KEYS_PER_RECORD = 3
/** Whole lists of more values than this would be much more than is wanted of them. */
const FEW_VALUES = 8
/** Heads looked at to compare: as long as one way to the disk. Who is still not found then is no bargain. */
const COUNT_BUDGET = 10_000

/** @param expected how many events will be asked for */
export async function sourceOf(parts: PlanParts, filter: Filter, expected: number): Promise<Source> {
  const source = await cheapestSource(parts, filter, expected)
  const isMany = filter.ids === undefined && expected >= WORTH_READING_AHEAD
  return isMany ? new ReadAhead(source, parts.records, expected) : source
}

async function cheapestSource(parts: PlanParts, filter: Filter, expected: number): Promise<Source> {
  const { db, columns, records, tags } = parts
  const { ids, authors, kinds, since, until = MAX_CREATED_AT } = filter
  if (ids !== undefined) return new IdSource(records, ids)
  const wanted: Wanted = {
    since,
    kinds: kinds && new Set(kinds),
    authors: authors && authorSet(authors),
  }
  const byColumns = (): Source => new ColumnSource(columns, wanted, until, expected)
  const search = filter.search === undefined ? undefined : parseSearch(filter.search)
  if (search !== undefined) {
    if (search.words.length === 0) return new IdSource(records, [])
    const isRare = (authors ?? kinds) !== undefined && countUpTo(columns, wanted, until, FEW) < FEW
    return isRare ? byColumns() : new SearchSource(parts, search, wanted, until)
  }
  const ranges = tagRanges(filter, tags, wanted.kinds)
  if (ranges === undefined) return byColumns()
  const byTag = new TagSource(db, ranges, expected, columns, wanted.authors)
  if (authors === undefined && kinds === undefined) return byTag
  if (countUpTo(columns, wanted, until, FEW) < FEW) return byColumns()
  // As many seconds back as the first page of the tag goes: which of the two has less in them?
  await byTag.fill()
  const oldest = byTag.isThrough ? since : byTag.oldest
  const most = Math.ceil((byTag.isThrough ? byTag.count : byTag.pageSize) / KEYS_PER_RECORD)
  return countUpTo(columns, { ...wanted, since: oldest }, until, most) < most ? byColumns() : byTag
}

/** The ranges of the tag with the fewest values. */
function tagRanges(
  { tags, since = 0, until = MAX_CREATED_AT }: Filter,
  lists: TagLists,
  kinds?: ReadonlySet<number>,
): TimedRange[] | undefined {
  const [fewest] = [...(tags ?? [])].sort((a, b) => a[1].length - b[1].length)
  if (fewest === undefined) return undefined
  const [letter, values] = fewest
  const areFew = values.length <= FEW_VALUES
  return values.map(value => ({
    ...timeRange(tagPrefix(letter, value), since, until),
    at: TIME_AT.tag,
    kinds,
    ...(areFew && { known: async () => (await lists.of(letter, value))?.between(since, until, kinds) }),
  }))
}

function countUpTo(columns: Columns, wanted: Wanted, until: number, max: number): number {
  let count = 0
  const from = { createdAt: until, position: Number.MAX_SAFE_INTEGER }
  const rest = columns.walk(from, wanted, COUNT_BUDGET, () => ++count < max)
  return rest === undefined ? count : max
}
