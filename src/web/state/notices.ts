/** What others did that concerns the owner: answers, mentions, likes, reposts. Pure, newest first. */
import { type NostrEvent, tagValues } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import { newestFirst } from '../../event/order.ts'
import type { Book } from './book.ts'
import { answersOf, repostedId } from './thread.ts'

export type Notice =
  /** Somebody's words to the owner. */
  | { readonly what: 'reply' | 'mention' | 'quote'; readonly event: NostrEvent; readonly at: number }
  /** People who like, or passed on, one post of the owner's; the latest first. */
  | {
      readonly what: 'like' | 'repost'
      readonly post: NostrEvent
      readonly by: readonly NostrEvent[]
      readonly at: number
    }

export interface NoticeBounds {
  /** Only what is newer: seconds since 1970. */
  readonly since?: number
  /** What the owner has muted. */
  readonly isHidden?: (event: NostrEvent) => boolean
}

export function noticesOf(book: Book, owner: string, bounds: NoticeBounds = {}): readonly Notice[] {
  const { since = -1, isHidden = () => false } = bounds
  const concerns = (event: NostrEvent) => event.created_at > since && event.pubkey !== owner && !isHidden(event)
  const posts = newerThan(book.posts(), since).filter(concerns)
  const notices: Notice[] = []
  for (const post of posts) {
    if (post.kind !== KIND.post) continue
    const what = wordsToOwner(book, post, owner)
    if (what !== undefined) notices.push({ what, event: post, at: post.created_at })
  }
  notices.push(...gathered(book, owner, 'like', [...book.ofKind(KIND.reaction)].filter(concerns)))
  notices.push(...gathered(book, owner, 'repost', posts))
  return notices.sort((a, b) => b.at - a.at)
}

/** The posts are newest first: what is behind the first older one is older too. */
function newerThan(posts: readonly NostrEvent[], since: number): readonly NostrEvent[] {
  const end = posts.findIndex(({ created_at }) => created_at <= since)
  return end < 0 ? posts : posts.slice(0, end)
}

function wordsToOwner(book: Book, post: NostrEvent, owner: string): 'reply' | 'mention' | 'quote' | undefined {
  const parent = answersOf(post)
  if (parent !== undefined && (book.get(parent.parent)?.pubkey ?? parent.author) === owner) return 'reply'
  if (tagValues(post, 'q').some(id => book.get(id)?.pubkey === owner)) return 'quote'
  return tagValues(post, 'p').includes(owner) ? 'mention' : undefined
}

/** Likes or reposts of the same post are one notice, dated as the latest of them. */
function gathered(book: Book, owner: string, what: 'like' | 'repost', events: Iterable<NostrEvent>): Notice[] {
  const byPost = new Map<string, NostrEvent[]>()
  for (const event of events) {
    const id = what === 'like' ? likedId(event) : repostedId(event)?.id
    const post = id === undefined ? undefined : book.get(id)
    if (post?.pubkey !== owner) continue
    const by = byPost.get(post.id)
    if (by === undefined) byPost.set(post.id, [event])
    else if (!by.some(({ pubkey }) => pubkey === event.pubkey)) by.push(event)
  }
  return [...byPost].map(([id, by]) => {
    const sorted = by.sort(newestFirst)
    return { what, post: book.get(id)!, by: sorted, at: sorted[0]!.created_at }
  })
}

/** The post that a reaction is to: the last `e` tag (NIP-25); a "-" is no like. */
function likedId(event: NostrEvent): string | undefined {
  if (event.kind !== KIND.reaction || event.content === '-') return undefined
  return tagValues(event, 'e').at(-1)
}
