/** What waits for the next start, the restart, and how it went. */
import type { NodeSettings } from '../../../wire/settings.ts'
import { originAfterRestart, type SettingsForm } from '../../state/node-settings.ts'
import { nodeWords } from '../../words/node-words.ts'
import { useApp } from '../context.ts'
import { troubleSentence } from '../trouble-bar.tsx'

export function RestartPanel({ form, held }: { form: SettingsForm; held: NodeSettings }) {
  const { session } = useApp()
  const { settings: texts } = nodeWords()
  const restart = form.restart.value
  const isWaiting = restart.at === 'waiting'
  const { origin, token } = session.address()
  const moved = originAfterRestart(held.settings, origin)
  return (
    <section class={held.pending || restart.at !== 'none' ? 'restart noted' : 'restart'}>
      {held.problem !== null && restart.at !== 'back' && (
        <p class="trouble">
          {texts.problem} {held.problem}
        </p>
      )}
      {held.pending && !isWaiting && <p>{texts.waits}</p>}
      <p class="small quiet">{texts.restartWhat}</p>
      {moved !== undefined && (
        <p>
          {texts.movesTo(moved)}{' '}
          {(isWaiting || restart.at === 'lost') && (
            <a href={`${moved}${token === undefined ? '/' : `/k/${token}/`}#/node/settings`}>{texts.movedTo}</a>
          )}
        </p>
      )}
      <p class="row">
        <button
          class={held.pending ? 'button main' : 'button'}
          type="button"
          disabled={isWaiting}
          onClick={() => void form.startAgain()}
        >
          {texts.restart}
        </button>
      </p>
      <p role="status">
        {isWaiting && texts.restarting}
        {restart.at === 'back' && (restart.problem === null ? texts.back : `${texts.wentBack} ${restart.problem}`)}
        {restart.at === 'lost' && texts.lost}
        {restart.at === 'refused' && troubleSentence(restart.trouble)}
      </p>
    </section>
  )
}
