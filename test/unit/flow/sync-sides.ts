/** Two nodes that compare, without a network between them: real stores, the real door, frames in memory. */
import type { NostrEvent, VerifiedEvent } from '../../../src/event/event.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { createAccept } from '../../../src/flow/accept.ts'
import { createReceive } from '../../../src/flow/receive.ts'
import { createShunnedPeers, type ShunnedPeers } from '../../../src/flow/shunned-peers.ts'
import { createSync, type Sync, type SyncReport } from '../../../src/flow/sync.ts'
import { type AnswerSync, createSyncAnswer } from '../../../src/flow/sync-answer.ts'
import { PUBLIC_SET } from '../../../src/flow/visibility.ts'
import { type Counters, createCounters } from '../../../src/observe/counters.ts'
import { silent } from '../../../src/observe/log.ts'
import type { EventStore, StoreOptions } from '../../../src/store/store.ts'
import type { SyncStream } from '../../../src/wire/sync.ts'
import type { CleanUp } from '../../support/clean-up.ts'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts'
import { NO_GUESTS } from '../../support/no-guests.ts'
import { NOW_SECONDS, openTestStore } from './memory-store.ts'

export interface Side {
  readonly events: EventStore
  readonly clock: FakeClock
  readonly counters: Counters
  readonly shunned: ShunnedPeers
  readonly answer: AnswerSync
  /** Reports as the answering side. */
  readonly answered: readonly SyncReport[]
  /** Asks whoever is at the other end. */
  syncWith(open: () => Promise<SyncStream> | SyncStream): Sync
  /** Ids that it would show a stranger. */
  publicIds(): Promise<string[]>
  count(name: Parameters<Counters['add']>[0], label: string): number
}

/** Signatures that are noise (`unsignedEvent`) are good here, others are not. */
export type VerifyForTest = (event: NostrEvent) => boolean

export async function openSide(
  cleanUp: CleanUp,
  options: Partial<StoreOptions> = {},
  isGood: VerifyForTest = () => true,
): Promise<Side> {
  const { store } = await openTestStore(cleanUp, options)
  const { events } = store
  const clock = createFakeClock(NOW_SECONDS * 1000)
  const counters = createCounters()
  const shunned = createShunnedPeers(clock)
  const bad = { rejected: 'bad-signature', reason: 'The signature does not fit.' } as const
  const accept = createAccept({
    ...NO_GUESTS,
    events,
    verify: async event => (isGood(event) ? (event as VerifiedEvent) : bad),
    circumstances: () => ({ owner: undefined, writable: true, nowSeconds: Math.floor(clock.nowMs() / 1000) }),
    counters,
  })
  const { takeMissing } = createReceive({ accept, onActivity: () => {}, onDeletion: () => {} })
  const answered: SyncReport[] = []
  const parts = { events, takeMissing, onLearned: () => {}, shunned, clock, log: silent, counters }
  return {
    events,
    clock,
    counters,
    shunned,
    answer: createSyncAnswer({ ...parts, onAnswered: report => void answered.push(report) }),
    answered,
    syncWith: open => createSync({ ...parts, open: async () => open() }),
    async publicIds() {
      const set = await events.setOf({}, Number.MAX_SAFE_INTEGER, { view: PUBLIC_SET })
      return Array.from({ length: set!.size }, (_, i) => set!.hex(i)).sort()
    },
    count(name, label) {
      for (const counter of counters.entries())
        if (counter.name === name && counter.label === label) return counter.value
      return 0
    },
  }
}

/** The responder answers what the initiator sends on the stream that comes back. */
export function connect(responder: Pick<Side, 'answer'>, peer = 'initiator'): SyncStream {
  const [near, far] = streamPair()
  void responder.answer(far, peer)
  return near
}

/** Two ends of one stream. A frame that was sent waits for its reader. */
export function streamPair(): [SyncStream, SyncStream] {
  const [left, right] = [new Frames(), new Frames()]
  return [endOf(left, right), endOf(right, left)]
}

class Frames {
  bytes = 0
  readonly #waiting: (Uint8Array | undefined)[] = []
  #wake = Promise.withResolvers<void>()
  #broken: Error | undefined

  push(frame: Uint8Array | undefined): void {
    if (this.#broken !== undefined) throw this.#broken
    this.bytes += frame?.length ?? 0
    this.#waiting.push(frame)
    this.#wake.resolve()
  }

  break(reason: string): void {
    this.#broken ??= new Error(reason)
    this.#wake.resolve()
  }

  async take(): Promise<Uint8Array | undefined> {
    while (this.#waiting.length === 0 && this.#broken === undefined) {
      this.#wake = Promise.withResolvers()
      await this.#wake.promise
    }
    if (this.#broken !== undefined) throw this.#broken
    return this.#waiting.shift()
  }
}

function endOf(sent: Frames, received: Frames): SyncStream {
  return {
    send: async frame => sent.push(frame),
    next: () => received.take(),
    bytes: () => sent.bytes + received.bytes,
    close: async () => sent.push(undefined),
    abort(reason) {
      sent.break(`the other side has reset the stream: ${reason}`)
      received.break(reason)
    },
  }
}

/** Puts events as they would stand in a node that got them by gossip. */
export async function putOpen({ events }: Pick<Side, 'events'>, some: Iterable<VerifiedEvent>): Promise<void> {
  await Promise.all([...some].map(event => events.put(event, { durable: false, mark: 'open' })))
}

export function ok<T extends object>(value: T): Exclude<T, { rejected: unknown }> {
  if (isRejection(value)) throw new Error(value.reason)
  return value as Exclude<T, { rejected: unknown }>
}
