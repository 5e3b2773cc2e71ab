/** The language of the page: chosen, or the browser's; texts, times and numbers in it. */
import { computed, signal } from '@preact/signals'
import type { Words } from './en.ts'

/** Each by its own name. */
export const LANGUAGES = { en: 'English', ja: '日本語' } as const
export type Language = keyof typeof LANGUAGES

/** The browser's first language that the page speaks, or English. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.slice(0, 2).toLowerCase()
    if (Object.hasOwn(LANGUAGES, language)) return language as Language
  }
  return 'en'
}

/** The language that the page speaks now. */
export const language = signal<Language>('en')

/** Texts of which the language in use is loaded, and no other. */
export interface Catalogue<W> {
  /** Inside a component or effect, once it was loaded: it follows the language. */
  words(): W
  load(): Promise<void>
}

/** All of them have to be there before another language is spoken. */
const catalogues: { has(wanted: Language): boolean; loadIn(wanted: Language): Promise<void> }[] = []

export function createCatalogue<W>(sources: Readonly<Record<Language, () => Promise<W>>>): Catalogue<W> {
  const loaded = new Map<Language, W>()
  const has = (wanted: Language): boolean => loaded.has(wanted)
  async function loadIn(wanted: Language): Promise<void> {
    if (!has(wanted)) loaded.set(wanted, await sources[wanted]())
  }
  catalogues.push({ has, loadIn })
  return {
    words: () => loaded.get(language.value)!,
    async load() {
      // It may become another one meanwhile.
      while (!has(language.peek())) await loadIn(language.peek())
    },
  }
}

/** The texts, inside a component or effect: it follows the language. */
export const { words } = createCatalogue<Words>({
  en: () => import('./en.ts').then(module => module.en),
  ja: () => import('./ja.ts').then(module => module.ja),
})

/** A catalogue that did not come is asked for again. */
const AGAIN_MS = 3_000
let wanted: Language = 'en'

/** Speaks the language as soon as its texts are here; until then what is on the screen stays as it is. */
export async function speak(next: Language): Promise<void> {
  wanted = next
  while (wanted === next && !catalogues.every(({ has }) => has(next))) {
    try {
      await Promise.all(catalogues.map(({ loadIn }) => loadIn(next)))
    } catch {
      await new Promise(resolve => setTimeout(resolve, AGAIN_MS))
    }
  }
  if (wanted === next) language.value = next
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
