/** Who sees a post that is not for everybody: a reply goes to the people it names, and nobody else has it. */
import { LockKeyhole } from 'lucide'
import type { NostrEvent } from '../../event/event.ts'
import { audienceOf } from '../text/drafting.ts'
import { words } from '../words/words.ts'
import { AboutPeople } from './about-people.tsx'
import { useApp } from './context.ts'
import { Icon } from './icon.tsx'

/** Names shown before the rest is left out. */
const MAX_NAMES = 5

export function AudienceLine({ event }: { event: NostrEvent }) {
  const { session } = useApp()
  const audience = audienceOf(event, event.pubkey)
  const stage = session.stage.value
  if (audience === 'everybody' || stage.at !== 'in') return null
  const others = [event.pubkey, ...audience].filter(pubkey => pubkey !== stage.owner)
  return (
    <p class="meta audience">
      <Icon of={LockKeyhole} size={14} />{' '}
      <span>
        <AboutPeople say={words().post.onlyYouAnd} pubkeys={others} max={MAX_NAMES} />
      </span>
    </p>
  )
}
