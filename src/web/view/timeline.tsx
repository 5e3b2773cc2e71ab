/** Home (the people one follows) and everybody. */
import { useMemo } from 'preact/hooks'
import { KIND } from '../../event/kinds.ts'
import { hashOf } from '../route.ts'
import { createOlder } from '../state/older.ts'
import { everybody, following } from '../state/timelines.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Feed } from './feed.tsx'

const POSTS = [KIND.post, KIND.repost, KIND.genericRepost]

export function Home({ owner }: { owner: string }) {
  const { book, events, follows } = useApp()
  const version = book.version.value
  const posts = useMemo(
    () => following(book.posts(), owner, pubkey => follows.of()?.has(pubkey) === true),
    [version, owner],
  )
  const authors = [owner, ...(follows.of() ?? [])]
  const older = useMemo(
    () => createOlder({ ask: events.ask, book, question: { kinds: POSTS, authors } }),
    [authors.join()],
  )
  const { nav, post } = words()
  return (
    <>
      <h1 class="view-title">{nav.home}</h1>
      <Feed
        posts={posts}
        label={nav.home}
        older={older}
        empty={
          <>
            <p>{post.emptyHome}</p>
            <a class="button" href={hashOf({ view: 'people' })}>
              {post.findPeople}
            </a>
          </>
        }
      />
    </>
  )
}

export function Everybody() {
  const { book, events } = useApp()
  const version = book.version.value
  const posts = useMemo(() => everybody(book.posts()), [version])
  const older = useMemo(() => createOlder({ ask: events.ask, book, question: { kinds: POSTS } }), [])
  const { nav, post } = words()
  return (
    <>
      <h1 class="view-title">{nav.everybody}</h1>
      <Feed posts={posts} label={nav.everybody} older={older} empty={<p>{post.emptyEverybody}</p>} />
    </>
  )
}
