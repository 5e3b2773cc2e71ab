/** Somebody's invitation, opened: who it is, and one press to follow them and find their node. */
import { useEffect, useState } from 'preact/hooks'
import type { NodeSettings } from '../../../wire/settings.ts'
import type { SignerTrouble } from '../../key/signer.ts'
import { jsonOf } from '../../node/call.ts'
import { isTrouble, type Trouble } from '../../node/trouble.ts'
import { hashOf } from '../../route.ts'
import { type Invite as Invited, parseInvite } from '../../state/invite.ts'
import { words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { failureSentence } from '../key/sentences.ts'
import { PersonRow } from './person-row.tsx'
import '../../style/key.css'
import { isFailed } from '../../state/publish.ts'
import { ViewTitle } from '../view-title.tsx'

export function Invite({ text }: { text: string }) {
  const invite = parseInvite(text)
  const { invite: texts } = words().key
  return (
    <div class="view-pad">
      <ViewTitle text={texts.title} />
      {invite === undefined || invite === 'secret' ? <p role="alert">{texts.wrong}</p> : <Offer invite={invite} />}
    </div>
  )
}

/** The setting of the node (R15): through whom it joins. */
const BOOTSTRAPS = 'boot-peer-addr-port'

type Outcome = 'open' | 'running' | 'done' | 'by-hand' | SignerTrouble | Trouble

function Offer({ invite: { pubkey, bootstraps } }: { invite: Invited }) {
  const { follows, missing, session } = useApp()
  const [outcome, setOutcome] = useState<Outcome>('open')
  const { invite: texts, first } = words().key
  useEffect(() => missing.wantProfile(pubkey), [pubkey])

  async function accept(): Promise<void> {
    setOutcome('running')
    const followed = await follows.follow([pubkey])
    if (isFailed(followed)) {
      setOutcome(followed)
      return
    }
    setOutcome(bootstraps.length === 0 ? 'done' : await join())
  }

  /** Adds the nodes to those by which this one joins. */
  async function join(): Promise<Outcome> {
    const answer = await jsonOf<NodeSettings>(await session.call('/settings'))
    // A node that a program has started keeps its settings there.
    if (isTrouble(answer)) return answer.status === 404 ? 'by-hand' : answer
    const setting = answer.settings.find(({ name }) => name === BOOTSTRAPS)
    if (setting === undefined || setting.locked) return 'by-hand'
    const before = Array.isArray(setting.value) ? (setting.value as readonly string[]) : []
    const value = [...new Set([...before, ...bootstraps])]
    const changed = await jsonOf<object>(
      await session.call('/settings', { method: 'POST', body: { [BOOTSTRAPS]: value } }),
    )
    return isTrouble(changed) ? changed : 'done'
  }

  return (
    <>
      <p>{texts.from}</p>
      <PersonRow pubkey={pubkey} action={null} />
      {bootstraps.length > 0 && (
        <div class="stack">
          <p>{texts.bootstraps}</p>
          <ul>
            {bootstraps.map(bootstrap => (
              <li key={bootstrap}>
                <code>{bootstrap}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      {(outcome === 'done' || outcome === 'by-hand') && <p role="status">{texts.joined}</p>}
      {outcome === 'by-hand' && (
        <p>
          {texts.locked} <code>{bootstraps.map(bootstrap => `-b ${bootstrap}`).join(' ')}</code>
        </p>
      )}
      {typeof outcome === 'object' && (
        <p class="trouble" role="alert">
          {failureSentence(outcome, session.clockAhead.value)}
        </p>
      )}
      {outcome === 'done' || outcome === 'by-hand' ? (
        <a class="button main" href={hashOf({ view: 'home' })}>
          {first.done}
        </a>
      ) : (
        <button class="button main" type="button" disabled={outcome === 'running'} onClick={() => void accept()}>
          {bootstraps.length > 0 ? texts.join : texts.follow}
        </button>
      )}
    </>
  )
}
