/** A list of posts that does not move under the reader: what is new waits behind a bar, what is older comes at the end. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { NostrEvent } from '../../event/event.ts'
import type { Older } from '../state/older.ts'
import { count, language, words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Post } from './post.tsx'
import { PostSkeleton } from './post-skeleton.tsx'
import { Windowed } from './windowed.tsx'

export interface FeedProps {
  readonly posts: readonly NostrEvent[]
  readonly label: string
  /** Name of the list, under which the reader's place in it is remembered. */
  readonly list: string
  /** What stands there when nothing does. */
  readonly empty: preact.ComponentChildren
  readonly older?: Older | undefined
  /** Seconds: where something newer stands above something older than this, a line tells them apart. */
  readonly seenBefore?: number
  /** Seconds: up to here it was read on another device, and is no news. */
  readonly seenElsewhere?: number
  /** Told of the first post in sight. */
  readonly onFirst?: (post: NostrEvent) => void
}

const USUAL_HEIGHT = 130
/** Set when the first posts stand on the screen: what is measured of a start (test/web-bench). */
const PAINTED = 'timeline'

export function Feed({ posts, label, list, empty, older, seenBefore, seenElsewhere, onFirst }: FeedProps) {
  const { isFilled, owner } = useApp()
  const { shown, fresh, reveal } = useHeldBack(posts, { owner: owner(), list, older, seenElsewhere })
  const lineAbove = firstSeen(shown, seenBefore)
  const draw = useCallback(
    (event: NostrEvent) => (
      <>
        {event.id === lineAbove && <p class="seen-line quiet small">{words().post.seenBefore}</p>}
        <Post event={event} />
      </>
    ),
    [shown, lineAbove, language.value],
  )
  const answers = older?.answers.value
  const more = () => {
    // After trouble the reader says when.
    if (older?.state.peek() === 'ready') void older.load()
  }
  useEffect(() => {
    // A short list has its end in sight from the beginning.
    if (shown.length < 20 && isFilled.value) more()
  }, [shown.length, isFilled.value, older, answers])
  const hasPosts = shown.length > 0
  useEffect(() => {
    if (hasPosts) requestAnimationFrame(() => setTimeout(() => performance.mark(PAINTED)))
  }, [hasPosts])
  if (!isFilled.value) return <PostSkeleton />
  if (shown.length === 0 && fresh === 0) return <div class="empty">{empty}</div>
  return (
    <section aria-label={label}>
      {fresh > 0 && (
        <div class="new-place">
          <button type="button" class="new-bar" onClick={reveal}>
            {words().post.newPosts(count(fresh))}
          </button>
        </div>
      )}
      <p class="visually-hidden" role="status">
        {fresh > 0 ? words().post.newPosts(count(fresh)) : ''}
      </p>
      <Windowed
        items={shown}
        keyOf={idOf}
        estimate={USUAL_HEIGHT}
        draw={draw}
        list={list}
        onFirst={post => onFirst?.(post)}
        onEnd={more}
        endState={answers}
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
          <button type="button" class="button plain" onClick={() => void older.load()}>
            {common.tryAgain}
          </button>
        </p>
      )
  }
}

interface Holding extends Pick<FeedProps, 'list' | 'older' | 'seenElsewhere'> {
  readonly owner: string | undefined
}

interface HeldBack {
  readonly shown: readonly NostrEvent[]
  /** How many wait behind the bar. */
  readonly fresh: number
  reveal(): void
}

/**
 * What came after the list was first shown waits, unless the reader wrote it, or has read it elsewhere, or it stands below
 * what is shown, or fills a gap of it that earlier posts were asked for.
 */
function useHeldBack(posts: readonly NostrEvent[], { owner, list, older, seenElsewhere = -1 }: Holding): HeldBack {
  const { places } = useApp()
  const [revealed, redraw] = useState(0)
  const isNew = useRef(true)
  const ids = places.shownIn(list)
  // Who comes back to the beginning of a list gets all of it; who was further down finds it as it was.
  if (ids.size === 0 || (isNew.current && places.read(list) === undefined)) for (const { id } of posts) ids.add(id)
  isNew.current = false
  const shown = useMemo(() => {
    let last = posts.length - 1
    while (last >= 0 && !ids.has(posts[last]!.id)) last--
    const first = posts.findIndex(({ id }) => ids.has(id))
    const isNoNews = ({ id, created_at }: NostrEvent, place: number) =>
      place < first ? created_at <= seenElsewhere : older?.brought(id) === true
    const found = posts.filter(
      (post, place) => ids.has(post.id) || place > last || post.pubkey === owner || isNoNews(post, place),
    )
    for (const { id } of found) ids.add(id)
    return found
  }, [posts, ids, owner, revealed, seenElsewhere])
  useLayoutEffect(() => {
    if (revealed === 0) return
    const toTop = () => scrollTo({ top: 0 })
    toTop()
    // And once more: the list may still put right what it measured where the reader was before.
    const frame = requestAnimationFrame(toTop)
    return () => cancelAnimationFrame(frame)
  }, [revealed])
  return {
    shown,
    fresh: posts.length - shown.length,
    reveal() {
      for (const { id } of posts) ids.add(id)
      redraw(n => n + 1)
    },
  }
}

/** The first post of those that the reader has seen before, where there are newer ones. */
function firstSeen(posts: readonly NostrEvent[], seenBefore = 0): string | undefined {
  const place = posts.findIndex(({ created_at }) => created_at <= seenBefore)
  return place > 0 ? posts[place]!.id : undefined
}

function idOf({ id }: NostrEvent): string {
  return id
}
