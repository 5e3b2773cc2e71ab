/** Another node of the owner asks what this one has got: ids in receive order, held back until there are some. */
import type { Clock } from '../observe/clock.ts'
import type { EventStore, Position } from '../store/store.ts'
import { encodeEvent } from '../wire/event-codec.ts'
import { MAX_OWN_IDS, OWN_EVENTS_BYTES } from '../wire/limits.ts'
import type { OwnEvents, OwnIds } from '../wire/own.ts'
import type { Accepted } from './accept.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { Source } from './source.ts'

export interface OwnAnswer {
  /** What came after the cursor, as soon as there is something or 50 s have passed; undefined for a stranger. */
  ids(peer: string, cursor: string): Promise<OwnIds | undefined>
  /** The events, or nulls, of the first ids, as many as an answer holds; undefined for a stranger. */
  events(peer: string, ids: readonly string[]): OwnEvents | undefined
  /** An event was stored: who waits for news gets it. */
  stored(accepted: Accepted, source: Source): void
  /** A delivery was settled: who waits for news is answered soon, and may ask what has become of it. */
  settled(): void
  stop(): void
}

export interface OwnAnswerParts {
  readonly store: Pick<EventStore, 'after' | 'get' | 'epoch'>
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

interface Waiter {
  readonly wake: () => void
  cancel: () => void
  dueMs: number
}

export function createOwnAnswer({ store, owner, isOwn, clock }: OwnAnswerParts): OwnAnswer {
  /** Peer → its question that waits; a new question ends the old one. */
  const waiting = new Map<string, Waiter>()
  /** Events stored so far: tells whether one came between a look and the wait. */
  let storedCount = 0
  let stopped = false

  async function read(after: Position): Promise<OwnIds> {
    const found = await store.after(after, MAX_OWN_IDS, MAX_READ_BYTES)
    return {
      ids: found.map(({ event }) => event.id),
      cursor: encodeCursor(store.epoch, found.at(-1)?.position ?? after),
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
      const after = decodeCursor(cursor, store.epoch) ?? 0
      const before = storedCount
      const page = await read(after)
      if (page.ids.length > 0 || stopped) return page
      if (storedCount === before) await news(peer)
      // The owner may have withdrawn that node, or this one, while it waited.
      return isOwn(peer) ? read(after) : undefined
    },
    events(peer, ids) {
      if (!isOwn(peer)) return undefined
      const found: (Uint8Array | null)[] = []
      let bytes = 0
      for (const id of ids) {
        const event = store.get(id)
        found.push(event === undefined ? null : encodeEvent(event))
        bytes += found.at(-1)?.length ?? 0
        if (bytes > OWN_EVENTS_BYTES) break
      }
      return found
    },
    stored(accepted, source) {
      storedCount++
      const from = source.via === 'own-node' ? source.peer : undefined
      const ms = isForOwner(accepted) ? SOON_MS : LATER_MS
      for (const [peer, waiter] of waiting) if (peer !== from) hurry(waiter, ms)
    },
    settled() {
      for (const waiter of waiting.values()) hurry(waiter, SOON_MS)
    },
    stop() {
      stopped = true
      for (const { wake } of [...waiting.values()]) wake()
    },
  }
}
