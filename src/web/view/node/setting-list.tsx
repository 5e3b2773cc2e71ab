/** A setting of several values: each with a way to take it off, and a field for one more. */
import { X } from 'lucide'
import { useState } from 'preact/hooks'
import { nodeWords } from '../../words/node-words.ts'
import { Icon } from '../icon.tsx'
import type { FieldProps } from './setting-field.ts'

export function SettingList({ setting, value, onValue, id, label, fallback }: FieldProps) {
  const [typed, setTyped] = useState('')
  const { settings } = nodeWords()
  const values = Array.isArray(value) ? (value as readonly string[]) : []

  function set(next: readonly string[]): void {
    onValue(next.length === 0 ? null : next)
  }

  function add(): void {
    const text = typed.trim()
    if (text === '') return
    if (!values.includes(text)) set([...values, text])
    setTyped('')
  }

  return (
    <>
      {values.length === 0 && <p class="small quiet">{fallback === '' ? settings.unset : fallback}</p>}
      <ul class="setting-values" aria-labelledby={id}>
        {values.map(one => (
          <li key={one}>
            <code>{one}</code>
            {!setting.locked && (
              <button
                class="icon-button"
                type="button"
                aria-label={settings.remove(one)}
                onClick={() => set(values.filter(other => other !== one))}
              >
                <Icon of={X} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {!setting.locked && (
        <span class="setting-add">
          <input
            type="text"
            value={typed}
            placeholder={setting.form}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            aria-label={settings.addTo(label)}
            aria-describedby={`${id}-what`}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
            onKeyDown={event => {
              if (event.key !== 'Enter' || event.isComposing) return
              event.preventDefault()
              add()
            }}
          />
          <button class="button" type="button" aria-label={settings.addTo(label)} onClick={add}>
            {settings.add}
          </button>
        </span>
      )}
    </>
  )
}
