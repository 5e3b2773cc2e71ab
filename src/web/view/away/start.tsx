/** A page whose address is nobody's node, or not the reader's: what it is, and how it becomes the window to theirs. */
import type { PairingCode } from '../../../wire/pairing-code.ts'
import { awayWords } from '../../words/away-words.ts'
import { ViewTitle } from '../view-title.tsx'
import { EnterCode } from './enter-code.tsx'

export interface StartProps {
  readonly onCode: (code: PairingCode) => void
  /** Leads to the node at this address, if there is one. */
  readonly onEnter?: (() => void) | undefined
}

export function Start({ onCode, onEnter }: StartProps) {
  const { start } = awayWords()
  return (
    <>
      <ViewTitle text={start.title} />
      <p>
        {start.what} {start.how}
      </p>
      <EnterCode onCode={onCode} />
      <p class="small quiet">{start.where}</p>
      <p class="small quiet">{start.noNode}</p>
      {onEnter !== undefined && (
        <button class="button plain" type="button" onClick={onEnter}>
          {start.enter}
        </button>
      )}
    </>
  )
}
