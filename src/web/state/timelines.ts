/** Which posts stand in which list. Pure; newest first as the book has them. */
import { type NostrEvent, tagValues } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import { isTopLevel } from './thread.ts'

/** Posts and reposts by the people one follows, and one's own; answers only where both sides are known to the reader. */
export function following(
  posts: readonly NostrEvent[],
  owner: string,
  isFollowed: (pubkey: string) => boolean,
): readonly NostrEvent[] {
  const isOurs = (pubkey: string) => pubkey === owner || isFollowed(pubkey)
  return posts.filter(
    post => isOurs(post.pubkey) && (isTopLevel(post) || tagValues(post, 'p').every(pubkey => isOurs(pubkey))),
  )
}

/** What everybody can see, of everybody. */
export function everybody(posts: readonly NostrEvent[]): readonly NostrEvent[] {
  return posts.filter(isTopLevel)
}

export function byPerson(posts: readonly NostrEvent[], pubkey: string): readonly NostrEvent[] {
  return posts.filter(post => post.pubkey === pubkey)
}

/** @param tag in lower case */
export function withTag(posts: readonly NostrEvent[], tag: string): readonly NostrEvent[] {
  return posts.filter(
    post => post.kind === KIND.post && post.tags.some(([name, value]) => name === 't' && value?.toLowerCase() === tag),
  )
}
