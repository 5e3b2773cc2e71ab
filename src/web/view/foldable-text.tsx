/** A text of which, where it is long, the beginning is shown until somebody wants all of it. */
import { useState } from 'preact/hooks'
import type { Segment } from '../text/segments.ts'
import { words } from '../words/words.ts'
import { InlineText } from './inline-text.tsx'

/** Longer texts are folded; a folded one shows so much. */
const FOLD_CHARACTERS = 700
const FOLD_LINES = 14

export interface FoldableTextProps {
  readonly content: string
  readonly segments: readonly Segment[]
  /** Open from the beginning. */
  readonly isWhole?: boolean
}

export function FoldableText({ content, segments, isWhole = false }: FoldableTextProps) {
  const [isOpen, setOpen] = useState(isWhole)
  const isLong = isTooLong(content)
  const { post } = words()
  return (
    <>
      <InlineText segments={segments} isFolded={isLong && !isOpen} />
      {isLong && (
        <button type="button" class="button plain unfold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? post.less : post.showAll}
        </button>
      )}
    </>
  )
}

function isTooLong(text: string): boolean {
  if (text.length > FOLD_CHARACTERS) return true
  let lines = 0
  for (const character of text) if (character === '\n' && ++lines > FOLD_LINES) return true
  return false
}
