/** One sentence while the node does not answer as it should. */
import type { RefusalCode } from '../../event/rejection.ts'
import type { Trouble } from '../node/trouble.ts'
import type { Session } from '../state/session.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'

export function TroubleBar() {
  const { session, trouble } = useApp()
  const stage = session.stage.value
  const current = trouble.value ?? (stage.at === 'away' ? stage.trouble : undefined)
  if (current === undefined) return null
  return (
    <p class="trouble-bar" role="status">
      {roadSentence(current, session.way) ?? troubleSentence(current)}
    </p>
  )
}

/** Of a node that does not answer: why this page does not get there, if it knows. */
function roadSentence({ trouble }: Trouble, { fault, isPaired }: Session['way']): string | undefined {
  if (trouble !== 'away' || !isPaired.value || fault.value === undefined) return undefined
  return words().road.faults[fault.value]
}

/** What a person reads: of a refusal why, or else the node's own sentence, which is English. */
export function troubleSentence({ trouble, sentence, code }: Trouble): string {
  const { trouble: texts, refusals } = words()
  if (trouble !== 'refused') return texts[trouble]
  const known = code !== undefined && Object.hasOwn(refusals, code) ? refusals[code as RefusalCode] : undefined
  return known ?? sentence ?? texts.broken
}
