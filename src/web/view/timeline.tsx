/** Home (the people one follows) and everybody. */
import { useMemo } from 'preact/hooks'
import { KIND } from '../../event/kinds.ts'
import { hashOf } from '../route.ts'
import { hiddenBy } from '../state/mutes.ts'
import { createOlder } from '../state/older.ts'
import { everybody, following } from '../state/timelines.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Feed } from './feed.tsx'
import { ViewTitle } from './view-title.tsx'

const POSTS = [KIND.post, KIND.repost, KIND.genericRepost]

export function Home({ owner }: { owner: string }) {
  const { book, events, follows, mutes, readState } = useApp()
  // As it was when the page was opened; what is read from now on moves it for the next time.
  const seenBefore = readState.before.value.home
  const version = book.version.value
  const muted = mutes.tags.value
  const followed = follows.of()
  const posts = useMemo(() => {
    const isHidden = hiddenBy(mutes, owner)
    return following(book.posts(), owner, pubkey => followed?.has(pubkey) === true).filter(post => !isHidden(post))
  }, [version, owner, muted, followed])
  const authors = [owner, ...(followed ?? [])]
  const older = useMemo(
    () => createOlder({ ask: events.ask, book, question: { kinds: POSTS, authors } }),
    [authors.join()],
  )
  const { nav, post } = words()
  return (
    <>
      <ViewTitle class="view-title" text={nav.home} />
      <Feed
        posts={posts}
        label={nav.home}
        list="home"
        older={older}
        seenBefore={seenBefore}
        seenElsewhere={readState.shared.value.home}
        onFirst={({ created_at }) => readState.see('home', created_at)}
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

export function Everybody({ owner }: { owner: string }) {
  const { book, events, mutes } = useApp()
  const version = book.version.value
  const muted = mutes.tags.value
  const posts = useMemo(() => {
    const isHidden = hiddenBy(mutes, owner)
    return everybody(book.posts()).filter(post => !isHidden(post))
  }, [version, owner, muted])
  const older = useMemo(() => createOlder({ ask: events.ask, book, question: { kinds: POSTS } }), [])
  const { nav, post } = words()
  return (
    <>
      <ViewTitle class="view-title" text={nav.everybody} />
      <Feed posts={posts} label={nav.everybody} list="everybody" older={older} empty={<p>{post.emptyEverybody}</p>} />
    </>
  )
}
