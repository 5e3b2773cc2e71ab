/**
 * One REQ: its stored events page by page as the reader takes them, EOSE, then what is new. It listens before it reads;
 * the position at which the reading begins decides for each event whether it is a stored or a live one.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Filter } from '../event/filter.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import type { News } from '../flow/live.ts'
import type { View } from '../store/mark.ts'
import type { EventStore, Position, Reading } from '../store/store.ts'
import type { Frame, Writer } from './outgoing.ts'

export interface SubscriptionParts {
  readonly id: string
  readonly filters: readonly Filter[]
  /** What its reader is shown; undefined for everything. */
  readonly view: View | undefined
  readonly events: Pick<EventStore, 'read' | 'has' | 'lastPosition'>
  readonly writer: Writer
  /** Stored events for one filter. */
  readonly maxEvents: number
  /** Live events that wait for the stored ones. */
  readonly maxEarly: number
}

/** Of `nostr-fetch`, milliseconds and two digits to the base of 32: it takes no EOSE with a third element for one. */
const IDS_WITHOUT_HINT = /^\d{13}[0-9a-v]{0,2}$/
const TOO_SLOW = reject(
  'rate-limited',
  'New events came faster than the stored ones were read. Ask again, for fewer at once.',
)
/** Events and bytes of records in one page: a turn of some milliseconds, and one write. */
const PAGE_EVENTS = 250
const PAGE_BYTES = 128 * 1024

export class Subscription {
  readonly id: string
  readonly filters: readonly Filter[]
  /** Of those that come from now on. */
  view: View | undefined
  /** Whether no stored event matched. */
  isEmpty = true
  /** Whether all that is stored was given, as far as that is known (NIP-67). */
  #isComplete: boolean | undefined
  #overflow: Rejection | undefined
  readonly #parts: SubscriptionParts
  /** What came live while the stored events are not all out. */
  #early: News[] | undefined = []
  /** Where in receive order the reading began: stored before or at it, live after it. */
  #from: Position | undefined
  /** Where the stored events stand that were sent. */
  #given: Position[] = []
  #reading: Reading | undefined
  #closed = false

  constructor(parts: SubscriptionParts) {
    this.id = parts.id
    this.filters = parts.filters
    this.view = parts.view
    this.#parts = parts
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Stored events that were sent, until it goes live. */
  get given(): number {
    return this.#given.length
  }

  /** @param frame makes the message for this subscription's id */
  take(news: News, frame: (id: string) => Frame): void {
    if (this.#closed || this.view?.(news.event, news.mark) === false) return
    if (this.#early === undefined) {
      if (this.#isLive(news) && !this.#wasShown(news)) this.#parts.writer.send(frame(this.id))
    } else if (this.#early.length < this.#parts.maxEarly) this.#early.push(news)
    else {
      this.#overflow = TOO_SLOW
      this.#reading?.close()
    }
  }

  /** Sends the stored events. Throws what the store throws. */
  async load(): Promise<void> {
    if (this.#closed) return
    const { events, filters, maxEvents } = this.#parts
    this.#from = events.lastPosition()
    this.#reading = events.read(filters, { maxEvents, view: this.view })
    try {
      await this.#sendStored(this.#reading)
    } finally {
      this.#reading.close()
      this.#reading = undefined
    }
  }

  /** Sends EOSE, and what came meanwhile. @returns why it cannot go on, when it cannot */
  goLive(): Rejection | undefined {
    if (this.#closed || this.#overflow !== undefined) return this.#overflow
    const { writer, events } = this.#parts
    const early = this.#early ?? []
    this.#early = undefined
    const sent = new Set<string>()
    const sendEarly = () => {
      for (const news of early) {
        const { event, result, promotedFrom } = news
        if (!this.#isLive(news) || (result === 'stored' && !events.has(event.id)) || sent.has(event.id)) continue
        // It may have become the owner's before the reading came to where it stood.
        if (this.#wasShown(news) && this.#given.includes(promotedFrom!.position)) continue
        sent.add(event.id)
        writer.send(`["EVENT",${JSON.stringify(this.id)},${JSON.stringify(event)}]`)
      }
      this.#given = []
    }
    // With nothing before them they need not wait for EOSE, after which the reader may leave.
    if (this.isEmpty) sendEarly()
    const hasHint = this.#isComplete !== undefined && !IDS_WITHOUT_HINT.test(this.id)
    const hint = hasHint ? [[this.#isComplete ? 'finish' : 'more']] : []
    writer.send(JSON.stringify(['EOSE', this.id, ...hint]))
    if (!this.isEmpty) sendEarly()
    return undefined
  }

  close(): void {
    this.#closed = true
    this.#early = undefined
    this.#reading?.close()
  }

  async #sendStored(reading: Reading): Promise<void> {
    const { writer, events } = this.#parts
    const start = Buffer.from(`["EVENT",${JSON.stringify(this.id)},`)
    for (let hasWaited = false; ; ) {
      const page = await reading.next(PAGE_EVENTS, PAGE_BYTES)
      if (this.#closed || this.#overflow !== undefined) return
      if (page.length === 0) {
        this.#isComplete = reading.isComplete()
        return
      }
      this.isEmpty = false
      for (const found of page) {
        // The store's state is that of a moment later; what came in between comes live.
        if (found.position > this.#from!) continue
        // The reading is of a moment that a slow reader has left behind: what was deleted since is not shown.
        if (hasWaited && !events.has(found.event.id)) continue
        this.#given.push(found.position)
        writer.sendArray(start, found)
      }
      const room = writer.room()
      if (room === undefined) {
        // Whoever else has something to do gets their turn between two pages.
        if (page.length === PAGE_EVENTS) await nextTurn()
        continue
      }
      hasWaited = true
      await room
      if (this.#closed) return
    }
  }

  /** Whether this is no news to the reader: they were shown it as a guest's. */
  #wasShown({ event, promotedFrom }: News): boolean {
    return promotedFrom !== undefined && this.view?.(event, promotedFrom.mark) !== false
  }

  /** Whether it came after the reading began; what is not stored always did. */
  #isLive({ position }: News): boolean {
    return position === undefined || this.#from === undefined || position > this.#from
  }
}
