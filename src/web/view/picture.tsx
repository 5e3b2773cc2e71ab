/** A picture or film by URL. Whoever keeps it learns the reader's address, so it is loaded when the reader wants it. */
import { Image as ImageIcon } from 'lucide'
import { useState } from 'preact/hooks'
import type { Segment } from '../text/segments.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Icon } from './icon.tsx'

type Media = Extract<Segment, { what: 'picture' | 'video' }>

/** Where the author says nothing of the shape. */
const USUAL_RATIO = 4 / 3

export function Picture({ of, author }: { of: Media; author: string }) {
  const { settings, follows } = useApp()
  const { pictures, saving } = settings
  const loadsAtOnce =
    !saving.value && (pictures.value === 'all' || (pictures.value === 'followed' && follows.of()?.has(author) === true))
  const [isWanted, setWanted] = useState(false)
  const [isBroken, setBroken] = useState(false)
  const { post } = words()
  const shape = { aspectRatio: String(of.ratio ?? USUAL_RATIO) }
  if (isBroken) return <p class="picture-note quiet small">{post.brokenPicture(of.alt)}</p>
  if (!loadsAtOnce && !isWanted) {
    return (
      <button type="button" class="picture-offer" onClick={() => setWanted(true)}>
        <Icon of={ImageIcon} />
        <span>
          <span>{of.what === 'video' ? post.loadVideo(hostOf(of.url)) : post.loadPicture(hostOf(of.url))}</span>
          {of.alt !== '' && <span class="quiet small picture-alt">{of.alt}</span>}
        </span>
      </button>
    )
  }
  if (of.what === 'video') {
    return (
      // biome-ignore lint/a11y/useMediaCaption: other people's films come without captions
      <video class="picture" style={shape} src={of.url} controls preload="metadata" aria-label={of.alt || post.video} />
    )
  }
  return (
    <a class="picture-frame" style={shape} href={of.url} target="_blank" rel="noopener noreferrer nofollow">
      <img
        class="picture"
        src={of.url}
        alt={of.alt || post.picture}
        loading="lazy"
        decoding="async"
        referrerpolicy="no-referrer"
        onError={() => setBroken(true)}
      />
    </a>
  )
}

function hostOf(url: string): string {
  return new URL(url).host
}
