/** How posts hang together: what one answers, and what a conversation is (NIP-10). */
import { type NostrEvent, tagValue, tagValues } from '../../event/event.ts'
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import { newestFirst } from '../../event/order.ts'
import type { Book } from './book.ts'

export interface Answers {
  /** The first post of the conversation. */
  readonly root: string
  /** What is answered. */
  readonly parent: string
  /** Its author, where the reply says so. */
  readonly author?: string
}

const known = new WeakMap<NostrEvent, Answers | 'nothing'>()

/** What a post answers: by the marks of its `e` tags, or by their order as it was done before; undefined for none. */
export function answersOf(event: NostrEvent): Answers | undefined {
  if (event.kind !== KIND.post) return undefined
  // Asked for every post whenever a list is made.
  const answers = known.get(event) ?? readAnswers(event) ?? 'nothing'
  known.set(event, answers)
  return answers === 'nothing' ? undefined : answers
}

function readAnswers(event: NostrEvent): Answers | undefined {
  const tags = event.tags.filter(([name, id, , mark]) => name === 'e' && isHex32(id) && mark !== 'mention')
  const root = tags.find(tag => tag[3] === 'root')
  const reply = tags.findLast(tag => tag[3] === 'reply')
  const isMarked = root !== undefined || reply !== undefined
  const parent = isMarked ? (reply ?? root) : tags.at(-1)
  if (parent === undefined) return undefined
  const quoted = tagValues(event, 'q')
  if (!isMarked && quoted.includes(parent[1]!)) return undefined
  const author = isHex32(parent[4]) ? parent[4] : tagValue(event, 'p')
  return {
    root: (isMarked ? (root ?? reply) : tags[0])![1]!,
    parent: parent[1]!,
    ...(isHex32(author) && { author }),
  }
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
