/** One post: who, when, what, and what can be done with it. */
import { Repeat2 } from 'lucide'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { type NostrEvent, tagValue } from '../../event/event.ts'
import { shortNpub } from '../../event/npub.ts'
import { hashOf } from '../route.ts'
import { profileOf } from '../state/profile.ts'
import { answersOf, repostedId } from '../state/thread.ts'
import { fullTime, timeAgo, words } from '../words/words.ts'
import { AboutPeople } from './about-people.tsx'
import { AudienceLine } from './audience-line.tsx'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { Icon } from './icon.tsx'
import { displayName, PersonName } from './person-name.tsx'
import { PostActions } from './post-actions.tsx'
import { PostText } from './post-text.tsx'
import { useShown } from './use-shown.ts'
import { Way } from './way.tsx'

export interface PostProps {
  readonly event: NostrEvent
  /** The post that a view is about: nothing is folded. */
  readonly isWhole?: boolean
  /** Inside of its conversation it need not say what it answers. */
  readonly isInThread?: boolean
}

export function Post({ event, isWhole = false, isInThread = false }: PostProps) {
  const { book, missing } = useApp()
  const reposted = repostedId(event)
  const original = reposted && book.get(reposted.id)
  useShown(event.id)
  useShown(original?.id)
  if (reposted === undefined) return <OnePost event={event} isWhole={isWhole} isInThread={isInThread} />
  if (original === undefined) {
    missing.wantPost(reposted.id, reposted.author)
    return (
      <article class="post alone" tabIndex={-1}>
        <RepostedBy event={event} />
        <p class="quiet">{words().post.notHereYet}</p>
      </article>
    )
  }
  return (
    <OnePost event={original} isWhole={isWhole} isInThread={isInThread}>
      <RepostedBy event={event} />
    </OnePost>
  )
}

function OnePost({ event, isWhole, isInThread, children }: Required<PostProps> & { children?: ComponentChildren }) {
  const { book, missing, now, owner } = useApp()
  const isOwn = owner() === event.pubkey
  const profile = profileOf(book, event.pubkey)
  missing.wantProfile(event.pubkey)
  return (
    <article class="post" tabIndex={-1} data-post={event.id} aria-labelledby={`by-${event.id}`}>
      {children}
      <Avatar profile={profile} size={44} />
      <div class="post-body">
        <header class="post-head">
          <span id={`by-${event.id}`} class="post-author">
            <PersonName profile={profile} />
          </span>
          <a class="meta post-time" href={hashOf({ view: 'thread', id: event.id })}>
            <time dateTime={new Date(event.created_at * 1000).toISOString()} title={fullTime(event.created_at)}>
              {timeAgo(event.created_at, now.value)}
            </time>
          </a>
        </header>
        {!isInThread && <AnswersLine event={event} />}
        <AudienceLine event={event} />
        <Warned event={event}>
          <PostText event={event} isWhole={isWhole} />
        </Warned>
        <PostActions event={event} />
        {isOwn && <Way id={event.id} />}
      </div>
    </article>
  )
}

function RepostedBy({ event }: { event: NostrEvent }) {
  const { book, follows, missing, owner } = useApp()
  missing.wantProfile(event.pubkey)
  const isKnown = follows.of()?.has(event.pubkey) === true || owner() === event.pubkey
  const profile = profileOf(book, event.pubkey)
  return (
    <p class="meta post-above">
      <Icon of={Repeat2} size={16} />
      <bdi>{words().post.repostedBy(displayName(profile))}</bdi>
      {!isKnown && profile.name !== undefined && <bdi class="short-key">{shortNpub(event.pubkey)}</bdi>}
    </p>
  )
}

/** Whom a post answers. */
function AnswersLine({ event }: { event: NostrEvent }) {
  const { book } = useApp()
  const answers = answersOf(event)
  if (answers === undefined) return null
  const author = book.get(answers.parent)?.pubkey ?? answers.author
  const { post } = words()
  return (
    <p class="meta">
      <a class="quiet-link" href={hashOf({ view: 'thread', id: answers.root })}>
        {author === undefined ? post.answers : <AboutPeople say={post.answersTo} pubkeys={[author]} />}
      </a>
    </p>
  )
}

/** What its author put a warning on is shown to who wants to see it (NIP-36). */
function Warned({ event, children }: { event: NostrEvent; children: ComponentChildren }) {
  const [isWanted, setWanted] = useState(false)
  const hasWarning = event.tags.some(([name]) => name === 'content-warning')
  if (!hasWarning || isWanted) return <>{children}</>
  const reason = tagValue(event, 'content-warning')?.slice(0, 200) ?? ''
  const { post } = words()
  return (
    <div class="warned">
      <p dir="auto">{reason === '' ? post.warned : post.warnedOf(reason)}</p>
      <button type="button" class="button" onClick={() => setWanted(true)}>
        {post.showAnyway}
      </button>
    </div>
  )
}
