/** `nostrp2p pair` at a real node. */
import { describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { isRejection } from '../../src/event/rejection.ts'
import type { Pairing } from '../../src/wire/away.ts'
import { parsePairingCode } from '../../src/wire/pairing-code.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { freePortPair } from '../support/ports.ts'
import { startTestNode } from '../support/test-node.ts'
import { testSurroundings } from '../unit/cli/surroundings.ts'

const cleanUp = useCleanUp()

async function pair(args: readonly string[], isTerminal = false) {
  const surroundings = testSurroundings({ args: ['pair', ...args] })
  const code = await run({ ...surroundings, out: { ...surroundings.out, isTerminal } })
  return { code, ...surroundings.printed }
}

describe('nostrp2p pair', () => {
  it('draws a code on a terminal, with the text below, and says what it does', async () => {
    const { node } = await startTestNode(cleanUp, { owner: 'alice' })
    const { code, out, err } = await pair(['--url', node.clientOrigin], true)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/[▀▄█]{20}/)
    expect(out).toMatch(/lets one device in, until \d\d:\d\d/)
    const parsed = parsePairingCode(/nostrp2p:pair\/\S+/.exec(out)![0])
    if (isRejection(parsed)) throw new Error(parsed.reason)
    expect(parsed.node).toBe(node.peerId)
    // All of it but the code itself fits a terminal.
    expect(out.split('\n').filter(line => !line.startsWith('nostrp2p:') && [...line].length > 120)).toEqual([])
  })

  it('prints the URL of the page that was named, or everything as JSON, and nothing else', async () => {
    const { node } = await startTestNode(cleanUp, { owner: 'alice' })
    const at = ['--url', node.clientOrigin, '--page', 'https://example.org/np/']
    expect((await pair(at)).out).toMatch(/^https:\/\/example\.org\/np\/#\/pair\/[\w-]+\n$/)
    const made = JSON.parse((await pair([...at, '--json'])).out) as Pairing
    expect(Object.keys(made).toSorted()).toEqual(['code', 'expires', 'id', 'url'])
    const wrong = await pair(['--url', node.clientOrigin, '--page', 'example'])
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('A "page" is the address of one') })
  })

  it('says in a sentence that no node runs, or that it has no owner', async () => {
    const nobody = await pair(['--url', `http://127.0.0.1:${await freePortPair()}`])
    expect(nobody).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^No node answers at .*Start it/) })
    const { node } = await startTestNode(cleanUp, { owner: null })
    const unclaimed = await pair(['--url', node.clientOrigin])
    expect([unclaimed.code, unclaimed.out, unclaimed.err.length > 20]).toEqual([1, '', true])
    expect(await pair(['--url', 'ftp://x'])).toMatchObject({ code: 2 })
  })
})
