/** Asks for the key when something has to be signed: its password, or the key itself. */
import { useState } from 'preact/hooks'
import { shortNpub } from '../../../event/npub.ts'
import { percent, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { Dialog } from '../dialog.tsx'
import { BringKey } from './bring-key.tsx'
import { Field } from './field.tsx'
import '../../style/key.css'

export function KeyDialog() {
  const app = useApp()
  const { signing } = app
  const state = signing.state.value
  const owner = app.owner()
  const isOwners = state.at === 'locked' && (owner === undefined || state.pubkey === owner)
  const [wantsOther, setWantsOther] = useState(false)
  const { dialog, bring } = words().key
  const canUnlock = isOwners && state.needsPassword && !wantsOther
  const held = state.at === 'locked' ? state.pubkey : state.at === 'ready' ? state.signer.pubkey : undefined
  const isAnothers = owner !== undefined && held !== undefined && held !== owner
  const isGone = isOwners && !state.needsPassword
  return (
    <Dialog title={dialog.title} onClose={signing.dismiss}>
      {canUnlock ? (
        <>
          <p>{dialog.lockedWhy}</p>
          <Unlock />
          <button class="button plain" type="button" onClick={() => setWantsOther(true)}>
            {dialog.other}
          </button>
        </>
      ) : (
        <>
          <p>{isAnothers ? bring.wrongOwner(shortNpub(held), shortNpub(owner)) : isGone ? dialog.gone : dialog.why}</p>
          <BringKey owner={owner} onReady={() => {}} />
        </>
      )}
    </Dialog>
  )
}

function Unlock() {
  const { signing } = useApp()
  const [password, setPassword] = useState('')
  const [status, setStatus] = useState('')
  const [fault, setFault] = useState<string>()
  const { dialog, bring } = words().key
  async function unlock(event: Event): Promise<void> {
    event.preventDefault()
    setFault(undefined)
    const opened = await signing.unlock(password, part => setStatus(bring.unlocking(percent(part))))
    setStatus('')
    if (opened === 'wrong-password') setFault(bring.wrongPassword)
    else if (opened === 'damaged') setFault(bring.damaged)
  }
  return (
    <form class="stack" onSubmit={unlock}>
      <Field
        label={dialog.password}
        type="password"
        autocomplete="current-password"
        value={password}
        onValue={setPassword}
        fault={fault}
      />
      <p class="small quiet" role="status">
        {status}
      </p>
      <button class="button main" type="submit" disabled={status !== ''}>
        {dialog.unlock}
      </button>
    </form>
  )
}
