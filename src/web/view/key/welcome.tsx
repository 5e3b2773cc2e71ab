/** A node that nobody owns yet: what it is, a key, one signature, and it is theirs. */
import { useEffect, useState } from 'preact/hooks'
import { arrive, go, route } from '../../route.ts'
import { type Claimed, claimNode, deviceName, isClaimTrouble } from '../../state/claim.ts'
import { words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { lazy } from '../lazy.tsx'
import { BringKey } from './bring-key.tsx'
import { LanguageChoice } from './language-choice.tsx'
import { failureSentence } from './sentences.ts'
import '../../style/key.css'
import { ViewTitle } from '../view-title.tsx'

const MakeKey = lazy(() => import('./make-key.tsx').then(module => module.MakeKey))

type Step = 'start' | 'make' | 'bring' | 'claim'

export function Welcome() {
  const { session, signing } = useApp()
  // Somebody who closed the page between the key and the claim has the key here already.
  const [step, show] = useState<Step>(() => (signing.state.value.at === 'none' ? 'start' : 'claim'))
  const { welcome, bring } = words().key
  const { common } = words()
  function setStep(next: Step): void {
    arrive()
    show(next)
  }
  const ready = (): void => setStep('claim')
  if (session.address().token === undefined) {
    return (
      <main class="sheet">
        <LanguageChoice />
        <ViewTitle text={welcome.title} />
        <p>{welcome.noToken}</p>
      </main>
    )
  }
  return (
    <main class="sheet">
      <LanguageChoice />
      {step === 'start' && (
        <>
          <ViewTitle text={welcome.title} />
          <p>{welcome.own}</p>
          <p>{welcome.key}</p>
          <p>{welcome.minute}</p>
          <div class="stack">
            <button class="button main" type="button" onClick={() => setStep('make')}>
              {welcome.make}
            </button>
            <button class="button" type="button" onClick={() => setStep('bring')}>
              {welcome.bring}
            </button>
          </div>
        </>
      )}
      {step === 'make' && <MakeKey onReady={ready} />}
      {step === 'bring' && (
        <>
          <ViewTitle text={bring.title} />
          <BringKey onReady={ready} />
        </>
      )}
      {step === 'claim' && <Claim />}
      {step !== 'start' && (
        <button class="button plain" type="button" onClick={() => setStep('start')}>
          {common.back}
        </button>
      )}
    </main>
  )
}

/** Signs and claims at once; what goes wrong says what to do, and can be tried again. */
function Claim() {
  const { session, signing } = useApp()
  const [outcome, setOutcome] = useState<Claimed | 'running'>('running')
  const { welcome } = words().key
  const { common } = words()
  async function claim(): Promise<void> {
    setOutcome('running')
    // Where it goes on from here; an invitation that brought somebody stays in the address.
    if (route.value.view !== 'invite') go({ view: 'welcome' })
    const signer = await signing.needSigner()
    const claimed =
      signer === undefined
        ? ({ signerTrouble: 'locked' } as const)
        : await claimNode(session, signer, deviceName(navigator.userAgent))
    setOutcome(claimed)
    // What comes is another's page, if this device may read it at all.
    if (isClaimTrouble(claimed) && claimed.claimTrouble === 'owned') go({ view: 'home' })
  }
  useEffect(() => void claim(), [])
  return (
    <div class="stack">
      <ViewTitle text={welcome.title} />
      {outcome === 'running' || outcome === 'done' ? (
        <p role="status">{signing.state.value.at === 'ready' ? welcome.claiming : welcome.signing}</p>
      ) : (
        <>
          <p class="trouble" role="alert">
            {failureSentence(outcome, session.clockAhead.value)}
          </p>
          <button class="button main" type="button" onClick={() => void claim()}>
            {common.tryAgain}
          </button>
        </>
      )}
    </div>
  )
}
