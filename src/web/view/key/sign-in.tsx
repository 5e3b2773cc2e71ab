/** Into a node that has an owner, by the owner's key: one signature gets this device a code of its own. */
import { useState } from 'preact/hooks'
import { shortNpub } from '../../../event/npub.ts'
import { type Claimed, deviceName, isClaimTrouble, signIn } from '../../state/claim.ts'
import { words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { BringKey } from './bring-key.tsx'
import { failureSentence } from './sentences.ts'
import '../../style/key.css'

export function SignIn() {
  const { session, signing } = useApp()
  const [outcome, setOutcome] = useState<Claimed | 'running' | undefined>()
  const { signIn: texts, welcome } = words().key
  const state = signing.state.value
  const known = state.at === 'none' ? undefined : state.at === 'ready' ? state.signer.pubkey : state.pubkey

  async function enter(): Promise<void> {
    const signer = await signing.needSigner()
    if (signer === undefined) return
    setOutcome('running')
    const entered = await signIn(session, signer, deviceName(navigator.userAgent))
    // The next key is asked for anew: this one opens nothing here.
    if (isClaimTrouble(entered) && entered.claimTrouble === 'wrong-owner') await signing.forget()
    setOutcome(entered)
  }

  return (
    <section class="stack" aria-label={texts.title}>
      <h2>{texts.title}</h2>
      <p>{texts.how}</p>
      {known === undefined ? (
        <BringKey onReady={() => void enter()} />
      ) : (
        <button class="button main" type="button" disabled={outcome === 'running'} onClick={() => void enter()}>
          {texts.again(shortNpub(known))}
        </button>
      )}
      <p role="status" class="quiet">
        {outcome === 'running' ? welcome.signing : ''}
      </p>
      <p class="trouble" role="alert">
        {outcome === undefined || outcome === 'running' || outcome === 'done'
          ? ''
          : failureSentence(outcome, session.clockAhead.value)}
      </p>
    </section>
  )
}
