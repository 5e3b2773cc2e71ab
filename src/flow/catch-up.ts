/**
 * When a node compares what it has with others (specification/sync.md): after a start or an absence with two neighbours,
 * then now and then with one, so that what gossip lost is found; and when the owner asks.
 */
import type { OnActivity } from '../observe/activity.ts'
import type { Counters } from '../observe/counters.ts'
import { messageOf } from '../observe/log.ts'
import type { RoundKind, RoundReport, SyncStatus } from '../wire/sync-status.ts'
import type { SyncReport } from './sync.ts'
import { createRounds, type Rounds, type RoundsParts } from './sync-rounds.ts'
import { Tally } from './sync-status.ts'

export interface CatchUp {
  /** A peer is there and has said who it is. */
  neighbourSeen(): void
  /** Another node has compared itself with this one. */
  answered(report: Pick<SyncReport, 'learned' | 'sent'>): void
  /** The owner asks: a whole round begins at once, or after the one that runs. Returns its number. */
  ask(): number
  status(): SyncStatus
  start(): void
  stop(): void
}

export interface CatchUpParts extends Omit<RoundsParts, 'random' | 'signal'> {
  readonly counters: Counters
  readonly onActivity: OnActivity
  /** Between two repairs, about; 0: a round begins only when the owner asks. */
  readonly repairMs: number
  /** From 0 to below 1. */
  readonly random?: () => number
}

/** How often it is looked who is there, and whether the process was stopped for a while. */
const LOOK_MS = 10_000
/** A look that is so late was held up by a suspended machine, a stopped process, or a clock that was set. */
const HELD_UP_MS = 20_000
/** Without neighbours for so long, posts were missed; a shorter gap is repaired. */
const ABSENT_MS = 60_000
/** Between two rounds, unless the owner asks. */
const REST_MS = 2_000
/** After a round in which something came or went: what is new here may be new to others. Doubled while it goes on. */
const SOON_MS = 2_000
/** A new neighbour may come from another part of the network. */
const MET_MS = 4_000
const SHOWN_ROUNDS = 8

export function createCatchUp(parts: CatchUpParts): CatchUp {
  return new Schedule(parts)
}

class Schedule implements CatchUp {
  readonly #parts: CatchUpParts
  readonly #rounds: Rounds
  readonly #random: () => number
  readonly #stopping = new AbortController()
  #isBehind = true
  /** Number of the round that the owner waits for. */
  #asked: number | undefined
  #number = 0
  #running: Tally | undefined
  /** Another node brought something while a round was running. */
  #hasNews = false
  #reports: readonly RoundReport[] = []
  #learned = 0
  #sent = 0
  #timer: { readonly dueMs: number; readonly cancel: () => void } | undefined
  #cancelLook = () => {}
  #lastLookMs = 0
  #aloneSinceMs: number | undefined
  /** Before this only a round that the owner asks for begins. */
  #restUntilMs = 0
  #soonMs = SOON_MS
  /** Neighbours that were there at the last look. */
  #met: ReadonlySet<string> = new Set()
  /** Neighbours that this node has dialled and not compared with since; whoever was dialled waits for the other. */
  #fresh: ReadonlySet<string> = new Set()

  constructor(parts: CatchUpParts) {
    this.#parts = parts
    this.#random = parts.random ?? Math.random
    this.#rounds = createRounds({ ...parts, random: this.#random, signal: this.#stopping.signal })
  }

  start(): void {
    if (this.#parts.repairMs === 0) return
    this.#lastLookMs = this.#parts.clock.nowMs()
    this.#lookAgain()
    this.#look()
  }

  stop(): void {
    this.#stopping.abort()
    this.#cancelLook()
    this.#timer?.cancel()
    this.#timer = undefined
  }

  neighbourSeen(): void {
    if (!this.#stopping.signal.aborted && this.#parts.repairMs > 0) this.#look()
  }

  answered({ learned, sent }: Pick<SyncReport, 'learned' | 'sent'>): void {
    this.#learned += learned
    this.#sent += sent
    if (learned === 0 || this.#parts.repairMs === 0) return
    if (this.#running === undefined) this.#schedule(this.#nextSoonMs())
    else this.#hasNews = true
  }

  ask(): number {
    this.#asked ??= this.#number + 1
    this.#schedule(0)
    return this.#asked
  }

  status(): SyncStatus {
    const until = this.#rounds.completeUntil()
    const running = this.#running?.progress()
    return {
      state: running !== undefined ? 'running' : this.#rounds.usable().length > 0 ? 'idle' : 'waiting',
      completeUntil: until === undefined ? null : new Date(until * 1000).toISOString(),
      learned: this.#learned + (running?.learned ?? 0),
      sent: this.#sent + (running?.sent ?? 0),
      progress: running ?? null,
      rounds: this.#reports,
    }
  }

  #lookAgain(): void {
    this.#cancelLook = this.#parts.clock.after(LOOK_MS, () => {
      this.#lookAgain()
      this.#look()
    })
  }

  /** Who is there, and was this node away? */
  #look(): void {
    const nowMs = this.#parts.clock.nowMs()
    const sinceLastMs = nowMs - this.#lastLookMs
    if (sinceLastMs > LOOK_MS + HELD_UP_MS || sinceLastMs < -HELD_UP_MS) this.#fallBehind()
    this.#lastLookMs = nowMs
    const here = this.#parts.neighbours()
    const fresh = here.filter(({ id, isOutbound }) => (isOutbound && !this.#met.has(id)) || this.#fresh.has(id))
    const isNew = here.some(({ id }) => !this.#met.has(id))
    for (const { id } of here) if (!this.#met.has(id)) this.#rounds.welcome(id)
    this.#met = new Set(here.map(({ id }) => id))
    this.#fresh = new Set(fresh.map(({ id }) => id))
    if (here.length === 0) {
      this.#aloneSinceMs ??= nowMs
      return
    }
    if (this.#aloneSinceMs !== undefined && nowMs - this.#aloneSinceMs >= ABSENT_MS) this.#fallBehind()
    this.#aloneSinceMs = undefined
    if (this.#isBehind && (isNew || this.#timer === undefined)) this.#schedule(0)
    else if (this.#fresh.size > 0) this.#schedule(this.#about(MET_MS))
  }

  /** The node was away, or does not know how long: nothing of its times holds. */
  #fallBehind(): void {
    this.#isBehind = true
    this.#rounds.forget()
    this.#restUntilMs = 0
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** The next round is in so many milliseconds at the latest. */
  #schedule(ms: number): void {
    if (this.#stopping.signal.aborted || this.#running !== undefined) return
    const { clock } = this.#parts
    const nowMs = clock.nowMs()
    const dueMs = Math.max(nowMs + ms, this.#asked === undefined ? this.#restUntilMs : 0)
    if (this.#timer !== undefined && this.#timer.dueMs <= dueMs) return
    this.#timer?.cancel()
    this.#timer = { dueMs, cancel: clock.after(dueMs - nowMs, () => void this.#run()) }
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts
    this.#timer = undefined
    const kind: RoundKind = this.#asked !== undefined ? 'asked' : this.#isBehind ? 'behind' : 'repair'
    // Whoever comes next begins one.
    if (kind !== 'asked' && this.#rounds.usable().length === 0) return
    this.#asked = undefined
    const tally = new Tally(++this.#number, kind, clock.nowMs())
    this.#running = tally
    let isComplete = false
    try {
      isComplete = kind === 'repair' ? await this.#rounds.repair(tally, this.#fresh) : await this.#rounds.catchUp(tally)
    } catch (error) {
      // The store: a comparison itself does not throw.
      tally.reason = 'The node could not do it, by a fault of its own.'
      log('warn', 'catching up failed and will be tried again', { reason: messageOf(error) })
    }
    this.#running = undefined
    if (!this.#stopping.signal.aborted) this.#end(tally, isComplete)
  }

  #end(tally: Tally, isComplete: boolean): void {
    const { clock, counters, onActivity, repairMs } = this.#parts
    if (tally.kind !== 'repair' && isComplete) this.#isBehind = false
    const isLeft = (id: string) => tally.kind === 'repair' && !tally.neighbours.has(id)
    this.#fresh = new Set([...this.#fresh].filter(isLeft))
    const report = tally.report(clock.nowMs(), isComplete)
    const { learned, sent, neighbours } = report
    this.#reports = [report, ...this.#reports].slice(0, SHOWN_ROUNDS)
    this.#learned += learned
    this.#sent += sent
    counters.add('sync_rounds', isComplete ? 'complete' : 'incomplete')
    if (learned > 0) onActivity({ what: 'caught-up', events: learned, neighbours })
    this.#restUntilMs = clock.nowMs() + REST_MS
    const isQuiet = learned + sent === 0 && !this.#hasNews && isComplete
    this.#hasNews = false
    if (this.#asked !== undefined) this.#schedule(0)
    if (repairMs === 0) return
    if (isQuiet) this.#soonMs = SOON_MS
    else this.#schedule(this.#nextSoonMs())
    if (this.#rounds.usable().some(({ id }) => this.#fresh.has(id))) this.#schedule(this.#about(MET_MS))
    this.#schedule(this.#about(repairMs))
  }

  /** Soon at first, and after some rounds in a row no sooner than any repair. */
  #nextSoonMs(): number {
    const ms = this.#about(this.#soonMs)
    this.#soonMs = Math.min(this.#soonMs * 2, this.#parts.repairMs)
    return ms
  }

  /** Nodes that began together must not go on together. */
  #about(ms: number): number {
    return ms * (0.75 + this.#random() / 2)
  }
}
