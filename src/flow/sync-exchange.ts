/** The initiator's part of one stream: compares one scope after another, fetches what it lacks, gives what the peer lacks. */
import { isRejection, type Rejection, type RejectionCode, verdictOf } from '../event/rejection.ts'
import type { EventStore } from '../store/store.ts'
import type { IdSet } from '../wire/id-set.ts'
import {
  MAX_SYNC_BYTES,
  MAX_SYNC_EVENTS,
  MAX_SYNC_FRAME_EVENTS,
  MAX_SYNC_MESSAGE_BYTES,
  MAX_SYNC_ROUNDS,
} from '../wire/limits.ts'
import { firstMessage, readAnswer } from '../wire/negentropy.ts'
import {
  decodeSyncReply,
  encodeSyncRequest,
  type SyncRefusal,
  type SyncReply,
  type SyncRequest,
  type SyncScope,
  type SyncStream,
  syncPage,
} from '../wire/sync.ts'
import type { Accepted } from './accept.ts'
import { isDiskRefusal } from './keep.ts'
import type { Receive } from './receive.ts'
import type { RefusedIds } from './refused-ids.ts'

/** What a peer does that no honest one does. */
export class SyncFault extends Error {
  readonly code: RejectionCode

  constructor({ rejected, reason }: Rejection) {
    super(reason)
    this.code = rejected
  }
}

/** Whether what became of an event of a peer is the peer's fault: an honest one could not have sent it. */
export function faultOf(outcome: Accepted | Rejection): Rejection | undefined {
  if (!isRejection(outcome)) return undefined
  return verdictOf(outcome) === 'reject' || outcome.rejected === 'not-asked' ? outcome : undefined
}

/** What was done so far; what is at the end of a stream. */
export interface Tally {
  roundTrips: number
  found: number
  learned: number
  sent: number
  refused: number
  /** Ids that the peer offered, and then had no event for. */
  undelivered: number
  /** Events that may be taken another time. */
  postponed: number
  /** There is more than one stream carries. */
  hasMore: boolean
}

export function emptyTally(): Tally {
  return {
    roundTrips: 0,
    found: 0,
    learned: 0,
    sent: 0,
    refused: 0,
    undelivered: 0,
    postponed: 0,
    hasMore: false,
  }
}

export interface ExchangeParts {
  readonly peer: string
  readonly stream: SyncStream
  readonly events: Pick<EventStore, 'lacking' | 'encoded'>
  readonly takeMissing: Receive['takeMissing']
  readonly refused: RefusedIds
  readonly onLearned: (accepted: Accepted) => void
  readonly onProgress: () => void
}

/** Side by side, so that nobody waits for the other; the peer works on four requests at a time. */
const FETCHES = 2
const GIFTS = 2

export class Exchange {
  readonly tally = emptyTally()
  readonly #parts: ExchangeParts
  /** Of all events so far, each way. */
  #fetchedBytes = 0
  #givenBytes = 0
  #given = 0
  /** The last request is written, the last reply is read. */
  #writing: Promise<unknown> = Promise.resolve()
  #reading: Promise<unknown> = Promise.resolve()

  constructor(parts: ExchangeParts) {
    this.#parts = parts
  }

  /**
   * Compares one scope and exchanges what differs.
   * @param set of this node's events of the scope
   * @returns why the peer does not do that, if it does not
   * @throws SyncFault when the peer breaks the protocol, Error when the stream does
   */
  async run(scope: SyncScope, set: IdSet): Promise<SyncRefusal | undefined> {
    const opened = await this.#ask({ type: 'open', scope, message: firstMessage(set) })
    if (opened.type === 'no') return opened
    const work = new Work(scope)
    const fetchers = Array.from({ length: FETCHES }, () => this.#fetch(work))
    await Promise.all([this.#reconcile(set, opened, work), ...fetchers])
    // Not before: what is given may delete or replace at the peer what it has offered.
    await this.#giveAll(work)
    return undefined
  }

  async #reconcile(set: IdSet, opened: SyncReply, work: Work): Promise<void> {
    /** Ids that the peer has listed so far on this scope. */
    let listed = 0
    for (let reply = opened; ; ) {
      if (reply.type !== 'message') throw unexpected()
      if (++this.tally.roundTrips > MAX_SYNC_ROUNDS)
        throw new SyncFault({ rejected: 'malformed', reason: 'The comparison does not come to an end.' })
      const found = readAnswer(set, reply.message, MAX_SYNC_MESSAGE_BYTES)
      if (isRejection(found)) throw new SyncFault(found)
      for (const id of found.have) work.have.push(id)
      const offered = found.need.map((id, i) => ({ id, place: listed + found.places[i]! }))
      listed += found.listed
      await this.#need(offered, work)
      if (found.next === undefined || this.tally.hasMore) break
      reply = await this.#ask({ type: 'message', message: found.next })
    }
    work.end()
  }

  /** The newest, which stand last, come first, and some after the other: they are asked for while the rest is looked up. */
  async #need(offered: readonly Offered[], work: Work): Promise<void> {
    const { events, refused, peer } = this.#parts
    for (let end = offered.length; end > 0 && !this.tally.hasMore; end -= MAX_SYNC_FRAME_EVENTS) {
      const some = offered.slice(Math.max(0, end - MAX_SYNC_FRAME_EVENTS), end)
      const lacking = await events.lacking(some.map(({ id }) => id))
      const unknown = some.filter(({ id }) => lacking.has(id))
      const needed = unknown.filter(({ id }) => !refused.has(peer, id))
      this.tally.refused += unknown.length - needed.length
      const room = MAX_SYNC_EVENTS - this.tally.found
      if (needed.length > room) this.tally.hasMore = true
      const wanted = needed.slice(Math.max(0, needed.length - room))
      work.need(wanted)
      this.tally.found += wanted.length
    }
  }

  /** One of the workers that ask for what was found. */
  async #fetch(work: Work): Promise<void> {
    let before: Promise<unknown> = Promise.resolve()
    for (let some = await work.take(); some.length > 0; some = await work.take()) {
      if (this.#fetchedBytes > MAX_SYNC_BYTES) {
        this.tally.hasMore = true
        break
      }
      const reply = await this.#ask({ type: 'want', places: some.map(({ place }) => place) })
      if (reply.type !== 'events' || reply.events.length > some.length) throw unexpected()
      work.putBack(some.slice(reply.events.length))
      const taking = Promise.all(reply.events.map((bytes, i) => this.#take(bytes, some[i]!.id, work.scope)))
      // The next ones are asked for while these are checked and stored; what goes wrong with them is heard one turn later.
      taking.catch(() => {})
      await before
      before = taking
      this.#parts.onProgress()
    }
    await before
    this.#parts.onProgress()
  }

  async #take(bytes: Uint8Array | null, id: string, scope: SyncScope): Promise<void> {
    const { peer, takeMissing, refused } = this.#parts
    if (bytes === null) {
      this.tally.undelivered++
      refused.note(peer, id, 'undelivered')
      return
    }
    this.#fetchedBytes += bytes.length
    const outcome = await takeMissing(bytes, { via: 'sync', peer, scope, id })
    const fault = faultOf(outcome)
    if (fault !== undefined) throw new SyncFault(fault)
    if (!isRejection(outcome)) {
      if (outcome.result === 'stored') this.#learned(outcome)
      if (outcome.result === 'superseded') this.#refused(id, 'superseded')
    } else if (outcome.rejected === 'overloaded' || outcome.rejected === 'from-future' || isDiskRefusal(outcome)) {
      this.tally.postponed++
    } else this.#refused(id, outcome.rejected)
  }

  #learned(accepted: Accepted): void {
    this.tally.learned++
    this.#parts.onLearned(accepted)
  }

  #refused(id: string, why: RejectionCode | 'superseded'): void {
    this.tally.refused++
    this.#parts.refused.note(this.#parts.peer, id, why)
  }

  async #giveAll(work: Work): Promise<void> {
    const room = MAX_SYNC_EVENTS - this.#given
    if (work.have.length > room) this.tally.hasMore = true
    const ids = work.have.slice(0, room)
    this.#given += ids.length
    const next = this.#encoded(ids)
    await Promise.all(Array.from({ length: GIFTS }, () => this.#give(next)))
  }

  async #give(next: () => Uint8Array | undefined): Promise<void> {
    for (let events = syncPage(next); events.length > 0; events = syncPage(next)) {
      for (const { length } of events) this.#givenBytes += length
      if (this.#givenBytes > MAX_SYNC_BYTES) {
        this.tally.hasMore = true
        return
      }
      const reply = await this.#ask({ type: 'events', events })
      if (reply.type !== 'taken' || reply.count > events.length) throw unexpected()
      this.tally.sent += reply.count
      this.#parts.onProgress()
    }
  }

  /** One after another; what has gone since the sets were made is passed over. */
  #encoded(ids: readonly string[]): () => Uint8Array | undefined {
    let at = 0
    return () => {
      while (at < ids.length) {
        const event = this.#parts.events.encoded(ids[at++]!)
        if (event !== undefined) return event
      }
      return undefined
    }
  }

  /** Requests go out in the order of the calls, and replies come in the same. */
  #ask(request: SyncRequest): Promise<SyncReply> {
    const { stream } = this.#parts
    const before = this.#reading
    const written = this.#writing.then(() => stream.send(encodeSyncRequest(request)))
    const reply = Promise.all([before, written]).then(() => stream.next())
    // What breaks one of them breaks all, and each is heard of by whoever waits for it.
    for (const promise of [written, reply]) promise.catch(() => {})
    this.#writing = written
    this.#reading = reply
    return reply.then(bytes => {
      if (bytes === undefined) throw new Error('The peer ended the synchronisation.')
      const decoded = decodeSyncReply(bytes)
      if (isRejection(decoded)) throw new SyncFault(decoded)
      return decoded
    })
  }
}

/** An event that only the peer has, and where it has listed it. */
interface Offered {
  readonly id: string
  readonly place: number
}

/** What is still to be asked for of one scope. */
class Work {
  readonly scope: SyncScope
  /** Ids that the peer lacks. */
  readonly have: string[] = []
  readonly #needed: Offered[] = []
  #at = 0
  #isEnded = false
  #wake = Promise.withResolvers<void>()

  constructor(scope: SyncScope) {
    this.scope = scope
  }

  need(offered: readonly Offered[]): void {
    for (const one of offered) this.#needed.push(one)
    this.#wakeUp()
  }

  /** Nothing more will be found. */
  end(): void {
    this.#isEnded = true
    this.#wakeUp()
  }

  /** Waits for something; empty at the end. */
  async take(): Promise<Offered[]> {
    while (this.#at === this.#needed.length && !this.#isEnded) await this.#wake.promise
    const some = this.#needed.slice(this.#at, this.#at + MAX_SYNC_FRAME_EVENTS)
    this.#at += some.length
    return some
  }

  putBack(offered: readonly Offered[]): void {
    this.#needed.push(...offered)
  }

  #wakeUp(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}

function unexpected(): SyncFault {
  return new SyncFault({ rejected: 'malformed', reason: 'The answer does not fit the question.' })
}
