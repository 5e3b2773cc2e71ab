/** The language of the page: chosen, or the browser's; texts, times and numbers in it. */
import { computed, signal } from '@preact/signals'
import { en, type Words } from './en.ts'
import { ja } from './ja.ts'

export const LANGUAGES = { en, ja } as const
export type Language = keyof typeof LANGUAGES

/** The browser's first language that the page speaks, or English. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.slice(0, 2).toLowerCase()
    if (Object.hasOwn(LANGUAGES, language)) return language as Language
  }
  return 'en'
}

export const language = signal<Language>('en')

const current = computed<Words>(() => LANGUAGES[language.value])

/** The texts, inside a component or effect: it follows the language. */
export function words(): Words {
  return current.value
}

/** The language as this reader's country writes times and numbers: 14:05 for en-GB, 2:05 PM for en-US. */
const locale = computed(() => regionalTag(language.value, globalThis.navigator?.languages ?? []))

/** Browsers say things (`en-US@posix`) that their own number formats refuse with an exception: those do not count. */
export function regionalTag(wanted: Language, tags: readonly string[]): string {
  return tags.find(tag => tag.toLowerCase().startsWith(wanted) && isLanguageTag(tag)) ?? wanted
}

function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

const relative = computed(() => new Intl.RelativeTimeFormat(locale.value, { numeric: 'always', style: 'short' }))
const day = computed(() => new Intl.DateTimeFormat(locale.value, { month: 'short', day: 'numeric' }))
const dayOfYear = computed(
  () => new Intl.DateTimeFormat(locale.value, { year: 'numeric', month: 'short', day: 'numeric' }),
)
const clock = computed(() => new Intl.DateTimeFormat(locale.value, { hour: '2-digit', minute: '2-digit' }))
const clockSeconds = computed(() => new Intl.DateTimeFormat(locale.value, { timeStyle: 'medium' }))
const whole = computed(() => new Intl.DateTimeFormat(locale.value, { dateStyle: 'full', timeStyle: 'medium' }))
const number = computed(() => new Intl.NumberFormat(locale.value))

const MINUTE = 60
const HOUR = 3600
const DAY = 24 * HOUR

/** How long ago, as people say it; seconds since 1970. */
export function timeAgo(seconds: number, nowSeconds: number): string {
  const age = Math.max(0, nowSeconds - seconds)
  if (age < MINUTE) return words().times.now
  if (age < HOUR) return relative.value.format(-Math.floor(age / MINUTE), 'minute')
  if (age < DAY) return relative.value.format(-Math.floor(age / HOUR), 'hour')
  if (age < 7 * DAY) return relative.value.format(-Math.floor(age / DAY), 'day')
  const sameYear = new Date(seconds * 1000).getFullYear() === new Date(nowSeconds * 1000).getFullYear()
  return (sameYear ? day : dayOfYear).value.format(seconds * 1000)
}

/** Hours and minutes; milliseconds since 1970. */
export function clockTime(ms: number): string {
  return clock.value.format(ms)
}

/** Hours, minutes and seconds; milliseconds since 1970. */
export function timeOfDay(ms: number): string {
  return clockSeconds.value.format(ms)
}

/** The whole date and time, for a title; seconds since 1970. */
export function fullTime(seconds: number): string {
  return whole.value.format(seconds * 1000)
}

export function count(value: number): string {
  return number.value.format(value)
}

/** A length of time in its largest unit: `3 hours`. */
export function durationOf(seconds: number): string {
  const [value, unit] =
    seconds >= 2 * DAY
      ? ([seconds / DAY, 'day'] as const)
      : seconds >= 2 * HOUR
        ? ([seconds / HOUR, 'hour'] as const)
        : ([seconds / MINUTE, 'minute'] as const)
  const format = new Intl.NumberFormat(locale.value, { style: 'unit', unit, unitDisplay: 'long' })
  return format.format(Math.max(1, Math.round(value)))
}

/** A day, with its year. */
export function wholeDay(ms: number): string {
  return dayOfYear.value.format(ms)
}

/** A part from 0 to 1 as percent. */
export function percent(part: number): string {
  return new Intl.NumberFormat(locale.value, { style: 'percent' }).format(part)
}
