/** Pairing this device: from a code, by address, scan or paste, to the timeline of the node that made it. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { npubOf, shortNpub } from '../../../event/npub.ts'
import { isRejection } from '../../../event/rejection.ts'
import { type PairingCode, parsePairingCode } from '../../../wire/pairing-code.ts'
import { isDeviceKept } from '../../keep/device.ts'
import { MAX_DEVICE_NAME } from '../../node/devices.ts'
import { arrive, hashOf } from '../../route.ts'
import { deviceName } from '../../state/claim.ts'
import type { PairFault } from '../../way/pair.ts'
import { awayWords, loadAwayWords } from '../../words/away-words.ts'
import { words } from '../../words/words.ts'
import { DrawnAvatar } from '../avatar.tsx'
import { useApp } from '../context.ts'
import { Field } from '../key/field.tsx'
import { LanguageChoice } from '../key/language-choice.tsx'
import { ViewTitle } from '../view-title.tsx'
import { codeFault, EnterCode } from './enter-code.tsx'
import { Start } from './start.tsx'
import '../../style/key.css'
import '../../style/house.css'

/** The view, once its texts are here. */
export async function loadPair() {
  await loadAwayWords()
  return Pair
}

export interface PairProps {
  /** What stands in the address: a code, or nothing. */
  readonly text: string
  /** Leads to the node at this address, if there is one. */
  readonly onEnter?: (() => void) | undefined
}

function Pair({ text, onEnter }: PairProps) {
  const [code, setCode] = useState(() => (text === '' ? undefined : parsePairingCode(text)))
  const { pair } = awayWords()
  const go = (next: PairingCode | undefined) => {
    arrive()
    setCode(next)
  }
  return (
    <main class="sheet">
      <LanguageChoice />
      {code === undefined ? (
        <Start onCode={go} onEnter={onEnter} />
      ) : (
        <>
          <ViewTitle text={pair.title} />
          {isRejection(code) ? (
            <>
              <p class="trouble" role="alert">
                {codeFault(code)}
              </p>
              <EnterCode onCode={go} />
            </>
          ) : (
            <Offer key={code.expires} code={code} onOther={() => go(undefined)} />
          )}
        </>
      )}
    </main>
  )
}

function Offer({ code, onOther }: { code: PairingCode; onOther: () => void }) {
  const { session, trouble } = useApp()
  const { pair } = awayWords()
  const stage = session.stage.value
  // Whoever has begun here goes on to the timeline from here.
  const isAgreeing = useRef(false)
  if (code.owner === null) return <Ending text={pair.nobodys} onOther={onOther} />
  const isOther = stage.at === 'in' && stage.owner !== code.owner
  // A device that no longer finds its node is paired anew.
  if (!isAgreeing.current && (isOther || (stage.at === 'in' && trouble.value === undefined))) {
    return (
      <>
        <p role="status">{isOther ? pair.taken : pair.already}</p>
        <a class="button main" href={hashOf({ view: 'home' })}>
          {pair.toTimeline}
        </a>
      </>
    )
  }
  if (!isDeviceKept()) return <Ending text={awayWords().faults['not-kept']} onOther={onOther} />
  isAgreeing.current = true
  return <Agree code={code} owner={code.owner} onOther={onOther} />
}

function Ending({ text, onOther }: { text: string; onOther: () => void }) {
  return (
    <>
      <p class="trouble" role="alert">
        {text}
      </p>
      <button class="button" type="button" onClick={onOther}>
        {awayWords().pair.other}
      </button>
    </>
  )
}

interface AgreeProps {
  readonly code: PairingCode
  readonly owner: string
  readonly onOther: () => void
}

/** After this a person is told that it takes long. */
const LATE_MS = 8_000
/** Another code is needed, whatever is tried. */
const SPENT: ReadonlySet<PairFault> = new Set(['pairing-used', 'pairing-expired', 'pairing-unknown', 'wrong-owner'])

/** Whose node it is, what the device is called, and the one press that pairs: a link alone does not. */
function Agree({ code, owner, onOther }: AgreeProps) {
  const { session } = useApp()
  const [name, setName] = useState(() => deviceName(navigator.userAgent))
  const [state, setState] = useState<'open' | 'empty' | 'looking' | 'late' | 'done' | PairFault>('open')
  const { pair, faults } = awayWords()
  const { common } = words()
  const isBusy = state === 'looking' || state === 'late' || state === 'done'
  const fault = state === 'open' || state === 'empty' || isBusy ? undefined : state

  useEffect(() => {
    if (state !== 'looking') return
    const timer = setTimeout(() => setState('late'), LATE_MS)
    return () => clearTimeout(timer)
  }, [state])

  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    if (isBusy) return
    const wanted = [...name.trim()].slice(0, MAX_DEVICE_NAME).join('')
    if (wanted === '') {
      setState('empty')
      return
    }
    setState('looking')
    const failed = await session.pair(code, wanted)
    setState(failed ?? 'done')
    // In its place: the code is spent, and going back must not lead to it.
    if (failed === undefined) location.replace(hashOf({ view: 'home' }))
  }

  return (
    <form class="stack" onSubmit={submit}>
      <div class="stack pair-owner">
        <p>{pair.whose}</p>
        <p class="row">
          <DrawnAvatar pubkey={owner} size={44} />
          <bdi class="strong-label" title={npubOf(owner)}>
            {shortNpub(owner)}
          </bdi>
        </p>
      </div>
      <p>{pair.may}</p>
      <Field
        label={pair.name}
        hint={pair.nameHint}
        value={name}
        onValue={setName}
        fault={state === 'empty' ? pair.nameEmpty : undefined}
      />
      <p role="status">
        {state === 'looking' && pair.looking}
        {state === 'late' && `${pair.looking} ${pair.late}`}
        {state === 'done' && pair.done}
      </p>
      <p class="trouble" role="alert">
        {fault !== undefined && faults[fault]}
      </p>
      <div class="row">
        {(fault === undefined || !SPENT.has(fault)) && (
          <button class="button main" type="submit" aria-disabled={isBusy}>
            {fault === undefined ? pair.pair : common.tryAgain}
          </button>
        )}
        {!isBusy && (
          <button class={fault === undefined ? 'button plain' : 'button'} type="button" onClick={onOther}>
            {pair.other}
          </button>
        )}
      </div>
    </form>
  )
}
