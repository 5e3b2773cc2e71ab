/** Completing a name while it is typed: `@bo` offers Bob. */
import type { RefObject } from 'preact'
import { useState } from 'preact/hooks'
import { KIND } from '../../event/kinds.ts'
import { shortNpub } from '../../event/npub.ts'
import type { Book } from '../state/book.ts'
import { type Profile, profileOf } from '../state/profile.ts'
import type { Writing } from '../text/drafting.ts'
import { words } from '../words/words.ts'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { displayName } from './person-name.tsx'

export interface MentionState {
  readonly found: readonly Profile[]
  readonly chosen: number
  /** Element ID of the chosen one; undefined while nobody is offered. */
  readonly activeId: string | undefined
  choose(profile: Profile): void
  onKeyDown(event: KeyboardEvent): void
  onSelect(): void
}

const MAX_OFFERED = 6
/** `@` and what was typed behind it, at the end of what stands before the cursor. */
const TYPED = /(?:^|[\s(（「])@([\p{L}\p{N}_.-]{1,30})$/u

export function useMention(
  writing: Writing,
  write: (writing: Writing) => void,
  field: RefObject<HTMLTextAreaElement | null>,
): MentionState {
  const { book, follows } = useApp()
  const [cursor, setCursor] = useState(0)
  const [chosen, setChosen] = useState(0)
  const [isClosed, setClosed] = useState(false)
  const typed = TYPED.exec(writing.text.slice(0, cursor))?.[1]
  const found =
    typed === undefined || isClosed ? [] : peopleLike(book, typed, pubkey => follows.of()?.has(pubkey) === true)

  function choose(profile: Profile): void {
    const label = `@${displayName(profile)}`
    const before = writing.text.slice(0, cursor - (typed?.length ?? 0) - 1)
    const after = writing.text.slice(cursor)
    const others = writing.mentions.filter(mention => mention.label !== label)
    write({ ...writing, text: `${before}${label} ${after}`, mentions: [...others, { label, pubkey: profile.pubkey }] })
    const at = before.length + label.length + 1
    setCursor(at)
    setChosen(0)
    requestAnimationFrame(() => {
      field.current?.focus()
      field.current?.setSelectionRange(at, at)
    })
  }

  const current = found[Math.min(chosen, found.length - 1)]
  return {
    found,
    chosen: Math.min(chosen, found.length - 1),
    activeId: current && optionId(current),
    choose,
    onKeyDown(event) {
      // Enter ends what an input method composes, and chooses nobody.
      if (current === undefined || event.isComposing) return
      if (event.key === 'ArrowDown') setChosen((chosen + 1) % found.length)
      else if (event.key === 'ArrowUp') setChosen((chosen + found.length - 1) % found.length)
      else if (event.key === 'Enter' || event.key === 'Tab') choose(current)
      else if (event.key === 'Escape') setClosed(true)
      else return
      event.preventDefault()
      event.stopPropagation()
    },
    onSelect() {
      const at = field.current?.selectionStart ?? 0
      // A list that was closed stays so until something else is typed.
      if (at === cursor) return
      setCursor(at)
      setClosed(false)
    },
  }
}

export function MentionList({ mention }: { mention: MentionState }) {
  return (
    <div id="mentions" class="mentions" role="listbox" aria-label={words().compose.people}>
      {mention.found.map((profile, place) => (
        <div
          key={profile.pubkey}
          id={optionId(profile)}
          class="choice"
          role="option"
          tabIndex={-1}
          aria-selected={place === mention.chosen}
          onMouseDown={event => {
            // The text keeps the focus.
            event.preventDefault()
            mention.choose(profile)
          }}
        >
          <Avatar profile={profile} size={24} /> <bdi>{displayName(profile)}</bdi>{' '}
          <span class="meta">{shortNpub(profile.pubkey)}</span>
        </div>
      ))}
    </div>
  )
}

function optionId({ pubkey }: Profile): string {
  return `mention-${pubkey.slice(0, 16)}`
}

/** People whose name begins so, or has a word that does; those one follows first. */
function peopleLike(book: Book, typed: string, isFollowed: (pubkey: string) => boolean): readonly Profile[] {
  const wanted = typed.toLowerCase()
  const found: Profile[] = []
  for (const { pubkey } of book.ofKind(KIND.profile)) {
    const profile = profileOf(book, pubkey)
    const name = profile.name?.toLowerCase() ?? ''
    if (name.split(/\s+/).some(word => word.startsWith(wanted))) found.push(profile)
  }
  const rank = ({ pubkey }: Profile) => (isFollowed(pubkey) ? 0 : 1)
  return found.sort((a, b) => rank(a) - rank(b) || displayName(a).localeCompare(displayName(b))).slice(0, MAX_OFFERED)
}
