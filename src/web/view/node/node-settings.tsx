/** All that the command line can set, as a form; what waits for the next start, and the restart. */
import { useEffect, useMemo } from 'preact/hooks'
import type { NodeSetting } from '../../../wire/settings.ts'
import type { Trouble } from '../../node/trouble.ts'
import { createSettingsForm, type SettingsForm } from '../../state/node-settings.ts'
import { nodeWords } from '../../words/node-words.ts'
import { count } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { PostSkeleton } from '../post-skeleton.tsx'
import { troubleSentence } from '../trouble-bar.tsx'
import { RestartPanel } from './restart-panel.tsx'
import { Setting } from './setting.tsx'
import '../../style/node-settings.css'

type Group = 'network' | 'keeping' | 'guests' | 'tls' | 'rest'
const GROUPS: readonly Group[] = ['network', 'keeping', 'guests', 'tls', 'rest']
const GROUP_OF: Readonly<Record<string, Group>> = {
  'boot-peer-addr-port': 'network',
  'listen-addr-port': 'network',
  announce: 'network',
  mdns: 'network',
  'port-mapping': 'network',
  browsers: 'network',
  'browser-port': 'network',
  'serve-page': 'network',
  'max-events': 'keeping',
  'max-store-mb': 'keeping',
  'data-dir': 'keeping',
  'auto-tls': 'tls',
  ssl: 'tls',
  'tls-cert': 'tls',
  'tls-key': 'tls',
}

export function NodeSettingsView() {
  const { session } = useApp()
  const form = useMemo(() => createSettingsForm(session.call), [])
  useEffect(() => void form.load(), [])
  const held = form.held.value
  const trouble = form.trouble.value
  const { settings: texts } = nodeWords()
  if (held === undefined) {
    if (trouble === undefined) return <PostSkeleton />
    return (
      <p class="empty" role="alert">
        {trouble.status === 404 ? texts.notHere : troubleSentence(trouble)}
      </p>
    )
  }
  // Stays in sight while something waits for the person.
  const isUrgent = form.edits.value.size > 0 || held.pending || form.restart.value.at !== 'none'
  return (
    <form
      class="node-view"
      onSubmit={event => {
        event.preventDefault()
        void form.save()
      }}
    >
      <p class="quiet small">{texts.intro}</p>
      {held.problem !== null && form.restart.value.at !== 'back' && (
        <p class="trouble">
          {texts.problem} {held.problem}
        </p>
      )}
      {GROUPS.map(group => (
        <SettingGroup
          key={group}
          group={group}
          settings={held.settings.filter(({ name }) => groupOf(name) === group)}
          form={form}
        />
      ))}
      <div class={isUrgent ? 'save-bar open' : 'save-bar'}>
        <SaveBar form={form} />
        {form.edits.value.size === 0 && <RestartPanel form={form} held={held} />}
      </div>
    </form>
  )
}

function groupOf(name: string): Group {
  return GROUP_OF[name] ?? (/^(relay|guest)-/.test(name) ? 'guests' : 'rest')
}

interface SettingGroupProps {
  readonly group: Group
  readonly settings: readonly NodeSetting[]
  readonly form: SettingsForm
}

function SettingGroup({ group, settings, form }: SettingGroupProps) {
  if (settings.length === 0) return null
  return (
    <section class="node-section" aria-labelledby={`settings-${group}`}>
      <h2 id={`settings-${group}`}>{nodeWords().settings.groups[group]}</h2>
      {settings.map(setting => (
        <Setting key={setting.name} setting={setting} form={form} />
      ))}
    </section>
  )
}

/** Why nothing was changed, and of which setting that is said. */
function refusalOf(trouble: Trouble): string {
  const { flags, settings: texts } = nodeWords()
  const own = flags[trouble.about ?? '']
  const sentence = `${texts.refused} ${troubleSentence(trouble)}`
  return own === undefined ? sentence : `${sentence} ${texts.about(own.label, own.what ?? '')}`
}

function SaveBar({ form }: { form: SettingsForm }) {
  const { settings: texts } = nodeWords()
  const { size } = form.edits.value
  const trouble = form.trouble.value
  return (
    <>
      <p role="alert" class="trouble">
        {trouble !== undefined && refusalOf(trouble)}
      </p>
      {size > 0 && (
        <p class="row">
          <button class="button main" type="submit" disabled={form.isBusy.value}>
            {texts.save}
          </button>
          <button class="button" type="button" onClick={form.discard}>
            {texts.discard}
          </button>
          <span class="small quiet">{texts.changes(count(size))}</span>
        </p>
      )}
    </>
  )
}
