/** The text of a post: what it names can be opened, long ones are folded, and nothing runs or loads by itself. */
import { useMemo, useState } from 'preact/hooks'
import type { NostrEvent } from '../../event/event.ts'
import { npubOf } from '../../event/npub.ts'
import { hashOf } from '../route.ts'
import { profileOf } from '../state/profile.ts'
import { type Segment, segmentsOf } from '../text/segments.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { displayName } from './person-name.tsx'
import { Picture } from './picture.tsx'
import { QuotedPost } from './quoted-post.tsx'

/** Longer texts are folded; a folded one shows so much. */
const FOLD_CHARACTERS = 700
const FOLD_LINES = 14
/** Posts inside of posts: one level, and not many. */
const MAX_QUOTES = 4
const MAX_PICTURES = 12

interface PostTextProps {
  readonly event: NostrEvent
  /** Inside of another post nothing is drawn in full. */
  readonly isQuoted?: boolean
  /** Where the post itself is what is looked at. */
  readonly isWhole?: boolean
}

export function PostText({ event, isQuoted = false, isWhole = false }: PostTextProps) {
  const [isOpen, setOpen] = useState(isWhole)
  const segments = useMemo(() => segmentsOf(event), [event])
  const isLong = isTooLong(event.content)
  const { post } = words()
  const inText = isQuoted ? segments : segments.filter(segment => !standsBelow(segment))
  const below = isQuoted ? [] : segments.filter(standsBelow)
  const quotes = below.filter(segment => segment.what === 'post').slice(0, MAX_QUOTES)
  const pictures = below.filter(segment => segment.what !== 'post').slice(0, MAX_PICTURES)
  return (
    <>
      <p class={isLong && !isOpen ? 'post-text folded' : 'post-text'} dir="auto">
        {trimmed(inText).map((segment, place) => (
          <Part key={place} segment={segment} />
        ))}
      </p>
      {isLong && (
        <button type="button" class="button plain unfold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? post.less : post.showAll}
        </button>
      )}
      {pictures.length > 0 && (
        <div class="pictures">
          {pictures.map(segment => (
            <Picture key={segment.url} of={segment} author={event.pubkey} />
          ))}
        </div>
      )}
      {quotes.map(segment => (
        <QuotedPost key={segment.id} id={segment.id} author={segment.author} />
      ))}
    </>
  )
}

type Below = Extract<Segment, { what: 'picture' | 'video' | 'post' }>

function standsBelow(segment: Segment): segment is Below {
  return segment.what === 'picture' || segment.what === 'video' || segment.what === 'post'
}

function isTooLong(text: string): boolean {
  if (text.length > FOLD_CHARACTERS) return true
  let lines = 0
  for (const character of text) if (character === '\n' && ++lines > FOLD_LINES) return true
  return false
}

/** No empty lines where a picture or a post was taken out at the end. */
function trimmed(segments: readonly Segment[]): readonly Segment[] {
  const last = segments.at(-1)
  if (last?.what !== 'text') return segments
  const text = last.text.trimEnd()
  return text === '' ? segments.slice(0, -1) : [...segments.slice(0, -1), { ...last, text }]
}

function Part({ segment }: { segment: Segment }) {
  switch (segment.what) {
    case 'text':
      return segment.text
    case 'link':
    case 'picture':
    case 'video':
      return (
        <a href={segment.url} target="_blank" rel="noopener noreferrer nofollow">
          {'text' in segment ? segment.text : segment.url}
        </a>
      )
    case 'tag':
      return <a href={hashOf({ view: 'tag', tag: segment.tag })}>{segment.text}</a>
    case 'person':
      return <PersonLink pubkey={segment.pubkey} />
    case 'post':
      return <a href={hashOf({ view: 'thread', id: segment.id })}>{words().post.aPost}</a>
    case 'other':
      return <code class="other-reference">{segment.text}</code>
  }
}

function PersonLink({ pubkey }: { pubkey: string }) {
  const { book, missing } = useApp()
  void book.version.value
  missing.wantProfile(pubkey)
  return (
    <a class="mention" href={hashOf({ view: 'person', name: npubOf(pubkey) })}>
      <bdi>@{displayName(profileOf(book, pubkey))}</bdi>
    </a>
  )
}
