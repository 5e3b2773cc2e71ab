/** The candidates of a search, newest first: segments whose words all fit, and what is in no segment yet. */
import { hasAllWords, type Search } from '../event/search.ts'
import type { Candidate, Columns, Wanted } from './columns.ts'
import type { Database } from './database.ts'
import { Heap } from './heap.ts'
import { positionRange, readPosition, TABLE } from './keys.ts'
import type { Slices } from './pace.ts'
import { placeOfWord, placesIn, SEGMENT_EVENTS } from './postings.ts'
import { createdAtOf, textOf } from './record.ts'
import type { SearchIndex } from './search-index.ts'
import { segmentHeadsKey, segmentOf, wordsRange } from './search-keys.ts'
import { headAt, type Segment } from './segments.ts'
import { newestFirst, Paged } from './sources.ts'

const PAGE = 256
const PAGE_BYTES = 64 * 1024

export interface SearchParts {
  readonly db: Database
  readonly columns: Columns
  readonly index: SearchIndex
  readonly slices: Slices
}

export class SearchSource extends Paged {
  readonly #parts: SearchParts
  readonly #search: Search
  readonly #wanted: Wanted
  readonly #until: number
  /** The newest last. */
  #segments: Segment[] | undefined
  /** Where the words are: segment → places that all words share. */
  #places = new Map<number, Uint8Array>()
  /** Read, but something newer may come. */
  readonly #ready = new Heap<Candidate>((a, b) => newestFirst(a, b) < 0)

  constructor(parts: SearchParts, search: Search, wanted: Wanted, until: number) {
    super()
    this.#parts = parts
    this.#search = search
    this.#wanted = wanted
    this.#until = until
  }

  async fill(): Promise<void> {
    this.#segments ??= await this.#open()
    for (;;) {
      // What is in no segment read so far cannot be newer than this.
      const newest = this.#segments.at(-1)?.newest ?? -1
      const page = this.#newerThan(newest)
      this.isThrough = newest === -1 && this.#ready.top === undefined
      if (page.length > 0 || this.isThrough) return this.turn(page)
      this.#take(this.#segments.pop()!)
      if (this.#parts.slices.isOver()) await this.#parts.slices.rest()
    }
  }

  async #open(): Promise<Segment[]> {
    const { index } = this.#parts
    const { since = 0 } = this.#wanted
    const upTo = index.indexedUpTo()
    const segments = index.segments().filter(({ oldest, newest }) => newest >= since && oldest <= this.#until)
    for (const [i, word] of this.#search.words.entries()) {
      const places = await this.#placesOf(word)
      if (i === 0) this.#places = places
      else this.#keepOnly(places)
      if (this.#places.size === 0) break
    }
    await this.#takeRest(upTo)
    return segments.filter(({ number }) => this.#places.has(number)).sort((a, b) => a.newest - b.newest)
  }

  async #placesOf(word: string): Promise<Map<number, Uint8Array>> {
    const places = new Map<number, Uint8Array>()
    const { slot, rest } = placeOfWord(word)
    const reader = this.#parts.db.iterator({ ...wordsRange(slot), highWaterMarkBytes: PAGE_BYTES })
    try {
      for (let page = await reader.nextv(PAGE); page.length > 0; page = await reader.nextv(PAGE)) {
        for (const [key, postings] of page) {
          const found = placesIn(postings, rest)
          if (found.length > 0) places.set(segmentOf(key), found)
        }
        if (this.#parts.slices.isOver()) await this.#parts.slices.rest()
      }
    } finally {
      await reader.close()
    }
    return places
  }

  #keepOnly(others: ReadonlyMap<number, Uint8Array>): void {
    const isThere = new Uint8Array(SEGMENT_EVENTS)
    for (const [number, own] of this.#places) {
      isThere.fill(0)
      for (const place of others.get(number) ?? []) isThere[place] = 1
      const both = own.filter(place => isThere[place] === 1)
      if (both.length === 0) this.#places.delete(number)
      else this.#places.set(number, both)
    }
  }

  /** Events that no segment has yet; some hundred. */
  async #takeRest(upTo: number): Promise<void> {
    const reader = this.#parts.db.iterator(positionRange(TABLE.event, upTo))
    try {
      for (let page = await reader.nextv(PAGE); page.length > 0; page = await reader.nextv(PAGE)) {
        for (const [key, record] of page) {
          const createdAt = createdAtOf(record)
          if (createdAt > this.#until || createdAt < (this.#wanted.since ?? 0)) continue
          if (hasAllWords(this.#search, textOf(record))) this.#push({ createdAt, position: readPosition(key, 1) })
          if (this.#parts.slices.isOver()) await this.#parts.slices.rest()
        }
      }
    } finally {
      await reader.close()
    }
  }

  #take({ number }: Segment): void {
    const heads = this.#parts.db.getSync(segmentHeadsKey(number))
    if (heads === undefined) return
    const { kinds, since = 0 } = this.#wanted
    for (const place of this.#places.get(number) ?? []) {
      const { position, createdAt, kind } = headAt(heads, place)
      if (position === 0 || createdAt < since || createdAt > this.#until) continue
      if (kinds === undefined || kinds.has(kind)) this.#push({ createdAt, position })
    }
  }

  #push(candidate: Candidate): void {
    const { authors } = this.#wanted
    if (authors !== undefined && this.#parts.columns.isBy(candidate, authors) === false) return
    this.#ready.push(candidate)
  }

  /** A page of what is ready and newer than this. */
  #newerThan(createdAt: number): Candidate[] {
    const page: Candidate[] = []
    for (let top = this.#ready.top; page.length < PAGE; top = this.#ready.top) {
      if (top === undefined || top.createdAt <= createdAt) break
      page.push(top)
      this.#ready.removeTop()
    }
    return page
  }
}
