/** What others did that concerns the owner. */
import { Heart, Repeat2 } from 'lucide'
import { useEffect, useMemo } from 'preact/hooks'
import { hashOf } from '../route.ts'
import { hiddenBy } from '../state/mutes.ts'
import { type Notice, noticesOf } from '../state/notices.ts'
import { profileOf } from '../state/profile.ts'
import { count, timeAgo, words } from '../words/words.ts'
import { AboutPeople } from './about-people.tsx'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { Icon } from './icon.tsx'
import { Post } from './post.tsx'
import { ViewTitle } from './view-title.tsx'
import { Windowed } from './windowed.tsx'

export function Notices({ owner }: { owner: string }) {
  const { book, events, mutes, readState } = useApp()
  const version = book.version.value
  const muted = mutes.tags.value
  const notices = useMemo(() => noticesOf(book, owner, { isHidden: hiddenBy(mutes, owner) }), [version, owner, muted])
  useEffect(() => {
    void events.ask({ '#p': [owner], limit: 300 }).then(found => {
      if (!('trouble' in found)) book.add(found)
    })
  }, [owner])
  const latest = notices[0]?.at
  useEffect(() => {
    if (latest !== undefined) readState.see('notices', latest)
  }, [latest])
  const { nav, notice } = words()
  return (
    <>
      <ViewTitle class="view-title" text={nav.notices} />
      {notices.length === 0 && <p class="empty">{notice.none}</p>}
      <Windowed items={notices} keyOf={keyOf} estimate={110} list="notices" draw={one => <OneNotice notice={one} />} />
    </>
  )
}

function keyOf(notice: Notice): string {
  return 'event' in notice ? notice.event.id : `${notice.what}:${notice.post.id}`
}

function OneNotice({ notice }: { notice: Notice }) {
  if ('event' in notice) return <Post event={notice.event} />
  return <Gathered notice={notice} />
}

/** Faces shown before the rest is counted. */
const MAX_FACES = 6

function Gathered({ notice }: { notice: Extract<Notice, { post: unknown }> }) {
  const { book, missing, now } = useApp()
  const { notice: texts } = words()
  const shown = notice.by.slice(0, MAX_FACES)
  for (const { pubkey } of shown) missing.wantProfile(pubkey)
  const others = notice.by.length - 1
  const sentence = notice.what === 'like' ? texts.liked : texts.reposted
  return (
    <article class="gathered" tabIndex={-1} data-post={notice.post.id}>
      <Icon of={notice.what === 'like' ? Heart : Repeat2} />
      <div class="post-body">
        <span class="row">
          {shown.map(({ pubkey }) => (
            <Avatar key={pubkey} profile={profileOf(book, pubkey)} size={28} />
          ))}
          <span class="meta">{timeAgo(notice.at, now.value)}</span>
        </span>
        <a class="quiet-link" href={hashOf({ view: 'thread', id: notice.post.id })}>
          <AboutPeople
            say={name => sentence(name, others === 0 ? '' : count(others))}
            pubkeys={[notice.by[0]!.pubkey]}
          />{' '}
          <q class="quiet" dir="auto">
            {notice.post.content.slice(0, 100)}
          </q>
        </a>
      </div>
    </article>
  )
}
