/** `nostrp2p bind` against real nodes: the key from prompt or file, plain or locked, and what is said when it cannot be. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encrypt } from 'nostr-tools/nip49'
import { beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { bytesToHex } from '../../src/event/hex.ts'
import { npubOf, nsecOf } from '../../src/event/keys.ts'
import { bindingOf } from '../support/bindings.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { startTestNode, type TestNode, temporaryDirectory } from '../support/test-node.ts'
import { testSurroundings } from '../unit/cli/surroundings.ts'

const DAY_MS = 24 * 3_600_000
const cleanUp = useCleanUp()
const sam = personFrom('sam')
const nsec = nsecOf(sam.secretKey)
let node: TestNode
let workDir: string

beforeEach(async () => {
  node = await startTestNode(cleanUp, { owner: 'sam' })
  workDir = await temporaryDirectory(cleanUp)
})

/** Runs `bind` with these lines typed or piped in. */
async function bind(args: readonly string[], lines: readonly string[] = [nsec], url = node.node.clientOrigin) {
  const given = lines.map(line => new Uint8Array(Buffer.from(line)))
  const wiped = [...given]
  const surroundings = testSurroundings({
    args: ['bind', '--url', url, ...args],
    input: { readSecret: async () => given.shift() },
    homeDir: workDir,
    workDir,
  })
  const code = await run(surroundings)
  const { out, err } = surroundings.printed
  for (const secret of [nsec, nsec.slice(5, 30), bytesToHex(sam.secretKey)]) expect(out + err).not.toContain(secret)
  const asked = wiped.slice(0, wiped.length - given.length)
  expect(asked.every(bytes => bytes.every(byte => byte === 0))).toBe(true)
  return { code, out, err }
}

async function keyFile(text: string, mode = 0o600): Promise<string> {
  const path = join(workDir, 'key')
  await writeFile(path, text)
  await chmod(path, mode)
  return path
}

describe('nostrp2p bind', () => {
  it.each<[string, () => string[]]>([
    ['an nsec', () => [nsec]],
    ['hex in capitals, with spaces around', () => [`  ${bytesToHex(sam.secretKey).toUpperCase()} `]],
    ['an ncryptsec and its password (NIP-49)', () => [encrypt(sam.secretKey, 'correct horse', 4), 'correct horse']],
  ])('signs with %s: the node is the owner’s for 180 days', async (_name, lines) => {
    const { code, out, err } = await bind([], lines())
    expect([code, err]).toEqual([0, ''])
    const { state, expires } = await bindingOf(node)
    expect(state).toBe('valid')
    expect(out).toBe(
      `Bound: ${node.node.peerId} is the node of ${npubOf(sam.pubkey)} until ${expires?.slice(0, 10)}. The network is told now; before it ends the node asks for the next signature.\n`,
    )
    expect(Math.abs(Date.parse(expires!) - Date.now() - 180 * DAY_MS)).toBeLessThan(60_000)
  })

  it('reads the key from a file, for as many days as are wanted, and prints JSON', async () => {
    const { code, out } = await bind(['--key-file', await keyFile(`${nsec}\n`), '--days', '7', '--json'], [])
    expect(code).toBe(0)
    const { expires } = await bindingOf(node)
    expect(JSON.parse(out)).toEqual({
      result: 'bound',
      owner: npubOf(sam.pubkey),
      node: node.node.peerId,
      expires,
      event: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(Math.abs(Date.parse(expires!) - Date.now() - 7 * DAY_MS)).toBeLessThan(60_000)
  })

  it('warns of a key file that others can read', async () => {
    const { code, err } = await bind(['--key-file', await keyFile(nsec, 0o644)], [])
    expect([code, err]).toEqual([0, expect.stringMatching(/can be read by other users.*chmod 600/)])
  })

  it('renews, withdraws, and binds again at once', async () => {
    expect((await bind(['--days', '10'])).code).toBe(0)
    expect((await bind(['--days', '20'])).code).toBe(0)
    expect(Date.parse((await bindingOf(node)).expires!)).toBeGreaterThan(Date.now() + 15 * DAY_MS)
    const { code, out } = await bind(['--withdraw'])
    expect([code, out]).toEqual([0, expect.stringMatching(/^Withdrawn: 12D3.* gets nothing/)])
    expect((await bindingOf(node)).state).toBe('withdrawn')
    expect(await bind(['--withdraw'])).toMatchObject({ code: 1, err: expect.stringMatching(/nothing to withdraw/) })
    expect((await bind([])).code).toBe(0)
    expect((await bindingOf(node)).state).toBe('valid')
  })

  it('withdraws a lost node through another one of the owner', async () => {
    const lost = '12D3KooWHUyeVAphGsDYUmKYHJbDgVSrYFYFRvCYHRfHEwqTs1DF'
    const { code, out } = await bind(['--withdraw', '--node', lost, '--json'])
    expect(code).toBe(0)
    const { event } = JSON.parse(out)
    const [deletion] = await node.client.req({ ids: [event] })
    expect(deletion?.tags[0]).toEqual(['a', `30078:${sam.pubkey}:nostrp2p/node/${lost}`])
  })

  it('claims a node without an owner by its claim address, and says so when that is missing', async () => {
    const fresh = await startTestNode(cleanUp, { owner: null })
    const origin = fresh.node.clientOrigin
    const refused = await bind([], [nsec], origin)
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/no owner yet.*claim address/) })
    const claimed = await bind([], [nsec], `${origin}/k/${fresh.node.claimToken()}`)
    expect(claimed.code).toBe(0)
    expect(fresh.node.owner()).toBe(sam.pubkey)
  })

  it('sends the token of the data directory to the node of this machine', async () => {
    const dataDir = join(workDir, 'data')
    await mkdir(dataDir)
    const seen: (string | null)[] = []
    const { serve } = await import('@hono/node-server')
    const port = await freePortPair()
    const server = serve({
      port,
      hostname: '127.0.0.1',
      fetch(request) {
        seen.push(request.headers.get('authorization'))
        return new Response('{"Error":"Come back with a token."}', { status: 401 })
      },
    })
    cleanUp.add(() => void server.close())
    const url = `http://127.0.0.1:${port}`
    await bind(['--data-dir', 'data'], [nsec], url)
    await writeFile(join(dataDir, 'token'), 'a'.repeat(32))
    const { err } = await bind(['--data-dir', 'data'], [nsec], url)
    expect([seen, err]).toEqual([[null, `Bearer ${'a'.repeat(32)}`], 'Come back with a token.\n'])
  })
})

describe('what bind cannot do, it says', () => {
  it.each<[string, string[], string[], RegExp]>([
    ['nothing is typed', [], [], /^No secret key was given/],
    ['it is a public key', [], [npubOf(sam.pubkey)], /^That is a public key/],
    ['it is no key', [], ['hello'], /^That is not a secret key/],
    ['it is no number of the curve', [], ['0'.repeat(64)], /^That is not a secret key/],
    [
      'a letter of it is wrong',
      [],
      [`${nsec.slice(0, -1)}${nsec.endsWith('q') ? 'p' : 'q'}`],
      /^That is not a secret key/,
    ],
    ['the password is wrong', [], [encrypt(sam.secretKey, 'right', 4), 'wrong'], /^The password does not open/],
    ['no password is given', [], [encrypt(sam.secretKey, 'right', 4)], /no password was given/],
    ['there is no such file', ['--key-file', 'nowhere'], [], /cannot be read from .*nowhere: There is no such file/],
    [
      'it is somebody else’s key',
      [],
      [nsecOf(personFrom('bob').secretKey)],
      /^This node belongs to npub1.*Nothing was signed/,
    ],
  ])('%s', async (_name, args, lines, sentence) => {
    const { code, out, err } = await bind(args, lines)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(sentence)
    expect((await bindingOf(node)).state).toBe('none')
  })

  it('nobody answers, something else does, or the node takes no writes', async () => {
    const nobody = `http://127.0.0.1:${await freePortPair()}`
    expect((await bind([], [nsec], nobody)).err).toMatch(/^No node answers at http:\/\/127\.0\.0\.1:\d+\. Start it/)
    const readOnly = await startTestNode(cleanUp, { owner: 'sam', writable: false })
    expect((await bind([], [nsec], readOnly.node.clientOrigin)).err).toBe('The node did not take it: Write is denied\n')
    expect((await bind([], [nsec], `${node.node.clientOrigin}/elsewhere`)).err).toMatch(/is not a node of nostrp2p/)
  })

  it.each<[string[], RegExp]>([
    [['--days', '0'], /--days is a whole number from 1 to 400/],
    [['--days', '401'], /--days/],
    [['--days', 'many'], /--days/],
    [['--withdraw', '--days', '3'], /means nothing/],
    [['--node', '12D3KooWHUyeVAphGsDYUmKYHJbDgVSrYFYFRvCYHRfHEwqTs1DF'], /--withdraw only/],
    [['--withdraw', '--node', 'bob'], /ID of a node/],
    [['--url', 'ftp://x'], /client address/],
    [['--url', 'nonsense'], /client address/],
  ])('the command line is wrong: %j', async (args, sentence) => {
    const { code, err } = await bind(args)
    expect([code, err]).toEqual([2, expect.stringMatching(sentence)])
  })
})
