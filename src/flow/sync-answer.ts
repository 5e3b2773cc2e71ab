/** A peer compares its public events with this node's: the other side of `sync.ts` (specification/sync.md). */
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { EventStore } from '../store/store.ts'
import type { IdSet } from '../wire/id-set.ts'
import {
  MAX_SYNC_BYTES,
  MAX_SYNC_EVENTS,
  MAX_SYNC_IDS,
  MAX_SYNC_MESSAGE_BYTES,
  MAX_SYNC_ROUNDS,
} from '../wire/limits.ts'
import { answerMessage } from '../wire/negentropy.ts'
import {
  decodeSyncRequest,
  encodeSyncReply,
  type SyncReply,
  type SyncRequest,
  type SyncScope,
  type SyncStream,
  syncPage,
} from '../wire/sync.ts'
import type { Accepted } from './accept.ts'
import type { Receive } from './receive.ts'
import type { ShunnedPeers } from './shunned-peers.ts'
import { floorOf, type SyncReport, setOf } from './sync.ts'
import { faultOf, SyncFault } from './sync-exchange.ts'
import { isWithinBounds } from './sync-scope.ts'

export interface SyncAnswerParts {
  readonly events: Pick<EventStore, 'encoded' | 'setOf' | 'evictedUntil'>
  readonly takeMissing: Receive['takeMissing']
  readonly onLearned: (accepted: Accepted) => void
  readonly shunned: ShunnedPeers
  readonly clock: Clock
  readonly log: Logger
  readonly counters: Counters
  /** Told when a peer is done with it. */
  readonly onAnswered: (report: SyncReport) => void
}

/** Answers all that comes on one stream, until the peer closes it. Never throws: a peer at fault is reset. */
export type AnswerSync = (stream: SyncStream, peer: string) => Promise<void>

/** Requests that are worked on at a time; the others wait in the stream. */
const AT_ONCE = 4
/** Scopes compared over one stream: each costs a look through the store. */
const MAX_OPENS = 32
const SEND_OFF_MS = 3_600_000

export function createSyncAnswer(parts: SyncAnswerParts): AnswerSync {
  const { log, counters, onAnswered, shunned } = parts
  return async (stream, peer) => {
    if (shunned.has(peer)) {
      counters.add('sync_answers', 'busy')
      await sendOff(stream)
      return
    }
    const session = new Session(parts, peer)
    let reason: string | undefined
    try {
      await answerAll(stream, session)
      counters.add('sync_answers', 'answered')
    } catch (error) {
      reason = messageOf(error)
      counters.add('sync_answers', error instanceof SyncFault ? 'fault' : 'failed')
      if (error instanceof SyncFault) {
        counters.add('sync_faults', error.code)
        shunned.add(peer)
      }
      log('debug', 'a synchronisation was broken off', { peer, reason })
      stream.abort(reason)
    }
    for (const what of ['learned', 'sent'] as const) {
      if (session.done[what] > 0) counters.add('sync_events', what, session.done[what])
    }
    const rest = { peer, refused: 0, bytes: stream.bytes(), isComplete: reason === undefined }
    onAnswered({ ...session.done, ...rest, ...(reason !== undefined && { reason }) })
  }
}

/** A peer that broke the protocol is told that there is no time for it. */
async function sendOff(stream: SyncStream): Promise<void> {
  try {
    await stream.send(encodeSyncReply({ type: 'no', reason: 'busy', value: SEND_OFF_MS }))
    await stream.close()
  } catch (error) {
    stream.abort(messageOf(error))
  }
}

/** Replies in the order of the requests, while some of them are still being worked on. */
async function answerAll(stream: SyncStream, session: Session): Promise<void> {
  const failed = new AbortController()
  const underWay: Promise<void>[] = []
  let last: Promise<void> = Promise.resolve()
  try {
    for (let frame = await stream.next(); frame !== undefined; frame = await stream.next()) {
      const reply = session.reply(frame)
      const before = last
      last = Promise.all([reply, before]).then(([value]) => stream.send(encodeSyncReply(value)))
      // Whoever waits for the next request hears of it; only the first reason counts.
      last.catch(error => {
        if (failed.signal.aborted) return
        failed.abort(error)
        stream.abort(messageOf(error))
      })
      underWay.push(last)
      if (underWay.length === AT_ONCE) await underWay.shift()
    }
    await last
    await stream.close()
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error
  }
}

interface Opened {
  readonly scope: SyncScope
  readonly set: IdSet
  readonly listed: Listed
}

/** The ids that were told of a set, in the order of the telling: parts of the set, one after another. */
class Listed {
  readonly #set: IdSet
  readonly #parts: { readonly from: number; readonly place: number }[] = []
  #count = 0

  constructor(set: IdSet) {
    this.#set = set
  }

  add(from: number, to: number): void {
    if (from === to) return
    this.#parts.push({ from, place: this.#count })
    this.#count += to - from
  }

  /** The id at this place, if so many were told. */
  at(place: number): string | undefined {
    if (place >= this.#count) return undefined
    let low = 0
    let high = this.#parts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#parts[middle]!.place <= place) low = middle
      else high = middle
    }
    const part = this.#parts[low]!
    return this.#set.hex(part.from + place - part.place)
  }
}

class Session {
  /** As a report has it; `sent` counts what was handed out. */
  readonly done = { learned: 0, sent: 0, roundTrips: 0, since: 0 }
  readonly #parts: SyncAnswerParts
  readonly #peer: string
  #opened: Opened | undefined
  #opens = 0
  #asked = 0
  #sentBytes = 0
  #given = 0
  #givenBytes = 0

  constructor(parts: SyncAnswerParts, peer: string) {
    this.#parts = parts
    this.#peer = peer
  }

  /** @throws SyncFault for what no honest peer sends */
  async reply(frame: Uint8Array): Promise<SyncReply> {
    const request = decodeSyncRequest(frame)
    if (isRejection(request)) throw new SyncFault(request)
    switch (request.type) {
      case 'no':
        return request
      case 'open':
        return this.#open(request)
      case 'message':
        return this.#compare(request.message)
      case 'want':
        return this.#handOut(request.places)
      case 'events':
        return this.#takeIn(request.events)
    }
  }

  async #open({ scope, message }: Extract<SyncRequest, { type: 'open' }>): Promise<SyncReply> {
    const { events, clock } = this.#parts
    if (++this.#opens > MAX_OPENS) throw fault('There are too many scopes on one stream.')
    if (!isWithinBounds(scope, nowSeconds(clock))) throw fault('The window is too wide, or not of our time.')
    this.#opened = undefined
    const since = floorOf(scope, events)
    if (since > (scope.since ?? 0)) return { type: 'no', reason: 'since', value: since }
    const set = await setOf(events, scope)
    if (set === undefined) return { type: 'no', reason: 'too-many', value: MAX_SYNC_IDS }
    this.#opened = { scope, set, listed: new Listed(set) }
    this.done.since = scope.since ?? 0
    return this.#compare(message)
  }

  #compare(message: Uint8Array): SyncReply {
    if (++this.done.roundTrips > MAX_SYNC_ROUNDS) throw fault('The comparison does not come to an end.')
    const { set, listed } = this.#scoped()
    const answer = answerMessage(set, message, MAX_SYNC_MESSAGE_BYTES, (from, to) => listed.add(from, to))
    if (isRejection(answer)) throw new SyncFault(answer)
    return { type: 'message', message: answer }
  }

  #handOut(places: readonly number[]): SyncReply {
    const { listed } = this.#scoped()
    let at = 0
    const events = syncPage(() => (at < places.length ? this.#encoded(listed, places[at++]!) : undefined))
    this.#asked += events.length
    for (const event of events) {
      if (event === null) continue
      this.done.sent++
      this.#sentBytes += event.length
    }
    if (this.#asked > MAX_SYNC_EVENTS || this.#sentBytes > 2 * MAX_SYNC_BYTES)
      throw fault('More is asked for than one stream carries.')
    return { type: 'events', events }
  }

  /** What was listed was public then; it may have gone since. */
  #encoded(listed: Listed, place: number): Uint8Array | null {
    const id = listed.at(place)
    if (id === undefined) throw fault('Something was asked for that was not offered.')
    return this.#parts.events.encoded(id) ?? null
  }

  async #takeIn(given: readonly Uint8Array[]): Promise<SyncReply> {
    const { takeMissing, onLearned } = this.#parts
    const { scope } = this.#scoped()
    this.#given += given.length
    for (const { length } of given) this.#givenBytes += length
    if (this.#given > MAX_SYNC_EVENTS || this.#givenBytes > 2 * MAX_SYNC_BYTES)
      throw fault('More is sent than one stream carries.')
    const outcomes = await Promise.all(given.map(bytes => takeMissing(bytes, { via: 'sync', peer: this.#peer, scope })))
    let count = 0
    for (const outcome of outcomes) {
      const wrong = faultOf(outcome)
      if (wrong !== undefined) throw new SyncFault(wrong)
      if (isRejection(outcome) || outcome.result !== 'stored') continue
      onLearned(outcome)
      count++
    }
    this.done.learned += count
    return { type: 'taken', count }
  }

  #scoped(): Opened {
    if (this.#opened === undefined) throw fault('No scope was opened.')
    return this.#opened
  }
}

function fault(reason: string): SyncFault {
  const rejection: Rejection = reject('malformed', reason)
  return new SyncFault(rejection)
}
