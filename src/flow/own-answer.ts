/** Another node of the owner asks what this one has got: ids in receive order, held back until there are some. */
import { KIND } from '../event/kinds.ts'
import { isRejection } from '../event/rejection.ts'
import type { Clock } from '../observe/clock.ts'
import { isGuests, type Mark, type View } from '../store/mark.ts'
import type { EventStore, GoneBook, Position } from '../store/store.ts'
import { encodeEvent } from '../wire/event-codec.ts'
import type { IdSet } from '../wire/id-set.ts'
import { MAX_OWN_IDS, MAX_OWN_MESSAGE_BYTES, OWN_EVENTS_BYTES } from '../wire/limits.ts'
import { answerMessage } from '../wire/negentropy.ts'
import type { OwnAnswers, OwnEvents, OwnIds } from '../wire/own.ts'
import type { Accepted } from './accept.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { Source } from './source.ts'

/** `ids`: what came after the cursor, as soon as there is something or 50 s have passed. */
export interface OwnAnswer extends Omit<OwnAnswers, 'deliveries'> {
  /** An event was stored: who waits for news gets it. */
  stored(accepted: Accepted, source: Source): void
  /** A delivery was settled: who waits for news is answered soon, and may ask what has become of it. */
  settled(): void
  stop(): void
}

export interface OwnAnswerParts {
  readonly store: Pick<EventStore, 'after' | 'find' | 'epoch' | 'run' | 'resume' | 'lastPosition' | 'setOf'>
  readonly gone: Pick<GoneBook, 'page'>
  readonly owner: () => string | undefined
  /** Whether that peer and this node are both bound to the owner. */
  readonly isOwn: (peer: string) => boolean
  readonly clock: Clock
}

/** How long an answer is held back: a question a minute is all that two idle nodes send each other. */
export const HOLD_MS = 50_000
/** What is the owner's or for the owner is told after this: it may come with others, such as a like and its post. */
const SOON_MS = 50
/** Whatever else comes is gossiped to both nodes anyway; the copy is for what one of them missed. */
const LATER_MS = 5_000
/** Bytes of records read for one answer. */
const MAX_READ_BYTES = 2 * 1024 * 1024

/** All that the nodes of an owner share: whatever is not a guest's. */
const SHARED: View = Object.assign((_: unknown, mark: Mark | undefined) => !isGuests(mark), {
  glance: (_: number, mark: Mark | undefined) => !isGuests(mark),
})

/** What two nodes of one owner compare. @throws when it is more than can be */
export async function ownSetOf(store: Pick<EventStore, 'setOf'>): Promise<IdSet> {
  const set = await store.setOf({}, Number.MAX_SAFE_INTEGER, { view: SHARED })
  if (set === undefined) throw new Error('the store is too large to be compared')
  return set
}

interface Waiter {
  readonly wake: () => void
  cancel: () => void
  dueMs: number
}

export function createOwnAnswer({ store, gone, owner, isOwn, clock }: OwnAnswerParts): OwnAnswer {
  /** Peer → its question that waits; a new question ends the old one. */
  const waiting = new Map<string, Waiter>()
  /** Events stored so far: tells whether one came between a look and the wait. */
  let storedCount = 0
  /** Deliveries settled so far, and how many had been when a peer was answered last: it asks about those then. */
  let settledCount = 0
  const told = new Map<string, number>()
  let stopped = false

  async function read(after: Position, isAnew: boolean): Promise<OwnIds> {
    const found = await store.after(after, MAX_OWN_IDS, MAX_READ_BYTES)
    return {
      ids: found.map(({ event }) => event.id),
      cursor: encodeCursor(store, found.at(-1)?.position ?? after),
      isAnew,
    }
  }

  function news(peer: string): Promise<void> {
    waiting.get(peer)?.wake()
    return new Promise(resolve => {
      const wake = () => {
        waiter.cancel()
        if (waiting.get(peer) === waiter) waiting.delete(peer)
        resolve()
      }
      const waiter: Waiter = { wake, cancel: clock.after(HOLD_MS, wake), dueMs: clock.nowMs() + HOLD_MS }
      waiting.set(peer, waiter)
    })
  }

  function hurry(waiter: Waiter, ms: number): void {
    const dueMs = clock.nowMs() + ms
    if (dueMs >= waiter.dueMs) return
    waiter.cancel()
    waiter.dueMs = dueMs
    waiter.cancel = clock.after(ms, waiter.wake)
  }

  function isForOwner({ event, route }: Accepted): boolean {
    const pubkey = owner()
    return pubkey !== undefined && (event.pubkey === pubkey || route.to.includes(pubkey))
  }

  return {
    async ids(peer, cursor) {
      if (!isOwn(peer)) return undefined
      const { given, from } = decodeCursor(cursor, store) ?? { given: 0, from: 0 }
      // A store that was restored from a copy has forgotten what it had given positions to.
      const after = from < given ? 0 : from
      const isAnew = after === 0 && cursor !== ''
      const before = storedCount
      const page = await read(after, isAnew)
      const isToldAll = (told.get(peer) ?? 0) === settledCount
      told.set(peer, settledCount)
      if (page.ids.length > 0 || stopped || !isToldAll) return page
      if (storedCount === before) await news(peer)
      told.set(peer, settledCount)
      // The owner may have withdrawn that node, or this one, while it waited.
      return isOwn(peer) ? read(after, isAnew) : undefined
    },
    events(peer, ids) {
      if (!isOwn(peer)) return undefined
      const found: OwnEvents[number][] = []
      let bytes = 0
      for (const id of ids) {
        const stored = store.find(id)
        const encoded = stored === undefined ? null : encodeEvent(stored.event)
        const isOpenDeletion = stored?.event.kind === KIND.deletion && stored.mark === 'open'
        found.push(encoded !== null && isOpenDeletion ? [encoded] : encoded)
        bytes += encoded?.length ?? 0
        if (bytes > OWN_EVENTS_BYTES) break
      }
      return found
    },
    async compare(peer, message) {
      if (!isOwn(peer)) return undefined
      const cursor = encodeCursor(store, store.lastPosition())
      const set = await ownSetOf(store)
      const answer = answerMessage(set, message, MAX_OWN_MESSAGE_BYTES)
      if (isRejection(answer)) throw new Error(answer.reason)
      return isOwn(peer) ? { message: answer, cursor } : undefined
    },
    async gone(peer, cursor) {
      if (!isOwn(peer)) return undefined
      const page = await gone.page(cursor)
      return isOwn(peer) ? page : undefined
    },
    stored(accepted, source) {
      storedCount++
      const from = source.via === 'own-node' ? source.peer : undefined
      const ms = isForOwner(accepted) ? SOON_MS : LATER_MS
      for (const [peer, waiter] of waiting) if (peer !== from) hurry(waiter, ms)
    },
    settled() {
      settledCount++
      for (const waiter of waiting.values()) hurry(waiter, SOON_MS)
    },
    stop() {
      stopped = true
      for (const { wake } of [...waiting.values()]) wake()
    },
  }
}
