/** The rest of what can be done with a post. */

import type { IconNode } from 'lucide'
import { Copy, Link, Quote, Repeat2, Trash2 } from 'lucide'
import * as nip19 from 'nostr-tools/nip19'
import { useState } from 'preact/hooks'
import type { NostrEvent } from '../../event/event.ts'
import { deletionOf } from '../text/drafting.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { copyText } from './copy-text.tsx'
import { Dialog } from './dialog.tsx'
import { Icon } from './icon.tsx'

export function PostMenu({ event, onClose }: { event: NostrEvent; onClose: () => void }) {
  const { outgoing, session } = useApp()
  const [isDeleting, setDeleting] = useState(false)
  const stage = session.stage.value
  const { action } = words()
  const isOwn = stage.at === 'in' && stage.owner === event.pubkey
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
        {isOwn && <Choice icon={Trash2} label={action.delete} isDanger onClick={() => setDeleting(true)} />}
      </ul>
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
