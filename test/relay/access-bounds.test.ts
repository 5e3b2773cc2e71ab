/** Guests within their bounds, whatever they send; and those who ask to be forgotten (relay-access.md, A5 and A6). */
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import {
  alice,
  bob,
  bring,
  carol,
  dave,
  momentaryKeys,
  OPEN,
  ownersClient,
  relayTerms,
  relayUrl,
  startAlice,
  visitor,
} from '../support/access-world.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { signNow } from '../support/node-client.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'

const cleanUp = useCleanUp()
const now = () => Math.floor(Date.now() / 1000)
const open = (guests: Partial<ReturnType<typeof relayTerms>['guests']>) =>
  relayTerms({ writes: 'anyone', reads: 'anyone', guests: { eventsPerMinute: 0, ...guests } })
const ids = (events: readonly NostrEvent[]) => events.map(({ id }) => id)

/** So many people, each with one event; each fifty from an address of their own. All are answered. */
async function flood(node: TestNode, name: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += 50) {
    const client = await visitor(cleanUp, node, undefined, `198.51.100.${from / 50 + 1}`)
    const people = Array.from({ length: Math.min(50, count - from) }, (_, i) => personFrom(`${name}${from + i}`))
    await Promise.all(people.map(keys => client.publish(signNow(keys, { content: 'x' }))))
    client.close()
  }
}

describe('a flood of guests (A5)', () => {
  it('A5.4: is cut off by address, and answers say so; others go on', async () => {
    const node = await startAlice(cleanUp, { relay: open({ eventsPerMinute: 5 }) })
    const flooder = await visitor(cleanUp, node, undefined, '198.51.100.1')
    const events = Array.from({ length: 8 }, (_, i) => signNow(dave, { content: `${i}` }))
    const answers = []
    for (const event of events) answers.push((await flooder.publish(event)).text)
    expect(answers.slice(0, 5).every(text => text.startsWith('kept at this relay'))).toBe(true)
    for (const text of answers.slice(5)) expect(text).toMatch(/^rate-limited: /)
    await bring(await visitor(cleanUp, node, undefined, '198.51.100.2'), events[7]!)
    await bring(await ownersClient(cleanUp, node), signNow(alice, { content: 'mine' }))
  })

  it('A5.5: of one author is cut off by their number; replacing and deleting goes on', async () => {
    const node = await startAlice(cleanUp, { relay: open({ eventsPerAuthor: 5 }) })
    const guest = await visitor(cleanUp, node)
    await bring(guest, signNow(dave, { kind: 0, content: '{}', created_at: now() - 5 }))
    const events = Array.from({ length: 8 }, (_, i) => signNow(dave, { content: `${i}` }))
    for (const event of events.slice(0, 4)) await bring(guest, event)
    expect((await guest.publish(events[4]!)).text).toMatch(/^restricted: /)
    await bring(guest, signNow(dave, { kind: 0, content: '{"name":"d"}' }))
    await bring(guest, signNow(carol, { content: 'somebody else' }))
    expect(await guest.count({ authors: [dave.pubkey] })).toBe(5)
  })

  it("A5.5: of many takes the guests' share and no more; the oldest go, and nothing else does", async () => {
    const node = await startAlice(cleanUp, { maxEvents: 200, relay: open({ sharePercent: 25 }) })
    const owner = await ownersClient(cleanUp, node)
    const own = Array.from({ length: 30 }, (_, i) => signNow(alice, { content: `own ${i}` }))
    for (const event of own) await bring(owner, event)
    const reply = await bring(owner, signNow(bob, { tags: [['p', alice.pubkey]] }))
    await flood(node, 'g', 300)
    const guest = await visitor(cleanUp, node)
    const last = await bring(guest, signNow(dave, { content: 'the last' }))
    const held = await guest.subscribe('all', { limit: 500 })
    const guests = held.filter(({ pubkey }) => pubkey !== alice.pubkey)
    expect(guests.length).toBeGreaterThan(20)
    expect(guests.length).toBeLessThanOrEqual(50)
    expect(ids(guests)).toContain(last.id)
    expect(new Set(ids(await owner.subscribe('own', { authors: [alice.pubkey] })))).toEqual(new Set(ids(own)))
    expect(await owner.count({ ids: [reply.id] })).toBe(1)

    // A5.6: as the owner is told.
    const { store, relay } = await node.client.status()
    expect(relay).toMatchObject({ reads: 'anyone', writes: 'anyone' })
    expect(store.guests).toMatchObject({ events: guests.length, maxEvents: 50 })
    const page = await (await node.client.send('/plain')).text()
    expect(page).toContain('read by everybody, written by everybody')
  })

  it("A5.5: gives way to the owner's events and to what is sent to the owner, and is there after a restart", async () => {
    const node = await startAlice(cleanUp, { maxEvents: 120, relay: open({ sharePercent: 90 }) })
    await flood(node, 'g', 108)
    const owner = await ownersClient(cleanUp, node)
    const own: NostrEvent[] = []
    for (let i = 0; i < 60; i++) own.push(await bring(owner, signNow(alice, { content: `own ${i}` })))
    const reply = await bring(owner, signNow(bob, { tags: [['p', alice.pubkey]] }))
    const again = await node.restart({ maxEvents: 120, relay: open({ sharePercent: 90 }) })
    const reader = await ownersClient(cleanUp, again)
    expect(await reader.count({ authors: [alice.pubkey] })).toBe(60)
    expect(await reader.count({ ids: [reply.id] })).toBe(1)
    const left = (await reader.count({})) - 61
    expect(left).toBeGreaterThan(0)
    // What they are is known after the restart as well: the owner's still do not go for them.
    await flood(again, 'h', 100)
    expect(await reader.count({ authors: [alice.pubkey] })).toBe(60)
    expect((await again.client.status()).store.events).toBeLessThanOrEqual(120)
    expect(new Set(ids((await again.client.pull({ since: 0 })).events))).toEqual(new Set([...ids(own), reply.id]))
  })
})

it('A5.2: a newer profile of somebody known by the overlay stays what it was', async () => {
  const node = await startAlice(cleanUp)
  const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [node.address] })
  const old = await bobs.post({ kind: 0, content: '{"name":"old"}', created_at: now() - 10 })
  await node.holds(old.id)
  const guest = await visitor(cleanUp, node)
  const newer = await bring(guest, signNow(bob, { kind: 0, content: '{"name":"newer"}' }))
  expect(await node.client.req({ kinds: [0], authors: [bob.pubkey] })).toEqual([newer])
})

describe('a request to vanish (A6.2)', () => {
  const request = (node: TestNode, keys: typeof dave, relay = relayUrl(node)) =>
    signNow(keys, { kind: 62, tags: [['relay', relay]] })

  it('of a guest: nothing of theirs is left, nothing comes back, and others are not touched', async () => {
    const node = await startAlice(cleanUp)
    const guest = await visitor(cleanUp, node)
    const post = signNow(dave, { content: 'x', created_at: now() - 10 })
    const mine = [
      post,
      signNow(dave, { kind: 0, content: '{}' }),
      signNow(dave, { kind: 5, tags: [['e', 'f'.repeat(64)]] }),
    ]
    for (const event of mine) await bring(guest, event)
    const wrap = await bring(guest, signNow(momentaryKeys(), { kind: 1059, tags: [['p', dave.pubkey]] }))
    const others = await bring(guest, signNow(carol, { tags: [['p', dave.pubkey]] }))
    expect((await guest.publish(request(node, dave, 'wss://elsewhere.example'))).text).toMatch(/^restricted: /)
    expect(await guest.count({ authors: [dave.pubkey] })).toBe(3)
    const asked = await bring(guest, request(node, dave))
    expect(ids(await guest.subscribe('all', {})).sort()).toEqual([asked.id, others.id].sort())
    expect(await (await visitor(cleanUp, node, dave)).count({ ids: [wrap.id] })).toBe(0)
    for (const event of mine) expect((await guest.publish(event)).text).toMatch(/^blocked: /)
    await bring(guest, signNow(dave, { content: 'I am back', created_at: asked.created_at + 1 }))
  })

  it("of the owner: all of the owner's is gone, also after a restart, and not sent any more", async () => {
    const node = await startAlice(cleanUp, { relay: relayTerms() })
    const owner = await ownersClient(cleanUp, node)
    const own = [
      signNow(alice, { content: 'x' }),
      signNow(alice, { kind: 30_078, tags: [['d', 'settings']] }),
      signNow(alice, { content: 'to Bob', tags: [['p', bob.pubkey]] }),
    ]
    for (const event of own) await bring(owner, event)
    const received = await bring(owner, signNow(bob, { tags: [['p', alice.pubkey]] }))
    expect((await node.client.status()).outbox.waiting).toBe(1)
    const asked = await bring(owner, request(node, alice, 'ALL_RELAYS'))
    expect((await node.client.status()).outbox.waiting).toBe(0)
    const again = await node.restart()
    const reader = await ownersClient(cleanUp, again)
    expect(ids(await reader.subscribe('all', {})).sort()).toEqual([asked.id, received.id].sort())
    for (const event of own) expect((await reader.publish(event)).ok).toBe(false)
    const later = signNow(alice, { content: 'later', created_at: asked.created_at + 1 })
    expect((await again.client.publish(later)).status).toBe(200)
  })

  it('of somebody else is refused where there are no guests; of somebody banned it counts', async () => {
    const closed = await startAlice(cleanUp, { relay: relayTerms() })
    expect((await (await visitor(cleanUp, closed)).publish(request(closed, dave))).text).toMatch(/^restricted: /)
    const node = await startAlice(cleanUp, { relay: { ...OPEN, writes: 'listed' } })
    await bring(await visitor(cleanUp, node), request(node, dave, 'ALL_RELAYS'))
  })
})
