/** Who sees a post that is not for everybody: a reply goes to the people it names, and nobody else has it. */
import { LockKeyhole } from 'lucide'
import type { NostrEvent } from '../../event/event.ts'
import { profileOf } from '../state/profile.ts'
import { audienceOf } from '../text/drafting.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Icon } from './icon.tsx'
import { displayName } from './person-name.tsx'

/** Names shown before the rest is left out. */
const MAX_NAMES = 5

export function AudienceLine({ event }: { event: NostrEvent }) {
  const { book, missing, session } = useApp()
  const audience = audienceOf(event, event.pubkey)
  const stage = session.stage.value
  if (audience === 'everybody' || stage.at !== 'in') return null
  const others = [event.pubkey, ...audience].filter(pubkey => pubkey !== stage.owner)
  for (const pubkey of others) missing.wantProfile(pubkey)
  const names = others.slice(0, MAX_NAMES).map(pubkey => displayName(profileOf(book, pubkey)))
  const listed = names.join(', ') + (others.length > MAX_NAMES ? '…' : '')
  return (
    <p class="meta audience">
      <Icon of={LockKeyhole} size={14} /> <bdi>{words().post.onlyYouAnd(listed)}</bdi>
    </p>
  )
}
