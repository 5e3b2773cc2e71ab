/** Adds somebody by what they sent: npub, invitation or link, pasted or scanned. */
import { useState } from 'preact/hooks'
import { type Invite, parseInvite } from '../../state/invite.ts'
import { words } from '../../words/words.ts'
import { Field } from '../key/field.tsx'
import { lazy } from '../lazy.tsx'

const QrScan = lazy(() => import('../qr-scan.tsx').then(module => module.QrScan))

export interface AddPersonProps {
  readonly owner: string
  readonly onInvite: (invite: Invite) => void
}

export function AddPerson({ owner, onInvite }: AddPersonProps) {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const [isScanning, setScanning] = useState(false)
  const { peopleSteps } = words().key

  function take(given: string): boolean {
    const invite = parseInvite(given)
    if (invite === undefined) setFault(peopleSteps.addWrong)
    else if (invite === 'secret') setFault(peopleSteps.addSecret)
    else if (invite.pubkey === owner) setFault(peopleSteps.addSelf)
    else {
      setFault(undefined)
      setText('')
      onInvite(invite)
      return true
    }
    // A secret that landed here by mistake does not stay in sight.
    if (invite === 'secret') setText('')
    return false
  }

  return (
    <form
      class="stack"
      onSubmit={event => {
        event.preventDefault()
        take(text)
      }}
    >
      <Field label={peopleSteps.addLabel} value={text} onValue={setText} fault={fault} />
      <div class="row">
        <button class="button" type="submit">
          {peopleSteps.addButton}
        </button>
        <button class="button plain" type="button" onClick={() => setScanning(true)}>
          {peopleSteps.scan}
        </button>
      </div>
      {isScanning && (
        <QrScan
          onText={read => {
            setScanning(false)
            if (!take(read) && parseInvite(read) === undefined) setFault(peopleSteps.scanNothing)
          }}
          onClose={() => setScanning(false)}
        />
      )}
    </form>
  )
}
