/** The text of a post: what it names can be opened, long ones are folded, and nothing runs or loads by itself. */
import { useMemo } from 'preact/hooks'
import type { NostrEvent } from '../../event/event.ts'
import { isHex32 } from '../../event/hex.ts'
import { type Segment, segmentsOf } from '../text/segments.ts'
import { FoldableText } from './foldable-text.tsx'
import { Picture } from './picture.tsx'
import { QuotedPost } from './quoted-post.tsx'

/** Posts inside of posts: one level, and not many. */
const MAX_QUOTES = 4
const MAX_PICTURES = 12

interface PostTextProps {
  readonly event: NostrEvent
  /** Where the post itself is what is looked at. */
  readonly isWhole?: boolean
}

export function PostText({ event, isWhole = false }: PostTextProps) {
  const segments = useMemo(() => segmentsOf(event), [event])
  const inText = segments.filter(segment => !standsBelow(segment))
  const below = segments.filter(standsBelow)
  const quotes = quotedIn(event, below).slice(0, MAX_QUOTES)
  const pictures = below.filter(segment => segment.what !== 'post').slice(0, MAX_PICTURES)
  return (
    <>
      <FoldableText content={event.content} segments={inText} isWhole={isWhole} />
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

/** What the text names, and what only the tags quote (NIP-18). */
function quotedIn(
  { tags }: NostrEvent,
  below: readonly Below[],
): readonly { id: string; author?: string | undefined }[] {
  const named = below.filter(segment => segment.what === 'post')
  const ids = new Set(named.map(({ id }) => id))
  const tagged = tags.flatMap(([name, id, , author]) =>
    name === 'q' && isHex32(id) && !ids.has(id) ? [{ id, author: isHex32(author) ? author : undefined }] : [],
  )
  return [...named, ...tagged]
}
