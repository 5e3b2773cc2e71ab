/** One post: who, when, what, and what can be done with it. */
import type { NostrEvent } from '../../event/event.ts'
import { profileOf } from '../state/profile.ts'
import { fullTime, timeAgo } from '../words/words.ts'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { PersonName } from './person-name.tsx'

export function Post({ event }: { event: NostrEvent }) {
  const { book, now } = useApp()
  const profile = profileOf(book, event.pubkey)
  return (
    <article class="post">
      <Avatar profile={profile} size={44} />
      <div class="post-body">
        <header class="post-head">
          <PersonName profile={profile} />
          <time
            class="meta"
            dateTime={new Date(event.created_at * 1000).toISOString()}
            title={fullTime(event.created_at)}
          >
            {timeAgo(event.created_at, now.value)}
          </time>
        </header>
        <p class="post-text" dir="auto">
          {event.content}
        </p>
      </div>
    </article>
  )
}
