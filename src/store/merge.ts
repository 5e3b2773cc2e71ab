/** Several ranges of time-ordered keys as one, newest first: what a query reads before it reads events. */
import type { Candidate } from './columns.ts'
import type { Database } from './database.ts'
import { readPosition } from './keys.ts'

export interface TimedRange {
  readonly gte: Buffer
  readonly lte: Buffer
  /** Where `created_at position` begins in its keys. */
  readonly at: number
  /** Only keys that end in one of these kinds; without it, all. */
  readonly kinds?: ReadonlySet<number> | undefined
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
  const heads: PagedRange[] = []
  for (let i = 0; i < ranges.length; i += PARALLEL) {
    const group = ranges.slice(i, i + PARALLEL).map(range => new PagedRange(db, range, firstPage))
    await Promise.all(group.map(paged => paged.advance()))
    for (const paged of group) if (paged.head !== undefined) push(heads, paged)
  }
  let last: Candidate | undefined
  return {
    async next(count) {
      const candidates: Candidate[] = []
      while (candidates.length < count && heads.length > 0) {
        const top = heads[0]!
        const candidate = top.head
        if (candidate === undefined) {
          // Its page was used up, and more is wanted.
          await top.advance()
          if (top.head === undefined) removeTop(heads)
          else sink(heads)
          continue
        }
        // An event can be in several ranges; they then meet here.
        if (candidate.position !== last?.position) candidates.push(candidate)
        last = candidate
        if (top.step()) sink(heads)
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

/** A binary heap, the newest head on top. */
function push(heap: PagedRange[], paged: PagedRange): void {
  let i = heap.push(paged) - 1
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (!isBefore(heap[i]!, heap[parent]!)) return
    swap(heap, i, parent)
    i = parent
  }
}

function removeTop(heap: PagedRange[]): void {
  const bottom = heap.pop()!
  if (heap.length === 0) return
  heap[0] = bottom
  sink(heap)
}

function sink(heap: PagedRange[]): void {
  let i = 0
  for (;;) {
    const left = 2 * i + 1
    const right = left + 1
    let first = i
    if (left < heap.length && isBefore(heap[left]!, heap[first]!)) first = left
    if (right < heap.length && isBefore(heap[right]!, heap[first]!)) first = right
    if (first === i) return
    swap(heap, i, first)
    i = first
  }
}

function swap(heap: PagedRange[], i: number, j: number): void {
  const held = heap[i]!
  heap[i] = heap[j]!
  heap[j] = held
}
