/** Whom to follow: people seen on the network, and whom one adds; one signature for all. */
import { useState } from 'preact/hooks'
import type { SignerTrouble } from '../../key/signer.ts'
import type { Trouble } from '../../node/trouble.ts'
import type { Invite } from '../../state/invite.ts'
import { isFailed } from '../../state/publish.ts'
import { count, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { failureSentence } from '../key/sentences.ts'
import { ViewTitle } from '../view-title.tsx'
import { AddPerson } from './add-person.tsx'
import { OwnInvite } from './own-invite.tsx'
import { PersonRow } from './person-row.tsx'
import { SeenPeople } from './seen-people.tsx'

export function PeopleStep({ owner, onDone }: { owner: string; onDone: () => void }) {
  const { follows, session, missing } = useApp()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [added, setAdded] = useState<readonly string[]>([])
  const [failure, setFailure] = useState<SignerTrouble | Trouble>()
  const [isSaving, setSaving] = useState(false)
  const { first, peopleSteps } = words().key
  const followed = follows.of()

  function toggle(pubkey: string): void {
    const next = new Set(chosen)
    if (!next.delete(pubkey)) next.add(pubkey)
    setChosen(next)
  }

  function add({ pubkey }: Invite): void {
    missing.wantProfile(pubkey)
    if (!added.includes(pubkey)) setAdded([pubkey, ...added])
    setChosen(new Set([...chosen, pubkey]))
  }

  async function follow(): Promise<void> {
    setSaving(true)
    setFailure(undefined)
    const outcome = await follows.follow([...chosen])
    setSaving(false)
    if (isFailed(outcome)) setFailure(outcome)
    else onDone()
  }

  const choice = (pubkey: string) => (
    <button
      class="button"
      type="button"
      aria-pressed={chosen.has(pubkey)}
      disabled={followed?.has(pubkey)}
      onClick={() => toggle(pubkey)}
    >
      {followed?.has(pubkey) ? peopleSteps.following : chosen.has(pubkey) ? peopleSteps.chosen : peopleSteps.choose}
    </button>
  )

  return (
    <div class="stack">
      <ViewTitle text={first.peopleTitle} />
      <p>{first.peopleWhy}</p>
      <AddPerson owner={owner} onInvite={add} />
      {added.map(pubkey => (
        <PersonRow key={pubkey} pubkey={pubkey} action={choice(pubkey)} />
      ))}
      <SeenPeople owner={owner} without={added} action={choice} />
      <details>
        <summary>{peopleSteps.mine}</summary>
        <OwnInvite owner={owner} />
      </details>
      <p class="trouble" role="alert">
        {failure === undefined ? '' : failureSentence(failure, session.clockAhead.value)}
      </p>
      {chosen.size > 0 ? (
        <button class="button main" type="button" disabled={isSaving} onClick={() => void follow()}>
          {isSaving ? words().common.saving : peopleSteps.follow(count(chosen.size))}
        </button>
      ) : (
        <button class="button main" type="button" onClick={onDone}>
          {first.next}
        </button>
      )}
    </div>
  )
}
