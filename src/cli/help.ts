/** Help, made from the table of commands. */
import { COMMANDS, type Command } from './commands.ts'
import { environmentName, FLAGS, type Flag } from './flags.ts'

const WIDTH = 100
const GAP = 2

/** What `nostrp2p help` prints, or `nostrp2p help <command>`. */
export function helpText(command: Command | undefined): string {
  return command === undefined ? overview() : explain(command)
}

function overview(): string {
  const server = COMMANDS.find(command => command.name === 'server')!
  return [
    'nostrp2p: a peer-to-peer microblog. You run a node of your own; it passes signed posts on, no server in the middle.',
    '',
    'Usage: nostrp2p [command] [flags]',
    '',
    'Commands',
    table(COMMANDS.map(c => [c.operands === undefined ? c.name : `${c.name} ${c.operands}`, c.what])),
    '',
    'First steps',
    table([
      ['nostrp2p demo', 'watch what it does'],
      ['nostrp2p genkey', 'make a key pair; keep the secret key in your client, not on the node'],
      ['nostrp2p server -p <npub> -b <host:port>', 'run your node and join the network of that bootstrap'],
    ]),
    '',
    flagsOf(server),
    '',
  ].join('\n')
}

function explain(command: Command): string {
  const usage = `Usage: nostrp2p ${command.name}${command.operands === undefined ? '' : ` ${command.operands}`} [flags]`
  return [command.what, '', usage, '', flagsOf(command), ''].join('\n')
}

function flagsOf(command: Command): string {
  const flags = FLAGS.filter(flag => flag.commands.includes(command.name))
  const rows = flags.map((flag): [string, string] => [flagCell(flag), whatCell(flag)])
  return [
    `Flags of "${command.name}"`,
    table(rows),
    '',
    'Each flag has an environment variable of the same meaning, such as NOSTRP2P_DATA_DIR; flags win.',
    'true or false may follow a flag that takes no other value.',
  ]
    .slice(0, flags.some(flag => environmentName(flag) !== undefined) ? undefined : 2)
    .join('\n')
}

function flagCell(flag: Flag): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `
  return `${short}--${flag.name}${flag.value === undefined ? '' : ` <${flag.value}>`}`
}

function whatCell(flag: Flag): string {
  return flag.fallback === undefined ? flag.what : `${flag.what} Default: ${flag.fallback}.`
}

function table(rows: readonly (readonly [string, string])[]): string {
  const left = Math.max(...rows.map(([name]) => name.length)) + 2 * GAP
  return rows
    .flatMap(([name, what]) =>
      wrap(what, WIDTH - left).map((line, i) => `${(i === 0 ? ' '.repeat(GAP) + name : '').padEnd(left)}${line}`),
    )
    .join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
