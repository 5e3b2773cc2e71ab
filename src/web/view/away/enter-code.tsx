/** A pairing code, scanned or pasted. */
import { useState } from 'preact/hooks'
import { isRejection, type Rejection } from '../../../event/rejection.ts'
import { type PairingCode, parsePairingCode } from '../../../wire/pairing-code.ts'
import { awayWords } from '../../words/away-words.ts'
import { Field } from '../key/field.tsx'
import { lazy } from '../lazy.tsx'

const QrScan = lazy(() => import('../qr-scan.tsx').then(module => module.QrScan))

export function EnterCode({ onCode }: { onCode: (code: PairingCode) => void }) {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const [isScanning, setScanning] = useState(false)
  const { pair } = awayWords()

  function take(given: string, wrong?: string): void {
    const code = parsePairingCode(given)
    if (isRejection(code)) setFault(wrong ?? codeFault(code))
    else onCode(code)
  }

  return (
    <form
      class="stack"
      onSubmit={event => {
        event.preventDefault()
        take(text)
      }}
    >
      <button class="button main" type="button" onClick={() => setScanning(true)}>
        {pair.scan}
      </button>
      <Field label={pair.code} hint={pair.codeHint} value={text} onValue={setText} fault={fault} />
      <button class="button" type="submit">
        {pair.goOn}
      </button>
      {isScanning && (
        <QrScan
          onText={read => {
            setScanning(false)
            take(read, pair.scanNothing)
          }}
          onClose={() => setScanning(false)}
        />
      )}
    </form>
  )
}

/** What is wrong with a text that should be a code. */
export function codeFault({ code }: Rejection): string {
  const { faults } = awayWords()
  return faults[code === 'pairing-version' ? code : 'pairing-code']
}
