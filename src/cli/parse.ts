/** Arguments and environment → command and settings. Flags win over the environment. */
import { parseArgs } from 'node:util'
import { COMMANDS, type CommandName, commandNamed } from './commands.ts'
import { didYouMean } from './did-you-mean.ts'
import { environmentName, FLAGS, type Flag, type FlagName, flagNamed } from './flags.ts'
import { type Misuse, misuse } from './surroundings.ts'

/** What a flag or its environment variable was set to. */
export interface Setting {
  /** One value, or several of a `list`. Booleans are `true` or `false`. */
  readonly values: readonly string[]
  /** `-l` or `NOSTRP2P_LISTEN_ADDR_PORT`: what an error has to name. */
  readonly from: string
}

export type Settings = ReadonlyMap<FlagName, Setting>

export interface Invocation {
  readonly command: CommandName
  readonly operands: readonly string[]
  readonly settings: Settings
}

/** Understands a whole command line; `--help` and `--version` become the commands they stand for. */
export function parseInvocation(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Invocation | Misuse {
  const parsed = parseFlags(args)
  if ('misuse' in parsed) return parsed
  const [word, ...operands] = parsed.operands
  const command = commandNamed(word ?? 'server')
  if (command === undefined) return unknownCommand(word!)
  if (isOn(parsed.settings.get('version'))) return invoke('version', [], parsed.settings)
  if (isOn(parsed.settings.get('help'))) {
    return invoke('help', word === undefined || word === 'help' ? operands : [word], new Map())
  }
  const stray = operands[command.operands === undefined ? 0 : 1]
  if (stray !== undefined) return strayOperand(command.name, stray)
  for (const [name, { from }] of parsed.settings) {
    const flag = flagNamed(name)!
    if (!flag.commands.includes(command.name)) {
      return misuse(
        `"${command.name}" takes no ${from}; it is a flag of ${flag.commands.map(c => `"${c}"`).join(' and ')}. "nostrp2p help ${command.name}" lists what it takes.`,
      )
    }
  }
  const environment = readEnvironment(env, command.name)
  if ('misuse' in environment) return environment
  return invoke(command.name, operands, new Map([...environment.settings, ...parsed.settings]))
}

function invoke(command: CommandName, operands: readonly string[], settings: Settings): Invocation {
  return { command, operands, settings }
}

export function isOn(setting: Setting | undefined): boolean {
  return setting?.values[0] === 'true'
}

/** The last value of a flag; undefined when it was not given. */
export function textOf(settings: Settings, name: FlagName): string | undefined {
  return settings.get(name)?.values.at(-1)
}

/** The whole number that was given, or nothing. */
export function numberOf(settings: Settings, name: FlagName, min: number, max: number): number | undefined | Misuse {
  const setting = settings.get(name)
  if (setting === undefined) return undefined
  const text = setting.values[0]!
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  return misuse(`${setting.from} must be a whole number from ${min} to ${max}, not "${text}".`)
}

const BOOLEANS = new Map([
  ...['true', 't', 'yes', 'on', '1'].map(word => [word, 'true'] as const),
  ...['false', 'f', 'no', 'off', '0'].map(word => [word, 'false'] as const),
])

const OPTIONS = Object.fromEntries(
  FLAGS.map(flag => [
    flag.name,
    {
      type: flag.kind === 'boolean' ? ('boolean' as const) : ('string' as const),
      multiple: flag.kind === 'list',
      ...(flag.short === undefined ? {} : { short: flag.short }),
    },
  ]),
)

function parseFlags(args: readonly string[]): { operands: string[]; settings: Map<FlagName, Setting> } | Misuse {
  const { tokens } = parseArgs({
    args: joinShortValues(args),
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const settings = new Map<FlagName, Setting>()
  const operands: string[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const flag = token.rawName.startsWith('--') ? FLAGS.find(f => f.name === token.name) : flagNamed(token.name)
    if (flag === undefined) return unknownFlag(token.rawName)
    let value = token.value
    if (flag.kind === 'boolean' && value === undefined) {
      // `-w false`, as the original's manual writes it, although it understood only `-w=false`.
      const next = tokens[i + 1]
      const word = next?.kind === 'positional' ? BOOLEANS.get(next.value.toLowerCase()) : undefined
      if (word !== undefined) i++
      value = word ?? 'true'
    }
    const checked = checkValue(flag, value, token.rawName, !token.inlineValue)
    if (typeof checked !== 'string') return checked
    const earlier = flag.kind === 'list' ? (settings.get(flag.name)?.values ?? []) : []
    settings.set(flag.name, { values: [...earlier, checked], from: token.rawName })
  }
  return { operands, settings }
}

/** `-w=false` → `--writable=false`: parseArgs would read it as the flags w, =, f, a, … */
function joinShortValues(args: readonly string[]): string[] {
  const end = args.indexOf('--')
  return args.map((arg, i) => {
    const match = /^-([A-Za-z])=(.*)$/s.exec(arg)
    const flag = match === null || (end !== -1 && i > end) ? undefined : flagNamed(match[1]!)
    return flag === undefined ? arg : `--${flag.name}=${match![2]}`
  })
}

/** @param detached the value was an argument of its own, so that one beginning with `-` is probably the next flag */
export function checkValue(flag: Flag, value: string | undefined, from: string, detached: boolean): string | Misuse {
  if (flag.kind === 'boolean') {
    const word = BOOLEANS.get(value?.toLowerCase() ?? '')
    return word ?? misuse(`${from} is either true or false, not ${quoted(value ?? '')}.`)
  }
  if (value === undefined || value.trim() === '' || (detached && value.startsWith('-'))) {
    return misuse(`${from} needs a value: ${from} <${flag.value}>. "nostrp2p help" says what it means.`)
  }
  return value.trim()
}

function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  command: CommandName,
): { settings: Map<FlagName, Setting> } | Misuse {
  const settings = new Map<FlagName, Setting>()
  for (const flag of FLAGS) {
    const from = environmentName(flag)
    const text = from === undefined ? undefined : env[from]?.trim()
    if (from === undefined || text === undefined || text === '' || !flag.commands.includes(command)) continue
    const parts = flag.kind === 'list' ? text.split(/[\s,]+/).filter(part => part !== '') : [text]
    const values: string[] = []
    for (const part of parts) {
      const value = checkValue(flag, part, from, false)
      if (typeof value !== 'string') return value
      values.push(value)
    }
    settings.set(flag.name, { values, from })
  }
  return { settings }
}

function unknownCommand(word: string): Misuse {
  const meant = didYouMean(
    word,
    COMMANDS.map(command => command.name),
  )
  const hint = meant === undefined ? '"nostrp2p help" lists the commands.' : `Did you mean "${meant}"?`
  return misuse(`There is no command ${quoted(word)}. ${hint}`)
}

function unknownFlag(rawName: string): Misuse {
  const meant = rawName.startsWith('--')
    ? didYouMean(
        rawName.slice(2),
        FLAGS.map(flag => flag.name),
      )
    : undefined
  const hint = meant === undefined ? '"nostrp2p help server" lists the flags.' : `Did you mean --${meant}?`
  return misuse(`There is no flag ${rawName}. ${hint}`)
}

function strayOperand(command: CommandName, operand: string): Misuse {
  const sentence = `"${command}" does not know what to do with ${quoted(operand)}.`
  if (operand.startsWith('npub1')) return misuse(`${sentence} A public key is given with -p.`)
  if (/:\d+$/.test(operand)) return misuse(`${sentence} An address to listen on is given with -l, a bootstrap with -b.`)
  return misuse(`${sentence} "nostrp2p help ${command}" lists what it takes.`)
}

/** Long words are cut: somebody may have pasted a secret. */
function quoted(word: string): string {
  return `"${word.length > 24 ? `${word.slice(0, 8)}…` : word}"`
}
