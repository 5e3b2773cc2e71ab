/** The table of commands: the parser and the help text are made from it. */

export type CommandName =
  | 'server'
  | 'doctor'
  | 'bind'
  | 'pair'
  | 'connect'
  | 'sync'
  | 'export'
  | 'import'
  | 'genkey'
  | 'demo'
  | 'help'
  | 'version'

export interface Command {
  readonly name: CommandName
  /** What stands after the name. */
  readonly operands?: string
  readonly what: string
}

export const COMMANDS: readonly Command[] = [
  { name: 'server', what: 'Run a node. This is what happens without a command.' },
  { name: 'doctor', what: 'Look for what keeps a node from working, and say what to do. Takes the flags of the node.' },
  {
    name: 'bind',
    what: 'Sign with your secret key that a node is yours, or take that back. The key stays in this process.',
  },
  {
    name: 'pair',
    what: 'Let a device find a running node from anywhere: makes a code that lets one in, once, within ten minutes.',
  },
  {
    name: 'sync',
    what: 'Let a running node fetch now what it missed, and say what that was. Nodes do so by themselves.',
  },
  {
    name: 'export',
    operands: '[file]',
    what: 'Write everything that is yours at a running node to a file, or to the output: a signed event as JSON on each line.',
  },
  {
    name: 'import',
    operands: '[file]',
    what: 'Bring such a file, or what is piped in, to a running node. It can be done again: what is there is passed over.',
  },
  {
    name: 'connect',
    operands: '[pairing code]',
    what: 'Reach your own node from away: a port of this machine leads to it, for the phone client and any Nostr app.',
  },
  { name: 'genkey', what: 'Make a key pair for a new owner and print it.' },
  { name: 'demo', what: 'Watch five nodes post, like, follow and reply to each other in this terminal.' },
  { name: 'help', operands: '[command]', what: 'Explain a command.' },
  { name: 'version', what: 'Print the version.' },
]

export function commandNamed(name: string): Command | undefined {
  return COMMANDS.find(command => command.name === name)
}
