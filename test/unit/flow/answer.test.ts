import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { EventTemplate, NostrEvent, VerifiedEvent } from '../../../src/event/event.ts'
import { matches } from '../../../src/event/filter.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { type Answer, createAnswer } from '../../../src/flow/answer.ts'
import { isShared, routeOf } from '../../../src/flow/route.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import { decodeEvent } from '../../../src/wire/event-codec.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'
import { openTestStore, type TestStore } from './memory-store.ts'

const [ALICE, BOB] = ['alice', 'bob'].map(strangerKey) as [string, string]

const cleanUp = useCleanUp()
let test: TestStore
let answer: Answer
beforeEach(async () => {
  test = await openTestStore(cleanUp)
  answer = createAnswer({ events: test.store.events, owner: () => ALICE, counters: createCounters() })
})

let made = 0
async function put(pubkey: string, fields: Partial<EventTemplate> = {}): Promise<VerifiedEvent> {
  const event = unsignedEvent(pubkey, { content: `${++made}`, created_at: 1_700_000_000 + made, ...fields })
  await test.put(event)
  return event
}
async function ids(filter: Parameters<Answer>[0]): Promise<string[]> {
  return (await answer(filter)).map(bytes => {
    const event = decodeEvent(bytes)
    if (isRejection(event)) throw new Error(event.reason)
    return event.id
  })
}

describe('what a peer gets that asks (O6.3)', () => {
  it('O6.2: public events that match, newest first', async () => {
    const [first, second] = [await put(BOB), await put(BOB)]
    await put(ALICE)
    expect(await ids({ authors: [BOB] })).toEqual([second.id, first.id])
  })

  it.each<[string, Partial<EventTemplate>]>([
    ['replies', { tags: [['p', BOB]] }],
    ['likes', { kind: 7, tags: [['p', BOB]] }],
    ['likes of oneself', { kind: 7, tags: [['p', ALICE]] }],
    ['gift wraps', { kind: 1059, tags: [['p', BOB]] }],
    ['direct messages', { kind: 4, tags: [['p', BOB]] }],
    ['seals', { kind: 13 }],
    ['chat messages', { kind: 14, tags: [['p', BOB]] }],
    ['file messages', { kind: 15, tags: [['p', BOB]] }],
    ['proofs for relays', { kind: 22_242 }],
    ['proofs for web servers', { kind: 27_235 }],
  ])('O6.3: never %s, however it asks', async (_name, fields) => {
    const event = unsignedEvent(ALICE, fields)
    // Kinds that no store keeps are tried as well: `put` refuses them, and then there is nothing to hand out.
    await test.store.events.put(event, { durable: false })
    expect(await ids({})).toEqual([])
    expect(await ids({ ids: [event.id] })).toEqual([])
    expect(await ids({ authors: [ALICE], kinds: [event.kind] })).toEqual([])
    expect(await ids({ tags: new Map([['p', [BOB]]]) })).toEqual([])
  })

  it('O6.3: application data only where it is a binding', async () => {
    await put(ALICE, { kind: 30_078, tags: [['d', 'settings of some client']] })
    const binding = await put(ALICE, { kind: 30_078, content: '', tags: [['d', 'nostrp2p/node/12D3KooWx']] })
    expect(await ids({})).toEqual([binding.id])
  })

  it('O6.3: no deletion of a reply, not even when the reply is gone', async () => {
    const reply = await put(ALICE, { tags: [['p', BOB]] })
    await put(ALICE, { kind: 5, tags: [['e', reply.id]] })
    expect(await ids({})).toEqual([])
  })

  it("A5: no guest's event", async () => {
    const guests = unsignedEvent(BOB, { content: 'at the relay' })
    await test.store.events.put(guests, { durable: false, mark: 'guest' })
    expect(await ids({ ids: [guests.id] })).toEqual([])
  })

  it("O6.3: protected events of the owner of this node, and nobody else's", async () => {
    const own = await put(ALICE, { tags: [['-']] })
    await put(BOB, { tags: [['-']] })
    expect(await ids({})).toEqual([own.id])
  })

  it('private events do not use up the limit', async () => {
    const post = await put(ALICE)
    for (let i = 0; i < 10; i++) await put(ALICE, { tags: [['p', BOB]] })
    expect(await ids({ authors: [ALICE], limit: 1 })).toEqual([post.id])
  })

  it('O6.2: 500 events at most, whatever limit it names', async () => {
    for (let i = 0; i < 510; i++) await put(BOB)
    expect(await ids({ limit: 5_000 })).toHaveLength(500)
    expect(await ids({})).toHaveLength(500)
    expect(await ids({ limit: 3 })).toHaveLength(3)
    expect(await ids({ limit: 0 })).toEqual([])
  })

  it('O6.3: over random events exactly those that may be shared and match', async () => {
    const kind = fc.constantFrom(0, 1, 3, 4, 5, 6, 7, 13, 14, 16, 1059, 10_002, 30_023, 30_078, 45_000)
    const tag = fc.constantFrom(['p', ALICE], ['p', BOB], ['-'], ['q', 'x'], ['t', 'cats'])
    const event = fc.record({ kind, tags: fc.array(tag, { maxLength: 3 }), pubkey: fc.constantFrom(ALICE, BOB) })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), fc.option(kind), async (templates, wanted) => {
        test = await openTestStore(cleanUp)
        answer = createAnswer({ events: test.store.events, owner: () => ALICE, counters: createCounters() })
        for (const { pubkey, ...fields } of templates) {
          const content = `${++made}`
          await test.store.events.put(unsignedEvent(pubkey, { ...fields, content, created_at: made }), {
            durable: false,
          })
        }
        const filter = wanted === null ? {} : { kinds: [wanted] }
        const held = await test.store.events.query({}, 100)
        const mayHave = (one: NostrEvent) =>
          matches(filter, one) &&
          one.kind !== 30_078 &&
          isShared(
            one,
            routeOf(one, id => test.store.events.get(id)),
          ) &&
          !(one.pubkey === BOB && one.tags.some(([name]) => name === '-'))
        expect(await ids(filter)).toEqual(held.filter(mayHave).map(({ id }) => id))
      }),
      { seed: SEED, numRuns: 60 },
    )
  })
})
