/** A person: who they say they are, and what they posted. */
import * as nip19 from 'nostr-tools/nip19'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import { npubOf } from '../../event/npub.ts'
import { hashOf } from '../route.ts'
import { createOlder } from '../state/older.ts'
import { type Profile, profileOf } from '../state/profile.ts'
import { byPerson } from '../state/timelines.ts'
import { segmentsOf } from '../text/segments.ts'
import { words } from '../words/words.ts'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { CopyText } from './copy-text.tsx'
import { Feed } from './feed.tsx'
import { FoldableText } from './foldable-text.tsx'
import { FollowButton } from './follow-button.tsx'
import { lazy } from './lazy.tsx'
import { displayName } from './person-name.tsx'
import { ViewTitle } from './view-title.tsx'

const EditProfile = lazy(() => import('./edit-profile.tsx').then(module => module.EditProfile))

const POSTS = [KIND.post, KIND.repost, KIND.genericRepost]

/** @param name npub, nprofile or hex, as it stands in the address */
export function Person({ name }: { name: string }) {
  const pubkey = pubkeyIn(name)
  const { person } = words()
  if (pubkey === undefined) {
    return (
      <>
        <ViewTitle class="view-title" text={person.unknown} />
        <p class="empty">{person.notAKey}</p>
      </>
    )
  }
  return <KnownPerson key={pubkey} pubkey={pubkey} />
}

function KnownPerson({ pubkey }: { pubkey: string }) {
  const { book, events, missing } = useApp()
  const version = book.version.value
  const posts = useMemo(() => byPerson(book.posts(), pubkey), [version, pubkey])
  const older = useMemo(() => createOlder({ ask: events.ask, book, question: { kinds: POSTS, authors: [pubkey] } }), [])
  useEffect(() => missing.wantProfile(pubkey), [pubkey])
  const profile = profileOf(book, pubkey)
  const { person } = words()
  return (
    <>
      <PersonHead profile={profile} />
      <Feed
        posts={posts}
        label={person.postsOf(displayName(profile))}
        list={`person:${pubkey}`}
        older={older}
        empty={<p>{person.noPosts}</p>}
      />
    </>
  )
}

function PersonHead({ profile }: { profile: Profile }) {
  const { owner } = useApp()
  const { pubkey, about, website } = profile
  const npub = npubOf(pubkey)
  const isOwn = owner() === pubkey
  const [isEditing, setEditing] = useState(false)
  const { person } = words()
  return (
    <header class="person">
      <div class="person-top">
        <Avatar profile={profile} size={72} />
        {isOwn ? (
          <button type="button" class="button" onClick={() => setEditing(true)}>
            {person.edit}
          </button>
        ) : (
          <FollowButton pubkey={pubkey} />
        )}
      </div>
      <ViewTitle text={displayName(profile)} />
      <p class="row whole-key small">
        <code class="person-key">{npub}</code> <CopyText text={npub} />
      </p>
      {isOwn && <OwnWays />}
      {about !== undefined && <FoldableText content={about} segments={segmentsOf({ content: about, tags: [] })} />}
      {website !== undefined && (
        <p>
          <a href={website} target="_blank" rel="noopener noreferrer nofollow">
            {website}
          </a>
        </p>
      )}
      {isEditing && <EditProfile owner={pubkey} onClose={() => setEditing(false)} />}
    </header>
  )
}

/** On a phone the bar has no room for these. */
function OwnWays() {
  const { nav } = words()
  return (
    <nav class="own-ways row" aria-label={nav.me}>
      <a href={hashOf({ view: 'everybody' })}>{nav.everybody}</a>
      <a href={hashOf({ view: 'search', text: '' })}>{nav.search}</a>
      <a href={hashOf({ view: 'bookmarks' })}>{nav.bookmarks}</a>
      <a href={hashOf({ view: 'node' })}>{nav.node}</a>
      <a href={hashOf({ view: 'settings', part: '' })}>{nav.settings}</a>
    </nav>
  )
}

function pubkeyIn(name: string): string | undefined {
  const text = name.replace(/^nostr:/, '')
  if (isHex32(name)) return name
  try {
    const decoded = nip19.decode(text)
    if (decoded.type === 'npub') return decoded.data
    return decoded.type === 'nprofile' ? decoded.data.pubkey : undefined
  } catch {
    return undefined
  }
}
