/** The parts of a text, one after another: what is named can be opened, and nothing runs or loads by itself. */
import { npubOf } from '../../event/npub.ts'
import { hashOf } from '../route.ts'
import { profileOf } from '../state/profile.ts'
import type { Segment } from '../text/segments.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { displayName } from './person-name.tsx'

export function InlineText({ segments, isFolded = false }: { segments: readonly Segment[]; isFolded?: boolean }) {
  return (
    <p class={isFolded ? 'post-text folded' : 'post-text'} dir="auto">
      {trimmed(segments).map((segment, place) => (
        <Part key={place} segment={segment} />
      ))}
    </p>
  )
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
