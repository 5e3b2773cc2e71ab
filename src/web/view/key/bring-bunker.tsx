/** A signer on another device: by the address that it gives, or by a code that it scans. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Invitation, inviteSigner, isRelay, type OpenBunker, openBunker, parseBunker } from '../../key/bunker.ts'
import { isSignerTrouble, type SignerTrouble } from '../../key/signer.ts'
import type { Session } from '../../state/session.ts'
import { words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { CopyButton } from '../copy-button.tsx'
import { QrCode } from '../qr-code.tsx'
import { Field } from './field.tsx'
import { signerSentence } from './sentences.ts'
import type { Bringing } from './use-bringing.ts'

export function BringBunker({ bringing }: { bringing: Bringing }) {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const [agreeAt, setAgreeAt] = useState<string>()
  const { bring } = words().key

  /** @param silence what is said when nobody answers */
  async function take(
    opening: Promise<OpenBunker | SignerTrouble | undefined>,
    silence = words().key.signer.silent,
  ): Promise<void> {
    bringing.say(bring.bunkerWaiting)
    const opened = await opening
    bringing.say('')
    setAgreeAt(undefined)
    if (opened === undefined) return
    if (isSignerTrouble(opened)) bringing.fail(opened.signerTrouble === 'silent' ? silence : signerSentence(opened))
    else if (bringing.acceptsKey(opened.signer.pubkey)) await bringing.useBunker(opened)
    else opened.signer.close()
  }

  async function connect(): Promise<void> {
    const isAddress = parseBunker(text) !== undefined
    setFault(isAddress ? undefined : bring.bunkerWrong)
    if (isAddress) await take(openBunker(text, { onAgree: setAgreeAt }))
  }

  return (
    <div class="stack">
      <form class="stack" onSubmit={bringing.submit(connect)}>
        <Field label={bring.bunkerAddress} value={text} onValue={setText} fault={fault} required />
        <button class="button main" type="submit" disabled={bringing.isBusy}>
          {bring.bunkerUse}
        </button>
      </form>
      {agreeAt !== undefined && (
        <p role="status">
          {bring.bunkerAgree}{' '}
          <a href={agreeAt} target="_blank" rel="noreferrer noopener">
            {agreeAt}
          </a>
        </p>
      )}
      <BunkerCode onInvitation={({ opened }) => void bringing.run(() => take(opened, bring.bunkerNobody))} />
    </div>
  )
}

function BunkerCode({ onInvitation }: { onInvitation: (invitation: Invitation) => void }) {
  const { session } = useApp()
  const [meeting, setMeeting] = useState(() => ownMeetingPoint(session))
  const [uri, setUri] = useState<string>()
  const shown = useRef<Invitation>(undefined)
  const { bring } = words().key
  useEffect(() => () => shown.current?.cancel(), [])
  function show(event: Event): void {
    event.preventDefault()
    const relay = meeting.trim()
    if (!isRelay(relay)) return
    shown.current?.cancel()
    const invitation = inviteSigner(relay)
    shown.current = invitation
    setUri(invitation.uri)
    onInvitation(invitation)
  }
  return (
    <details>
      <summary>{bring.bunkerCode}</summary>
      <form class="stack" onSubmit={show}>
        <Field label={bring.bunkerMeeting} hint={bring.bunkerMeetingHint} value={meeting} onValue={setMeeting} />
        <button class="button" type="submit" disabled={!isRelay(meeting.trim())}>
          {bring.bunkerShow}
        </button>
      </form>
      {uri !== undefined && (
        <div class="stack">
          <QrCode text={uri} label={bring.bunkerCode} />
          <div class="row">
            <a class="button" href={uri}>
              {bring.bunkerHere}
            </a>
            <CopyButton text={uri} label={bring.bunkerCopy} />
          </div>
        </div>
      )}
    </details>
  )
}

/** The node itself, once it is the owner's: a code that ends with the claim would cut the signer off. */
function ownMeetingPoint({ stage, address }: Session): string {
  const { origin, token } = address()
  if (stage.value.at !== 'in' || token === undefined) return ''
  return `${origin.replace(/^http/, 'ws')}/k/${token}`
}
