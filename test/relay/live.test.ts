/** Stored, then live: every event exactly once, however the two meet (specification/relay.md, N3). */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { NostrEvent, VerifiedEvent } from '../../src/event/event.ts'
import { bob, bring, momentaryKeys, ownersClient, startAlice, visitor } from '../support/access-world.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { signNow } from '../support/node-client.ts'
import { connectRelay } from '../support/relay-client.ts'
import { SEED } from '../support/seed.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')
const NOW = Math.floor(Date.now() / 1000)

/** The same in every run with this seed. */
function random(what: string): number {
  return createHash('sha256').update(`${SEED} ${what}`).digest().readUInt32BE() / 2 ** 32
}

describe('subscriptions opened while events pour in', () => {
  const EVENTS = 600
  const SUBSCRIPTIONS = 50
  /** Under way at once. */
  const WINDOW = 32

  it(`see each event exactly once (SEED=${SEED})`, async () => {
    const { node } = await startTestNode(cleanUp, { owner: 'alice' })
    // Of a few seconds and in no order, so that most of them are not newer than what is stored.
    const events: VerifiedEvent[] = Array.from({ length: EVENTS }, (_, i) =>
      signedEvent(alice, {
        created_at: NOW - Math.floor(random(`time ${i}`) * 20),
        kind: i % 3 === 0 ? 7 : 1,
        content: `event ${i}`,
        tags: [['t', `topic${i % 5}`]],
      }),
    )
    const publisher = await connectRelay(cleanUp, node.clientOrigin)
    const readers = await Promise.all(Array.from({ length: 5 }, () => connectRelay(cleanUp, node.clientOrigin)))
    const filters = [
      [{}],
      [{ kinds: [1] }, { '#t': ['topic1'] }],
      [{ authors: [alice.pubkey], kinds: [7] }],
      [{ '#t': ['topic2', 'topic3'] }],
      [{ since: NOW - 10 }, { kinds: [7] }, { kinds: [1] }],
    ]
    const moments = Array.from({ length: SUBSCRIPTIONS }, (_, i) => Math.floor(random(`moment ${i}`) * EVENTS))
    const open = (i: number) =>
      readers[i % readers.length]!.send(
        'REQ',
        `s${i}`,
        ...filters[i % filters.length]!.map(f => ({ ...f, limit: 5_000 })),
      )

    let sent = 0
    const next = () => {
      const event = events[sent]
      if (event === undefined) return
      for (const [i, moment] of moments.entries()) if (moment === sent) open(i)
      sent += 1
      publisher.send('EVENT', event)
    }
    publisher.socket.on('message', next)
    for (let i = 0; i < WINDOW; i++) next()
    await until('all answers', () => publisher.messages.length === EVENTS)
    expect(publisher.messages.filter(message => message[2] !== true)).toEqual([])
    for (const reader of readers) await reader.settled()

    const matching = [
      events,
      events.filter(({ kind, tags }) => kind === 1 || tags[0]![1] === 'topic1'),
      events.filter(({ kind }) => kind === 7),
      events.filter(({ tags }) => ['topic2', 'topic3'].includes(tags[0]![1]!)),
      events,
    ]
    for (let i = 0; i < SUBSCRIPTIONS; i++) {
      const wanted = matching[i % filters.length]!.map(({ id }) => id).sort()
      const got = () => readers[i % readers.length]!.idsOf(`s${i}`)
      await until(`all of s${i}`, () => got().length >= wanted.length)
      expect(got().sort()).toEqual(wanted)
    }
  })
})

describe('a reader who does not read', () => {
  it('is sent no more than fits, gets the rest when it goes on, and nothing that was deleted meanwhile', async () => {
    const { node } = await startTestNode(cleanUp, { owner: 'alice' })
    const publisher = await connectRelay(cleanUp, node.clientOrigin)
    const COUNT = 300
    const events = Array.from({ length: COUNT }, (_, i) =>
      signedEvent(alice, { created_at: NOW - i, content: `${i} ${'x'.repeat(60_000)}` }),
    )
    for (const event of events) expect((await publisher.publish(event)).ok).toBe(true)
    const reader = await connectRelay(cleanUp, node.clientOrigin)
    reader.send('REQ', 'all', { limit: 5_000 })
    await reader.gets('the first', ([type]) => type === 'EVENT')
    reader.socket.pause()
    // The oldest is far behind what the sockets of both sides can hold.
    const last = events.at(-1)!
    const deletion = signedEvent(alice, { created_at: NOW, kind: 5, tags: [['e', last.id]] })
    expect((await publisher.publish(deletion)).ok).toBe(true)
    reader.socket.resume()
    await reader.gets('the end', ([type]) => type === 'EOSE')
    await reader.settled()
    const got = reader.idsOf('all')
    expect(got).not.toContain(last.id)
    expect(got.filter(id => id !== deletion.id)).toEqual(events.slice(0, -1).map(({ id }) => id))
    expect(got.filter(id => id === deletion.id)).toHaveLength(1)
  })
})

describe('a subscription that is closed in the middle of its stored events', () => {
  it('gets no more of them and no EOSE, and its id goes on for another one', async () => {
    const { node } = await startTestNode(cleanUp, { owner: 'alice' })
    const client = await connectRelay(cleanUp, node.clientOrigin)
    const COUNT = 200
    for (let i = 0; i < COUNT; i++) {
      const event = signedEvent(alice, { created_at: NOW - i, content: `${i} ${'x'.repeat(60_000)}` })
      expect((await client.publish(event)).ok).toBe(true)
    }
    client.send('REQ', 'all', { limit: 5_000 })
    await client.gets('the first', ([type]) => type === 'EVENT')
    client.socket.pause()
    client.send('CLOSE', 'all')
    client.socket.resume()
    await client.settled()
    expect(client.idsOf('all').length).toBeLessThan(COUNT)
    expect(client.messages.filter(([type, id]) => id === 'all' && type !== 'EVENT')).toEqual([])
    const before = client.idsOf('all').length
    expect(await client.subscribe('all', { limit: 3 })).toHaveLength(3)
    expect(client.idsOf('all')).toHaveLength(before + 3)
  })
})

describe("a guest's event that becomes what it is (N3.3, relay-access.md A5.2)", () => {
  it('is told again to nobody who was shown it, and once to those who were not', async () => {
    const node = await startAlice(cleanUp)
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [node.address] })
    await until('the two to know each other', async () => (await node.client.status()).knownNodes === 1)
    const owner = await ownersClient(cleanUp, node)
    const [guest, stranger] = [await visitor(cleanUp, node, bob), await visitor(cleanUp, node)]
    const post = await bring(guest, signNow(bob, { content: 'here first' }))
    const wrap = await bring(guest, signNow(momentaryKeys(), { kind: 1059, tags: [['p', bob.pubkey]] }))
    await owner.subscribe('all', {})
    for (const client of [guest, stranger]) await client.subscribe('all', {})
    const live = await bring(guest, signNow(bob, { content: 'here first, live' }))

    for (const event of [post, live]) expect((await bobs.client.publish(event)).status).toBe(200)
    await node.waitFor('received', ({ event }) => event.id === post.id)
    await node.waitFor('received', ({ event }) => event.id === live.id)
    await bring(owner, wrap)
    const last = await bring(owner, signNow(alice, { content: 'last' }))
    for (const client of [owner, guest, stranger]) {
      await client.gets('the last', ([type, , event]) => type === 'EVENT' && (event as NostrEvent).id === last.id)
    }
    const sorted = (events: readonly NostrEvent[]) => events.map(({ id }) => id).sort()
    expect(stranger.idsOf('all').sort()).toEqual(sorted([post, live, last]))
    expect(guest.idsOf('all').sort()).toEqual(sorted([post, live, wrap, last]))
    // The letter between others was not the owner's to see while it was a guest's.
    expect(owner.idsOf('all').sort()).toEqual(sorted([post, live, wrap, last]))
    // And now it is known everywhere, the pulls of the phone included.
    expect((await node.client.pull({ since: 0 })).events.map(({ id }) => id)).toContain(post.id)
  })
})
