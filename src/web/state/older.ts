/** Earlier posts, asked of the node when somebody has read to the end of a list. */
import { type ReadonlySignal, signal } from '@preact/signals'
import { newestFirst } from '../../event/order.ts'
import type { EventCalls, Question } from '../node/events.ts'
import { isTrouble } from '../node/trouble.ts'
import type { Book } from './book.ts'

export type OlderState = 'ready' | 'asking' | 'trouble' | 'end'

export interface Older {
  readonly state: ReadonlySignal<OlderState>
  /** Counts the answers: after each there may be more to ask for. */
  readonly answers: ReadonlySignal<number>
  /** Asks until something comes that was not here; not twice at once, and no more once there was nothing. */
  load(): Promise<void>
  /** Whether this post came so, and is no news. */
  brought(id: string): boolean
}

export interface OlderParts {
  readonly ask: EventCalls['ask']
  readonly book: Book
  /** Which posts; time and number are added. */
  readonly question: Question
}

const PAGE = 100
/** What is here already is passed over in larger steps. */
const MAX_PAGE = 800
/** Above this it is looked which of them are here still. */
const MAX_BROUGHT = 30_000

export function createOlder({ ask, book, question }: OlderParts): Older {
  const state = signal<OlderState>('ready')
  const answers = signal(0)
  const brought = new Set<string>()
  /**
   * How far the node's posts are known to be here: from the newest on, for what stands at the end of a list may have come
   * by itself, as a post that was quoted.
   */
  let place: { readonly until: number; readonly behind?: string } | undefined

  /** One page; whether it brought something, and how it stands then. */
  async function step(limit: number): Promise<{ readonly isNew: boolean; readonly state: OlderState }> {
    const found = await ask({ ...question, ...place, limit })
    if (isTrouble(found)) return { isNew: false, state: 'trouble' }
    for (const { id } of found) if (book.get(id) === undefined) brought.add(id)
    if (brought.size > MAX_BROUGHT) for (const id of brought) if (book.get(id) === undefined) brought.delete(id)
    const isNew = book.add(found).length > 0
    const last = found.toSorted(newestFirst).at(-1)
    if (last === undefined || found.length < limit) return { isNew, state: 'end' }
    const isFurther =
      place?.behind === undefined || newestFirst({ created_at: place.until, id: place.behind }, last) < 0
    // A node that does not know "behind" would give the same page for ever.
    place = isFurther ? { until: last.created_at, behind: last.id } : { until: place!.until - 1 }
    return { isNew, state: 'ready' }
  }

  return {
    state,
    answers,
    async load() {
      if (state.value === 'asking' || state.value === 'end') return
      state.value = 'asking'
      let limit = PAGE
      let after = await step(limit)
      while (!after.isNew && after.state === 'ready') {
        limit = Math.min(limit * 2, MAX_PAGE)
        after = await step(limit)
      }
      state.value = after.state
      answers.value++
    },
    brought: id => brought.has(id),
  }
}
