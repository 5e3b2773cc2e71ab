/** What two nodes of one owner tell each other of their deliveries (specification/overlay.md, O20.8). */

import { beforeEach, describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../../src/event/event.ts'
import { createSharedDeliveries, type SharedDeliveries } from '../../../src/flow/own-deliveries.ts'
import type { Delivery } from '../../../src/store/store.ts'
import { decodeOwnDeliveries, encodeOwnDeliveries, type OwnDeliveries } from '../../../src/wire/own.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { writeDeliveries } from '../../support/deliveries.ts'
import { personFrom, unsignedEvent } from '../../support/events.ts'
import { NOW_MS, openTestStore, type TestStore } from './memory-store.ts'

const ALICE = personFrom('alice').pubkey
const [BOB, CAROL] = [personFrom('bob').pubkey, personFrom('carol').pubkey]

const cleanUp = useCleanUp()

interface OwnNode {
  readonly name: string
  readonly test: TestStore
  readonly shared: SharedDeliveries
  /** Recipients that were to be tried at once. */
  readonly tried: string[]
  questions: number
}

let bound: Set<string>
let all: Map<string, OwnNode>
/** Happens while a question is under way. */
let meanwhile = async (): Promise<void> => {}

async function startOwn(name: string): Promise<OwnNode> {
  const test = await openTestStore(cleanUp)
  const tried: string[] = []
  const shared = createSharedDeliveries({
    node: name,
    outbox: test.store.outbox,
    nodes: () => [...bound].filter(other => other !== name),
    isOwn: peer => bound.has(peer) && bound.has(name),
    ask: node => ({
      async deliveries(ids) {
        own.questions++
        await meanwhile()
        const answer = await all.get(node)!.shared.answer(name, ids)
        if (answer === undefined) throw new Error('the stream was reset')
        return decodeOwnDeliveries(encodeOwnDeliveries(answer)) as OwnDeliveries
      },
    }),
    deliver: to => void tried.push(to),
    clock: test.clock,
  })
  const own: OwnNode = { name, test, shared, tried, questions: 0 }
  bound.add(name)
  all.set(name, own)
  return own
}

let first: OwnNode
let second: OwnNode
beforeEach(async () => {
  bound = new Set()
  all = new Map()
  meanwhile = async () => {}
  first = await startOwn('a1')
  second = await startOwn('a2')
})

let made = 0
/** Published at the first, copied by the second. */
async function reply(to: readonly string[] = [BOB]): Promise<VerifiedEvent> {
  const event = unsignedEvent(ALICE, { content: `reply ${++made}`, tags: to.map(pubkey => ['p', pubkey]) })
  await first.test.put(event, { to })
  await copy(event, to, second, 'a1')
  return event
}

async function copy(event: VerifiedEvent, to: readonly string[], { test }: OwnNode, from: string): Promise<void> {
  const pending = { broadcast: false, to, standby: { for: from, dueMs: NOW_MS + 60_000 } }
  await test.store.events.put(event, { durable: false, pending })
}

async function at({ test }: OwnNode, event: VerifiedEvent, to = BOB): Promise<Delivery> {
  return (await test.store.outbox.ofEvent(event.id)).find(delivery => delivery.to === to)!
}

async function change(own: OwnNode, event: VerifiedEvent, changes: Partial<Delivery>): Promise<void> {
  await writeDeliveries(own.test.store.outbox, [{ ...(await at(own, event)), ...changes }])
}

const DELIVERED = { state: 'delivered', open: false, ackedBy: ['b1'] } as const

describe('O20.8: of deliveries', () => {
  it('nothing is asked while none is open, and nothing changes while the other one is at it', async () => {
    await second.shared.compare('a1')
    expect(second.questions).toBe(0)
    const event = await reply()
    const before = await at(second, event)
    await second.shared.compare('a1')
    expect(second.questions).toBe(1)
    expect(await at(second, event)).toEqual(before)
  })

  it.each([
    ['the one whose it is delivered', 0, 1],
    ['the other one delivered', 1, 0],
  ])('%s: both show it, with the node that has it', async (_, teller, learner) => {
    const event = await reply()
    const [told, learning] = [[first, second][teller]!, [first, second][learner]!]
    await change(told, event, DELIVERED)
    await learning.shared.compare(told.name)
    expect(await at(learning, event)).toMatchObject(DELIVERED)
    expect(learning.test.store.outbox.counts()).toEqual(told.test.store.outbox.counts())
    expect(learning.tried).toEqual([])
  })

  it('what was done here while the other one was asked stays done', async () => {
    const event = await reply()
    await change(second, event, { state: 'delivered', ackedBy: ['b2'] })
    meanwhile = () => change(first, event, { ...DELIVERED, attempts: 1 })
    await first.shared.compare('a2')
    expect(await at(first, event)).toMatchObject({ ...DELIVERED, attempts: 1 })
  })

  it('each recipient stands for itself, and what some node of theirs lacks stays open', async () => {
    const event = await reply([BOB, CAROL])
    await change(first, event, { state: 'delivered', open: true, ackedBy: ['b1'] })
    await second.shared.compare('a1')
    expect(await at(second, event)).toMatchObject({ state: 'delivered', open: true, standbyFor: 'a1', ackedBy: ['b1'] })
    expect(await at(second, event, CAROL)).toMatchObject({ state: 'waiting', open: true })
  })

  it('given up by the one whose it is: the other one gives up too; the other way round nothing follows', async () => {
    const event = await reply()
    await change(second, event, { state: 'expired', open: false })
    await first.shared.compare('a2')
    expect(await at(first, event)).toMatchObject({ state: 'waiting', open: true })
    const next = await reply()
    await change(first, next, { state: 'expired', open: false })
    await second.shared.compare('a1')
    expect(await at(second, next)).toMatchObject({ state: 'expired', open: false })
  })

  it('unknown to the node whose it was, it is made here: that one lost its data', async () => {
    const event = unsignedEvent(ALICE, { content: 'only here', tags: [['p', BOB]] })
    await copy(event, [BOB], second, 'a1')
    await second.shared.compare('a1')
    expect((await at(second, event)).standbyFor).toBeUndefined()
    expect(second.tried).toEqual([BOB])
  })

  it('two that wait for each other stop waiting; one that copied from a copier waits for the first', async () => {
    const event = await reply()
    const third = await startOwn('a3')
    await copy(event, [BOB], third, 'a2')
    await third.shared.compare('a2')
    expect(await at(third, event)).toMatchObject({ standbyFor: 'a1' })
    const mutual = unsignedEvent(ALICE, { content: 'restored', tags: [['p', BOB]] })
    await copy(mutual, [BOB], first, 'a2')
    await copy(mutual, [BOB], second, 'a1')
    await second.shared.compare('a1')
    expect((await at(second, mutual)).standbyFor).toBeUndefined()
    bound.delete('a1')
    await third.shared.compare('a2')
    expect((await at(third, event)).standbyFor).toBe('a1')
  })

  it('a node whose binding ended gets no answer, also when it ends while the answer is made', async () => {
    const event = await reply()
    const answer = first.shared.answer('a2', [event.id])
    bound.delete('a2')
    expect(await answer).toBeUndefined()
    await expect(second.shared.compare('a1')).rejects.toThrow('reset')
  })

  it('hundreds are asked about in few questions', async () => {
    for (let i = 0; i < 600; i++) await reply()
    await second.shared.compare('a1')
    expect(second.questions).toBe(3)
  })

  it('an answer that is no answer is refused before anything changes', async () => {
    const event = await reply()
    const shared = createSharedDeliveries({
      node: 'a2',
      outbox: second.test.store.outbox,
      nodes: () => ['a1'],
      isOwn: () => true,
      ask: () => ({ deliveries: async () => [] }),
      deliver: () => {},
      clock: second.test.clock,
    })
    await expect(shared.compare('a1')).rejects.toThrow('fit')
    expect(await at(second, event)).toMatchObject({ state: 'waiting' })
  })
})
