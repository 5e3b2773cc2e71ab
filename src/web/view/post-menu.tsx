/** The rest of what can be done with a post. */

import type { IconNode } from 'lucide'
import { Bookmark, BookmarkX, Copy, Link, Quote, Repeat2, Trash2, VolumeX } from 'lucide'
import * as nip19 from 'nostr-tools/nip19'
import { useState } from 'preact/hooks'
import { type NostrEvent, tagValues } from '../../event/event.ts'
import type { OwnList } from '../state/own-list.ts'
import { profileOf } from '../state/profile.ts'
import { isFailed } from '../state/publish.ts'
import { answersOf } from '../state/thread.ts'
import { deletionOf } from '../text/drafting.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { copyText } from './copy-text.tsx'
import { Dialog } from './dialog.tsx'
import { Icon } from './icon.tsx'
import { failureSentence } from './key/sentences.ts'
import { nameWithKey } from './person-name.tsx'
import { say } from './toast.tsx'

/** Hashtags offered for muting. */
const MAX_TAGS = 3

export function PostMenu({ event, onClose }: { event: NostrEvent; onClose: () => void }) {
  const { book, bookmarks, mutes, outgoing, owner, session } = useApp()
  const [fault, setFault] = useState('')
  const [isSaving, setSaving] = useState(false)
  const [isDeleting, setDeleting] = useState(false)
  const { action } = words()
  const isOwn = owner() === event.pubkey
  if (isDeleting) {
    return (
      <Dialog title={action.deleteTitle} onClose={onClose}>
        <p>{action.deleteHonestly}</p>
        <div class="row">
          <button
            type="button"
            class="button danger"
            onClick={() => {
              outgoing.send(deletionOf([event]))
              onClose()
            }}
          >
            {action.delete}
          </button>
          <button type="button" class="button" onClick={onClose}>
            {words().common.cancel}
          </button>
        </div>
      </Dialog>
    )
  }
  const { bookmark, common, mute } = words()
  const name = nameWithKey(profileOf(book, event.pubkey))
  const root = answersOf(event)?.root ?? event.id
  const isKept = bookmarks.tags.value.some(([what, id]) => what === 'e' && id === event.id)
  /** Says that it is at work, for the node may have to look for the list first; then what is so now, or is in the way. */
  const then = (change: () => ReturnType<OwnList['add']>, done: string) => async () => {
    if (isSaving) return
    setFault('')
    setSaving(true)
    const result = await change()
    setSaving(false)
    if (isFailed(result)) setFault(failureSentence(result, session.clockAhead.value))
    else {
      say(done)
      onClose()
    }
  }
  const copy = (text: string) => () => {
    void copyText(text)
    onClose()
  }
  const link = `nostr:${nip19.neventEncode({ id: event.id, author: event.pubkey })}`
  return (
    <Dialog title={action.more} onClose={onClose}>
      <ul class="menu">
        <Choice icon={Link} label={action.copyLink} onClick={copy(link)} />
        <Choice icon={Copy} label={action.copyText} onClick={copy(event.content)} />
        <Choice
          icon={isKept ? BookmarkX : Bookmark}
          label={isKept ? bookmark.remove : bookmark.add}
          onClick={then(
            () => (isKept ? bookmarks.remove(['e', event.id]) : bookmarks.add(['e', event.id])),
            isKept ? bookmark.removed : bookmark.added,
          )}
        />
        {!isOwn && (
          <>
            <Choice
              icon={VolumeX}
              label={mute.person(name)}
              onClick={then(() => mutes.add(['p', event.pubkey]), mute.done)}
            />
            <Choice icon={VolumeX} label={mute.thread} onClick={then(() => mutes.add(['e', root]), mute.done)} />
            {tagValues(event, 't')
              .slice(0, MAX_TAGS)
              .map(tag => (
                <Choice
                  key={tag}
                  icon={VolumeX}
                  label={mute.tag(tag)}
                  onClick={then(() => mutes.add(['t', tag]), mute.done)}
                />
              ))}
          </>
        )}
        {isOwn && <Choice icon={Trash2} label={action.delete} isDanger onClick={() => setDeleting(true)} />}
      </ul>
      <p class="quiet" role="status">
        {isSaving ? common.saving : ''}
      </p>
      <p class="trouble" role="alert">
        {fault}
      </p>
    </Dialog>
  )
}

interface RepostMenuProps {
  readonly isReposted: boolean
  readonly onRepost: () => void
  readonly onQuote: () => void
  readonly onClose: () => void
}

export function RepostMenu({ isReposted, onRepost, onQuote, onClose }: RepostMenuProps) {
  const { action } = words()
  const then = (act: () => void) => () => {
    onClose()
    act()
  }
  return (
    <Dialog title={action.repost} onClose={onClose}>
      <ul class="menu">
        <Choice icon={Repeat2} label={isReposted ? action.unrepost : action.repostNow} onClick={then(onRepost)} />
        <Choice icon={Quote} label={action.quote} onClick={then(onQuote)} />
      </ul>
    </Dialog>
  )
}

interface ChoiceProps {
  readonly icon: IconNode
  readonly label: string
  readonly isDanger?: boolean
  readonly onClick: () => void
}

function Choice({ icon, label, isDanger = false, onClick }: ChoiceProps) {
  return (
    <li>
      <button type="button" class={isDanger ? 'choice danger' : 'choice'} onClick={onClick}>
        <Icon of={icon} /> {label}
      </button>
    </li>
  )
}
