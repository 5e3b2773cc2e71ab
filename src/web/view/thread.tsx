/** A conversation: what was answered, the post itself, and the answers to it. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { NostrEvent } from '../../event/event.ts'
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import { isTrouble } from '../node/trouble.ts'
import type { Book } from '../state/book.ts'
import { hiddenBy } from '../state/mutes.ts'
import { type Answers, ancestorsOf, answersBelow, answersOf } from '../state/thread.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Post } from './post.tsx'
import { PostSkeleton } from './post-skeleton.tsx'
import { ViewTitle } from './view-title.tsx'
import { Windowed } from './windowed.tsx'

export function Thread({ id }: { id: string }) {
  const { book, events, missing, mutes, session } = useApp()
  const version = book.version.value
  const event = isHex32(id) ? book.get(id) : undefined
  const answers: Answers | undefined = event && answersOf(event)
  useEffect(() => {
    if (!isHex32(id)) return
    missing.wantPost(id)
    void events.ask({ kinds: [KIND.post], '#e': [answers?.root ?? id], limit: 500 }).then(found => {
      if (!isTrouble(found)) book.add(found)
    })
  }, [id, answers?.root])
  const items = useMemo(() => (event === undefined ? [] : conversationOf(book, event)), [version, event])
  const muted = mutes.tags.value
  const stage = session.stage.value
  const isHidden = useMemo(() => hiddenBy(mutes, stage.at === 'in' ? stage.owner : ''), [muted, stage])
  const { post } = words()
  const [first] = items
  if (first === undefined) {
    return (
      <>
        <ViewTitle class="view-title" text={post.thread} />
        <p class="empty">{post.notHereYet}</p>
        <PostSkeleton />
      </>
    )
  }
  const missingAbove = answersOf(first.event)
  return (
    <>
      <ViewTitle class="view-title" text={post.thread} />
      {missingAbove !== undefined && <Above answers={missingAbove} />}
      <Windowed
        items={items}
        keyOf={keyOf}
        estimate={USUAL_HEIGHT}
        startAt={items[0]?.isFocus ? undefined : id}
        draw={item => <InPlace {...item} isMuted={!item.isFocus && isHidden(item.event)} />}
      />
    </>
  )
}

const USUAL_HEIGHT = 130

interface Item {
  readonly event: NostrEvent
  /** Of an answer to the post that is looked at. */
  readonly level?: number
  readonly isFocus: boolean
}

/** What was answered, the post itself, and the answers to it, one below another. */
function conversationOf(book: Book, event: NostrEvent): readonly Item[] {
  return [
    ...ancestorsOf(book, event).map(above => ({ event: above, isFocus: false })),
    { event, isFocus: true },
    ...answersBelow(book, event).map(answer => ({ ...answer, isFocus: false })),
  ]
}

function keyOf({ event }: Item): string {
  return event.id
}

/** What a conversation began with and is not here. */
function Above({ answers }: { answers: Answers }) {
  const { missing } = useApp()
  missing.wantPost(answers.parent, answers.author)
  return <p class="empty quiet">{words().post.notHereYet}</p>
}

/** Beyond this there is no room to the right. */
const MAX_INDENT = 3

/** A post at its place; what the owner has muted is opened by who wants to see it. */
function InPlace({ event, level, isFocus, isMuted }: Item & { isMuted: boolean }) {
  const [isWanted, setWanted] = useState(false)
  const { post } = words()
  const indent = level === undefined ? '' : ` answer indent-${Math.min(level, MAX_INDENT)}`
  return (
    <div class={`${isFocus ? 'thread-focus' : ''}${indent}`}>
      {isMuted && !isWanted ? (
        <article class="post alone">
          <p class="row quiet">
            {post.muted}
            <button type="button" class="button plain" onClick={() => setWanted(true)}>
              {post.showMuted}
            </button>
          </p>
        </article>
      ) : (
        <Post event={event} isWhole={isFocus} isInThread />
      )}
    </div>
  )
}
