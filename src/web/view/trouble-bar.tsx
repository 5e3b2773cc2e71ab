/** One sentence while the node does not answer as it should. */
import type { Trouble } from '../node/trouble.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'

export function TroubleBar() {
  const { session, trouble } = useApp()
  const stage = session.stage.value
  const current = trouble.value ?? (stage.at === 'away' ? stage.trouble : undefined)
  if (current === undefined) return null
  return (
    <p class="trouble-bar" role="status">
      {troubleSentence(current)}
    </p>
  )
}

/** What a person reads: the node's own sentence where it gave one. */
export function troubleSentence({ trouble, sentence }: Trouble): string {
  const { trouble: texts } = words()
  return trouble === 'refused' ? (sentence ?? texts.broken) : texts[trouble]
}
