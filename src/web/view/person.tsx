/** A person: who they say they are, and what they posted. */
import * as nip19 from 'nostr-tools/nip19'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import { npubOf } from '../../event/npub.ts'
import { isSignerTrouble } from '../key/signer.ts'
import { isTrouble } from '../node/trouble.ts'
import { createOlder } from '../state/older.ts'
import { type Profile, profileOf } from '../state/profile.ts'
import { byPerson } from '../state/timelines.ts'
import { segmentsOf } from '../text/segments.ts'
import { words } from '../words/words.ts'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { CopyText } from './copy-text.tsx'
import { Feed } from './feed.tsx'
import { InlineText } from './inline-text.tsx'
import { signerSentence } from './key/sentences.ts'
import { displayName } from './person-name.tsx'
import { troubleSentence } from './trouble-bar.tsx'

const POSTS = [KIND.post, KIND.repost, KIND.genericRepost]

/** @param name npub, nprofile or hex, as it stands in the address */
export function Person({ name }: { name: string }) {
  const pubkey = pubkeyIn(name)
  const { person } = words()
  if (pubkey === undefined) {
    return (
      <>
        <h1 class="view-title">{person.unknown}</h1>
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
      <Feed posts={posts} label={person.postsOf(displayName(profile))} older={older} empty={<p>{person.noPosts}</p>} />
    </>
  )
}

function PersonHead({ profile }: { profile: Profile }) {
  const { session } = useApp()
  const stage = session.stage.value
  const { pubkey, about, website } = profile
  const npub = npubOf(pubkey)
  const isOwn = stage.at === 'in' && stage.owner === pubkey
  return (
    <header class="person">
      <div class="person-top">
        <Avatar profile={profile} size={72} />
        {!isOwn && <FollowButton pubkey={pubkey} />}
      </div>
      <h1>
        <bdi>{displayName(profile)}</bdi>
      </h1>
      <p class="row small">
        <code class="person-key">{npub}</code> <CopyText text={npub} />
      </p>
      {about !== undefined && <InlineText segments={segmentsOf({ content: about, tags: [] })} />}
      {website !== undefined && (
        <p>
          <a href={website} target="_blank" rel="noopener noreferrer nofollow">
            {website}
          </a>
        </p>
      )}
    </header>
  )
}

/** Follows and unfollows; says what keeps it from happening. */
export function FollowButton({ pubkey }: { pubkey: string }) {
  const { book, follows } = useApp()
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState('')
  void book.version.value
  const isFollowed = follows.of()?.has(pubkey) === true
  const { person } = words()

  async function toggle(): Promise<void> {
    setBusy(true)
    const result = await (isFollowed ? follows.unfollow(pubkey) : follows.follow([pubkey]))
    setBusy(false)
    setFault(isTrouble(result) ? troubleSentence(result) : isSignerTrouble(result) ? signerSentence(result) : '')
  }

  return (
    <span class="follow">
      <button
        type="button"
        class={isFollowed ? 'button' : 'button main'}
        aria-pressed={isFollowed}
        disabled={isBusy}
        onClick={toggle}
      >
        {isFollowed ? person.unfollow : person.follow}
      </button>
      {fault !== '' && (
        <span class="trouble small" role="alert">
          {fault}
        </span>
      )}
    </span>
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
