/** The code that pairs another device: as long as it is shown and ten minutes are not over, and for one device. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { isRejection } from '../../../event/rejection.ts'
import type { Pairing } from '../../../wire/away.ts'
import type { Device } from '../../../wire/devices.ts'
import { pairingUrl, parsePairingCode } from '../../../wire/pairing-code.ts'
import { listDevices } from '../../node/devices.ts'
import { makePairing, takeBackPairing } from '../../node/pairing.ts'
import { isTrouble, type Trouble } from '../../node/trouble.ts'
import { findPublicPage, ownPage } from '../../state/page-address.ts'
import { awayWords, loadAwayWords } from '../../words/away-words.ts'
import { count, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { CopyButton } from '../copy-button.tsx'
import { Dialog } from '../dialog.tsx'
import { QrCode } from '../qr-code.tsx'
import { type Choice, Choices } from '../settings/choices.tsx'
import { troubleSentence } from '../trouble-bar.tsx'
import '../../style/key.css'

/** The dialog, once its texts are here. */
export async function loadShowCode() {
  await loadAwayWords()
  return ShowCode
}

export interface ShowCodeProps {
  /** Those that are there already. */
  readonly devices: readonly Device[]
  readonly onClose: () => void
}

type State = 'making' | Pairing | Trouble | 'over' | { readonly paired: string }

/** Looks so often whether the code was used. */
const LOOK_MS = 2_000

function ShowCode({ devices, onClose }: ShowCodeProps) {
  const { session } = useApp()
  const [state, setState] = useState<State>('making')
  const known = useRef(new Set(devices.map(({ id }) => id)))
  const { show } = awayWords()
  const { common } = words()
  const [attempt, setAttempt] = useState(0)

  useEffect(() => {
    const leaving = new AbortController()
    void offer(leaving.signal)
    return () => leaving.abort()
  }, [attempt])

  async function offer(signal: AbortSignal): Promise<void> {
    setState('making')
    const made = await makePairing(session.call, ownPage())
    if (isTrouble(made)) {
      if (!signal.aborted) setState(made)
      return
    }
    // What nobody sees any more must not let anybody in.
    const takeBack = () => void takeBackPairing(session.call, made.id)
    if (signal.aborted) return takeBack()
    signal.addEventListener('abort', takeBack)
    setState(made)
    const paired = await firstNew(signal)
    if (paired !== undefined) setState({ paired: paired.name })
  }

  /** The device that is paired; undefined when nobody waits any more. */
  async function firstNew(signal: AbortSignal): Promise<Device | undefined> {
    for (;;) {
      await new Promise(resolve => setTimeout(resolve, LOOK_MS))
      if (signal.aborted) return undefined
      const now = await listDevices(session.call)
      if (signal.aborted) return undefined
      const fresh = isTrouble(now) ? undefined : now.find(({ id }) => !known.current.has(id))
      if (fresh !== undefined) return fresh
    }
  }

  const again = () => setAttempt(attempt + 1)
  return (
    <Dialog title={show.title} onClose={onClose}>
      {state === 'making' && <p role="status">{show.making}</p>}
      {isTrouble(state) && (
        <>
          <p class="trouble" role="alert">
            {troubleSentence(state)}
          </p>
          <button class="button" type="button" onClick={again}>
            {common.tryAgain}
          </button>
        </>
      )}
      {state === 'over' && (
        <>
          <p role="alert">{show.over}</p>
          <button class="button main" type="button" onClick={again}>
            {show.again}
          </button>
        </>
      )}
      {isPairing(state) && <Code pairing={state} onOver={() => setState('over')} />}
      {isPaired(state) && (
        <>
          <p role="status">{show.paired(state.paired)}</p>
          <button class="button main" type="button" onClick={onClose}>
            {words().house.devices.done}
          </button>
        </>
      )}
    </Dialog>
  )
}

function isPairing(state: State): state is Pairing {
  return typeof state === 'object' && 'code' in state && 'expires' in state
}

function isPaired(state: State): state is { readonly paired: string } {
  return typeof state === 'object' && 'paired' in state
}

function Code({ pairing: { code, url, expires }, onOver }: { pairing: Pairing; onOver: () => void }) {
  const { show } = awayWords()
  const pages = usePages(code, url)
  const [chosen, setChosen] = useState<string>()
  const page = pages.find(({ is }) => is === chosen) ?? pages[0]
  const parsed = parsePairingCode(code)
  const text = page === undefined || isRejection(parsed) ? code : pairingUrl(parsed, page.is)
  return (
    <>
      <p>{page === undefined ? show.textOnly : show.how}</p>
      <div class="qr-room">
        <QrCode text={text} label={show.title} />
      </div>
      <Countdown expires={expires} onOver={onOver} />
      {page !== undefined &&
        (pages.length > 1 ? (
          <Choices title={show.page} choices={pages} value={page.is} onValue={setChosen} />
        ) : (
          <p class="small quiet">
            {show.page}: <bdi>{page.label}</bdi>
            <br />
            {page.hint}
          </p>
        ))}
      <p>{show.text}</p>
      <div class="row">
        <CopyButton text={code} />
      </div>
      <details>
        <summary>{show.asText}</summary>
        <code class="secret pairing-code">{code}</code>
      </details>
      <p class="small quiet">{show.secret}</p>
    </>
  )
}

/** The pages that the code can lead to, those that open everywhere first. */
function usePages(code: string, url: string | null): Choice<string>[] {
  const { show } = awayWords()
  const [publicPage, setPublicPage] = useState<string>()
  const own = ownPage()
  useEffect(() => {
    const parsed = parsePairingCode(code)
    if (own !== undefined || isRejection(parsed)) return
    let isGone = false
    void findPublicPage(parsed.addresses).then(found => !isGone && setPublicPage(found))
    return () => {
      isGone = true
    }
  }, [code])
  const nodes = url?.replace(/#.*$/, '')
  return [
    ...(own === undefined ? [] : [{ is: own, label: own, hint: show.everywhere }]),
    ...(publicPage === undefined ? [] : [{ is: publicPage, label: publicPage, hint: show.public }]),
    ...(nodes === undefined || nodes === own ? [] : [{ is: nodes, label: nodes, hint: show.homeOnly }]),
  ]
}

/** To be seen each second, to be heard each minute. */
function Countdown({ expires, onOver }: { expires: string; onOver: () => void }) {
  const { session } = useApp()
  const { show } = awayWords()
  // By the node's clock: that of this device may be wrong.
  const leftOf = () => Math.ceil((Date.parse(expires) - Date.now()) / 1000 + (session.clockAhead.peek() ?? 0))
  const [left, setLeft] = useState(leftOf)
  useEffect(() => {
    const timer = setInterval(() => setLeft(leftOf()), 1_000)
    return () => clearInterval(timer)
  }, [expires])
  useEffect(() => {
    if (left <= 0) onOver()
  }, [left <= 0])
  const minutes = Math.ceil(left / 60)
  return (
    <>
      <p aria-hidden="true">{show.left(clockOf(left))}</p>
      <p class="visually-hidden" role="status">
        {show.leftSpoken(count(minutes))}
      </p>
    </>
  )
}

/** `9:05`. */
function clockOf(seconds: number): string {
  const left = Math.max(0, seconds)
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
}
