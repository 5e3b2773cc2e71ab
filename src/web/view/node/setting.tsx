/** One setting: what it is, its field by its kind, where its value comes from, and what a change means. */
import { useId } from 'preact/hooks'
import type { NodeSetting, SettingValue } from '../../../wire/settings.ts'
import type { SettingsForm } from '../../state/node-settings.ts'
import { nodeWords } from '../../words/node-words.ts'
import type { FieldProps } from './setting-field.ts'
import { SettingList } from './setting-list.tsx'

export function Setting({ setting, form }: { setting: NodeSetting; form: SettingsForm }) {
  const id = useId()
  const { flags, settings: texts } = nodeWords()
  const { name, kind, from, locked } = setting
  const own = flags[name]
  const label = own?.label ?? name
  const isChanged = form.edits.value.has(name)
  const value = isChanged ? form.edits.value.get(name)! : setting.value
  const onValue = (next: SettingValue | null): void => form.edit(setting, next)
  const shownFallback = own?.fallback ?? fallbackWords(setting)
  const field = { setting, value, onValue, id, label, fallback: shownFallback }
  return (
    <div class="setting">
      <div class="setting-head">
        {kind === 'list' ? <h3 id={id}>{label}</h3> : <label for={id}>{label}</label>}
        <code class="meta">--{name}</code>
      </div>
      <p id={`${id}-what`} class="small quiet">
        {own?.what ?? setting.what} {shownFallback !== '' && value !== null && texts.fallback(shownFallback)}
      </p>
      {kind === 'boolean' ? (
        <Switch {...field} />
      ) : kind === 'list' ? (
        <SettingList {...field} />
      ) : setting.form.includes('|') ? (
        <Choice {...field} />
      ) : (
        <Text {...field} />
      )}
      <p class="meta setting-state">
        {locked ? (
          <span>{lockSentence(from)}</span>
        ) : (
          <>
            <span>{setting.needsRestart ? texts.needsRestart : texts.atOnce}</span>
            {from === 'page' && !isChanged && <span>{texts.from.page}</span>}
            {setting.pending && <strong>{texts.pending}</strong>}
            {isChanged && <strong>{texts.changed}</strong>}
          </>
        )}
        {isChanged && (
          <button
            class="button plain"
            type="button"
            aria-label={texts.undoOf(label)}
            onClick={() => onValue(setting.value)}
          >
            {texts.undo}
          </button>
        )}
        {from === 'page' && !isChanged && !locked && (
          <button class="button plain" type="button" aria-label={texts.resetOf(label)} onClick={() => onValue(null)}>
            {texts.reset}
          </button>
        )}
      </p>
    </div>
  )
}

/** What holds where it is not set, as the field would show it. */
function fallbackWords({ kind, fallback }: NodeSetting): string {
  const { settings } = nodeWords()
  if (kind === 'boolean') return fallback === 'true' ? settings.on : settings.off
  return settings.circle[fallback] ?? fallback
}

function lockSentence(from: NodeSetting['from']): string {
  const { settings } = nodeWords()
  if (from === 'flag') return settings.lockedFlag
  return from === 'environment' ? settings.lockedEnvironment : settings.lockedStart
}

function Switch({ setting, value, onValue, id }: FieldProps) {
  const { settings } = nodeWords()
  const isOn = value === null ? setting.fallback === 'true' : value === true
  return (
    <span class="switch">
      <input
        type="checkbox"
        id={id}
        checked={isOn}
        disabled={setting.locked}
        aria-describedby={`${id}-what`}
        onChange={({ currentTarget }) => onValue(currentTarget.checked)}
      />
      <span aria-hidden="true">{isOn ? settings.on : settings.off}</span>
    </span>
  )
}

/** `owner|listed|anyone`. */
function Choice({ setting, value, onValue, id }: FieldProps) {
  const { settings } = nodeWords()
  const chosen = value ?? setting.fallback
  return (
    <select
      id={id}
      value={String(chosen)}
      disabled={setting.locked}
      aria-describedby={`${id}-what`}
      onChange={({ currentTarget }) => onValue(currentTarget.value)}
    >
      {setting.form.split('|').map(choice => (
        <option key={choice} value={choice} selected={choice === chosen}>
          {settings.circle[choice] ?? choice}
        </option>
      ))}
    </select>
  )
}

const NUMBERS = ['number', 'bits', 'per cent']

/** Emptied, it takes the setting back. */
function Text({ setting, value, onValue, id, fallback }: FieldProps) {
  const { settings } = nodeWords()
  return (
    <input
      type="text"
      id={id}
      value={value === null ? '' : String(value)}
      placeholder={fallback === '' ? settings.unset : fallback}
      readOnly={setting.locked}
      inputMode={NUMBERS.includes(setting.form) ? 'numeric' : 'text'}
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      aria-describedby={`${id}-what`}
      onInput={({ currentTarget }) => onValue(currentTarget.value === '' ? null : currentTarget.value)}
    />
  )
}
