/** Unicasts that wait in the outbox go to the nodes of their recipients: at once, by the schedule, and when one appears. */
import type { NostrEvent } from '../event/event.ts'
import { isRejection, type RejectionCode } from '../event/rejection.ts'
import type { OnActivity } from '../observe/activity.ts'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { Delivery, DeliveryChange, EventStore, Outbox } from '../store/store.ts'
import type { Receipt } from '../wire/deliver.ts'
import { encodeEvent } from '../wire/event-codec.ts'
import { MAX_DELIVER_BYTES, MAX_DELIVER_EVENTS } from '../wire/limits.ts'
import { GIVE_UP_MS, nextTryMs, SOON_MS, STANDBY_MS } from './schedule.ts'

export interface Deliver {
  /** Tries now whatever waits for this owner, in the background. */
  now(owner: string): void
  /** Sends an event that is not stored (NIP-01, ephemeral) to the nodes of this owner, once, in the background. */
  pass(event: NostrEvent, owner: string): void
  /** Begins to work off what is due, from now on. */
  start(): void
  stop(): void
}

export interface DeliverParts {
  readonly outbox: Outbox
  readonly events: Pick<EventStore, 'get'>
  readonly locate: (owner: string) => Promise<string[]>
  /** Whether another node of the owner is there and sees to its own deliveries. */
  readonly isServing: (node: string) => boolean
  readonly send: (node: string, owner: string, events: readonly Uint8Array[]) => Promise<Receipt[]>
  readonly clock: Clock
  readonly log: Logger
  readonly counters: Counters
  readonly onActivity: OnActivity
}

/** Refusals that another try cannot change. */
const FINAL: ReadonlySet<RejectionCode> = new Set([
  'malformed',
  'too-large',
  'bad-id',
  'bad-signature',
  'expired',
  'deleted',
  'not-public',
  'not-for-us',
])
/** How often the due ones are looked at when nothing else wakes the worker, at the latest. */
const LOOK_MS = 30_000
/** Looked through when the clock has been put back, and at a start. */
const MAX_FROM_AHEAD = 10_000
const OWNERS_AT_ONCE = 100

export function createDeliver(parts: DeliverParts): Deliver {
  return new Courier(parts)
}

class Courier implements Deliver {
  readonly #parts: DeliverParts
  /** Owners being served; `true` when there is more to do after the present round. */
  readonly #working = new Map<string, boolean>()
  #cancelLook = () => {}
  /** The latest time that the clock has shown since the last look: if it is earlier at the next, it was put back. */
  #latestMs = Number.POSITIVE_INFINITY
  #stopped = false

  constructor(parts: DeliverParts) {
    this.#parts = parts
  }

  now(owner: string): void {
    if (this.#stopped) return
    const isWorking = this.#working.has(owner)
    this.#working.set(owner, isWorking)
    if (!isWorking) void this.#work(owner)
  }

  pass(event: NostrEvent, owner: string): void {
    if (this.#stopped) return
    this.#pass(event, owner).catch(error => {
      this.#parts.log('warn', 'an event could not be passed', { reason: messageOf(error) })
    })
  }

  start(): void {
    void this.#look()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelLook()
  }

  /** One owner is served by one worker at a time, so that nothing is sent twice side by side. */
  async #work(owner: string): Promise<void> {
    try {
      do {
        this.#working.set(owner, false)
        await this.#serve(owner)
      } while (this.#working.get(owner) === true && !this.#stopped)
    } catch (error) {
      this.#parts.log('warn', 'deliveries could not be worked off', { reason: messageOf(error) })
    } finally {
      this.#working.delete(owner)
    }
  }

  /** One round for one owner: everything open, page by page, to every node that lacks it. */
  async #serve(owner: string): Promise<void> {
    /** Nodes that failed in this round, and why: what comes behind need not wait for them once more. */
    const failed = new Map<string, string>()
    let after = 0
    for (;;) {
      const open = await this.#parts.outbox.openFor(owner, MAX_DELIVER_EVENTS, after)
      if (open.length === 0) return
      const nodes = await this.#parts.locate(owner)
      const attempts = (await this.#leaveToOthers(open)).map(delivery => new Attempt(delivery))
      await Promise.all(nodes.map(node => this.#sendAll(node, owner, attempts, failed)))
      // A round that the end of the program cut short is no failure; what was acknowledged is kept.
      const settled = this.#stopped ? attempts.filter(attempt => attempt.ackedBy.length > 0) : attempts
      const byPosition = new Map(settled.map(attempt => [attempt.delivery.position, attempt]))
      const changes = await this.#parts.outbox.change(
        settled.map(({ delivery }) => delivery),
        before => this.#settle(before, byPosition.get(before.position)!, nodes),
      )
      // Told when it is on disk, where whoever hears it may look.
      for (const change of changes) this.#report(change)
      if (this.#stopped || open.length < MAX_DELIVER_EVENTS) return
      after = open.at(-1)!.position
    }
  }

  /** What another node of the owner sees to is looked at again later; returns the rest. */
  async #leaveToOthers(open: readonly Delivery[]): Promise<readonly Delivery[]> {
    const { isServing, outbox } = this.#parts
    const isServed = ({ standbyFor }: Delivery) => standbyFor !== undefined && isServing(standbyFor)
    const nowMs = this.#now()
    const isDue = (delivery: Delivery) => delivery.dueMs <= nowMs || isFromAhead(delivery, nowMs)
    const later = open.filter(delivery => isServed(delivery) && isDue(delivery))
    const times = { changedMs: nowMs, dueMs: nowMs + STANDBY_MS }
    if (later.length > 0) await outbox.change(later, before => (before.open ? { ...before, ...times } : undefined))
    return open.filter(delivery => !isServed(delivery))
  }

  async #sendAll(
    node: string,
    owner: string,
    attempts: readonly Attempt[],
    failed: Map<string, string>,
  ): Promise<void> {
    const lacking = attempts.filter(({ delivery }) => !delivery.ackedBy.includes(node))
    for (const batch of this.#batches(lacking)) {
      try {
        const before = failed.get(node)
        if (before !== undefined) throw new Error(before)
        const receipts = await this.#parts.send(
          node,
          owner,
          batch.map(([, bytes]) => bytes),
        )
        batch.forEach(([attempt], i) => {
          attempt.note(node, receipts[i]!)
        })
      } catch (error) {
        failed.set(node, messageOf(error))
        for (const [attempt] of batch) attempt.fail(messageOf(error))
      }
    }
  }

  async #pass(event: NostrEvent, owner: string): Promise<void> {
    const { locate, send, log } = this.#parts
    const encoded = encodeEvent(event)
    const results = await Promise.allSettled((await locate(owner)).map(node => send(node, owner, [encoded])))
    for (const result of results) {
      if (result.status === 'rejected') log('debug', 'an event was not passed', { reason: messageOf(result.reason) })
    }
  }

  /** As many events as fit into one request; what is gone from the store has nothing to deliver. */
  *#batches(attempts: readonly Attempt[]): Iterable<[Attempt, Uint8Array][]> {
    let batch: [Attempt, Uint8Array][] = []
    let bytes = 0
    for (const attempt of attempts) {
      const event = this.#parts.events.get(attempt.delivery.eventId)
      if (event === undefined) {
        attempt.isGone = true
        continue
      }
      const encoded = encodeEvent(event)
      if (batch.length > 0 && bytes + encoded.length > MAX_DELIVER_BYTES / 2) {
        yield batch
        batch = []
        bytes = 0
      }
      batch.push([attempt, encoded])
      bytes += encoded.length
    }
    if (batch.length > 0) yield batch
  }

  /** What the delivery is after this round; what another node of the owner has told of it meanwhile stays. */
  #settle(delivery: Delivery, attempt: Attempt, nodes: readonly string[]): Delivery | undefined {
    const nowMs = this.#now()
    const ackedBy = [...new Set([...delivery.ackedBy, ...attempt.ackedBy])]
    const isDelivered = ackedBy.length > 0
    if (!delivery.open) {
      const isNew = ackedBy.length > delivery.ackedBy.length
      return isNew ? { ...delivery, state: 'delivered', ackedBy, lastError: '', changedMs: nowMs } : undefined
    }
    const isComplete = isDelivered && nodes.every(node => ackedBy.includes(node) || attempt.refusedBy.has(node))
    const isHopeless = nodes.length > 0 && nodes.every(node => attempt.refusedBy.has(node))
    // A try out of turn, because a node of theirs was heard of, does not use up the schedule.
    const before = isFromAhead(delivery, nowMs) ? 0 : delivery.attempts
    const isDue = before === 0 || delivery.dueMs <= nowMs
    const attempts = before + (isDue ? 1 : 0)
    const isSoon = attempts === 1 && attempt.isRefusedForNow && !isDelivered
    const scheduledMs = isSoon ? nowMs + SOON_MS : nextTryMs(attempts, delivery.createdMs, nowMs)
    const dueMs = isDue ? scheduledMs : delivery.dueMs
    const isOver = attempt.isGone || isComplete || isHopeless || dueMs === undefined
    const state = isDelivered ? 'delivered' : isOver ? 'expired' : 'waiting'
    const lastError = isComplete
      ? ''
      : (attempt.lastError ?? (nodes.length === 0 ? 'no node of theirs is known yet' : ''))
    return { ...delivery, state, open: !isOver, attempts, ackedBy, lastError, changedMs: nowMs, dueMs: dueMs ?? nowMs }
  }

  /** Says what has become of a delivery, if that is new: the first failure, the first node that took it, the end. */
  #report({ before, after }: DeliveryChange): void {
    const { counters, events, onActivity } = this.#parts
    const { state, dueMs, lastError, to } = after
    if (state === before.state && !(state === 'waiting' && before.attempts === 0)) return
    counters.add('deliveries', state === 'waiting' ? 'failed' : state)
    const event = events.get(after.eventId)
    if (event === undefined) return
    if (state === 'delivered') onActivity({ what: state, event, to, node: after.ackedBy[0]! })
    else if (state === 'expired') onActivity({ what: state, event, to })
    else onActivity({ what: state, event, to, nextTryMs: dueMs, reason: lastError })
  }

  #now(): number {
    const nowMs = this.#parts.clock.nowMs()
    this.#latestMs = Math.max(this.#latestMs, nowMs)
    return nowMs
  }

  /** What was tried and scheduled by a clock that was ahead, and has been put back since. */
  async #fromAhead(nowMs: number): Promise<Delivery[]> {
    const all = await this.#parts.outbox.due(nowMs + 2 * GIVE_UP_MS, MAX_FROM_AHEAD)
    return all.filter(delivery => isFromAhead(delivery, nowMs))
  }

  /** Serves the owners whose deliveries are due, and sleeps until the next is. */
  async #look(): Promise<void> {
    const { outbox, clock, log } = this.#parts
    let nextMs = LOOK_MS
    try {
      const nowMs = clock.nowMs()
      const due = await outbox.due(nowMs, OWNERS_AT_ONCE)
      const early = nowMs < this.#latestMs ? await this.#fromAhead(nowMs) : []
      this.#latestMs = nowMs
      for (const { to } of [...due, ...early]) this.now(to)
      const nextDueMs = await outbox.nextDueMs()
      // What is due by now is being served; its next try is minutes away.
      if (nextDueMs !== undefined) nextMs = Math.min(LOOK_MS, Math.max(1_000, nextDueMs - clock.nowMs()))
    } catch (error) {
      // A stop closes the store under a look that has begun.
      if (!this.#stopped) log('warn', 'the outbox could not be read', { reason: messageOf(error) })
    }
    if (!this.#stopped) this.#cancelLook = clock.after(nextMs, () => void this.#look())
  }
}

/** One delivery in one round: which nodes took it, refused it for good, or failed. */
class Attempt {
  readonly delivery: Delivery
  readonly ackedBy: string[] = []
  readonly refusedBy = new Set<string>()
  lastError: string | undefined
  /** Their clock is behind, or their node is busy or full: that may pass soon. */
  isRefusedForNow = false
  /** Evicted, deleted or expired meanwhile. */
  isGone = false

  constructor(delivery: Delivery) {
    this.delivery = delivery
  }

  note(node: string, receipt: Receipt): void {
    if (!isRejection(receipt)) this.ackedBy.push(node)
    else {
      this.lastError = `their node refused it: ${receipt.reason}`
      if (FINAL.has(receipt.rejected)) this.refusedBy.add(node)
      else this.isRefusedForNow = true
    }
  }

  fail(reason: string): void {
    this.lastError = `their node could not be reached: ${reason}`
  }
}

/** It was last scheduled by a clock that showed a later time than this one: that try counts as none. */
function isFromAhead({ changedMs }: Delivery, nowMs: number): boolean {
  return changedMs > nowMs
}
