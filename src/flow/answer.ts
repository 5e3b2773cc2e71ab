/** A peer's question → what this node hands out, bounded: public events and what is kept for asking. */

import { isProtected } from '../event/event.ts'
import type { Filter } from '../event/filter.ts'
import type { Counters } from '../observe/counters.ts'
import type { View } from '../store/mark.ts'
import type { EventStore } from '../store/store.ts'
import { encodeEvent } from '../wire/event-codec.ts'
import { MAX_FETCH_EVENTS } from '../wire/limits.ts'
import { markOfForm } from './visibility.ts'

export interface AnswerParts {
  readonly events: Pick<EventStore, 'query'>
  readonly owner: () => string | undefined
  readonly counters: Counters
}

/** Encoded events that match, newest first, at most 500; what is private to the owner is left out as if it were not there. */
export type Answer = (filter: Filter) => Promise<readonly Uint8Array[]>

export function createAnswer({ events, owner, counters }: AnswerParts): Answer {
  /** Open events; guests' stay at the relay that they were brought to. */
  const isHandedOut: View = (event, mark) => {
    // A protected event comes from its author's own node or not at all (NIP-70).
    if (isProtected(event) && event.pubkey !== owner()) return false
    return (mark ?? markOfForm(event)) === 'open'
  }

  return async filter => {
    const { limit = MAX_FETCH_EVENTS, ...unlimited } = filter
    // What is private must not use up the limit: its number would show in how few come.
    const found = await events.query(unlimited, MAX_FETCH_EVENTS, isHandedOut)
    counters.add('answers', 'answered')
    return found.slice(0, limit).map(encodeEvent)
  }
}
