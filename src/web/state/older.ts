/** Earlier posts, asked of the node when somebody has read to the end of a list. */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { EventCalls, Question } from '../node/events.ts'
import { isTrouble } from '../node/trouble.ts'
import type { Book } from './book.ts'

export type OlderState = 'ready' | 'asking' | 'trouble' | 'end'

export interface Older {
  readonly state: ReadonlySignal<OlderState>
  /** Asks for what is older than this; not twice at once, and no more once there was nothing. */
  load(beforeSeconds: number): Promise<void>
}

export interface OlderParts {
  readonly ask: EventCalls['ask']
  readonly book: Book
  /** Which posts; time and number are added. */
  readonly question: Question
}

const PAGE = 100

export function createOlder({ ask, book, question }: OlderParts): Older {
  const state = signal<OlderState>('ready')
  let until = Number.POSITIVE_INFINITY
  return {
    state,
    async load(beforeSeconds) {
      if (state.value === 'asking' || state.value === 'end') return
      state.value = 'asking'
      until = Math.min(until, beforeSeconds)
      const found = await ask({ ...question, until, limit: PAGE })
      if (isTrouble(found)) {
        state.value = 'trouble'
        return
      }
      const oldest = found.at(-1)
      const added = book.add(found)
      // A second full of events that are all here already must not hold the list up.
      until = oldest === undefined ? until : added.length === 0 ? oldest.created_at - 1 : oldest.created_at
      state.value = found.length < PAGE ? 'end' : 'ready'
    },
  }
}
