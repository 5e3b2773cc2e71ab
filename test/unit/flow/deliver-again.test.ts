import { beforeEach, describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../../src/event/event.ts'
import { reject } from '../../../src/event/rejection.ts'
import { createDeliver, type Deliver } from '../../../src/flow/deliver.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import type { Delivery } from '../../../src/store/store.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { personFrom, unsignedEvent } from '../../support/events.ts'
import { NOW_MS, openTestStore, type TestStore } from './memory-store.ts'
import { Nodes } from './recipient-nodes.ts'

const MINUTE_MS = 60_000
const ALICE = personFrom('alice').pubkey
const BOB = personFrom('bob').pubkey

const cleanUp = useCleanUp()
let test: TestStore
let nodes: Nodes
let deliver: Deliver
/** Other nodes of the owner that are there. */
let serving: Set<string>
/** What happens while something is being sent. */
let meanwhile: () => Promise<void>

beforeEach(async () => {
  test = await openTestStore(cleanUp)
  nodes = new Nodes()
  serving = new Set()
  meanwhile = async () => {}
  deliver = newDeliver()
})

function newDeliver(): Deliver {
  return createDeliver({
    locate: nodes.locate,
    async send(node, owner, events) {
      await meanwhile()
      return nodes.send(node, owner, events)
    },
    isServing: node => serving.has(node),
    outbox: test.store.outbox,
    events: test.store.events,
    clock: test.clock,
    log: () => {},
    counters: createCounters(),
    onActivity: () => {},
  })
}

async function deliveryOf(event: VerifiedEvent): Promise<Delivery | undefined> {
  return (await test.store.outbox.ofEvent(event.id))[0]
}

let made = 0
const replyToBob = () => unsignedEvent(ALICE, { content: `reply ${++made}`, tags: [['p', BOB]] })

describe('O20.8: what another node of the owner tells while an attempt is under way', () => {
  beforeEach(() => {
    meanwhile = async () => {
      const told = { state: 'delivered', open: false, ackedBy: ['b2'] } as const
      await test.store.outbox.change(await test.store.outbox.openFor(BOB, 10), before => ({ ...before, ...told }))
    }
  })

  it('stays when the attempt fails', async () => {
    nodes.known.set(BOB, ['b1'])
    nodes.behave = () => Promise.reject(new Error('gone'))
    const reply = replyToBob()
    await test.put(reply, { to: [BOB] })
    deliver.start()
    await test.clock.pass(0)
    expect(nodes.sent).toHaveLength(1)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'delivered', open: false, ackedBy: ['b2'], attempts: 0 })
  })

  it('stays beside what the attempt brings', async () => {
    nodes.known.set(BOB, ['b1'])
    const reply = replyToBob()
    await test.put(reply, { to: [BOB] })
    deliver.start()
    await test.clock.pass(0)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'delivered', open: false, ackedBy: ['b2', 'b1'] })
  })
})

describe('a delivery that is another node of the owner to make (O20.6)', () => {
  async function standby(): Promise<VerifiedEvent> {
    const event = replyToBob()
    const pending = { broadcast: false, to: [BOB], standby: { for: 'a1', dueMs: NOW_MS + MINUTE_MS } }
    await test.store.events.put(event, { durable: false, pending })
    return event
  }

  it('is left to that node while it is there, whatever is heard of the recipient', async () => {
    serving.add('a1')
    nodes.known.set(BOB, ['b1'])
    const [reply, own] = [await standby(), replyToBob()]
    await test.put(own, { to: [BOB] })
    deliver.start()
    for (let minute = 0; minute < 10; minute++) {
      deliver.now(BOB)
      await test.clock.pass(MINUTE_MS)
    }
    expect(nodes.sent.flatMap(({ ids }) => ids)).toEqual([own.id])
    expect(await deliveryOf(reply)).toMatchObject({ state: 'waiting', open: true, attempts: 0, standbyFor: 'a1' })
  })

  it('is looked at again each minute, also after the clock was ahead', async () => {
    serving.add('a1')
    const reply = await standby()
    test.clock.set(NOW_MS + 60 * MINUTE_MS)
    deliver.start()
    await test.clock.pass(0)
    expect(await deliveryOf(reply)).toMatchObject({ dueMs: NOW_MS + 61 * MINUTE_MS })
    test.clock.set(NOW_MS)
    serving.delete('a1')
    await test.clock.pass(MINUTE_MS / 2)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'waiting', attempts: 1 })
  })

  it('is made here when that one is gone: at once when the recipient comes, and otherwise after a minute', async () => {
    const reply = await standby()
    deliver.start()
    await test.clock.pass(MINUTE_MS - 1)
    expect(await deliveryOf(reply)).toMatchObject({ attempts: 0 })
    await test.clock.pass(1)
    expect(await deliveryOf(reply)).toMatchObject({ attempts: 1, state: 'waiting' })
    const second = await standby()
    nodes.known.set(BOB, ['b1'])
    deliver.now(BOB)
    await test.clock.pass(0)
    for (const event of [reply, second])
      expect(await deliveryOf(event)).toMatchObject({ state: 'delivered', open: false })
  })
})

describe('a delivery that is refused for now', () => {
  it('O7.6: is tried again after half a minute, and then by the schedule', async () => {
    const reply = replyToBob()
    await test.put(reply, { to: [BOB] })
    nodes.known.set(BOB, ['b1'])
    nodes.behave = () => reject('from-future', 'Check the clock.')
    deliver.start()
    await test.clock.pass(0)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'waiting', attempts: 1, dueMs: NOW_MS + MINUTE_MS / 2 })
    await test.clock.pass(MINUTE_MS / 2)
    const tenMinutesLater = NOW_MS + 10.5 * MINUTE_MS
    expect(await deliveryOf(reply)).toMatchObject({ state: 'waiting', attempts: 2, dueMs: tenMinutesLater })
    nodes.behave = () => ({ result: 'stored' })
    await test.clock.pass(10 * MINUTE_MS)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'delivered', attempts: 3 })
  })

  it('O7.6: by a clock that was ahead is tried anew, with its whole schedule, when the clock is right', async () => {
    const reply = replyToBob()
    await test.put(reply, { to: [BOB] })
    nodes.known.set(BOB, ['b1'])
    nodes.behave = () => reject('full', 'The disk is full.')
    test.clock.set(NOW_MS + 60 * MINUTE_MS)
    deliver.start()
    await test.clock.pass(MINUTE_MS / 2)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'waiting', attempts: 2 })
    await deliver.stop()
    test.clock.set(NOW_MS)
    const again = newDeliver()
    again.start()
    await test.clock.pass(0)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'waiting', attempts: 1, dueMs: NOW_MS + MINUTE_MS / 2 })
    nodes.behave = () => ({ result: 'stored' })
    await test.clock.pass(MINUTE_MS / 2)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'delivered' })
    await again.stop()
  })

  it('O7.6: the same when the clock is ahead between two looks at the outbox, and put back before the second', async () => {
    const reply = replyToBob()
    await test.put(reply, { to: [BOB] })
    nodes.known.set(BOB, ['b1'])
    nodes.behave = () => reject('full', 'The disk is full.')
    deliver.start()
    await test.clock.pass(0)
    test.clock.set(NOW_MS + 60 * MINUTE_MS)
    deliver.now(BOB)
    await test.clock.pass(0)
    expect(await deliveryOf(reply)).toMatchObject({ attempts: 2, dueMs: NOW_MS + 70 * MINUTE_MS })
    test.clock.set(NOW_MS)
    nodes.behave = () => ({ result: 'stored' })
    await test.clock.pass(MINUTE_MS / 2)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'delivered' })
  })
})
