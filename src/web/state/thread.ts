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

/** What a post answers: by the marks of its `e` tags, or by their order as it was done before; undefined for none. */
export function answersOf(event: NostrEvent): Answers | undefined {
  if (event.kind !== KIND.post) return undefined
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

/** A post in its conversation, the answers below it oldest first. */
export interface Branch {
  readonly event: NostrEvent
  readonly answers: readonly Branch[]
}

/** Deeper answers are shown on one level: they would have no room. */
const MAX_DEPTH = 40

/** What was answered, from the first post down to (not with) this one, as far as it is known. */
export function ancestorsOf(book: Book, event: NostrEvent): readonly NostrEvent[] {
  const trail: NostrEvent[] = []
  const seen = new Set([event.id])
  for (let at = answersOf(event); at !== undefined && trail.length < MAX_DEPTH; ) {
    const above = book.get(at.parent)
    if (above === undefined || seen.has(above.id)) break
    seen.add(above.id)
    trail.unshift(above)
    at = answersOf(above)
  }
  return trail
}

/** The answers below a post. */
export function branchOf(book: Book, event: NostrEvent, depth = 0, seen = new Set<string>()): Branch {
  seen.add(event.id)
  if (depth >= MAX_DEPTH) return { event, answers: [] }
  const direct = book
    .naming(event.id)
    .filter(post => answersOf(post)?.parent === event.id && !seen.has(post.id))
    .sort((a, b) => newestFirst(b, a))
  return { event, answers: direct.map(post => branchOf(book, post, depth + 1, seen)) }
}
