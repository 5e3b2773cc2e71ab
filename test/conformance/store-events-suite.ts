/** What any store does with events. Runs on every database (store.test.ts). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { KIND } from '../../src/event/kinds.ts'
import type { Database } from '../../src/store/database.ts'
import { POSITIONS_PER_MS, type Position, type PutResult, type Store } from '../../src/store/store.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { BASE_SECONDS, strangerKey, unsignedEvent } from '../support/events.ts'
import { type Backend, type BackendFactory, countedUsage, START_MS, tableSizes } from '../support/stores.ts'

const alice = strangerKey('alice')
const bob = strangerKey('bob')
const PLAIN = { durable: false }

export function storeEventsSuite(createBackend: BackendFactory): void {
  let backend: Backend
  let store: Store
  let db: Database

  beforeEach(async () => {
    backend = await createBackend()
    ;({ store, db } = await backend.open())
  })
  afterEach(() => backend.dispose())

  const put = async (event: VerifiedEvent): Promise<PutResult> => (await store.events.put(event, PLAIN)).result
  const putTogether = async (events: readonly VerifiedEvent[]): Promise<PutResult[]> => {
    const outcomes = await Promise.all(events.map(event => store.events.put(event, PLAIN)))
    return outcomes.map(outcome => outcome.result)
  }
  const heldIds = async (): Promise<string[]> => (await store.events.after(0, 1000, 1e9)).map(({ event }) => event.id)

  describe('keeps events', () => {
    test('and gives back exactly what was put, whatever its text and tags hold', async () => {
      const hex = 'ab'.repeat(32)
      const event = unsignedEvent(alice, {
        kind: 65_535,
        created_at: 2 ** 32 - 1,
        content: 'Grüße 🌱\u0000\n"\\',
        tags: [
          ['e', hex, '', 'root'],
          ['sig', 'cd'.repeat(64)],
          ['p', hex.toUpperCase()],
          ['x', 'ab'.repeat(16)],
          ['emoji', '🌱', ''],
          ['-'],
          ['long', 'é'.repeat(4_000)],
          Array.from({ length: 100 }, (_, i) => `element ${i}`),
        ],
      })
      await put(event)
      expect(store.events.get(event.id)).toEqual(event)
      expect(store.events.has(event.id)).toBe(true)
      expect(store.events.has(hex)).toBe(false)
      expect(store.events.get(hex)).toBeUndefined()
    })

    test('over a restart, with positions, counters and epoch', async () => {
      const events = Array.from({ length: 50 }, (_, i) => unsignedEvent(alice, { content: `post ${i}` }))
      await putTogether(events)
      const before = {
        page: await store.events.after(0, 100, 1e9),
        last: store.events.lastPosition(),
        usage: store.events.usage(),
        epoch: store.events.epoch,
      }
      await store.close()
      ;({ store, db } = await backend.open())
      expect(await store.events.after(0, 100, 1e9)).toEqual(before.page)
      expect(before.page.map(({ event }) => event.id)).toEqual(events.map(event => event.id))
      expect(store.events.lastPosition()).toBe(before.last)
      expect(store.events.usage()).toEqual(before.usage)
      expect(store.events.epoch).toBe(before.epoch)
    })

    test('once: the second of two equal puts is a duplicate at the same position, also in one group', async () => {
      const event = unsignedEvent(alice)
      const [first, second] = await Promise.all([store.events.put(event, PLAIN), store.events.put(event, PLAIN)])
      expect(first.result).toBe('stored')
      expect(second).toEqual({ result: 'duplicate', position: first.position })
      expect(await store.events.put(event, { durable: true })).toEqual(second)
      expect(store.events.usage().events).toBe(1)
    })

    test('and an epoch of its own, unlike any other store', async () => {
      const other = await createBackend()
      const { store: second } = await other.open()
      expect(second.events.epoch).not.toBe(store.events.epoch)
      await other.dispose()
    })
  })

  describe('of a replaceable kind', () => {
    const profile = (created_at: number, content: string) =>
      unsignedEvent(alice, { kind: KIND.profile, created_at, content, tags: [['t', content]] })

    test('keeps only the newest, with no trace of the others in any index', async () => {
      const [old, middle, young] = [profile(10, 'old'), profile(20, 'middle'), profile(30, 'young')]
      expect(await putTogether([middle, old, young])).toEqual(['stored', 'superseded', 'stored'])
      expect(await put(middle)).toBe('superseded')
      expect(store.events.newest(alice, KIND.profile)?.event).toEqual(young)
      expect(store.events.get(middle.id)).toBeUndefined()
      expect(await store.events.query({ tags: new Map([['t', ['middle']]]) }, 10)).toEqual([])
      expect(await store.events.query({ authors: [alice] }, 10)).toEqual([young])
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
    })

    test('decides a tie by the lower id, whichever comes first', async () => {
      const [low, high] = [profile(10, 'one'), profile(10, 'two')].sort((a, b) => (a.id < b.id ? -1 : 1)) as [
        VerifiedEvent,
        VerifiedEvent,
      ]
      expect([await put(high), await put(low), await put(high)]).toEqual(['stored', 'stored', 'superseded'])
      expect(store.events.newest(alice, KIND.profile)?.event.id).toBe(low.id)
    })

    test('tells addressable ones apart by kind, author and d tag', async () => {
      const addressed = (pubkey: string, kind: number, d: string, created_at = 10) =>
        unsignedEvent(pubkey, { kind, created_at, tags: [['d', d]] })
      const kept = [addressed(alice, 30_000, 'a'), addressed(alice, 30_000, 'b'), addressed(alice, 30_001, 'a')]
      kept.push(addressed(bob, 30_000, 'a'), addressed(alice, 30_000, ''))
      expect(new Set(await putTogether(kept))).toEqual(new Set(['stored']))
      const newer = addressed(alice, 30_000, 'a', 11)
      await put(newer)
      expect(store.events.newest(alice, 30_000, 'a')?.event.id).toBe(newer.id)
      expect(store.events.newest(alice, 30_000, 'b')?.event.id).toBe(kept[1]!.id)
      expect(store.events.newest(alice, 30_000)?.event.id).toBe(kept[4]!.id)
      expect(store.events.usage().events).toBe(5)
    })
  })

  describe('when something is deleted (NIP-09)', () => {
    const post = unsignedEvent(alice, { content: 'to be deleted' })
    const deletion = (pubkey: string, tags: string[][], created_at = BASE_SECONDS) =>
      unsignedEvent(pubkey, { kind: KIND.deletion, created_at, tags })

    test('removes the target and does not take it back, also after a restart', async () => {
      await put(post)
      expect(store.events.isDeleted(post)).toBe(false)
      expect(await put(deletion(alice, [['e', post.id]]))).toBe('stored')
      expect(store.events.has(post.id)).toBe(false)
      expect(await put(post)).toBe('deleted')
      await store.close()
      ;({ store, db } = await backend.open())
      expect(store.events.isDeleted(post)).toBe(true)
      expect(await put(post)).toBe('deleted')
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
    })

    test.each([
      { order: 'target first', events: [post, deletion(alice, [['e', post.id]])], results: ['stored', 'stored'] },
      { order: 'deletion first', events: [deletion(alice, [['e', post.id]]), post], results: ['stored', 'deleted'] },
    ])('in one group, $order, the target is gone', async ({ events, results }) => {
      expect(await putTogether(events)).toEqual(results)
      expect(store.events.has(post.id)).toBe(false)
      expect(store.events.usage()).toMatchObject({ events: 1 })
    })

    test("passes over a stranger's deletion, before and after the event came", async () => {
      await put(deletion(bob, [['e', post.id]]))
      expect(await put(post)).toBe('stored')
      await put(deletion(bob, [['e', post.id]], BASE_SECONDS + 1))
      expect(store.events.has(post.id)).toBe(true)
    })

    test('never deletes a deletion', async () => {
      const first = deletion(alice, [['e', post.id]])
      await put(first)
      await put(deletion(alice, [['e', first.id]]))
      expect(store.events.has(first.id)).toBe(true)
      const late = deletion(alice, [['e', post.id]], BASE_SECONDS + 5)
      await put(deletion(alice, [['e', late.id]], BASE_SECONDS + 4))
      expect(await put(late)).toBe('stored')
    })

    test('deletes the versions of an address up to its own time, and no later one', async () => {
      const version = (created_at: number) => unsignedEvent(alice, { kind: 30_000, created_at, tags: [['d', 'x']] })
      const address = ['a', `30000:${alice}:x`]
      await put(version(10))
      await put(deletion(alice, [address], 20))
      expect(store.events.newest(alice, 30_000, 'x')).toBeUndefined()
      await put(deletion(alice, [address], 15))
      expect(await put(version(18))).toBe('deleted')
      expect(await put(version(20))).toBe('deleted')
      expect(await put(version(21))).toBe('stored')
      expect(store.events.isDeleted(version(20))).toBe(true)
      expect(store.events.isDeleted(version(21))).toBe(false)
      await put(deletion(bob, [address], 30))
      expect(store.events.newest(alice, 30_000, 'x')?.event.created_at).toBe(21)
    })

    test('gives each thing deleted one place in the order of forgetting, however often it is deleted', async () => {
      const targets = [1, 2, 3].map(n => unsignedEvent(alice, { content: `target ${n}` }))
      const tags = [...targets.map(({ id }) => ['e', id]), ['a', `30000:${alice}:x`], ['a', `30000:${alice}:y`]]
      for (const created_at of [10, 30, 20]) await put(deletion(alice, tags, created_at))
      expect(await tableSizes(db)).toMatchObject({ 8: 3, 9: 2, 10: 5 })
    })

    test("forgets the oldest deletions beyond its bound, strangers' before the owner's", async () => {
      await store.close()
      const worth = { owner: () => alice, isFollowed: () => false }
      ;({ store, db } = await backend.open({ worth }, { maxTombstones: 10 }))
      const target = (pubkey: string, n: number) => unsignedEvent(pubkey, { content: `target ${n}` })
      for (let n = 0; n < 5; n++) await put(deletion(alice, [['e', target(alice, n).id]], n))
      for (let n = 0; n < 30; n++) await put(deletion(bob, [['e', target(bob, n).id]], n))
      const remembered = (pubkey: string, count: number) =>
        Array.from({ length: count }, (_, n) => store.events.isDeleted(target(pubkey, n)))
      expect(remembered(alice, 5)).toEqual(Array(5).fill(true))
      const bobs = remembered(bob, 30)
      expect(bobs.slice(-5)).toEqual(Array(5).fill(true))
      expect(bobs.slice(0, 20)).toEqual(Array(20).fill(false))
      const sizes = await tableSizes(db)
      expect(sizes[8]).toBeLessThanOrEqual(11)
      expect(sizes[10]).toBe(sizes[8])
    })
  })

  describe('in receive order', () => {
    test('gives positions that grow with every put and show the time of receipt', async () => {
      await store.close()
      const times = [START_MS, START_MS, START_MS + 5, START_MS - 60_000, START_MS + 4, START_MS + 6]
      let nowMs = START_MS
      ;({ store, db } = await backend.open({ nowMs: () => nowMs }))
      const positions: Position[] = []
      for (const [i, time] of times.entries()) {
        nowMs = time
        positions.push((await store.events.put(unsignedEvent(alice, { content: `${i}` }), PLAIN)).position)
      }
      const at = (ms: number): Position => ms * POSITIONS_PER_MS
      const later = at(START_MS + 5)
      expect(positions).toEqual([at(START_MS), at(START_MS) + 1, later, later + 1, later + 2, at(START_MS + 6)])
      expect(store.events.lastPosition()).toBe(positions.at(-1))
    })

    test('goes on beyond the last position after a restart with a clock that stepped back', async () => {
      const { position } = await store.events.put(unsignedEvent(alice, { content: 'first' }), PLAIN)
      await store.close()
      ;({ store, db } = await backend.open({ nowMs: () => START_MS - 3_600_000 }))
      const next = await store.events.put(unsignedEvent(alice, { content: 'second' }), PLAIN)
      expect(next.position).toBeGreaterThan(position)
    })

    test('shows a reader with a cursor every event exactly once, in order, while hundreds are put', async () => {
      const events = Array.from({ length: 600 }, (_, i) => unsignedEvent(i % 2 ? alice : bob, { content: `${i}` }))
      const seen: Position[] = []
      const ids = new Set<string>()
      let writing = true
      const writers = Promise.all(
        [0, 1, 2, 3].map(async lane => {
          for (let i = lane; i < events.length; i += 4) {
            await store.events.put(events[i]!, { durable: i % 50 === 0 })
          }
        }),
      ).then(() => {
        writing = false
      })
      for (;;) {
        const wasWriting = writing
        const page = await store.events.after(seen.at(-1) ?? 0, 7, 1e6)
        for (const { event, position } of page) {
          seen.push(position)
          ids.add(event.id)
        }
        if (page.length === 0) {
          if (!wasWriting) break
          await new Promise(setImmediate)
        }
      }
      await writers
      expect(seen).toEqual([...seen].sort((a, b) => a - b))
      expect(seen).toHaveLength(600)
      expect(ids.size).toBe(600)
    })

    test('ends a page at the limit or about the bytes, and shows at least one event', async () => {
      const events = Array.from({ length: 20 }, (_, i) => unsignedEvent(alice, { content: `${i}`.padEnd(1000) }))
      await putTogether(events)
      expect(await store.events.after(0, 5, 1e9)).toHaveLength(5)
      expect(await store.events.after(0, 20, 1)).toHaveLength(1)
      expect((await store.events.after(0, 20, 5_000)).length).toBeLessThanOrEqual(5)
      expect(await store.events.after(store.events.lastPosition(), 5, 1e9)).toEqual([])
      const latest = await store.events.latest(3)
      expect(latest.map(({ event }) => event.id)).toEqual(events.slice(-3).map(event => event.id))
      expect(await store.events.latest(3, latest[1]!.position)).toEqual(latest.slice(2))
      expect(await store.events.latest(0)).toEqual([])
      expect(await store.events.latest(3, 0, 1)).toEqual(latest.slice(2))
    })
  })

  describe('with events that expire (NIP-40)', () => {
    const now = START_MS / 1000
    const until = (expiration: number) =>
      unsignedEvent(alice, { content: `${expiration}`, tags: [['expiration', `${expiration}`]] })

    test('shows none that has expired and removes them when swept', async () => {
      const [past, present, future] = [until(now - 1), until(now), until(now + 1)]
      await putTogether([past, present, future, unsignedEvent(bob)])
      expect((await store.events.query({ authors: [alice] }, 10)).map(event => event.id)).toEqual([future.id])
      expect(await heldIds()).not.toContain(present.id)
      expect((await store.events.latest(10)).map(({ event }) => event.id)).not.toContain(past.id)
      expect(store.events.encoded(present.id)).toBeUndefined()
      expect(Uint8Array.from(store.events.encoded(future.id)!)).toEqual(encodeEvent(future))
      expect(await store.events.sweepExpired(now)).toBe(2)
      expect(await store.events.sweepExpired(now)).toBe(0)
      expect([past, present, future].map(({ id }) => store.events.has(id))).toEqual([false, false, true])
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
    })
  })

  describe('when the disk fails', () => {
    test('rejects the puts of the group, keeps its counters, and goes on when there is space again', async () => {
      await put(unsignedEvent(alice, { content: 'before' }))
      const usage = store.events.usage()
      const last = store.events.lastPosition()
      const write = db.batch
      db.batch = () => Promise.reject(new Error('No space left on device'))
      const lost = [1, 2].map(n => unsignedEvent(alice, { content: `lost ${n}` }))
      const outcomes = await Promise.allSettled(lost.map(event => store.events.put(event, PLAIN)))
      expect(outcomes.map(outcome => outcome.status)).toEqual(['rejected', 'rejected'])
      expect(store.events.usage()).toEqual(usage)
      expect(store.events.lastPosition()).toBe(last)
      expect(store.events.has(lost[0]!.id)).toBe(false)
      expect(await heldIds()).toHaveLength(1)
      db.batch = write
      expect(await putTogether(lost)).toEqual(['stored', 'stored'])
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
    })

    test('counts right after a write that failed and yet was there when the database was opened again', async () => {
      const write = db.batch.bind(db)
      db.batch = async (operations, options) => {
        await write(operations, options)
        throw new Error('Input/output error')
      }
      const event = unsignedEvent(alice)
      await expect(store.events.put(event, PLAIN)).rejects.toThrow('Input/output')
      expect(store.events.usage().events).toBe(0)
      db.batch = write
      expect(await put(unsignedEvent(bob))).toBe('stored')
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
      expect(await put(event)).toBe('duplicate')
    })
  })

  test('syncs a group to disk when one of it must be durable, and no other', async () => {
    const syncs: boolean[] = []
    const write = db.batch.bind(db)
    db.batch = (operations, options) => {
      syncs.push(options.sync)
      return write(operations, options)
    }
    const event = (n: number): VerifiedEvent => unsignedEvent(alice, { content: `${n}` })
    await putTogether([event(1), event(2)])
    await Promise.all([3, 4, 5].map(n => store.events.put(event(n), { durable: n === 4 })))
    expect(syncs).toEqual([false, true])
  })

  test('waits for what is being written before it closes, and takes nothing afterwards', async () => {
    const pending = store.events.put(unsignedEvent(alice), PLAIN)
    await store.close()
    expect((await pending).result).toBe('stored')
    await expect(store.events.put(unsignedEvent(bob), PLAIN)).rejects.toThrow('closed')
  })

  test('refuses a store that a newer version wrote', async () => {
    await db.batch([{ type: 'put', key: Buffer.from('\x00schema'), value: Buffer.from('999') }], { sync: true })
    await store.close()
    await expect(backend.open()).rejects.toMatchObject({ name: 'StoreUnusable', fault: 'newer' })
  })
}
