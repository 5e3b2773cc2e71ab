/** What comes from outside costs no more than linear time: eight times as much text or tags, not sixty-four times the CPU. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { alice, bring, ownersClient, startAlice } from '../support/access-world.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { cpuTimeMs } from '../support/cpu-time.ts'
import { signNow } from '../support/node-client.ts'
import type { RelayClient } from '../support/relay-client.ts'

const cleanUp = useCleanUp()
/** Halfway, on a logarithmic scale, between what is linear and what is quadratic. */
const MOST = 22
/** What the rest of the way costs, whatever the size; below it nothing is compared. */
const LEAST_MS = 4

let writer: RelayClient
let reader: RelayClient
beforeEach(async () => {
  const node = await startAlice(cleanUp)
  writer = await ownersClient(cleanUp, node)
  reader = await ownersClient(cleanUp, node)
})

/** The least CPU time of three tries: client and node are one process, and what both do is linear or it is not. */
async function cost(run: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 3; tries++) {
    const before = cpuTimeMs()
    await run()
    least = Math.min(least, cpuTimeMs() - before)
  }
  return least
}

async function expectLinear(run: (times: number) => Promise<unknown>): Promise<void> {
  await run(1)
  const [small, large] = [await cost(() => run(1)), await cost(() => run(8))]
  expect({ small, large, ratio: large / Math.max(small, LEAST_MS) }).toMatchObject({
    ratio: expect.toSatisfy((ratio: number) => ratio < MOST),
  })
}

let number = 0
/** One event, published, told live and found; each another one. */
async function publish(fields: Partial<NostrEvent>): Promise<void> {
  const event = signNow(alice, { created_at: Math.floor(Date.now() / 1000) - (number++ % 1_000), ...fields })
  await bring(writer, event)
  await reader.settled()
}

describe('words', () => {
  it.each<[string, (length: number) => string]>([
    ['marks to be put in order', n => `a${'\u0301'.repeat(n / 2)}${'\u0323'.repeat(n / 2)}`],
    ['marks in turns', n => `a${'\u0301\u0323'.repeat(n / 2)}`],
    ['characters that become eighteen', n => '\ufdfa'.repeat(n)],
    ['signs without spaces', n => '\u6f22\u5b57'.repeat(n / 2)],
    ['one long word', n => 'a'.repeat(n)],
    ['words of one letter', n => 'a b '.repeat(n / 4)],
    ['spaces', n => ' '.repeat(n)],
    ['what looks like an extension', n => 'a:'.repeat(n / 2)],
    ['what looks like an address', n => 'http://'.repeat(n / 7)],
  ])('of a post, with 20 searches open: %s', async (_, text) => {
    for (let i = 0; i < 20; i++) await reader.subscribe(`s${i}`, { search: `a${i} b`, limit: 0 })
    await expectLinear(times => publish({ content: `${number} ${text(2_000 * times)}` }))
  })

  it.each<[string, (length: number) => string]>([
    ['marks', n => `a${'\u0301'.repeat(n / 2)}${'\u0323'.repeat(n / 2 - 1)}`],
    ['extensions', n => 'a:'.repeat(n / 2)],
    ['characters that become eighteen', n => '\ufdfa'.repeat(n)],
    ['spaces', n => ' '.repeat(n)],
  ])('of a search: %s', async (_, text) => {
    await publish({ content: 'a post' })
    const filters = (times: number) => Array.from({ length: 8 * times }, () => ({ search: text(480) }))
    await expectLinear(async times => reader.subscribe('a', ...filters(times)))
    await expect(reader.subscribe('a', { search: text(502) })).rejects.toThrow(/^invalid: .*500 characters/)
  })
})

describe('tag values', () => {
  it('of an event, against those that many subscriptions list', async () => {
    for (let i = 0; i < 20; i++) {
      const values = Array.from({ length: 1_000 }, (_, value) => `${i} ${value}`)
      await reader.subscribe(`s${i}`, { '#t': values, '#r': values, limit: 0 })
    }
    const tags = (count: number) => Array.from({ length: count }, (_, i) => [i % 2 ? 't' : 'r', `${number % 20} ${i}`])
    await expectLinear(times => publish({ kind: 30_023, tags: [['d', `${number}`], ...tags(240 * times)] }))
  })

  it('of a filter, against a store full of tags', async () => {
    for (let i = 0; i < 100; i++) {
      await bring(
        writer,
        signNow(alice, { content: `${i}`, tags: Array.from({ length: 20 }, (_, tag) => ['t', `${i} ${tag}`]) }),
      )
    }
    const values = (count: number) => Array.from({ length: count }, (_, i) => `${i % 200} ${i}`)
    await expectLinear(async times => reader.subscribe('a', { '#t': values(600 * times) }))
  })

  it('of a deletion that names what is not there', async () => {
    const tags = (count: number) => Array.from({ length: count }, (_, i) => ['e', `${number}${i}`.padStart(64, 'a')])
    await expectLinear(times => publish({ kind: 5, tags: tags(240 * times) }))
  })
})
