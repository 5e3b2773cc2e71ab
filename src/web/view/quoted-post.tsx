/** A post inside of another: who, when, and the beginning of what was said. */
import { hashOf } from '../route.ts'
import { profileOf } from '../state/profile.ts'
import { segmentsOf } from '../text/segments.ts'
import { timeAgo, words } from '../words/words.ts'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { InlineText } from './inline-text.tsx'
import { NameAndKey } from './person-name.tsx'
import { useShown } from './use-shown.ts'

/** Only the beginning of longer ones is shown. */
const FOLD_CHARACTERS = 300

export function QuotedPost({ id, author }: { id: string; author?: string | undefined }) {
  const { book, missing, now } = useApp()
  void book.version.value
  const event = book.get(id)
  useShown(event?.id)
  if (event === undefined) {
    missing.wantPost(id, author)
    return <p class="quoted quiet small">{words().post.notHereYet}</p>
  }
  const profile = profileOf(book, event.pubkey)
  missing.wantProfile(event.pubkey)
  return (
    <blockquote class="quoted">
      <a class="quoted-head" href={hashOf({ view: 'thread', id })}>
        <Avatar profile={profile} size={20} /> <NameAndKey profile={profile} />{' '}
        <span class="meta">{timeAgo(event.created_at, now.value)}</span>
      </a>
      <InlineText segments={segmentsOf(event)} isFolded={event.content.length > FOLD_CHARACTERS} />
    </blockquote>
  )
}
