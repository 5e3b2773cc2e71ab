/** What each kind is kept as, seen by a client: NIP-02, 09, 18, 25, 40, 51, 65 over the table of kinds (event.md, E6). */
import { beforeEach, describe, expect, it } from 'vitest'
import type { EventTemplate } from '../../src/event/event.ts'
import { type Clock, nowSeconds, systemClock } from '../../src/observe/clock.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent, strangerKey } from '../support/events.ts'
import { connectRelay, type RelayClient } from '../support/relay-client.ts'
import { startTestNode } from '../support/test-node.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')
const BOB = strangerKey('bob')
const POST = strangerKey('a post of bob')

/** The time of the system, and what the test lets pass. */
let aheadMs: number
const clock: Clock = { nowMs: () => systemClock.nowMs() + aheadMs, after: systemClock.after }
let client: RelayClient

beforeEach(async () => {
  aheadMs = 0
  const { node } = await startTestNode(cleanUp, { owner: 'alice', clock })
  client = await connectRelay(cleanUp, node.clientOrigin)
})

async function publish(fields: Partial<EventTemplate>) {
  const event = signedEvent(alice, { created_at: nowSeconds(clock), ...fields })
  expect(await client.publish(event)).toEqual({ ok: true, text: '' })
  return event
}

describe.each<[string, number]>([
  ['a profile', 0],
  ['a follow list (NIP-02)', 3],
  ['a mute list (NIP-51)', 10_000],
  ['bookmarks (NIP-51)', 10_003],
  ['a relay list (NIP-65)', 10_002],
])('%s', (_, kind) => {
  it('is replaced by the newer one, also for who listens', async () => {
    await client.subscribe('live', { kinds: [kind] })
    const now = nowSeconds(clock)
    const old = await publish({
      kind,
      created_at: now - 10,
      tags: [
        ['p', BOB],
        ['r', 'wss://example.org'],
      ],
    })
    const fresh = await publish({ kind, created_at: now, tags: [['p', BOB]] })
    expect(await client.subscribe('stored', { authors: [alice.pubkey], kinds: [kind] })).toEqual([fresh])
    expect(await client.subscribe('old', { ids: [old.id] })).toEqual([])
    expect(await client.count({ kinds: [kind] })).toBe(1)
    expect(client.idsOf('live')).toEqual([old.id, fresh.id])
  })
})

describe('a set of NIP-51', () => {
  it('is one for each d tag, found by it, and deleted by its address (NIP-09)', async () => {
    const friends = await publish({
      kind: 30_000,
      tags: [
        ['d', 'friends'],
        ['p', BOB],
      ],
    })
    const others = await publish({ kind: 30_000, tags: [['d', 'others']] })
    expect(await client.subscribe('one', { kinds: [30_000], '#d': ['friends'] })).toEqual([friends])
    const address = `30000:${alice.pubkey}:friends`
    await publish({
      kind: 5,
      tags: [
        ['a', address],
        ['k', '30000'],
      ],
    })
    expect(await client.subscribe('all', { kinds: [30_000] })).toEqual([others])
    expect((await client.publish(friends)).text).toMatch(/^blocked: /)
  })
})

describe('what points at something', () => {
  it('is found by it: likes (NIP-25), reposts (NIP-18), replies (NIP-10), quotes', async () => {
    const like = await publish({
      kind: 7,
      content: '+',
      tags: [
        ['e', POST],
        ['p', BOB],
        ['k', '1'],
      ],
    })
    const repost = await publish({
      kind: 6,
      tags: [
        ['e', POST, 'wss://example.org'],
        ['p', BOB],
      ],
    })
    const generic = await publish({
      kind: 16,
      tags: [
        ['e', POST],
        ['p', BOB],
        ['k', '30023'],
      ],
    })
    const reply = await publish({
      content: 'yes',
      tags: [
        ['e', POST, '', 'root', BOB],
        ['p', BOB],
      ],
    })
    const quote = await publish({
      content: 'see',
      tags: [
        ['q', POST, '', BOB],
        ['p', BOB],
      ],
    })
    const byId = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id).sort()
    expect(byId(await client.subscribe('e', { '#e': [POST] }))).toEqual(byId([like, repost, generic, reply]))
    expect(byId(await client.subscribe('q', { '#q': [POST] }))).toEqual([quote.id])
    expect(byId(await client.subscribe('p', { '#p': [BOB], kinds: [7, 16] }))).toEqual(byId([like, generic]))
    expect(await client.count({ '#e': [POST], '#k': ['1'] })).toBe(1)
  })
})

describe('an event that expires (NIP-40)', () => {
  it('is there until then, in no answer afterwards, and not taken again', async () => {
    const end = nowSeconds(clock) + 100
    const event = await publish({ content: 'for a while', tags: [['expiration', String(end)]] })
    expect(await client.subscribe('before', {})).toEqual([event])
    aheadMs = 101_000
    expect(await client.subscribe('after', {})).toEqual([])
    expect(await client.count({})).toBe(0)
    expect(await client.publish(event)).toEqual({ ok: false, text: expect.stringMatching(/^invalid: .*expired/) })
  })
})
