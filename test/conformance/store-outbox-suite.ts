/** What any store does with deliveries, unsent events and known peers. Runs on every database (store.test.ts). */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KIND } from '../../src/event/kinds.ts'
import type { Database } from '../../src/store/database.ts'
import type { Delivery, Store } from '../../src/store/store.ts'
import { writeDeliveries } from '../support/deliveries.ts'
import { strangerKey, unsignedEvent } from '../support/events.ts'
import { type Backend, type BackendFactory, START_MS, tableSizes } from '../support/stores.ts'

const owner = strangerKey('owner')
const alice = strangerKey('alice')
const bob = strangerKey('bob')
const DAY_MS = 24 * 3600 * 1000

export function storeOutboxSuite(createBackend: BackendFactory): void {
  let backend: Backend
  let store: Store
  let db: Database
  let nowMs = START_MS

  const options = { nowMs: () => nowMs }
  beforeEach(async () => {
    nowMs = START_MS
    backend = await createBackend()
    ;({ store, db } = await backend.open(options))
  })
  afterEach(() => backend.dispose())

  const reply = (content: string) => unsignedEvent(owner, { content, tags: [['p', alice]] })
  const send = async (content: string, to: readonly string[]) => {
    const event = reply(content)
    const { position } = await store.events.put(event, { durable: true, pending: { broadcast: false, to } })
    return { event, position }
  }
  const settle = (delivery: Delivery, state: Delivery['state']): Delivery => {
    return { ...delivery, state, open: false, attempts: delivery.attempts + 1, changedMs: nowMs }
  }

  describe('with deliveries', () => {
    test('writes one for each recipient together with the event, due at once', async () => {
      const { event, position } = await send('hello', [alice, bob, alice])
      const deliveries = await store.outbox.ofEvent(event.id)
      expect(deliveries.map(delivery => delivery.to).sort()).toEqual([alice, bob].sort())
      expect(deliveries[0]).toEqual({
        eventId: event.id,
        position,
        to: deliveries[0]!.to,
        state: 'waiting',
        attempts: 0,
        createdMs: START_MS,
        changedMs: START_MS,
        dueMs: START_MS,
        open: true,
        ackedBy: [],
        lastError: '',
      })
      expect(store.outbox.counts()).toEqual({ waiting: 2, delivered: 0, expired: 0 })
      expect(await store.outbox.due(START_MS, 10)).toHaveLength(2)
      expect(await store.outbox.due(START_MS - 1, 10)).toEqual([])
      expect(await store.outbox.nextDueMs()).toBe(START_MS)
      expect((await store.outbox.recipients(10)).sort()).toEqual([alice, bob].sort())
      expect(await store.outbox.recipients(1)).toHaveLength(1)
    })

    test('has nothing due, and nobody waiting, when it is empty', async () => {
      expect(await store.outbox.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
      expect(await store.outbox.nextDueMs()).toBeUndefined()
      expect(await store.outbox.recipients(10)).toEqual([])
      expect(await store.outbox.list(10)).toEqual([])
      expect(await store.outbox.ofEvent('00'.repeat(32))).toEqual([])
    })

    test('finds the open ones by due time and by recipient in order, over a restart', async () => {
      for (const n of [1, 2, 3]) await send(`to alice ${n}`, [alice])
      await send('to bob', [bob])
      const toAlice = await store.outbox.openFor(alice, 10)
      const dues = [30_000, 10_000, 20_000]
      await writeDeliveries(
        store.outbox,
        toAlice.map((delivery, i) => ({ ...delivery, dueMs: START_MS + dues[i]!, attempts: 1 })),
      )
      await store.close()
      ;({ store, db } = await backend.open(options))
      expect((await store.outbox.openFor(alice, 10)).map(({ position }) => position)).toEqual(
        toAlice.map(({ position }) => position),
      )
      expect(await store.outbox.openFor(alice, 2)).toHaveLength(2)
      const due = await store.outbox.due(START_MS + 25_000, 10)
      expect(due.map(({ dueMs }) => dueMs - START_MS)).toEqual([0, 10_000, 20_000])
      expect(due.map(({ attempts }) => attempts)).toEqual([0, 1, 1])
    })

    test('moves a settled one out of the open ones and counts it', async () => {
      const { event } = await send('hello', [alice, bob])
      const [first] = await store.outbox.openFor(alice, 1)
      nowMs += 1_000
      await writeDeliveries(store.outbox, [{ ...settle(first!, 'delivered'), ackedBy: ['12D3node'] }])
      expect(await store.outbox.openFor(alice, 1)).toEqual([])
      expect(await store.outbox.recipients(10)).toEqual([bob])
      expect(store.outbox.counts()).toEqual({ waiting: 1, delivered: 1, expired: 0 })
      expect((await store.outbox.list(10)).map(({ to }) => to)).toEqual([bob, alice])
      expect((await store.outbox.ofEvent(event.id)).find(({ to }) => to === alice)).toMatchObject({
        state: 'delivered',
        ackedBy: ['12D3node'],
      })
    })

    test('keeps one open that was delivered while another node still lacks it', async () => {
      await send('hello', [alice])
      const [first] = await store.outbox.openFor(alice, 1)
      await writeDeliveries(store.outbox, [{ ...first!, state: 'delivered', ackedBy: ['one'], dueMs: START_MS + 5 }])
      expect(store.outbox.counts()).toEqual({ waiting: 0, delivered: 1, expired: 0 })
      expect(await store.outbox.nextDueMs()).toBe(START_MS + 5)
    })

    test('forgets settled ones after a week', async () => {
      await send('old', [alice])
      await writeDeliveries(
        store.outbox,
        (await store.outbox.openFor(alice, 1)).map(one => settle(one, 'delivered')),
      )
      nowMs += 7 * DAY_MS + 1
      await send('new', [alice])
      await writeDeliveries(
        store.outbox,
        (await store.outbox.openFor(alice, 1)).map(one => settle(one, 'expired')),
      )
      expect(store.outbox.counts()).toEqual({ waiting: 0, delivered: 0, expired: 1 })
      expect(await store.outbox.list(10)).toMatchObject([{ state: 'expired' }])
      expect((await tableSizes(db))[12]).toBe(1)
    })

    test('forgets the longest settled ones beyond a thousand', async () => {
      const everybody = Array.from({ length: 1_005 }, (_, i) => strangerKey(`recipient ${i}`))
      for (let i = 0; i < everybody.length; i += 100) await send(`to many ${i}`, everybody.slice(i, i + 100))
      const open = await store.outbox.due(START_MS, 2_000)
      expect(open).toHaveLength(1_005)
      await writeDeliveries(
        store.outbox,
        open.map((one, i) => ({ ...settle(one, 'delivered'), changedMs: START_MS + i })),
      )
      expect(store.outbox.counts()).toEqual({ waiting: 0, delivered: 1_000, expired: 0 })
      const kept = await store.outbox.list(2_000)
      expect(kept.map(({ changedMs }) => changedMs - START_MS)).toEqual(
        Array.from({ length: 1_000 }, (_, i) => 1_004 - i),
      )
    })

    test('drops the deliveries of an event that is deleted, so that a deleted reply is not sent', async () => {
      const { event } = await send('regretted', [alice, bob])
      const [toAlice] = await store.outbox.openFor(alice, 1)
      await store.events.put(unsignedEvent(owner, { kind: KIND.deletion, tags: [['e', event.id]] }), { durable: true })
      expect(await store.outbox.recipients(10)).toEqual([])
      expect(store.outbox.counts()).toEqual({ waiting: 0, delivered: 0, expired: 0 })
      // A sender that was on its way reports back: nothing comes to life again.
      await writeDeliveries(store.outbox, [settle(toAlice!, 'delivered')])
      expect(store.outbox.counts()).toEqual({ waiting: 0, delivered: 0, expired: 0 })
      expect(
        Object.keys(await tableSizes(db))
          .map(Number)
          .filter(table => table >= 11),
      ).toEqual([])
    })
  })

  describe('with events to be gossiped', () => {
    test('lists them oldest first until they are marked as sent, over a restart', async () => {
      const events = [1, 2, 3].map(n => unsignedEvent(owner, { content: `post ${n}` }))
      const pending = { broadcast: true, to: [] }
      for (const event of events) await store.events.put(event, { durable: true, pending })
      const unsent = await store.outbox.unsent(10)
      expect(unsent.map(({ event }) => event)).toEqual(events)
      expect(await store.outbox.unsent(1)).toHaveLength(1)
      const [first, second, third] = unsent.map(({ position }) => position)
      await store.outbox.markSent([
        { position: first!, nodes: 7, atMs: START_MS + 5 },
        { position: third!, nodes: 300, atMs: START_MS + 6 },
      ])
      // Once is enough: what was sent, and what does not go to everybody, stays as it is.
      await store.outbox.markSent([{ position: first!, nodes: 1, atMs: START_MS + 9 }])
      await store.outbox.markSent([{ position: third! + 1, nodes: 1, atMs: START_MS + 9 }])
      await store.close()
      ;({ store, db } = await backend.open(options))
      expect((await store.outbox.unsent(10)).map(({ event }) => event.id)).toEqual([events[1]!.id])
      expect(store.outbox.gossipOf(first!)).toEqual({ nodes: 7, atMs: START_MS + 5 })
      expect(store.outbox.gossipOf(second!)).toBe('unsent')
      expect(store.outbox.gossipOf(third!)).toEqual({ nodes: 300, atMs: START_MS + 6 })
      expect(store.outbox.gossipOf(third! + 1)).toBeUndefined()
    })

    test('forgets with an event to whom it was passed', async () => {
      const event = unsignedEvent(owner, { content: 'soon gone' })
      await store.events.put(event, { durable: true, pending: { broadcast: true, to: [] } })
      const [unsent] = await store.outbox.unsent(1)
      await store.outbox.markSent([{ position: unsent!.position, nodes: 2, atMs: START_MS }])
      await store.events.put(unsignedEvent(owner, { kind: KIND.deletion, tags: [['e', event.id]] }), { durable: true })
      expect(store.outbox.gossipOf(unsent!.position)).toBeUndefined()
      expect((await tableSizes(db))[27]).toBeUndefined()
    })

    test('drops a profile that was replaced before it was sent', async () => {
      const profile = (created_at: number) => unsignedEvent(owner, { kind: KIND.profile, created_at })
      const pending = { broadcast: true, to: [] }
      await store.events.put(profile(1), { durable: true, pending })
      await store.events.put(profile(2), { durable: true, pending })
      expect((await store.outbox.unsent(10)).map(({ event }) => event.created_at)).toEqual([2])
    })
  })

  describe('with known peers', () => {
    test('keeps them over a restart and the latest word of each', async () => {
      const peer = { id: '12D3KooWa', addresses: ['/ip4/127.0.0.1/tcp/1'], lastSeenMs: 1 }
      await store.peers.save([peer, { ...peer, id: '12D3KooWb' }])
      await store.peers.save([{ ...peer, addresses: ['/ip4/127.0.0.1/tcp/2'], lastSeenMs: 2 }])
      await store.close()
      ;({ store, db } = await backend.open(options))
      expect(await store.peers.list()).toEqual([
        { id: '12D3KooWa', addresses: ['/ip4/127.0.0.1/tcp/2'], lastSeenMs: 2 },
        { id: '12D3KooWb', addresses: ['/ip4/127.0.0.1/tcp/1'], lastSeenMs: 1 },
      ])
    })

    test('forgets the longest unseen beyond its bound', async () => {
      const peers = Array.from({ length: 510 }, (_, i) => ({ id: `peer ${i}`, addresses: [], lastSeenMs: i }))
      await store.peers.save(peers)
      const kept = await store.peers.list()
      expect(kept).toHaveLength(500)
      expect(Math.min(...kept.map(({ lastSeenMs }) => lastSeenMs))).toBe(10)
    })

    test('forgets who was not seen for 90 days, counted from who was seen last', async () => {
      const dayMs = 86_400_000
      const seen = (id: string, day: number) => ({ id, addresses: [], lastSeenMs: day * dayMs })
      await store.peers.save([seen('old', 1), seen('older', 0)])
      expect(await store.peers.list()).toHaveLength(2)
      await store.peers.save([seen('new', 91)])
      expect((await store.peers.list()).map(({ id }) => id).sort()).toEqual(['new', 'old'])
    })
  })

  describe('with the time up to which it is complete', () => {
    test('knows none before it was told, then the last one, over a restart', async () => {
      expect(store.completeness.completeUntil()).toBeUndefined()
      await store.completeness.save(1_700_000_000)
      await store.completeness.save(1_700_000_060)
      await store.close()
      ;({ store, db } = await backend.open(options))
      expect(store.completeness.completeUntil()).toBe(1_700_000_060)
    })
  })
}
