import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../../src/cli/commands.ts'
import { FLAGS } from '../../../src/cli/flags.ts'
import { keysAsText } from '../../../src/cli/genkey.ts'
import { run } from '../../../src/cli/run.ts'
import { hexToBytes } from '../../../src/event/hex.ts'
import { keyPairFrom, parsePublicKey } from '../../../src/event/keys.ts'
import { testSurroundings } from './surroundings.ts'

async function runLine(line: string): Promise<{ code: number; out: string; err: string }> {
  const surroundings = testSurroundings({ args: line.split(' ') })
  return { code: await run(surroundings), ...surroundings.printed }
}

/** Recorded from the original; two labels end in a blank. */
const RECORDED = [
  'Secret Key:',
  'nsec1fc32j3en2uk9s37wqmkp8evqy8p8wrssv0ncmaj3z9fn2ez7r2ysny9ndc',
  'Secret Key (In Hex Representation): ',
  '4e22a94733572c5847ce06ec13e58021c2770e1063e78df651115335645e1a89',
  'Public Key:',
  'npub1dfrk5kp7cgekmqx8wvummsskn87da6clrzug0536x3gek7qm3g0s7h3rga',
  'Public key (In Hex Representation): ',
  '6a476a583ec2336d80c77339bdc21699fcdeeb1f18b887d23a34519b781b8a1f',
  '',
  'Please keep the secret key secret.',
  'The key is used only at NostrP2P client as your identity.',
  '',
].join('\n')

describe('genkey', () => {
  test('prints what the original prints, byte for byte', () => {
    const keys = keyPairFrom(hexToBytes('4e22a94733572c5847ce06ec13e58021c2770e1063e78df651115335645e1a89'))
    expect(keysAsText(keys)).toBe(RECORDED)
  })

  test('makes another key each time, whose parts belong together', async () => {
    const [first, second] = [await runLine('genkey --json'), await runLine('genkey --json')]
    const keys = JSON.parse(first.out)
    expect(JSON.parse(second.out).npub).not.toBe(keys.npub)
    expect(keyPairFrom(hexToBytes(keys.secretKey)).pubkey).toBe(keys.publicKey)
    expect(parsePublicKey(keys.npub)).toBe(keys.publicKey)
    expect(first).toMatchObject({ code: 0, err: '' })
  })
})

describe('version', () => {
  test('is one line, or JSON', async () => {
    expect((await runLine('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(JSON.parse((await runLine('version --json')).out)).toEqual({ version: expect.stringMatching(/^\d/) })
  })
})

describe('help', () => {
  test('names every command and every flag of server', async () => {
    const { out, code } = await runLine('help')
    expect(code).toBe(0)
    for (const { name } of COMMANDS) expect(out).toContain(`  ${name}`)
    for (const flag of FLAGS.filter(({ commands }) => commands.includes('server')))
      expect(out).toContain(`--${flag.name}`)
  })

  test.each(COMMANDS.map(({ name }) => name))(
    'explains %s with its flags, in lines that fit a terminal',
    async name => {
      const { out } = await runLine(`help ${name}`)
      for (const flag of FLAGS)
        expect(new RegExp(`--${flag.name}(?![\\w-])`).test(out), flag.name).toBe(flag.commands.includes(name))
      for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
    },
  )

  test('of a mistyped command says which there is', async () => {
    expect(await runLine('help sevrer')).toEqual({
      code: 2,
      out: '',
      err: 'There is no command "sevrer" to explain. Did you mean "server"?\n',
    })
  })
})

test('a wrong command line ends with code 2, one line on stderr, nothing on stdout', async () => {
  for (const line of [
    '--nope',
    'nope',
    '-l',
    'server -l nope',
    'server -b /nope',
    'server -p nope',
    'server --max-events x',
  ]) {
    const { code, out, err } = await runLine(line)
    expect({ line, code, out }).toEqual({ line, code: 2, out: '' })
    expect(err.trimEnd().split('\n'), line).toHaveLength(1)
    expect(err, line).toMatch(/[.?]\n$/)
  }
})
