/** Through all that matches some filters, second by second, newest first, without holding up anybody else. */
import type { Filter } from '../event/filter.ts'
import type { Candidate } from './columns.ts'
import type { Found } from './found.ts'
import type { View } from './mark.ts'
import { type PlanParts, sourceOf } from './plan.ts'
import { type Accepts, acceptsOf, isEmpty } from './question.ts'
import type { Source } from './sources.ts'
import type { Position } from './store.ts'

export interface WalkOptions {
  readonly nowSeconds: number
  readonly view?: View | undefined
  /** Events at later positions are passed over. */
  readonly upTo: Position
  readonly signal?: AbortSignal | undefined
}

/** One filter on its way. */
export interface Ask {
  readonly accepts: Accepts
  /** How many events it still wants. */
  remaining: number
  /** Whether more match than were wanted; undefined while nobody knows. */
  hasMore: boolean | undefined
  /** Candidates that are still looked at to know it. */
  lookahead: number
  source: Source | undefined
}

interface Match {
  readonly found: Found
  /** The filters that it matches. */
  readonly asks: readonly Ask[]
}

/** After the last event of a filter so many more are looked at for one that would have matched. */
const LOOKAHEAD = 64
/** Matches of one second that are sorted out when they are more than anybody wants. */
const MANY = 1_000
/** Events that are given at once, or more where one second has more. */
const BATCH = 64
/** Candidates between two looks at the clock. */
const STEPS = 8

export class Walk {
  readonly asks: readonly Ask[]
  /** An event was gone when its turn came: it was removed or replaced on the way. */
  hasMissed = false
  readonly #parts: PlanParts
  readonly #filters: readonly Filter[]
  readonly #options: WalkOptions
  /** Whether all matches are wanted: then their order within a second is nothing to wait for. */
  readonly #isForAll: boolean
  /** As they were at the beginning. */
  readonly #removals: number
  #isOpen = false
  #isStopped = false
  #steps = 0
  /** The second that is being read, what several filters have seen of it, and what matches. */
  #second: number | undefined
  readonly #seen: Set<Position> | undefined
  #matches: Match[] = []

  /** @param limits how many events each filter gets at most */
  constructor(parts: PlanParts, filters: readonly Filter[], limits: readonly number[], options: WalkOptions) {
    this.#parts = parts
    this.#removals = parts.removals()
    this.#options = options
    this.#filters = filters
    this.#seen = filters.length > 1 ? new Set() : undefined
    this.#isForAll = limits.every(limit => limit === Number.POSITIVE_INFINITY)
    // Not by `map`: V8 gives its array another shape once that is compiled, and compiles all anew that meets it.
    this.asks = Array.from(filters, (filter, i) => ({
      accepts: acceptsOf(filters.length === 1 ? withoutIds(filter) : filter, options.nowSeconds, options.view),
      remaining: isEmpty(filter) ? 0 : limits[i]!,
      hasMore: isEmpty(filter) ? false : undefined,
      lookahead: limits[i] === 0 ? 0 : LOOKAHEAD,
      source: undefined,
    }))
  }

  /**
   * The next events that some filter still wants, of one second or of several, the lowest id of a second first unless all
   * are wanted; undefined at the end, or once it is stopped.
   */
  async next(): Promise<readonly Found[] | undefined> {
    if (!this.#isOpen) await this.#open()
    const given: Found[] = []
    for (;;) {
      if (this.#needsFill()) await this.#fill()
      if (this.#isStopped) return undefined
      const top = this.#top()
      const isThrough = top !== this.#second || (this.#isForAll && this.#matches.length >= BATCH)
      if (this.#matches.length > 0 && isThrough) {
        this.#share(given)
        if (given.length >= BATCH) return given
        // Who has enough now asks for no more.
        continue
      }
      if (top === undefined) return given.length > 0 ? given : undefined
      if (top !== this.#second) {
        this.#second = top
        this.#seen?.clear()
      }
      for (const ask of this.asks) if (isActive(ask)) this.#take(ask, top)
      if (this.#parts.slices.isOver()) {
        await this.#parts.slices.rest()
        this.#options.signal?.throwIfAborted()
      }
    }
  }

  /** Ends it, also in the middle of a `next`. */
  stop(): void {
    this.#isStopped = true
  }

  async #open(): Promise<void> {
    this.#isOpen = true
    for (const [i, ask] of this.asks.entries()) {
      if (isActive(ask)) ask.source = await sourceOf(this.#parts, this.#filters[i]!, ask.remaining)
      if (this.#parts.slices.isOver()) await this.#parts.slices.rest()
    }
  }

  #needsFill(): boolean {
    return this.asks.some(ask => isActive(ask) && ask.source?.head === undefined)
  }

  /** Until each filter has a candidate or none is left for it. */
  async #fill(): Promise<void> {
    for (const ask of this.asks) {
      const { source } = ask
      while (source !== undefined && isActive(ask) && source.head === undefined && !this.#isStopped) {
        if (source.isThrough) {
          ask.hasMore = false
          break
        }
        const filling = source.fill()
        if (filling !== undefined) await filling
        if (this.#parts.slices.isOver()) await this.#parts.slices.rest()
        this.#options.signal?.throwIfAborted()
      }
    }
  }

  /** The second of the newest candidate. */
  #top(): number | undefined {
    let top: number | undefined
    for (const ask of this.asks) {
      const createdAt = isActive(ask) ? ask.source?.head?.createdAt : undefined
      if (createdAt !== undefined && (top === undefined || createdAt > top)) top = createdAt
    }
    return top
  }

  /** The candidates of one page that are of this second; not all of them when it takes long. */
  #take(ask: Ask, second: number): void {
    const source = ask.source!
    for (let head = source.head; head?.createdAt === second; head = source.head) {
      source.step()
      if (ask.remaining === 0) ask.lookahead--
      this.#offer(head)
      if (++this.#steps % STEPS === 0 && this.#parts.slices.isOver()) return
    }
  }

  #offer({ position, found: known }: Candidate): void {
    if (position > this.#options.upTo) return
    if (this.#seen?.has(position)) return
    this.#seen?.add(position)
    const isOnly = this.asks.length === 1
    // What its source has read may be gone by now.
    const isFresh = known !== undefined && this.#parts.removals() === this.#removals
    const found = isFresh ? known : this.#parts.records.get(position)
    if (found === undefined) {
      this.hasMissed = true
      return
    }
    const asks = isOnly ? this.asks : this.asks.filter(ask => isActive(ask) && ask.accepts(found))
    if (asks.length === 0 || (isOnly && !asks[0]!.accepts(found))) return
    if (this.#matches.push({ found, asks }) % MANY === 0) this.#cut()
  }

  /** Gives each match of the second that is through to those who still want it. */
  #share(given: Found[]): void {
    if (this.#matches.length > 1 && !this.#isForAll) this.#matches.sort((a, b) => (a.found.id < b.found.id ? -1 : 1))
    for (const { found, asks } of this.#matches) {
      let isWanted = false
      for (const ask of asks) {
        if (ask.remaining === 0) ask.hasMore = true
        else {
          ask.remaining--
          isWanted = true
        }
      }
      if (isWanted) given.push(found)
    }
    this.#matches = []
  }

  /** Thousands of events of one second must not pile up when only some are wanted. */
  #cut(): void {
    this.#matches.sort((a, b) => (a.found.id < b.found.id ? -1 : 1))
    const left = new Map(this.asks.map(ask => [ask, ask.remaining + 1]))
    this.#matches = this.#matches.filter(({ asks }) => {
      const wanting = asks.filter(ask => left.get(ask)! > 0)
      for (const ask of wanting) left.set(ask, left.get(ask)! - 1)
      return wanting.length > 0
    })
  }
}

function isActive(ask: Ask): boolean {
  return ask.remaining > 0 || (ask.hasMore === undefined && ask.lookahead > 0)
}

/** What a single filter finds by ids has one of them. */
function withoutIds(filter: Filter): Filter {
  if (filter.ids === undefined) return filter
  const { ids: _, ...rest } = filter
  return rest
}
