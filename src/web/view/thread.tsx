/** A conversation: what was answered, the post itself, and the answers to it. */
import { useEffect, useMemo } from 'preact/hooks'
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import { isTrouble } from '../node/trouble.ts'
import { type Answers, ancestorsOf, answersOf, type Branch, branchOf } from '../state/thread.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Post } from './post.tsx'
import { PostSkeleton } from './post-skeleton.tsx'

export function Thread({ id }: { id: string }) {
  const { book, events, missing } = useApp()
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
  const above = useMemo(() => (event === undefined ? [] : ancestorsOf(book, event)), [version, event])
  const branch = useMemo(() => event && branchOf(book, event), [version, event])
  const { post } = words()
  if (branch === undefined) {
    return (
      <>
        <h1 class="view-title">{post.thread}</h1>
        <p class="empty">{post.notHereYet}</p>
        <PostSkeleton />
      </>
    )
  }
  const first = above[0] ?? branch.event
  const missingAbove = answersOf(first)
  return (
    <>
      <h1 class="view-title">{post.thread}</h1>
      {missingAbove !== undefined && <Above answers={missingAbove} />}
      {above.map(one => (
        <Post key={one.id} event={one} isInThread />
      ))}
      <div class="thread-focus">
        <Post event={branch.event} isWhole isInThread={above.length > 0} />
      </div>
      <Answered branches={branch.answers} level={0} />
    </>
  )
}

/** What a conversation began with and is not here. */
function Above({ answers }: { answers: Answers }) {
  const { missing } = useApp()
  missing.wantPost(answers.parent, answers.author)
  return <p class="empty quiet">{words().post.notHereYet}</p>
}

/** Beyond this there is no room to the right. */
const MAX_INDENT = 3

function Answered({ branches, level }: { branches: readonly Branch[]; level: number }) {
  if (branches.length === 0) return null
  return (
    <ol class={level < MAX_INDENT ? 'answers' : 'answers deep'}>
      {branches.map(({ event, answers }) => (
        <li key={event.id}>
          <Post event={event} isInThread />
          <Answered branches={answers} level={level + 1} />
        </li>
      ))}
    </ol>
  )
}
