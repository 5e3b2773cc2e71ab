/** A list of posts that does not move under the reader: what is new waits behind a bar, what is older comes at the end. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { NostrEvent } from '../../event/event.ts'
import type { Older } from '../state/older.ts'
import { count, words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Post } from './post.tsx'
import { PostSkeleton } from './post-skeleton.tsx'
import { Windowed } from './windowed.tsx'

export interface FeedProps {
  readonly posts: readonly NostrEvent[]
  readonly label: string
  /** What stands there when nothing does. */
  readonly empty: preact.ComponentChildren
  readonly older?: Older | undefined
}

const USUAL_HEIGHT = 130

export function Feed({ posts, label, empty, older }: FeedProps) {
  const { isFilled, session } = useApp()
  const stage = session.stage.value
  const owner = stage.at === 'in' ? stage.owner : undefined
  const { shown, fresh, reveal } = useHeldBack(posts, owner)
  const last = posts.at(-1)
  useEffect(() => {
    // A short list has its end in sight from the beginning.
    if (shown.length < 20 && isFilled.value) void older?.load(last?.created_at ?? nowSeconds())
  }, [shown.length, isFilled.value, older])
  if (!isFilled.value) return <PostSkeleton />
  if (shown.length === 0 && fresh === 0) return <div class="empty">{empty}</div>
  return (
    <section aria-label={label}>
      {fresh > 0 && (
        <button type="button" class="new-bar" onClick={reveal}>
          {words().post.newPosts(count(fresh))}
        </button>
      )}
      <p class="visually-hidden" role="status">
        {fresh > 0 ? words().post.newPosts(count(fresh)) : ''}
      </p>
      <Windowed
        items={shown}
        keyOf={post => post.id}
        estimate={USUAL_HEIGHT}
        draw={post => <Post event={post} />}
        onEnd={() => void older?.load(last?.created_at ?? nowSeconds())}
      />
      {older !== undefined && <FeedEnd older={older} />}
    </section>
  )
}

function FeedEnd({ older }: { older: Older }) {
  const { post, common, trouble } = words()
  switch (older.state.value) {
    case 'ready':
      return <p class="feed-end" />
    case 'asking':
      return <p class="feed-end quiet small">{post.isLoading}</p>
    case 'end':
      return <p class="feed-end quiet small">{post.noMore}</p>
    case 'trouble':
      return (
        <p class="feed-end quiet small">
          {trouble.slow}{' '}
          <button type="button" class="button plain" onClick={() => void older.load(nowSeconds())}>
            {common.tryAgain}
          </button>
        </p>
      )
  }
}

interface HeldBack {
  readonly shown: readonly NostrEvent[]
  /** How many wait behind the bar. */
  readonly fresh: number
  reveal(): void
}

/** What came after the list was first shown waits, unless the reader wrote it or it stands below what is shown. */
function useHeldBack(posts: readonly NostrEvent[], owner: string | undefined): HeldBack {
  const known = useRef<Set<string>>(undefined)
  const [, redraw] = useState(0)
  if (known.current === undefined || known.current.size === 0) known.current = new Set(posts.map(({ id }) => id))
  const ids = known.current
  let lastShown = posts.length - 1
  while (lastShown >= 0 && !ids.has(posts[lastShown]!.id)) lastShown--
  const shown = posts.filter((post, place) => ids.has(post.id) || place > lastShown || post.pubkey === owner)
  for (const { id } of shown) ids.add(id)
  return {
    shown,
    fresh: posts.length - shown.length,
    reveal() {
      for (const { id } of posts) ids.add(id)
      scrollTo({ top: 0 })
      redraw(n => n + 1)
    },
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
