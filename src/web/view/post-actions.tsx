/** What can be done with a post: answer, repost or quote, like, and the rest behind one button. */

import type { IconNode } from 'lucide'
import { Ellipsis, Heart, MessageCircle, Repeat2 } from 'lucide'
import { useState } from 'preact/hooks'
import type { NostrEvent } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import { profileOf } from '../state/profile.ts'
import { deletionOf, likeOf, repostOf } from '../text/drafting.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Icon } from './icon.tsx'
import { lazy } from './lazy.tsx'
import { nameWithKey } from './person-name.tsx'
import { Way } from './way.tsx'

const PostMenu = lazy(() => import('./post-menu.tsx').then(module => module.PostMenu))
const RepostMenu = lazy(() => import('./post-menu.tsx').then(module => module.RepostMenu))

export function PostActions({ event }: { event: NostrEvent }) {
  const { book, composing, outgoing, session } = useApp()
  const [menu, setMenu] = useState<'post' | 'repost'>()
  const stage = session.stage.value
  if (stage.at !== 'in') return null
  const { owner } = stage
  const { action } = words()
  const mine = book.naming(event.id).filter(({ pubkey }) => pubkey === owner)
  const like = mine.find(({ kind, content }) => kind === KIND.reaction && content !== '-')
  const repost = mine.find(({ kind }) => kind === KIND.repost || kind === KIND.genericRepost)
  const pending = outgoing.items.value.find(
    ({ draft }) => draft.kind === KIND.reaction && draft.tags.some(([name, id]) => name === 'e' && id === event.id),
  )
  const isLiked = like !== undefined || pending !== undefined
  const author = nameWithKey(profileOf(book, event.pubkey))

  function toggleLike(): void {
    if (pending !== undefined) outgoing.cancel(pending.key)
    else outgoing.send(like === undefined ? likeOf(event) : deletionOf([like]))
  }

  return (
    <>
      <div class="post-actions">
        <Act
          icon={MessageCircle}
          shortcut="r"
          label={action.reply}
          onClick={() => (composing.value = { what: 'reply', to: event })}
        />
        <Act
          icon={Repeat2}
          shortcut="t"
          label={action.repost}
          isOn={repost !== undefined}
          onClick={() => setMenu('repost')}
        />
        <Act
          icon={Heart}
          shortcut="l"
          label={isLiked ? action.unlike : action.like}
          hint={action.likeIsFor(author)}
          isOn={isLiked}
          isDisabled={event.pubkey === owner}
          onClick={toggleLike}
        />
        <Act icon={Ellipsis} shortcut="m" label={action.more} onClick={() => setMenu('post')} />
        {menu === 'post' && <PostMenu event={event} onClose={() => setMenu(undefined)} />}
        {menu === 'repost' && (
          <RepostMenu
            isReposted={repost !== undefined}
            onRepost={() => outgoing.send(repost === undefined ? repostOf(event) : deletionOf([repost]))}
            onQuote={() => {
              composing.value = { what: 'quote', of: event }
            }}
            onClose={() => setMenu(undefined)}
          />
        )}
      </div>
      {like !== undefined && <Way id={like.id} />}
    </>
  )
}

interface ActProps {
  readonly icon: IconNode
  /** The key that presses it while its post has the focus (keyboard.ts). */
  readonly shortcut: string
  readonly label: string
  readonly hint?: string
  readonly isOn?: boolean
  readonly isDisabled?: boolean
  readonly onClick: () => void
}

function Act({ icon, shortcut, label, hint = label, isOn, isDisabled = false, onClick }: ActProps) {
  return (
    <button
      type="button"
      class={isOn === true ? 'icon-button on' : 'icon-button'}
      aria-label={label}
      aria-pressed={isOn}
      aria-keyshortcuts={shortcut}
      title={hint}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon of={icon} size={18} />
    </button>
  )
}
