import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../../src/event/event.ts'
import { CONSEQUENCES, type RejectionCode, reject } from '../../../src/event/rejection.ts'
import { createDeliver, type Deliver } from '../../../src/flow/deliver.ts'
import type { Activity } from '../../../src/observe/activity.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import type { Delivery, Outbox } from '../../../src/store/store.ts'
import type { Receipt } from '../../../src/wire/deliver.ts'
import { MAX_DELIVER_BYTES } from '../../../src/wire/limits.ts'
import { createCleanUp } from '../../support/clean-up.ts'
import { personFrom, unsignedEvent } from '../../support/events.ts'
import { settle } from '../../support/fake-clock.ts'
import { NOW_MS, openTestStore, type TestStore } from './memory-store.ts'
import { Nodes } from './recipient-nodes.ts'

const MINUTE_MS = 60_000
const ALICE = personFrom('alice').pubkey
const BOB = personFrom('bob').pubkey
const CAROL = personFrom('carol').pubkey

const cleanUp = createCleanUp()
let test: TestStore
let outbox: Outbox
let nodes: Nodes
let activities: Activity[]
let deliver: Deliver

beforeEach(async () => {
  test = await openTestStore(cleanUp)
  outbox = test.store.outbox
  nodes = new Nodes()
  activities = []
  deliver = start(outbox)
})
afterEach(() => cleanUp.run())

function start(over: Outbox): Deliver {
  return createDeliver({
    locate: nodes.locate,
    send: nodes.send,
    isServing: () => false,
    outbox: over,
    events: test.store.events,
    clock: test.clock,
    log: () => {},
    counters: createCounters(),
    onActivity: activity => activities.push(activity),
  })
}

let made = 0
async function replyTo(...people: string[]): Promise<VerifiedEvent> {
  const event = unsignedEvent(ALICE, { content: `reply ${++made}`, tags: people.map(pubkey => ['p', pubkey]) })
  await test.put(event, { to: people })
  return event
}

async function deliveryOf(event: VerifiedEvent, to = BOB): Promise<Delivery> {
  const found = (await outbox.ofEvent(event.id)).find(delivery => delivery.to === to)
  if (found === undefined) throw new Error('no such delivery')
  return found
}
const told = (what: Activity['what']) => activities.filter(activity => activity.what === what)

describe('a delivery', () => {
  it('O7.5: is delivered when a node of the recipient acknowledged it', async () => {
    nodes.known.set(BOB, ['b1'])
    const reply = await replyTo(BOB)
    deliver.now(BOB)
    await test.clock.pass(0)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'delivered', open: false, ackedBy: ['b1'], lastError: '' })
    expect(told('delivered')).toEqual([{ what: 'delivered', event: reply, to: BOB, node: 'b1' }])
    expect(outbox.counts()).toEqual({ waiting: 0, delivered: 1, expired: 0 })
  })

  it.each(['stored', 'duplicate', 'superseded'] as const)(
    'O7.2: counts as delivered when the node says %s',
    async result => {
      nodes.known.set(BOB, ['b1'])
      nodes.behave = () => ({ result })
      const reply = await replyTo(BOB)
      deliver.now(BOB)
      await test.clock.pass(0)
      expect((await deliveryOf(reply)).state).toBe('delivered')
    },
  )

  it('O3.2: goes to every node of the recipient, and each acknowledges on its own', async () => {
    nodes.known.set(BOB, ['b1', 'b2', 'b3'])
    const reply = await replyTo(BOB)
    deliver.now(BOB)
    await test.clock.pass(0)
    expect(nodes.sent.map(({ node }) => node).sort()).toEqual(['b1', 'b2', 'b3'])
    expect([...(await deliveryOf(reply)).ackedBy].sort()).toEqual(['b1', 'b2', 'b3'])
    expect(told('delivered')).toHaveLength(1)
  })

  it('O7.5: is tried at the node that was away until it has it too, and told as delivered once', async () => {
    nodes.known.set(BOB, ['b1', 'b2'])
    nodes.behave = node => {
      if (node === 'b2') throw new Error('is away')
      return { result: 'stored' }
    }
    const reply = await replyTo(BOB)
    deliver.start()
    await test.clock.pass(0)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'delivered', open: true, ackedBy: ['b1'] })
    expect((await deliveryOf(reply)).lastError).toContain('is away')
    nodes.behave = () => ({ result: 'stored' })
    await test.clock.pass(6 * MINUTE_MS)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'delivered', open: false, ackedBy: ['b1', 'b2'] })
    expect(nodes.sent.filter(({ node }) => node === 'b1')).toHaveLength(1)
    expect(told('delivered')).toHaveLength(1)
  })

  it('O7.6: to somebody without a known node waits by the schedule, and is told as waiting once', async () => {
    const reply = await replyTo(BOB)
    deliver.start()
    await test.clock.pass(0)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'waiting', attempts: 1, dueMs: NOW_MS + 5 * MINUTE_MS })
    expect(told('waiting')).toEqual([
      {
        what: 'waiting',
        event: reply,
        to: BOB,
        nextTryMs: NOW_MS + 5 * MINUTE_MS,
        reason: 'no node of theirs is known yet',
      },
    ])
    await test.clock.pass(16 * MINUTE_MS)
    expect(await deliveryOf(reply)).toMatchObject({ attempts: 3 })
    expect(told('waiting')).toHaveLength(1)
  })

  it('O7.6: is tried ten times at 0, 5, 15, 35 … 2,555 minutes, and expires 3.5 days after the publication', async () => {
    nodes.known.set(BOB, ['b1'])
    const tries: number[] = []
    nodes.behave = () => {
      tries.push(Math.round((test.clock.nowMs() - NOW_MS) / MINUTE_MS))
      throw new Error('nobody is there')
    }
    const reply = await replyTo(BOB)
    deliver.start()
    await test.clock.pass(2_560 * MINUTE_MS)
    // The worker looks once a minute at most, so a try may come up to a minute late.
    expect(tries).toHaveLength(10)
    for (const [i, minute] of [0, 5, 15, 35, 75, 155, 315, 635, 1_275, 2_555].entries()) {
      expect(tries[i]! - minute).toBeGreaterThanOrEqual(0)
      expect(tries[i]! - minute).toBeLessThanOrEqual(10)
    }
    expect(await deliveryOf(reply)).toMatchObject({ state: 'expired', open: false, attempts: 10 })
    expect(told('expired')).toEqual([{ what: 'expired', event: reply, to: BOB }])
  })

  it('O7.6: is tried at once when a node of the recipient is heard of, which does not use up the schedule', async () => {
    nodes.known.set(BOB, ['b1'])
    nodes.behave = () => {
      throw new Error('not yet')
    }
    const reply = await replyTo(BOB)
    deliver.start()
    await test.clock.pass(0)
    for (let i = 0; i < 20; i++) {
      deliver.now(BOB)
      await test.clock.pass(1_000)
    }
    expect(nodes.sent).toHaveLength(21)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'waiting', attempts: 1, dueMs: NOW_MS + 5 * MINUTE_MS })
    nodes.behave = () => ({ result: 'stored' })
    deliver.now(BOB)
    await test.clock.pass(0)
    expect((await deliveryOf(reply)).state).toBe('delivered')
  })

  const FINAL: RejectionCode[] = [
    'malformed',
    'too-large',
    'bad-id',
    'bad-signature',
    'expired',
    'deleted',
    'not-public',
    'not-for-us',
  ]
  it.each(Object.keys(CONSEQUENCES) as RejectionCode[])(
    'O7.4: refused as %s is tried again only where that may help',
    async code => {
      nodes.known.set(BOB, ['b1'])
      nodes.behave = () => reject(code, 'because')
      const reply = await replyTo(BOB)
      deliver.now(BOB)
      await test.clock.pass(0)
      const isFinal = FINAL.includes(code)
      const delivery = await deliveryOf(reply)
      expect(delivery).toMatchObject({ state: isFinal ? 'expired' : 'waiting', open: !isFinal })
      expect(delivery.lastError).toContain('because')
    },
  )

  it('O7.4: refused by one node for good is done when the others have it', async () => {
    nodes.known.set(BOB, ['b1', 'b2'])
    nodes.behave = node => (node === 'b1' ? reject('not-for-us', 'no') : { result: 'stored' })
    const reply = await replyTo(BOB)
    deliver.now(BOB)
    await test.clock.pass(0)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'delivered', open: false, ackedBy: ['b2'] })
  })

  it('is over when its event is gone from the store', async () => {
    const reply = await replyTo(BOB, CAROL)
    nodes.known.set(BOB, ['b1'])
    const events = { get: () => undefined }
    deliver = createDeliver({
      locate: nodes.locate,
      send: nodes.send,
      isServing: () => false,
      outbox,
      events,
      clock: test.clock,
      log: () => {},
      counters: createCounters(),
      onActivity: activity => activities.push(activity),
    })
    deliver.now(BOB)
    await test.clock.pass(0)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'expired', open: false })
    expect(nodes.sent).toEqual([])
  })
})

describe('many deliveries', () => {
  it('to one recipient go in order, in requests that are within the bounds', async () => {
    nodes.known.set(BOB, ['b1'])
    const sent: string[] = []
    for (let i = 0; i < 250; i++) sent.push((await replyTo(BOB)).id)
    deliver.now(BOB)
    await test.clock.pass(0)
    await settle()
    expect(nodes.sent.flatMap(({ ids }) => ids)).toEqual(sent)
    for (const { ids, bytes } of nodes.sent) {
      expect(ids.length).toBeLessThanOrEqual(100)
      expect(bytes).toBeLessThan(MAX_DELIVER_BYTES)
    }
    expect(outbox.counts()).toEqual({ waiting: 0, delivered: 250, expired: 0 })
  })

  it('of the largest size go one by one', async () => {
    nodes.known.set(BOB, ['b1'])
    for (let i = 0; i < 3; i++) {
      const big = unsignedEvent(ALICE, { content: 'x'.repeat(250_000) + i, tags: [['p', BOB]] })
      await test.put(big, { to: [BOB] })
    }
    deliver.now(BOB)
    await test.clock.pass(0)
    expect(nodes.sent.map(({ ids }) => ids.length)).toEqual([1, 1, 1])
    for (const { bytes } of nodes.sent) expect(bytes).toBeLessThan(MAX_DELIVER_BYTES)
  })

  it('behind a hundred that one node still lacks are served all the same', async () => {
    nodes.known.set(BOB, ['b1', 'b2'])
    nodes.behave = node => {
      if (node === 'b2') throw new Error('is away')
      return { result: 'stored' }
    }
    for (let i = 0; i < 120; i++) await replyTo(BOB)
    deliver.now(BOB)
    await test.clock.pass(0)
    await settle(40)
    expect(outbox.counts()).toEqual({ waiting: 0, delivered: 120, expired: 0 })
    // A node that failed once in a round is not waited for again in that round.
    expect(nodes.sent.filter(({ node }) => node === 'b2')).toHaveLength(1)
  })

  it('to one recipient who stalls do not hold up the others', async () => {
    nodes.known.set(BOB, ['b1']).set(CAROL, ['c1'])
    const stalled = Promise.withResolvers<Receipt>()
    nodes.behave = node => (node === 'b1' ? stalled.promise : { result: 'stored' })
    const reply = await replyTo(BOB, CAROL)
    deliver.start()
    await test.clock.pass(2_000)
    expect((await deliveryOf(reply, CAROL)).state).toBe('delivered')
    expect((await deliveryOf(reply, BOB)).state).toBe('waiting')
    stalled.resolve({ result: 'stored' })
    await test.clock.pass(0)
    expect((await deliveryOf(reply, BOB)).state).toBe('delivered')
  })

  it('asked for twice at a time are sent once', async () => {
    nodes.known.set(BOB, ['b1'])
    await replyTo(BOB)
    for (let i = 0; i < 5; i++) deliver.now(BOB)
    await test.clock.pass(0)
    expect(nodes.sent).toHaveLength(1)
  })

  it('published while a round is at work go in the next one', async () => {
    nodes.known.set(BOB, ['b1'])
    const first = Promise.withResolvers<Receipt>()
    nodes.behave = () => first.promise
    await replyTo(BOB)
    deliver.now(BOB)
    await test.clock.pass(0)
    const second = await replyTo(BOB)
    deliver.now(BOB)
    await test.clock.pass(0)
    expect(nodes.sent).toHaveLength(1)
    first.resolve({ result: 'stored' })
    await test.clock.pass(0)
    expect(nodes.sent[1]?.ids).toEqual([second.id])
  })
})

describe('the outbox over time', () => {
  it('goes on after a restart where it was', async () => {
    const reply = await replyTo(BOB)
    deliver.start()
    await test.clock.pass(0)
    deliver.stop()
    const store = await test.reopen()
    outbox = store.outbox
    test = { ...test, store }
    deliver = start(outbox)
    deliver.start()
    await test.clock.pass(MINUTE_MS)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'waiting', attempts: 1 })
    nodes.known.set(BOB, ['b1'])
    await test.clock.pass(5 * MINUTE_MS)
    expect((await deliveryOf(reply)).state).toBe('delivered')
  })

  it('a stop in the middle of a try is no failed try, and nothing is tried afterwards', async () => {
    nodes.known.set(BOB, ['b1'])
    const cut = Promise.withResolvers<Receipt>()
    nodes.behave = () => cut.promise
    const reply = await replyTo(BOB)
    deliver.start()
    await test.clock.pass(0)
    deliver.stop()
    cut.reject(new Error('the node stops'))
    await test.clock.pass(60 * MINUTE_MS)
    expect(await deliveryOf(reply)).toMatchObject({ state: 'waiting', attempts: 0, lastError: '' })
    deliver.now(BOB)
    deliver.pass(reply, BOB)
    await test.clock.pass(0)
    expect(nodes.sent).toHaveLength(1)
    expect(test.clock.waiting()).toBe(0)
  })

  it('a disk that fails for a while costs time and nothing else', async () => {
    nodes.known.set(BOB, ['b1'])
    const reply = await replyTo(BOB)
    let isBroken = true
    const broken = <T>(value: T): T => {
      if (isBroken) throw new Error('no space left on device')
      return value
    }
    deliver = start({
      ...outbox,
      due: async (nowMs, limit) => broken(await outbox.due(nowMs, limit)),
      openFor: async (to, limit, after) => broken(await outbox.openFor(to, limit, after)),
    })
    deliver.start()
    deliver.now(BOB)
    await test.clock.pass(MINUTE_MS)
    expect(nodes.sent).toEqual([])
    isBroken = false
    await test.clock.pass(2 * MINUTE_MS)
    expect((await deliveryOf(reply)).state).toBe('delivered')
  })
})

describe('an ephemeral event', () => {
  const typing = unsignedEvent(ALICE, { kind: 20_001, tags: [['p', BOB]] })

  it('is sent once to every node of the recipient and never stored', async () => {
    nodes.known.set(BOB, ['b1', 'b2'])
    nodes.behave = node => {
      if (node === 'b1') throw new Error('is away')
      return { result: 'stored' }
    }
    deliver.pass(typing, BOB)
    await test.clock.pass(20 * MINUTE_MS)
    expect(nodes.sent.map(({ node, ids }) => [node, ids])).toEqual([
      ['b1', [typing.id]],
      ['b2', [typing.id]],
    ])
    expect(outbox.counts().waiting).toBe(0)
  })

  it('for somebody without a node is lost without a word', async () => {
    deliver.pass(typing, BOB)
    await test.clock.pass(0)
    expect(nodes.sent).toEqual([])
    expect(activities).toEqual([])
  })
})
