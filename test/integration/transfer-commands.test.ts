/** `nostrp2p export` and `import` at real nodes. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { run } from '../../src/cli/run.ts'
import type { NostrEvent } from '../../src/event/event.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { startTestNode, type TestNode, temporaryDirectory } from '../support/test-node.ts'
import { testSurroundings } from '../unit/cli/surroundings.ts'

const cleanUp = createCleanUp()
afterEach(() => cleanUp.run())

async function command(workDir: string, args: readonly string[], piped?: string) {
  const surroundings = testSurroundings({
    args,
    workDir,
    ...(piped !== undefined && {
      async *piped() {
        yield Buffer.from(piped)
      },
    }),
  })
  const code = await run(surroundings)
  return { code, ...surroundings.printed }
}

const folder = () => temporaryDirectory(cleanUp)
const at = ({ node }: TestNode) => ['--url', node.clientOrigin]
const textOf = (events: readonly NostrEvent[]) => events.map(event => `${JSON.stringify(event)}\n`).join('')

describe('export and import', () => {
  test('take everything from one node to another by a file, and say what became of it', async () => {
    const old = await startTestNode(cleanUp, { owner: 'ann' })
    const events = [await old.post({ content: 'one' }), await old.post({ content: 'two' })]
    const dir = await folder()
    expect(await command(dir, ['export', 'mine.jsonl', ...at(old)])).toEqual({
      code: 0,
      out: '',
      err: `Exported 2 events to ${join(dir, 'mine.jsonl')}.\n`,
    })
    const lines = (await readFile(join(dir, 'mine.jsonl'), 'utf8')).trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line).id).toSorted()).toEqual(events.map(({ id }) => id).toSorted())
    expect((await stat(join(dir, 'mine.jsonl'))).mode & 0o777).toBe(0o600)
    expect(await readdir(dir)).toEqual(['mine.jsonl'])
    const fresh = await startTestNode(cleanUp, { owner: 'ann' })
    const brought = await command(dir, ['import', 'mine.jsonl', ...at(fresh)])
    expect(brought).toEqual({ code: 0, out: '2 new events, of 2 lines.\n', err: '' })
    const again = await command(dir, ['import', ...at(fresh)], lines.join('\n'))
    expect(again).toEqual({ code: 0, out: 'Nothing new, 2 were here, of 2 lines.\n', err: '' })
    const printed = await command(dir, ['export', '--all', ...at(fresh)])
    expect([printed.code, printed.out.trimEnd().split('\n').length, printed.err]).toEqual([
      0,
      2,
      'Exported 2 events.\n',
    ])
  })

  test('name the lines that are not taken, twenty of them', async () => {
    const node = await startTestNode(cleanUp, { owner: 'ann' })
    const strangers = Array.from({ length: 30 }, (_, n) => signedEvent(personFrom('bob'), { content: `${n}` }))
    const dir = await folder()
    await writeFile(join(dir, 'theirs'), textOf(strangers))
    const { code, out, err } = await command(dir, ['import', 'theirs', ...at(node)])
    expect([code, out]).toEqual([0, 'Nothing new, 30 were not taken (the first 20 are named above), of 30 lines.\n'])
    expect(err.trimEnd().split('\n')).toHaveLength(20)
    expect(err).toMatch(/^line \d+: This event is not by you/)
    const asJson = await command(dir, ['import', 'theirs', '--json', ...at(node)])
    expect(JSON.parse(asJson.out.trimEnd().split('\n').at(-1)!)).toMatchObject({ done: true, read: 30, refused: 30 })
  })

  test('say what is in the way', async () => {
    const dir = await folder()
    const nowhere = `http://127.0.0.1:${await freePortPair()}`
    const away = ['--url', nowhere]
    for (const args of [
      ['export', ...away],
      ['import', ...away],
    ]) {
      const { code, err } = await command(dir, args, 'x\n')
      expect([code, err]).toEqual([
        1,
        `No node answers at ${nowhere}. Start it, or give its client address with --url.\n`,
      ])
    }
    const missing = await command(dir, ['import', 'nothing-here', ...away])
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('nothing-here cannot be read')])
    const unclaimed = await startTestNode(cleanUp, { owner: null })
    const refused = await command(dir, ['export', 'mine', ...at(unclaimed)])
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('has no owner yet')])
    expect(await readdir(dir)).toEqual([])
    expect((await command(dir, ['export', 'a', 'b'])).code).toBe(2)
    for (const name of ['export', 'import']) {
      const help = await command(dir, [name, '--help'])
      expect([help.code, help.out]).toEqual([0, expect.stringContaining(`Usage: nostrp2p ${name} [file] [flags]`)])
    }
  })

  test('leave an older file alone when the node breaks off', async () => {
    const broken = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Nostrp2p-Events': '2' })
      response.write('{}\n', () => response.destroy())
    })
    cleanUp.add(() => broken.close())
    const { promise, resolve } = Promise.withResolvers<void>()
    broken.listen(0, '127.0.0.1', resolve)
    await promise
    const dir = await folder()
    await writeFile(join(dir, 'mine'), 'the old one')
    const url = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`
    const { code, err } = await command(dir, ['export', 'mine', '--url', url])
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^The export was not written to its end: .* Run this again\.\n$/),
    ])
    expect([await readdir(dir), await readFile(join(dir, 'mine'), 'utf8')]).toEqual([['mine'], 'the old one'])
  })
})
