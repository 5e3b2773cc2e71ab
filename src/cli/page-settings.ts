/** Settings that were made on the node's page: from JSON, among the others, and back. */
import { type Rejection, reject } from '../event/rejection.ts'
import type { NodeSetting, SettingValue } from '../wire/settings.ts'
import { environmentName, FLAGS, type Flag, type FlagName, spelled } from './flags.ts'
import { checkValue, type Setting, type Settings } from './parse.ts'
import { isMisuse, type Misuse } from './surroundings.ts'

/** Values as the command line has them. */
export type PageSettings = ReadonlyMap<FlagName, readonly string[]>

/** Values of one list, and characters of one value: more than anybody types. */
const MAX_VALUES = 100
const MAX_CHARS = 1_000
/** Names of what is left out that a sentence holds. */
const MAX_NAMED = 20

/** What a page is told of, in the order of the table. */
const SHOWN = FLAGS.filter(({ name, commands }) => commands.includes('server') && name !== 'help' && name !== 'version')

/** Flags win over the environment, and both over the page. */
export function withPage(given: Settings, page: PageSettings): Settings {
  const settings = new Map<FlagName, Setting>()
  for (const [name, values] of page) settings.set(name, { values, from: name })
  for (const [name, setting] of given) settings.set(name, setting)
  return settings
}

/** What can hold in a running node, from `wanted`; the rest as it is in `active`. */
export function holdingAtOnce(active: PageSettings, wanted: PageSettings): PageSettings {
  const part = (settings: PageSettings, atOnce: boolean) =>
    [...settings].filter(([name]) => (flagOf(name)?.page === 'at once') === atOnce)
  return new Map([...part(active, false), ...part(wanted, true)])
}

export function isSame(a: PageSettings, b: PageSettings): boolean {
  return a.size === b.size && [...a].every(([name, values]) => isSameValue(values, b.get(name)))
}

function isSameValue(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** What was set with the changes in it; nothing of it is checked beyond its form. */
export function changed(
  page: PageSettings,
  changes: Readonly<Record<string, unknown>>,
  given: Settings,
): PageSettings | Rejection {
  const next = new Map(page)
  for (const [name, input] of Object.entries(changes)) {
    const flag = flagOf(name)
    if (flag === undefined)
      return reject('malformed', `There is no setting "${name.slice(0, 40)}".`, { code: 'no-such-setting' })
    const lock = lockOf(flag, given)
    if (lock !== undefined) return reject('malformed', lock, { code: 'setting-locked', about: flag.name })
    const values = input === null ? [] : valuesOf(flag, input)
    if (isMisuse(values)) return reject('malformed', values.misuse, { code: 'setting-value', about: flag.name })
    if (values.length === 0) next.delete(flag.name)
    else next.set(flag.name, values)
  }
  return next
}

/** Why the page cannot change it, as a sentence. */
function lockOf(flag: Flag, given: Settings): string | undefined {
  if (flag.page === 'never') return `"${flag.name}" can be given on the command line only (${spelled(flag)}).`
  const from = given.get(flag.name)?.from
  if (from === undefined) return undefined
  return `"${flag.name}" was given as ${from} when the node was started, and that wins. Leave it out there to set it here.`
}

function valuesOf(flag: Flag, input: unknown): readonly string[] | Misuse {
  const { name, kind } = flag
  if (kind === 'boolean') {
    return typeof input === 'boolean' ? [String(input)] : { misuse: `"${name}" is either true or false.` }
  }
  const inputs: unknown[] = kind === 'list' && Array.isArray(input) ? input : [input]
  if (inputs.length > MAX_VALUES) return { misuse: `"${name}" may have ${MAX_VALUES} values.` }
  const values: string[] = []
  for (const one of inputs) {
    if (typeof one !== 'string') return { misuse: `"${name}" is ${kind === 'list' ? 'a list of texts' : 'a text'}.` }
    if (one.length > MAX_CHARS) return { misuse: `A value of "${name}" may have ${MAX_CHARS} characters.` }
    if (/\p{Cc}/u.test(one.trim())) return { misuse: `A value of "${name}" stands in one line.` }
    const value = checkValue(flag, one, `"${name}"`, false)
    if (isMisuse(value)) return value
    values.push(value)
  }
  return values
}

/** One row for the page. */
export function report(given: Settings, active: PageSettings, wanted: PageSettings): NodeSetting[] {
  return SHOWN.map(flag => {
    const { name, kind, value: form = '', what, fallback = '', page } = flag
    const start = given.get(name)
    const values = start?.values ?? wanted.get(name)
    const needsRestart = page !== 'at once'
    const pending = start === undefined && !isSameValue(active.get(name), wanted.get(name))
    return {
      name,
      kind,
      form,
      what,
      value: values === undefined ? null : jsonValue(flag, values),
      fallback,
      from: start === undefined ? (values === undefined ? 'default' : 'page') : sourceOf(flag, start),
      locked: lockOf(flag, given) !== undefined,
      needsRestart,
      pending,
    }
  })
}

function sourceOf(flag: Flag, { from }: Setting): 'flag' | 'environment' {
  return from === environmentName(flag) ? 'environment' : 'flag'
}

/** As JSON, for the page and the file. */
export function jsonValue({ kind }: Flag, values: readonly string[]): SettingValue {
  if (kind === 'list') return values
  return kind === 'boolean' ? values[0] === 'true' : values[0]!
}

export function toJson(page: PageSettings): Record<string, SettingValue> {
  return Object.fromEntries([...page].map(([name, values]) => [name, jsonValue(flagOf(name)!, values)]))
}

/**
 * What `toJson` made. What this version does not know, or a person has spoilt, is left out and named.
 * @throws when it is no object
 */
export function fromJson(value: unknown): { readonly page: PageSettings; readonly leftOut: readonly string[] } {
  const page = new Map<FlagName, readonly string[]>()
  const leftOut: string[] = []
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('no settings')
  for (const [name, input] of Object.entries(value)) {
    const flag = flagOf(name)
    const values = flag === undefined || flag.page === 'never' ? undefined : valuesOf(flag, input)
    if (values === undefined || isMisuse(values)) leftOut.push(`"${name.slice(0, 40)}"`)
    else if (values.length > 0) page.set(flag!.name, values)
  }
  return { page, leftOut: leftOut.slice(0, MAX_NAMED) }
}

function flagOf(name: string): Flag | undefined {
  return SHOWN.find(flag => flag.name === name)
}
