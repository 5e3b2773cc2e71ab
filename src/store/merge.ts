/** Several ranges of time-ordered keys as one, newest first: what a query reads before it reads events. */
import type { Candidate } from './columns.ts'
import type { Database } from './database.ts'
import { Heap } from './heap.ts'
import { readPosition } from './keys.ts'

export interface TimedRange {
  readonly gte: Buffer
  readonly lte: Buffer
  /** Where `created_at position` begins in its keys. */
  readonly at: number
  /** Only keys that end in one of these kinds; without it, all. */
  readonly kinds?: ReadonlySet<number> | undefined
  /** All of the range, where memory has it. */
  readonly known?: () => Promise<Candidate[] | undefined>
}

export interface Merged {
  /** The next candidates, newest first, each once; empty at the end. */
  next(count: number): Promise<Candidate[]>
}

/** Ranges read at the same time: some more than the threads that read. */
const PARALLEL = 16
const MAX_PAGE = 512
const MAX_PAGE_BYTES = 64 * 1024

/**
 * @param firstPage keys of each range that are read at first; pages double from there. No iterator is held between
 *   pages, so thousands of ranges cost nothing but their pages.
 */
export async function mergeNewestFirst(
  db: Database,
  ranges: readonly TimedRange[],
  firstPage: number,
): Promise<Merged> {
  const heads = new Heap(isBefore)
  for (let i = 0; i < ranges.length; i += PARALLEL) {
    const group = ranges.slice(i, i + PARALLEL).map(range => new PagedRange(db, range, firstPage))
    await Promise.all(group.map(paged => paged.advance()))
    for (const paged of group) if (paged.head !== undefined) heads.push(paged)
  }
  let last: Candidate | undefined
  return {
    async next(count) {
      const candidates: Candidate[] = []
      for (let top = heads.top; top !== undefined && candidates.length < count; top = heads.top) {
        const candidate = top.head
        if (candidate === undefined) {
          // Its page was used up, and more is wanted.
          await top.advance()
          if (top.head === undefined) heads.removeTop()
          else heads.sink()
          continue
        }
        // An event can be in several ranges; they then meet here.
        if (candidate.position !== last?.position) candidates.push(candidate)
        last = candidate
        if (top.step()) heads.sink()
      }
      return candidates
    },
  }
}

class PagedRange {
  head: Candidate | undefined
  readonly #db: Database
  readonly #range: TimedRange
  #page: Candidate[] = []
  #at = 0
  #pageSize: number
  #end: Buffer | undefined
  #exhausted = false

  constructor(db: Database, range: TimedRange, firstPage: number) {
    this.#db = db
    this.#range = range
    this.#pageSize = firstPage
  }

  /** To the next candidate of the page; false if the page is through. */
  step(): boolean {
    this.head = this.#page[++this.#at]
    return this.head !== undefined
  }

  /** Reads on until a page has a candidate or the range is through. */
  async advance(): Promise<void> {
    this.#at = 0
    this.#page = []
    while (this.#page.length === 0 && !this.#exhausted) await this.#read()
    this.head = this.#page[0]
  }

  async #read(): Promise<void> {
    const known = this.#end === undefined ? await this.#range.known?.() : undefined
    if (known === undefined) await this.#readPage()
    else {
      this.#page = known
      this.#exhausted = true
    }
  }

  async #readPage(): Promise<void> {
    const { gte, lte, at, kinds } = this.#range
    const limit = this.#pageSize
    const upper = this.#end === undefined ? { lte } : { lt: this.#end }
    const options = { gte, ...upper, reverse: true, limit, highWaterMarkBytes: MAX_PAGE_BYTES }
    const reader = this.#db.keys(options)
    const keys = await reader.nextv(limit)
    // Nothing waits for it; the database ends it when it closes.
    void reader.close()
    for (const key of keys) {
      if (kinds !== undefined && !kinds.has(key.readUInt16BE(key.length - 2))) continue
      this.#page.push({ createdAt: key.readUInt32BE(at), position: readPosition(key, at + 4) })
    }
    this.#end = keys.at(-1)
    this.#exhausted = keys.length < limit
    this.#pageSize = Math.min(limit * 2, MAX_PAGE)
  }
}

function isBefore(a: PagedRange, b: PagedRange): boolean {
  const x = a.head!
  const y = b.head!
  return x.createdAt === y.createdAt ? x.position > y.position : x.createdAt > y.createdAt
}
