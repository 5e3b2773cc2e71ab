/** How posts hang together: what one answers, and what a conversation is (NIP-10). */
import type { NostrEvent } from '../../event/event.ts'
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import { newestFirst } from '../../event/order.ts'
import { type Answers, answersOf as read } from '../../event/thread.ts'
import type { Book } from './book.ts'

export type { Answers }

const known = new WeakMap<NostrEvent, Answers | 'nothing'>()

/** What a post answers; undefined for none, and for what is no post. */
export function answersOf(event: NostrEvent): Answers | undefined {
  if (event.kind !== KIND.post) return undefined
  // Asked for every post whenever a list is made.
  const answers = known.get(event) ?? read(event) ?? 'nothing'
  known.set(event, answers)
  return answers === 'nothing' ? undefined : answers
}

/** Whether a post stands for itself: no answer to another. */
export function isTopLevel(event: NostrEvent): boolean {
  return answersOf(event) === undefined
}

/** The post that a repost passes on (NIP-18), by its id: what stands in its content is not proved by anybody. */
export function repostedId(event: NostrEvent): { readonly id: string; readonly author?: string } | undefined {
  if (event.kind !== KIND.repost && event.kind !== KIND.genericRepost) return undefined
  const id = event.tags.findLast(tag => tag[0] === 'e')?.[1]
  const author = event.tags.findLast(tag => tag[0] === 'p')?.[1]
  if (!isHex32(id)) return undefined
  return isHex32(author) ? { id, author } : { id }
}

/** A post of a conversation: answers stand below what they answer, one level further in. */
export interface Placed {
  readonly event: NostrEvent
  readonly level: number
}

/** Nobody reads further up than this; longer chains are made to be long. */
const MAX_ABOVE = 1_000

/** What was answered, from the first post down to (not with) this one, as far as it is known. */
export function ancestorsOf(book: Pick<Book, 'get'>, event: NostrEvent): readonly NostrEvent[] {
  const trail: NostrEvent[] = []
  const seen = new Set([event.id])
  for (let at = answersOf(event); at !== undefined && trail.length < MAX_ABOVE; ) {
    const above = book.get(at.parent)
    if (above === undefined || seen.has(above.id)) break
    seen.add(above.id)
    trail.push(above)
    at = answersOf(above)
  }
  return trail.reverse()
}

/** The answers below a post as one list: each followed by what answers it, the oldest first. */
export function answersBelow(book: Pick<Book, 'naming'>, event: NostrEvent): readonly Placed[] {
  const placed: Placed[] = []
  const seen = new Set([event.id])
  /** What is still to be placed, the next one last: no call for each level, for conversations can be deep. */
  const waiting = directAnswers(book, event, 0)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.event.id)) continue
    seen.add(next.event.id)
    placed.push(next)
    waiting.push(...directAnswers(book, next.event, next.level + 1))
  }
  return placed
}

/** Newest first, to be taken from the end. */
function directAnswers(book: Pick<Book, 'naming'>, { id }: NostrEvent, level: number): Placed[] {
  return book
    .naming(id)
    .filter(post => answersOf(post)?.parent === id)
    .sort(newestFirst)
    .map(event => ({ event, level }))
}
