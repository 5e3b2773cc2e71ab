/**
 * What one round of catching up does: the window and the followed authors with two neighbours, or the last minutes with
 * one (specification/sync.md).
 */
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { CompletenessBook } from '../store/store.ts'
import { createCompleteness, FIRST_SECONDS } from './completeness.ts'
import { type Neighbour, pickNeighbour } from './neighbours.ts'
import type { Sync, SyncReport, SyncScope } from './sync.ts'
import type { Tally } from './sync-status.ts'

export interface Rounds {
  /** A whole round, after an absence or for the owner; @returns whether it came to its end, with one neighbour at least. */
  catchUp(tally: Tally): Promise<boolean>
  /** @param fresh neighbours that were not compared with since they are there */
  repair(tally: Tally, fresh: ReadonlySet<string>): Promise<boolean>
  /** Whom a comparison may be tried with. */
  usable(): readonly Neighbour[]
  /** It has come back: whatever failed before may have been the connection. */
  welcome(peer: string): void
  /** The node was away: everybody and all authors are asked again. */
  forget(): void
  /** Seconds since 1970 up to which this node is surely complete. */
  completeUntil(): number | undefined
}

export interface RoundsParts {
  readonly sync: Sync
  readonly neighbours: () => readonly Neighbour[]
  /** Public keys of whom the owner follows, and the owner's own. */
  readonly authors: () => readonly string[]
  readonly book: CompletenessBook
  readonly clock: Clock
  readonly log: Logger
  /** From 0 to below 1. */
  readonly random: () => number
  /** Aborted when the node stops. */
  readonly signal: AbortSignal
}

/** What gossip is carrying just now is not missing. */
const UNDER_WAY_SECONDS = 10
/** Events may be dated ahead (event/limits.ts). */
const AHEAD_SECONDS = 900
/** The newest part of a window comes first: it is what the owner looks at. */
const NEWEST_SECONDS = 900
const NEIGHBOURS_A_ROUND = 2
const MAX_TRIES = 5
/** Authors that are asked for. */
const MAX_AUTHORS = 10_000
/** Own nodes of followed authors that are asked in one round. */
const MAX_AUTHORS_NODES = 16
/** A comparison without any progress is given up; a neighbour that failed is left alone. */
const STALLED_MS = 15_000
const AVOID_MS = 60_000
/** How long a round that the owner waits for waits for a neighbour without time. */
const PATIENCE_MS = 15_000
const MAX_REMEMBERED = 1_000

export function createRounds(parts: RoundsParts): Rounds {
  return new Comparisons(parts)
}

class Comparisons implements Rounds {
  readonly #parts: RoundsParts
  readonly #completeness: ReturnType<typeof createCompleteness>
  /** Neighbours that failed → until when they are left alone. */
  readonly #avoided = new Map<string, number>()
  /** Authors of whom everything was asked for since the last absence. */
  readonly #askedAuthors = new Set<string>()

  constructor(parts: RoundsParts) {
    this.#parts = parts
    this.#completeness = createCompleteness(parts)
  }

  completeUntil(): number | undefined {
    return this.#completeness.until()
  }

  welcome(peer: string): void {
    this.#avoided.delete(peer)
  }

  forget(): void {
    this.#completeness.forget()
    this.#avoided.clear()
    this.#askedAuthors.clear()
  }

  /**
   * The whole window with two neighbours, the newest part first; then all of whom the owner follows, from their own nodes
   * where these are connected.
   */
  async catchUp(tally: Tally): Promise<boolean> {
    if (tally.kind === 'asked') this.#avoided.clear()
    const agreed: Neighbour[] = []
    for (let tries = 0; tries < MAX_TRIES && agreed.length < NEIGHBOURS_A_ROUND; tries++) {
      const neighbour = pickNeighbour(this.usable(), agreed, this.#parts.random)
      if (neighbour === undefined) break
      if (await this.#compareWindow(neighbour, agreed.length === 0, tally)) agreed.push(neighbour)
    }
    if (agreed.length === 0) {
      const someone = this.#parts.neighbours().length > 0
      tally.reason ||= someone ? 'No connected node can be asked just now.' : 'No other node is connected.'
      return false
    }
    return this.#authorsFromOthers(agreed, tally)
  }

  async #compareWindow(neighbour: Neighbour, isFirst: boolean, tally: Tally): Promise<boolean> {
    const now = nowSeconds(this.#parts.clock)
    const opens = this.#completeness.opensFor(neighbour)
    const since = tally.kind === 'asked' ? Math.min(opens, now - FIRST_SECONDS) : opens
    const until = now + AHEAD_SECONDS
    let rest = { since, until }
    if (isFirst && now - (this.#completeness.until() ?? 0) > 2 * NEWEST_SECONDS) {
      const newest = now - NEWEST_SECONDS
      if (!(await this.#compare(neighbour, { since: newest, until }, tally))) return false
      rest = { since, until: newest }
    }
    if (isFirst) await this.#authorsFromThemselves(tally)
    if (!(await this.#compare(neighbour, rest, tally))) return false
    await this.#completeness.confirm(neighbour, { since, until: now })
    return true
  }

  /** What came since the last time with one neighbour: a new one, or that with whom the last time is longest ago. */
  async repair(tally: Tally, fresh: ReadonlySet<string>): Promise<boolean> {
    const usable = this.usable()
    const isNew = usable.filter(({ id }) => fresh.has(id))
    const choice = isNew.length > 0 ? isNew : usable
    const oldest = Math.min(...choice.map(neighbour => this.#completeness.agreedUntil(neighbour)))
    const longestAgo = choice.filter(neighbour => this.#completeness.agreedUntil(neighbour) === oldest)
    const neighbour = pickNeighbour(longestAgo, [], this.#parts.random)
    if (neighbour === undefined) return false
    const until = nowSeconds(this.#parts.clock) - UNDER_WAY_SECONDS
    const since = Math.min(this.#completeness.opensFor(neighbour), until)
    if (!(await this.#compare(neighbour, { since, until }, tally))) return false
    await this.#completeness.confirm(neighbour, { since, until })
    return this.#authorsFromOthers([neighbour], tally)
  }

  /** Nobody has more of somebody's posts than their own node. */
  async #authorsFromThemselves(tally: Tally): Promise<void> {
    const wanted = new Set(this.#parts.authors().slice(0, MAX_AUTHORS))
    const theirs = this.usable().filter(({ owner }) => owner !== null && wanted.has(owner))
    for (const neighbour of theirs.slice(0, MAX_AUTHORS_NODES)) {
      await this.#compare(neighbour, { authors: [neighbour.owner!] }, tally)
    }
  }

  /** Everything of whom the owner follows and nobody was asked about yet, from the last of these. */
  async #authorsFromOthers(neighbours: readonly Neighbour[], tally: Tally): Promise<boolean> {
    const authors = this.#parts.authors().slice(0, MAX_AUTHORS)
    // What strangers wrote may have gone; of whom the owner follows again, all is asked for again.
    const followed = new Set(authors)
    for (const author of this.#askedAuthors) if (!followed.has(author)) this.#askedAuthors.delete(author)
    const wanted = tally.kind === 'asked' ? authors : authors.filter(author => !this.#askedAuthors.has(author))
    const neighbour = neighbours.at(-1)
    if (wanted.length === 0 || neighbour === undefined) return true
    if (!(await this.#compare(neighbour, { authors: wanted }, tally))) return false
    for (const author of wanted) this.#askedAuthors.add(author)
    return true
  }

  /** @returns whether it came to its end; who has no time is asked once more when somebody waits for it */
  async #compare(neighbour: Neighbour, scope: SyncScope, tally: Tally): Promise<boolean> {
    if (this.#parts.signal.aborted) return false
    let report = await this.#watched(neighbour, scope, tally)
    const { isComplete, busyMs = Number.POSITIVE_INFINITY } = report
    if (!isComplete && tally.kind === 'asked' && busyMs <= PATIENCE_MS) {
      await this.#pause(busyMs)
      report = await this.#watched(neighbour, scope, tally)
    }
    if (report.isComplete) return true
    tally.reason = report.reason ?? 'The other node did not answer to the end.'
    this.#parts.log('debug', 'a comparison was not completed', { peer: neighbour.id, reason: tally.reason })
    this.#avoid(neighbour.id, report.busyMs ?? AVOID_MS)
    return false
  }

  /** One comparison, which is given up when it stands still. */
  async #watched(neighbour: Neighbour, scope: SyncScope, tally: Tally): Promise<SyncReport> {
    const { sync, clock, signal } = this.#parts
    const stalled = new AbortController()
    const watch = () => clock.after(STALLED_MS, () => stalled.abort())
    let cancel = watch()
    tally.begin(neighbour.id)
    const report = await sync.run(neighbour.id, scope, {
      signal: AbortSignal.any([signal, stalled.signal]),
      onProgress(progress) {
        cancel()
        cancel = watch()
        tally.note(progress)
      },
    })
    cancel()
    tally.add(report)
    return report
  }

  #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#parts
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = clock.after(ms, resolve)
    const stop = () => {
      cancel()
      resolve()
    }
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', stop))
  }

  #avoid(peer: string, ms: number): void {
    this.#avoided.delete(peer)
    this.#avoided.set(peer, this.#parts.clock.nowMs() + ms)
    if (this.#avoided.size > MAX_REMEMBERED) this.#avoided.delete(this.#avoided.keys().next().value!)
  }

  /** Whom a comparison may be tried with. */
  usable(): readonly Neighbour[] {
    const nowMs = this.#parts.clock.nowMs()
    return this.#parts
      .neighbours()
      .filter(({ id }) => (this.#avoided.get(id) ?? 0) <= nowMs && this.#parts.sync.mayAsk(id))
  }
}
