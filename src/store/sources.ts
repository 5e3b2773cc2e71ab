/** Where the candidates of one filter come from, newest first: the columns, the index of tags, or a list of ids. */
import type { AuthorSet, Candidate, Columns, Wanted } from './columns.ts'
import type { Database } from './database.ts'
import { type Merged, mergeNewestFirst, type TimedRange } from './merge.ts'
import type { Records } from './records.ts'

/** Gives each candidate once. */
export interface Source {
  /** The next candidate; none when the page is used up. */
  readonly head: Candidate | undefined
  /** Nothing comes after this page. */
  readonly isThrough: boolean
  step(): void
  /** Reads the next page, which may be empty. */
  fill(): Promise<void> | void
}

/** Heads looked at in one go: under a millisecond. */
const WALK_BUDGET = 50_000
const MIN_PAGE = 16
const MAX_PAGE = 512
/** Ids looked up in one go. */
const IDS = 64

export abstract class Paged implements Source {
  head: Candidate | undefined
  isThrough = false
  protected page: Candidate[] = []
  #at = 0

  abstract fill(): Promise<void> | void

  step(): void {
    this.head = this.page[++this.#at]
  }

  protected turn(page: Candidate[]): void {
    this.page = page
    this.#at = 0
    this.head = page[0]
  }
}

/** Of filters that name authors, kinds and times. */
export class ColumnSource extends Paged {
  readonly #columns: Columns
  readonly #wanted: Wanted
  #before: Candidate
  #pageSize: number

  /** @param expected how many will be asked for */
  constructor(columns: Columns, wanted: Wanted, until: number, expected: number) {
    super()
    this.#columns = columns
    this.#wanted = wanted
    this.#before = { createdAt: until, position: Number.MAX_SAFE_INTEGER }
    this.#pageSize = Math.min(Math.max(expected + 2, MIN_PAGE), MAX_PAGE)
  }

  fill(): void {
    const page: Candidate[] = []
    const next = this.#columns.walk(this.#before, this.#wanted, WALK_BUDGET, (createdAt, position) => {
      page.push({ createdAt, position })
      return page.length < this.#pageSize
    })
    if (next === undefined) this.isThrough = true
    else this.#before = next
    this.#pageSize = MAX_PAGE
    this.turn(page)
  }
}

/** Of filters that name tag values. */
export class TagSource extends Paged {
  readonly #open: () => Promise<Merged>
  readonly #isWanted: (candidate: Candidate) => boolean
  /** Keys read so far, and the time of the oldest of them. */
  count = 0
  oldest = 0
  #merged: Promise<Merged> | undefined
  readonly pageSize: number

  constructor(
    db: Database,
    ranges: readonly TimedRange[],
    expected: number,
    columns: Columns,
    authors: AuthorSet | undefined,
  ) {
    super()
    const firstPage = Math.ceil(expected / Math.max(1, ranges.length)) + 2
    this.pageSize = Math.min(Math.max(expected + 2, MIN_PAGE), MAX_PAGE)
    this.#open = () => mergeNewestFirst(db, ranges, Math.min(Math.max(firstPage, 4), MAX_PAGE))
    this.#isWanted = authors === undefined ? () => true : candidate => columns.isBy(candidate, authors) !== false
  }

  async fill(): Promise<void> {
    this.#merged ??= this.#open()
    const page = await (await this.#merged).next(this.pageSize)
    this.isThrough = page.length < this.pageSize
    this.oldest = page.at(-1)?.createdAt ?? 0
    this.count += page.length
    this.turn(page.filter(this.#isWanted))
  }
}

/** Of filters that name ids: all are looked up before the first is given. */
export class IdSource extends Paged {
  readonly #records: Records
  readonly #ids: readonly string[]
  #next = 0
  #found: Candidate[] = []

  constructor(records: Records, ids: readonly string[]) {
    super()
    this.#ids = ids
    this.#records = records
  }

  fill(): void {
    for (const end = Math.min(this.#next + IDS, this.#ids.length); this.#next < end; this.#next++) {
      const found = this.#records.byId(this.#ids[this.#next]!)
      if (found !== undefined) this.#found.push({ createdAt: found.createdAt, position: found.position, found })
    }
    if (this.#next < this.#ids.length) return
    this.isThrough = true
    // An id may be asked for twice.
    const sorted = this.#found.sort(newestFirst)
    this.turn(sorted.filter(({ position }, i) => position !== sorted[i - 1]?.position))
  }
}

export function newestFirst(a: Candidate, b: Candidate): number {
  return b.createdAt - a.createdAt || b.position - a.position
}
