/** What waits for the next start, the restart, and how it went. */
import type { NodeSettings } from '../../../wire/settings.ts'
import { originAfterRestart, type SettingsForm } from '../../state/node-settings.ts'
import { nodeWords } from '../../words/node-words.ts'
import { words } from '../../words/words.ts'
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
    <>
      {held.pending && !isWaiting && <p>{texts.waits}</p>}
      {restart.at === 'none' && <p class="small quiet">{texts.restartWhat}</p>}
      {moved !== undefined && (
        <p>
          {texts.movesTo(moved)}{' '}
          {(isWaiting || restart.at === 'lost') && (
            <a href={`${moved}${token === undefined ? '/' : `/k/${token}/`}#/node/settings`}>{texts.movedTo}</a>
          )}
        </p>
      )}
      <p role="status" class={restart.at === 'lost' || restart.at === 'refused' ? 'trouble' : ''}>
        {isWaiting && texts.restarting}
        {restart.at === 'back' && (restart.problem === null ? texts.back : `${texts.wentBack} ${restart.problem}`)}
        {restart.at === 'lost' && texts.lost}
        {restart.at === 'refused' && troubleSentence(restart.trouble)}
      </p>
      <p class="row">
        {restart.at !== 'back' && (
          <button
            class={held.pending ? 'button main' : 'button'}
            type="button"
            disabled={isWaiting}
            onClick={() => void form.startAgain()}
          >
            {texts.restart}
          </button>
        )}
        {restart.at !== 'none' && !isWaiting && (
          <button class="button" type="button" onClick={form.dismiss}>
            {words().common.close}
          </button>
        )}
      </p>
    </>
  )
}
