/** The four numbers that matter. */
import { useEffect, useState } from 'preact/hooks'
import { KIND } from '../../../event/kinds.ts'
import type { NodeStatus } from '../../../wire/node-status.ts'
import { isTrouble } from '../../node/trouble.ts'
import { bytes, nodeWords } from '../../words/node-words.ts'
import { count } from '../../words/words.ts'
import { useApp } from '../context.ts'

/** More posts of one day are not fetched to be counted. */
const MAX_COUNTED = 500

export function Numbers({ status, nodes }: { status: NodeStatus; nodes: number }) {
  const posts = usePostsToday()
  const { numbers } = nodeWords()
  const shown = [
    [numbers.nodes, count(nodes)],
    [numbers.posts, posts],
    [numbers.waiting, count(status.outbox.waiting)],
    [numbers.disk, bytes(status.limits.bytes?.used ?? 0)],
  ] as const
  return (
    <dl class="node-numbers">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt class="small quiet">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Counted in the page; what it did not have yet of today is fetched once. */
function usePostsToday(): string {
  const { book, events, now } = useApp()
  const [hasMore, setMore] = useState(false)
  const midnight = new Date(now.value * 1000).setHours(0, 0, 0, 0) / 1000
  useEffect(() => {
    const kinds = [KIND.post, KIND.repost, KIND.genericRepost]
    void events.ask({ kinds, since: midnight, limit: MAX_COUNTED }).then(found => {
      if (isTrouble(found)) return
      book.add(found)
      setMore(found.length === MAX_COUNTED)
    })
  }, [midnight])
  void book.version.value
  const posts = book.posts()
  // Newest first; those that are dated ahead count as of today.
  const before = posts.findIndex(({ created_at }) => created_at < midnight)
  return `${count(before === -1 ? posts.length : before)}${hasMore ? '+' : ''}`
}
