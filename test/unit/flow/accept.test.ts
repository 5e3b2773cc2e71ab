import { beforeEach, describe, expect, it } from 'vitest'
import type { NostrEvent, VerifiedEvent } from '../../../src/event/event.ts'
import { KIND } from '../../../src/event/kinds.ts'
import { isRejection, type Rejection, reject } from '../../../src/event/rejection.ts'
import { parseEvent } from '../../../src/event/verify.ts'
import { type Accept, createAccept } from '../../../src/flow/accept.ts'
import { createPublish } from '../../../src/flow/publish.ts'
import { createReceive } from '../../../src/flow/receive.ts'
import type { Source } from '../../../src/flow/source.ts'
import type { Activity } from '../../../src/observe/activity.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import { createVerifier } from '../../../src/verifier/verifier.ts'
import { encodeEvent } from '../../../src/wire/event-codec.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { personFrom, signedEvent } from '../../support/events.ts'
import { NO_GUESTS } from '../../support/no-guests.ts'
import { NOW_SECONDS, openTestStore, type TestStore } from './memory-store.ts'

const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(personFrom) as [
  ReturnType<typeof personFrom>,
  ReturnType<typeof personFrom>,
  ReturnType<typeof personFrom>,
]
const CLIENT: Source = { via: 'client' }
const GOSSIP: Source = { via: 'gossip', peer: 'p' }
const DELIVER: Source = { via: 'deliver', peer: 'p' }

const cleanUp = useCleanUp()
let test: TestStore
let checks: [id: string, priority: string][]
let accept: Accept
let counters: ReturnType<typeof createCounters>

/** At Alice's node. */
async function start(maxEvents = 1_000): Promise<void> {
  const worth = { owner: () => alice.pubkey, isFollowed: () => false }
  test = await openTestStore(cleanUp, { maxEvents, worth })
  checks = []
  counters = createCounters()
  const verifier = createVerifier()
  cleanUp.add(() => verifier.stop())
  accept = createAccept({
    ...NO_GUESTS,
    events: test.store.events,
    async verify(event, priority) {
      checks.push([event.id, priority])
      return verifier.verify(event, priority)
    },
    circumstances: () => ({ owner: alice.pubkey, writable: true, nowSeconds: NOW_SECONDS }),
    counters,
  })
}
beforeEach(() => start())

const outcome = (answer: Awaited<ReturnType<Accept>>) => (isRejection(answer) ? answer.rejected : answer.result)
const count = (label: string) => [...counters.entries()].find(entry => entry.label === label)?.value ?? 0
const post = (content: string, fields: Partial<NostrEvent> = {}) => signedEvent(bob, { content, ...fields })

describe('the one door', () => {
  it.each([
    [true, 'open'],
    [false, 'private'],
  ] as const)(
    'O20.5: gossips a copied deletion of what was never here if it came as one for everybody (%s)',
    async (isOpen, mark) => {
      const like = signedEvent(alice, { kind: KIND.reaction, tags: [['p', bob.pubkey]], content: '+' })
      const deletion = signedEvent(alice, { kind: KIND.deletion, created_at: NOW_SECONDS, tags: [['e', like.id]] })
      const copied = await accept(deletion, { via: 'own-node', peer: 'p', isOpen })
      expect(copied).toMatchObject({ result: 'stored', mark, route: { broadcast: isOpen } })
      const unsent = await test.store.outbox.unsent(10)
      expect(unsent.map(({ event }) => event.id)).toEqual(isOpen ? [deletion.id] : [])
    },
  )

  it('stores what is new, and says of a repeat that it is here', async () => {
    const event = post('a')
    expect(outcome(await accept(event, GOSSIP))).toBe('stored')
    expect(outcome(await accept(event, GOSSIP))).toBe('duplicate')
    expect(outcome(await accept(event, { via: 'fetch', peer: 'p', filter: {} }))).toBe('duplicate')
    expect(test.store.events.get(event.id)).toEqual(event)
    expect([count('stored'), count('duplicate')]).toEqual([1, 2])
  })

  it('checks no signature of what it knows, refuses by rule, or has a wrong id: those cost nothing', async () => {
    const event = post('a')
    await accept(event, GOSSIP)
    checks.length = 0
    await accept(event, GOSSIP)
    expect(outcome(await accept({ ...post('b'), content: 'c' }, GOSSIP))).toBe('bad-id')
    expect(outcome(await accept(post('d', { kind: KIND.follows }), GOSSIP))).toBe('not-public')
    expect(outcome(await accept(post('e'), CLIENT))).toBe('not-owner')
    expect(checks).toEqual([])
  })

  it('refuses a wrong signature, counts it, and stores nothing', async () => {
    const event = { ...post('a'), sig: post('b').sig }
    expect(outcome(await accept(event, GOSSIP))).toBe('bad-signature')
    expect(test.store.events.has(event.id)).toBe(false)
    expect(count('bad-signature')).toBe(1)
  })

  it('gives way to what the owner waits for: gossip is checked as offered, the rest as wanted', async () => {
    const like = signedEvent(bob, { kind: 7, content: '+', tags: [['p', alice.pubkey]] })
    await accept(post('a'), GOSSIP)
    await accept(signedEvent(alice, { content: 'own' }), CLIENT)
    await accept(like, DELIVER)
    await accept(post('b'), { via: 'fetch', peer: 'p', filter: {} })
    expect(checks.map(([, priority]) => priority)).toEqual(['offered', 'wanted', 'wanted', 'wanted'])
  })

  it('keeps what is pending only for the events of its own client', async () => {
    const own = signedEvent(alice, { content: 'hello' })
    const reply = signedEvent(alice, {
      content: 'hi',
      tags: [
        ['p', bob.pubkey],
        ['p', carol.pubkey],
      ],
    })
    await accept(post('a'), GOSSIP)
    await accept(own, CLIENT)
    await accept(reply, CLIENT)
    expect((await test.store.outbox.unsent(10)).map(({ event }) => event.id)).toEqual([own.id])
    expect((await test.store.outbox.ofEvent(reply.id)).map(({ to }) => to).sort()).toEqual(
      [bob.pubkey, carol.pubkey].sort(),
    )
  })

  it('passes an ephemeral event on and stores nothing', async () => {
    const event = post('typing', { kind: 20_001 })
    expect(outcome(await accept(event, GOSSIP))).toBe('passed')
    expect(test.store.events.has(event.id)).toBe(false)
  })

  it('takes an older profile as superseded', async () => {
    await accept(post('new', { kind: 0, created_at: NOW_SECONDS }), GOSSIP)
    expect(outcome(await accept(post('old', { kind: 0, created_at: NOW_SECONDS - 1 }), GOSSIP))).toBe('superseded')
  })

  it('refuses what its author has deleted, before it checks the signature', async () => {
    const event = post('a')
    await accept(signedEvent(bob, { kind: 5, tags: [['e', event.id]] }), GOSSIP)
    checks.length = 0
    expect(outcome(await accept(event, GOSSIP))).toBe('deleted')
    expect(checks).toEqual([])
  })

  it('says that it is full where nothing may go for the event', async () => {
    await start(2)
    await accept(signedEvent(alice, { content: '1' }), CLIENT)
    await accept(signedEvent(alice, { content: '2' }), CLIENT)
    expect(outcome(await accept(post('a'), GOSSIP))).toBe('full')
  })

  it('judges a gossiped deletion without what it holds: an honest neighbour may hold less', async () => {
    const reply = signedEvent(bob, { content: 'psst', tags: [['p', alice.pubkey]] })
    expect(outcome(await accept(reply, DELIVER))).toBe('stored')
    // Bob's other node does not hold the reply, so it gossips its deletion.
    expect(outcome(await accept(signedEvent(bob, { kind: 5, tags: [['e', reply.id]] }), GOSSIP))).toBe('stored')
    expect(test.store.events.has(reply.id)).toBe(false)
  })
})

describe('receiving', () => {
  function receiver() {
    const activities: Activity[] = []
    const deletions: string[] = []
    const receive = createReceive({
      accept,
      onActivity: activity => activities.push(activity),
      onDeletion: author => void deletions.push(author),
    })
    return { receive, activities, deletions }
  }
  const bytesOf = (event: NostrEvent) => encodeEvent(event)

  it('O5.3: gives each gossiped message one verdict', async () => {
    const { receive } = receiver()
    const judge = (event: NostrEvent) => receive.judgeEvent(bytesOf(event), 'p')
    const event = post('a')
    expect(await judge(event)).toBe('accept')
    expect(await judge(event)).toBe('ignore')
    expect(await judge(post('e', { kind: 20_001 }))).toBe('accept')
    expect(await judge({ ...post('b'), sig: post('c').sig })).toBe('reject')
    expect(await judge(post('d', { kind: 3 }))).toBe('reject')
    expect(await judge(post('f', { created_at: NOW_SECONDS + 901 }))).toBe('ignore')
    expect(await receive.judgeEvent(new Uint8Array([1, 2, 3]), 'p')).toBe('reject')
    expect(await receive.judgeEvent(new Uint8Array(0), 'p')).toBe('reject')
    expect(await receive.judgeEvent(new Uint8Array(1_000_000), 'p')).toBe('reject')
  })

  it('O7.2: gives each delivered event one receipt; of an ephemeral one it says stored', async () => {
    const { receive, activities } = receiver()
    const like = signedEvent(bob, { kind: 7, content: '+', tags: [['p', alice.pubkey]] })
    const typing = signedEvent(bob, { kind: 20_001, tags: [['p', alice.pubkey]] })
    expect(await receive.takeDelivery(bytesOf(like), 'p')).toEqual({ result: 'stored' })
    expect(await receive.takeDelivery(bytesOf(like), 'p')).toEqual({ result: 'duplicate' })
    expect(await receive.takeDelivery(bytesOf(typing), 'p')).toEqual({ result: 'stored' })
    expect(await receive.takeDelivery(bytesOf(post('a')), 'p')).toMatchObject({ rejected: 'not-for-us' })
    expect(await receive.takeDelivery(new Uint8Array([0xc1]), 'p')).toMatchObject({ rejected: 'malformed' })
    expect(activities).toMatchObject([
      { what: 'received', event: like, via: 'deliver', peer: 'p' },
      { what: 'received', event: typing },
    ])
  })

  it('tells of a deletion once, when it is new', async () => {
    const { receive, deletions } = receiver()
    const deletion = signedEvent(bob, { kind: 5, tags: [['e', post('x').id]] })
    await receive.judgeEvent(bytesOf(deletion), 'p')
    await receive.judgeEvent(bytesOf(deletion), 'p')
    expect(deletions).toEqual([bob.pubkey])
  })
})

describe('publishing', () => {
  it('answers after the commit and before anything is sent, and does not send a repeat again', async () => {
    const log: string[] = []
    const publish = createPublish({
      owner: () => alice.pubkey,
      takesGuests: false,
      concerns: async () => false,
      async accept(event, source) {
        const answer = await accept(event, source)
        log.push('accepted')
        return answer
      },
      spread: ({ event }) => void log.push(`spread ${test.store.events.has(event.id)}`),
      onActivity: ({ what }) => void log.push(what),
      onAccepted: () => void log.push('told'),
    })
    const event = signedEvent(alice, { content: 'hello' })
    expect(await publish({ ...event })).toEqual({
      id: event.id,
      result: 'stored',
      route: { broadcast: true, to: [] },
      note: '',
    })
    expect(log).toEqual(['accepted', 'told', 'published', 'spread true'])
    expect(await publish(JSON.parse(JSON.stringify(event)))).toMatchObject({ result: 'duplicate' })
    expect(log.slice(4)).toEqual(['accepted'])
    expect(await publish('x')).toMatchObject({ rejected: 'malformed' })
    expect(await publish(post('not mine'))).toMatchObject({ rejected: 'not-owner' })
  })

  it('does not send what is superseded, and sends what is ephemeral', async () => {
    const sent: string[] = []
    const publish = createPublish({
      owner: () => alice.pubkey,
      takesGuests: false,
      concerns: async () => false,
      accept,
      spread: ({ result }) => void sent.push(result),
      onActivity: () => {},
      onAccepted: () => {},
    })
    await publish(signedEvent(alice, { kind: 0, content: '{}', created_at: NOW_SECONDS }))
    await publish(signedEvent(alice, { kind: 0, content: '{"name":"x"}', created_at: NOW_SECONDS - 1 }))
    await publish(signedEvent(alice, { kind: 20_001 }))
    expect(sent).toEqual(['stored', 'passed'])
  })

  it('gives up with the verifier what that gives up', async () => {
    const busy = createAccept({
      ...NO_GUESTS,
      events: test.store.events,
      verify: async (): Promise<VerifiedEvent | Rejection> => reject('overloaded', 'Busy.'),
      circumstances: () => ({ owner: alice.pubkey, writable: true, nowSeconds: NOW_SECONDS }),
      counters,
    })
    const event = parseEvent(signedEvent(alice))
    if (isRejection(event)) throw new Error(event.reason)
    expect(outcome(await busy({ ...event, content: 'x' }, CLIENT))).toBe('bad-id')
    expect(outcome(await busy(signedEvent(alice, { content: 'x' }), CLIENT))).toBe('overloaded')
    expect(count('overloaded')).toBe(1)
  })
})
