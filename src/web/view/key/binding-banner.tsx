/** The owner's signature for the node ends soon, or is missing: one press makes the next one. */
import { useState } from 'preact/hooks'
import type { BindingReport } from '../../../wire/binding-report.ts'
import { type Claimed, renewBinding } from '../../state/claim.ts'
import { wholeDay, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { failureSentence } from './sentences.ts'
import '../../style/key.css'

/** @param always also while the binding is good for long: in the settings one may sign early */
export function BindingBanner({ always = false }: { always?: boolean }) {
  const { session, signing } = useApp()
  const [outcome, setOutcome] = useState<Claimed | 'running' | undefined>()
  const stage = session.stage.value
  const { binding: texts } = words().key
  if (stage.at !== 'in') return null
  const { binding } = stage
  if (binding.state === 'valid' && !always) {
    return (
      <p class="visually-hidden" role="status">
        {outcome === 'done' ? texts.done : ''}
      </p>
    )
  }
  async function renew(): Promise<void> {
    setOutcome('running')
    const signer = await signing.needSigner()
    setOutcome(signer === undefined ? undefined : await renewBinding(session, signer))
  }
  const isFailed = outcome !== undefined && outcome !== 'running' && outcome !== 'done'
  return (
    <div class="banner">
      <p>{bindingSentence(binding)}</p>
      <div class="row">
        <button class="button" type="button" disabled={outcome === 'running'} onClick={() => void renew()}>
          {outcome === 'running' ? texts.renewing : texts.renew}
        </button>
        <span role="status">{outcome === 'done' ? texts.done : ''}</span>
      </div>
      <p class="trouble" role="alert">
        {isFailed ? failureSentence(outcome, session.clockAhead.value) : ''}
      </p>
    </div>
  )
}

function bindingSentence({ state, expires }: BindingReport): string {
  const { binding: texts } = words().key
  if (state === 'none' || state === 'withdrawn') return texts[state]
  const date = wholeDay(Date.parse(expires ?? ''))
  return state === 'valid' ? texts.valid(date) : texts.soon(date)
}
