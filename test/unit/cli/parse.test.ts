import { describe, expect, test } from 'vitest'
import { environmentName, FLAGS } from '../../../src/cli/flags.ts'
import { type Invocation, parseInvocation } from '../../../src/cli/parse.ts'
import { isMisuse } from '../../../src/cli/surroundings.ts'

function parse(line: string, env: Record<string, string> = {}): Invocation {
  const outcome = parseInvocation(
    line.split(' ').filter(word => word !== ''),
    env,
  )
  if (isMisuse(outcome)) throw new Error(outcome.misuse)
  return outcome
}

function refusal(line: string, env: Record<string, string> = {}): string {
  const outcome = parseInvocation(
    line.split(' ').filter(word => word !== ''),
    env,
  )
  if (!isMisuse(outcome)) throw new Error(`"${line}" was understood as ${JSON.stringify([...outcome.settings])}`)
  return outcome.misuse
}

const settings = (line: string, env?: Record<string, string>) =>
  Object.fromEntries([...parse(line, env).settings].map(([name, { values }]) => [name, values.join(' ')]))

describe('commands', () => {
  test('no command is server', () => {
    expect(parse('').command).toBe('server')
    expect(parse('-d').command).toBe('server')
  })

  test.each(['server', 'genkey', 'demo', 'help', 'version'])('%s is a command', name => {
    expect(parse(name).command).toBe(name)
  })

  test('flags may stand before and after the command', () => {
    expect(settings('-d server --data-dir x')).toEqual({ debug: 'true', 'data-dir': 'x' })
  })

  test('--version, -V, --help and -h win over the command', () => {
    expect(parse('--version').command).toBe('version')
    expect(parse('server -V').command).toBe('version')
    expect(parse('-h')).toMatchObject({ command: 'help', operands: [] })
    expect(parse('genkey --help')).toMatchObject({ command: 'help', operands: ['genkey'] })
    expect(parse('help demo')).toMatchObject({ command: 'help', operands: ['demo'] })
  })

  test('a mistyped command gets the nearest one', () => {
    expect(refusal('sever')).toBe('There is no command "sever". Did you mean "server"?')
    expect(refusal('genkye')).toContain('Did you mean "genkey"?')
    expect(refusal('gen')).toContain('Did you mean "genkey"?')
    expect(refusal('frobnicate')).toBe('There is no command "frobnicate". "nostrp2p help" lists the commands.')
  })

  test('a word too many says where it probably belongs', () => {
    expect(refusal('server 127.0.0.1:20100')).toContain('An address to listen on is given with -l')
    expect(refusal('server npub1dfrk5kp7')).toContain('A public key is given with -p')
    expect(refusal('genkey now')).toContain('does not know what to do with "now"')
    expect(refusal('help server twice')).toContain('"twice"')
  })

  test('a long word, which may be a secret, is not printed in full', () => {
    expect(refusal(`server nsec1${'q'.repeat(58)}`)).not.toContain('q'.repeat(10))
  })
})

describe('flags', () => {
  test('every flag of the table is understood, long and short, attached and apart', () => {
    for (const flag of FLAGS.filter(({ name }) => name !== 'help' && name !== 'version')) {
      const value = flag.kind === 'boolean' ? 'true' : 'value'
      const command = flag.commands[0]!
      const spellings = [`--${flag.name} ${value}`, `--${flag.name}=${value}`]
      if (flag.short !== undefined) spellings.push(`-${flag.short} ${value}`, `-${flag.short}=${value}`)
      for (const spelling of spellings) {
        expect(settings(`${command} ${spelling}`), spelling).toEqual({ [flag.name]: value })
      }
    }
  })

  test.each([
    ['-w', 'true'],
    ['-w false', 'false'],
    ['-w=false', 'false'],
    ['--writable false', 'false'],
    ['--writable=no', 'false'],
    ['--writable 0', 'false'],
    ['-w FALSE', 'false'],
    ['-w on', 'true'],
    ['-w true -w false', 'false'],
  ])('%s means writable %s', (line, value) => {
    expect(settings(line)).toEqual({ writable: value })
  })

  test('a switch takes the word after it only when that is true or false', () => {
    expect(parse('--json genkey')).toMatchObject({ command: 'genkey' })
    expect(settings('--json genkey')).toEqual({ json: 'true' })
  })

  test('switches may be grouped, and the value belongs to the last', () => {
    expect(settings('-dsw false')).toEqual({ debug: 'true', ssl: 'true', writable: 'false' })
  })

  test('-b may be given several times; of the others the last counts', () => {
    expect(settings('-b a:1 -b=b:2 --boot-peer-addr-port c')).toEqual({ 'boot-peer-addr-port': 'a:1 b:2 c' })
    expect(settings('-l 1 -l 2')).toEqual({ 'listen-addr-port': '2' })
  })

  test('a value may be attached to a short flag', () => {
    expect(settings('-l0.0.0.0:20000')).toEqual({ 'listen-addr-port': '0.0.0.0:20000' })
  })

  test('a wrong flag gets the nearest one', () => {
    expect(refusal('--data-dri x')).toBe('There is no flag --data-dri. Did you mean --data-dir?')
    expect(refusal('--boot x')).toContain('Did you mean --boot-peer-addr-port?')
    expect(refusal('-x')).toBe('There is no flag -x. "nostrp2p help server" lists the flags.')
    expect(refusal('--l 20100')).toContain('There is no flag --l.')
  })

  test('a missing value is named, also when the next flag stands in its place', () => {
    const sentence = '-l needs a value: -l <address:port>. "nostrp2p help" says what it means.'
    expect(refusal('-l')).toBe(sentence)
    expect(refusal('-l -d')).toBe(sentence)
    expect(refusal('--data-dir=')).toContain('--data-dir needs a value')
  })

  test('a switch that is neither true nor false is refused', () => {
    expect(refusal('--ssl=maybe')).toBe('--ssl is either true or false, not "maybe".')
    expect(refusal('', { NOSTRP2P_WRITABLE: 'nope' })).toBe('NOSTRP2P_WRITABLE is either true or false, not "nope".')
  })

  test('a flag of another command is refused', () => {
    expect(refusal('genkey -l 20100')).toBe(
      '"genkey" takes no -l; it is a flag of "server" and "doctor". "nostrp2p help genkey" lists what it takes.',
    )
    expect(refusal('server --once')).toContain('it is a flag of "demo"')
  })
})

describe('environment', () => {
  test('every flag has its variable', () => {
    for (const flag of FLAGS.filter(candidate => environmentName(candidate) !== undefined)) {
      const value = flag.kind === 'boolean' ? 'false' : 'value'
      const variable = `NOSTRP2P_${flag.name.toUpperCase().replaceAll('-', '_')}`
      expect(settings(flag.commands[0]!, { [variable]: value }), variable).toEqual({ [flag.name]: value })
    }
  })

  test('flags win', () => {
    const env = { NOSTRP2P_LISTEN_ADDR_PORT: '0.0.0.0:1', NOSTRP2P_BOOT_PEER_ADDR_PORT: 'a b', NOSTRP2P_DEBUG: 'true' }
    expect(settings('-l 0.0.0.0:2 -b c -d false', env)).toEqual({
      'listen-addr-port': '0.0.0.0:2',
      'boot-peer-addr-port': 'c',
      debug: 'false',
    })
  })

  test('bootstraps are separated by commas or blanks', () => {
    expect(parse('', { NOSTRP2P_BOOT_PEER_ADDR_PORT: ' a:1, b:2 c ' }).settings.get('boot-peer-addr-port')).toEqual({
      values: ['a:1', 'b:2', 'c'],
      from: 'NOSTRP2P_BOOT_PEER_ADDR_PORT',
    })
  })

  test('an empty variable counts as not set, and one of another command is left alone', () => {
    expect(settings('', { NOSTRP2P_DATA_DIR: '' })).toEqual({})
    expect(settings('genkey', { NOSTRP2P_LISTEN_ADDR_PORT: 'nonsense' })).toEqual({})
  })
})
