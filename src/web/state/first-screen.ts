/** What the first screen is made of, kept in one piece: it is drawn before the rest of what is kept has been read. */
import type { NostrEvent } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import type { Book } from './book.ts'
import { MUTE_LIST } from './mutes.ts'
import { answersOf, repostedId } from './thread.ts'
import { following } from './timelines.ts'

const POSTS = 20

/** The newest posts of the home list, those in them, and who is who; with the lists that say what belongs there. */
export function firstScreenOf(
  book: Pick<Book, 'posts' | 'get' | 'newest'>,
  owner: string,
  isFollowed: (pubkey: string) => boolean,
): readonly NostrEvent[] {
  const events = new Set<NostrEvent>()
  const add = (event: NostrEvent | undefined) => event && events.add(event)
  for (const kind of [KIND.follows, MUTE_LIST]) add(book.newest(kind, owner))
  for (const post of following(book.posts(), owner, isFollowed).slice(0, POSTS)) {
    add(post)
    add(book.get(repostedId(post)?.id ?? ''))
    add(book.get(answersOf(post)?.parent ?? ''))
  }
  for (const { pubkey } of [...events]) add(book.newest(KIND.profile, pubkey))
  return [...events]
}
