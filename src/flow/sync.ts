/** What this node and a peer do not share, found out and exchanged; this side asks (specification/sync.md). */
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { EventStore } from '../store/store.ts'
import type { IdSet } from '../wire/id-set.ts'
import { MAX_SYNC_IDS } from '../wire/limits.ts'
import type { SyncRefusal, SyncScope, SyncStream } from '../wire/sync.ts'
import type { Accepted } from './accept.ts'
import type { Receive } from './receive.ts'
import { createRefusedIds } from './refused-ids.ts'
import type { ShunnedPeers } from './shunned-peers.ts'
import { Exchange, emptyTally, SyncFault, type Tally } from './sync-exchange.ts'
import { filterOf, halvesOf, openedAt, partsOf } from './sync-scope.ts'
import { PUBLIC_SET } from './visibility.ts'

export type { SyncScope } from '../wire/sync.ts'

export interface SyncProgress {
  readonly peer: string
  /** Ids found so far that the peer has and this node lacks. */
  readonly found: number
  /** Of these, new events here. */
  readonly learned: number
  /** Events that the peer took. */
  readonly sent: number
}

export interface SyncReport {
  /** Node peer ID. */
  readonly peer: string
  /** Events that are new here. */
  readonly learned: number
  /** Events that were new at the peer. */
  readonly sent: number
  /** Events of the peer that this node did not take, and those that it offered and did not deliver. */
  readonly refused: number
  readonly roundTrips: number
  /** Of all frames, both ways. */
  readonly bytes: number
  /** Both hold the same now from `since` on, but for what this node has refused. */
  readonly isComplete: boolean
  /** From when on the two were compared, seconds: later than asked for where one of them has evicted what is older. */
  readonly since: number
  /** Why it is not complete, as a sentence. */
  readonly reason?: string
  /** The peer has no time for it; again after so many milliseconds. */
  readonly busyMs?: number
}

export interface SyncOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: SyncProgress) => void) | undefined
}

export interface Sync {
  /** Never throws. One after another for each peer: a second one for the same peer is not complete at once. */
  run(peer: string, scope: SyncScope, options?: SyncOptions): Promise<SyncReport>
  /** False for an hour after a peer broke the protocol or sent what does not verify. */
  mayAsk(peer: string): boolean
}

export interface SyncParts {
  /** Opens a stream to a node. Throws when it cannot be reached or does not speak the protocol. */
  readonly open: (peer: string, signal?: AbortSignal) => Promise<SyncStream>
  readonly events: Pick<EventStore, 'lacking' | 'encoded' | 'setOf' | 'evictedUntil'>
  readonly takeMissing: Receive['takeMissing']
  /** Told of each event that was learned: it may change what this node shows. */
  readonly onLearned: (accepted: Accepted) => void
  readonly shunned: ShunnedPeers
  readonly clock: Clock
  readonly log: Logger
  readonly counters: Counters
}

/** Parts of a scope compared over one stream: a million events, or 10,000 followed authors. */
const MAX_PARTS = 16

export function createSync(parts: SyncParts): Sync {
  return new Runner(parts)
}

class Runner implements Sync {
  readonly #parts: SyncParts
  readonly #refused: ReturnType<typeof createRefusedIds>
  readonly #running = new Set<string>()

  constructor(parts: SyncParts) {
    this.#parts = parts
    this.#refused = createRefusedIds(parts.clock)
  }

  mayAsk(peer: string): boolean {
    return !this.#parts.shunned.has(peer)
  }

  async run(peer: string, scope: SyncScope, options: SyncOptions = {}): Promise<SyncReport> {
    const report = new Report(peer, floorOf(scope, this.#parts.events))
    if (!this.mayAsk(peer)) return report.incomplete('That node broke the protocol a short time ago.')
    if (this.#running.has(peer)) return report.incomplete('A synchronisation with that node is under way.')
    this.#running.add(peer)
    try {
      await this.#exchange(peer, scope, report, options)
    } catch (error) {
      this.#failed(peer, report, error)
    } finally {
      this.#running.delete(peer)
    }
    this.#count(report)
    return report.done()
  }

  async #exchange(peer: string, scope: SyncScope, report: Report, { signal, onProgress }: SyncOptions): Promise<void> {
    const { open, events, takeMissing, onLearned } = this.#parts
    signal?.throwIfAborted()
    const stream = await open(peer, signal)
    const exchange = new Exchange({
      peer,
      stream,
      events,
      takeMissing,
      refused: this.#refused,
      onLearned,
      onProgress: () => onProgress?.({ peer, ...exchange.tally }),
    })
    report.tally = exchange.tally
    try {
      await this.#compareAll(exchange, scope, report, signal)
      await stream.close()
    } catch (error) {
      stream.abort(messageOf(error))
      throw error
    } finally {
      report.bytes = stream.bytes()
    }
  }

  /** One part after another; a part that holds too much, here or there, is cut in two. */
  async #compareAll(exchange: Exchange, scope: SyncScope, report: Report, signal?: AbortSignal): Promise<void> {
    const { events, clock } = this.#parts
    const left = partsOf(scope, nowSeconds(clock))
    for (let opened = 0, part = left.shift(); part !== undefined; part = left.shift()) {
      if (exchange.tally.hasMore || opened === MAX_PARTS) {
        report.reason = 'There is more than one synchronisation carries.'
        return
      }
      const here = openedAt(part, report.since)
      if (here === undefined) continue
      const set = await setOf(events, here, signal)
      if (set !== undefined) opened++
      const refusal = set === undefined ? TOO_MANY : await exchange.run(here, set)
      if (refusal === undefined) continue
      if (refusal.reason === 'since' && refusal.value > report.since) {
        report.since = refusal.value
        left.unshift(part)
      } else if (refusal.reason === 'too-many') {
        const halves = halvesOf(here)
        if (halves === undefined) report.reason = 'There are too many events in one part of the scope.'
        else left.unshift(...halves)
      } else {
        if (refusal.reason === 'busy') report.busyMs = refusal.value
        report.reason = REFUSED[refusal.reason]
        return
      }
    }
  }

  #failed(peer: string, report: Report, error: unknown): void {
    const { log, counters, shunned } = this.#parts
    report.reason = messageOf(error)
    log('debug', 'a synchronisation failed', { peer, reason: report.reason })
    if (!(error instanceof SyncFault)) {
      report.end = 'failed'
      return
    }
    report.end = 'fault'
    counters.add('sync_faults', error.code)
    shunned.add(peer)
  }

  #count({ tally, end, isComplete, busyMs }: Report): void {
    const { counters } = this.#parts
    counters.add('syncs', end ?? (busyMs !== undefined ? 'busy' : isComplete ? 'complete' : 'incomplete'))
    for (const what of ['learned', 'sent', 'refused', 'undelivered'] as const) {
      if (tally[what] > 0) counters.add('sync_events', what, tally[what])
    }
  }
}

const TOO_MANY: SyncRefusal = { type: 'no', reason: 'too-many', value: MAX_SYNC_IDS }
const REFUSED: Readonly<Record<SyncRefusal['reason'], string>> = {
  busy: 'That node has no time for it now.',
  'too-many': 'There are too many events in one part of the scope.',
  since: 'That node does not hold what is so old.',
  version: 'That node speaks another version of the protocol.',
}

/** What is said in the end, as it comes about. */
class Report {
  readonly peer: string
  since: number
  tally: Readonly<Tally> = emptyTally()
  bytes = 0
  reason: string | undefined
  busyMs: number | undefined
  end: 'failed' | 'fault' | undefined

  constructor(peer: string, since: number) {
    this.peer = peer
    this.since = since
  }

  get isComplete(): boolean {
    return this.#obstacle() === undefined
  }

  incomplete(reason: string): SyncReport {
    this.reason = reason
    return this.done()
  }

  done(): SyncReport {
    const { peer, since, tally, bytes, busyMs } = this
    const { learned, sent, undelivered, roundTrips } = tally
    const refused = tally.refused + undelivered
    const reason = this.#obstacle()
    const isComplete = reason === undefined
    const report: SyncReport = { peer, since, learned, sent, refused, roundTrips, bytes, isComplete }
    return { ...report, ...(reason !== undefined && { reason }), ...(busyMs !== undefined && { busyMs }) }
  }

  #obstacle(): string | undefined {
    const { hasMore, undelivered, postponed } = this.tally
    if (this.reason !== undefined) return this.reason
    if (hasMore) return 'There is more than one synchronisation carries.'
    if (undelivered > 0) return `That node offered ${eventsOf(undelivered)} and did not deliver.`
    return postponed > 0 ? `This node could not take ${eventsOf(postponed)} at the moment.` : undefined
  }
}

function eventsOf(count: number): string {
  return count === 1 ? '1 event' : `${count} events`
}

/** From when on a scope is compared: what was evicted for want of room must not come back. */
export function floorOf(scope: SyncScope, events: Pick<EventStore, 'evictedUntil'>): number {
  const evicted = events.evictedUntil('authors' in scope ? 'followed' : 'all')
  return Math.max(scope.since ?? 0, evicted === 0 ? 0 : evicted + 1)
}

/** The public events of a scope; undefined if they are too many. */
export function setOf(
  events: Pick<EventStore, 'setOf'>,
  scope: SyncScope,
  signal?: AbortSignal,
): Promise<IdSet | undefined> {
  return events.setOf(filterOf(scope), MAX_SYNC_IDS, { view: PUBLIC_SET }, signal)
}
