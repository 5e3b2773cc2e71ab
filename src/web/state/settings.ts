/** Choices of this device: language, theme, data saver, pictures, keys. Kept where the browser keeps such things. */
import { effect, type Signal, signal } from '@preact/signals'
import { type DeviceValue, readDevice, writeDevice } from '../keep/device.ts'
import { LANGUAGES, type Language, preferredLanguage, speak, language as spoken } from '../words/words.ts'

export type Theme = 'auto' | 'light' | 'dark'
/** Pictures by URL: a click loads each, those of people one follows load at once, or all do. */
export type Pictures = 'click' | 'followed' | 'all'

export interface DeviceSettings {
  readonly theme: Signal<Theme>
  readonly language: Signal<Language>
  /** Pulls less often and loads no media. */
  readonly saving: Signal<boolean>
  readonly pictures: Signal<Pictures>
  /** Whether single letters of the keyboard do something. */
  readonly shortcuts: Signal<boolean>
}

export function createSettings(): DeviceSettings {
  const theme = kept<Theme>('theme', 'auto', ['auto', 'light', 'dark'])
  const saving = signal(readDevice('saving') === 'true')
  const pictures = kept<Pictures>('pictures', 'click', ['click', 'followed', 'all'])
  const shortcuts = signal(readDevice('shortcuts') !== 'off')
  const chosen = readDevice('language')
  const preferred = preferredLanguage(navigator.languages)
  const isKnown = chosen !== undefined && Object.hasOwn(LANGUAGES, chosen)
  const language = signal<Language>(isKnown ? (chosen as Language) : preferred)
  effect(() => {
    document.documentElement.lang = spoken.value
  })
  effect(() => {
    void speak(language.value)
    writeDevice('language', language.value === preferred ? undefined : language.value)
  })
  effect(() => {
    if (theme.value === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme.value
  })
  effect(() => {
    writeDevice('saving', saving.value ? 'true' : undefined)
  })
  effect(() => {
    writeDevice('shortcuts', shortcuts.value ? undefined : 'off')
  })
  return { theme, language, saving, pictures, shortcuts }
}

/** A choice that is kept; what is not among the choices is the first. */
function kept<T extends string>(name: DeviceValue, fallback: T, choices: readonly T[]): Signal<T> {
  const held = readDevice(name)
  const value = signal<T>(choices.find(choice => choice === held) ?? fallback)
  effect(() => {
    writeDevice(name, value.value === fallback ? undefined : value.value)
  })
  return value
}
