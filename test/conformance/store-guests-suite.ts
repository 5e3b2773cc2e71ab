/** What any store does with guests' events and with requests to vanish. Runs on every database (store.test.ts). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventTemplate, VerifiedEvent } from '../../src/event/event.ts'
import { KIND } from '../../src/event/kinds.ts'
import type { Database } from '../../src/store/database.ts'
import { metaKey, vanishingKey } from '../../src/store/keys.ts'
import type { Mark } from '../../src/store/mark.ts'
import type { PutResult, Store } from '../../src/store/store.ts'
import { BASE_SECONDS, strangerKey, unsignedEvent } from '../support/events.ts'
import { type Backend, type BackendFactory, countedUsage, tableSizes } from '../support/stores.ts'

const owner = strangerKey('owner')
const alice = strangerKey('alice')
const bob = strangerKey('bob')
const GUESTS = { maxEvents: 10, maxBytes: 1e6, maxPerAuthor: 4 }
const worth = { owner: () => owner, isFollowed: () => false }

export function storeGuestsSuite(createBackend: BackendFactory): void {
  let backend: Backend
  let store: Store
  let db: Database

  beforeEach(async () => {
    backend = await createBackend()
    ;({ store, db } = await backend.open({ worth, guests: GUESTS }))
  })
  afterEach(() => backend.dispose())

  const put = async (event: VerifiedEvent, mark?: Mark): Promise<PutResult> =>
    (await store.events.put(event, { durable: false, mark })).result
  const post = (pubkey: string, number: number, fields: Partial<EventTemplate> = {}): VerifiedEvent =>
    unsignedEvent(pubkey, { content: `post ${number}`, created_at: BASE_SECONDS + number, ...fields })
  const held = async (): Promise<(string | undefined)[]> => {
    const found = await store.events.read([{}]).next(1_000)
    return found.map(({ event, mark }) => `${event.content} ${mark ?? '-'}`).reverse()
  }

  describe("guests' events", () => {
    test('have bounds of their own: the oldest go when they are full, and nobody else does', async () => {
      await put(post(owner, 0), 'private')
      for (let i = 1; i <= 25; i++) expect(await put(post(strangerKey(`guest ${i}`), i), 'guest')).toBe('stored')
      const kept = await held()
      expect(kept[0]).toBe('post 0 private')
      expect(kept).toHaveLength(11)
      expect(kept.at(-1)).toBe('post 25 guest')
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
    })

    test('go before all others when the store is full', async () => {
      await store.close()
      ;({ store, db } = await backend.open({ worth, guests: GUESTS, maxEvents: 8 }))
      for (let i = 0; i < 4; i++) await put(post(strangerKey(`stranger ${i}`), i), 'open')
      for (let i = 4; i < 8; i++) await put(post(alice, i), 'guest')
      for (let i = 8; i < 12; i++) expect(await put(post(bob, i), 'open')).toBe('stored')
      expect((await held()).filter(text => text?.endsWith('guest'))).toEqual([])
      expect(await put(post(alice, 12), 'guest')).toBe('full')
      expect(await held()).toHaveLength(8)
    })

    test('are so many and no more of one guest; a newer version counts once, and what goes makes room', async () => {
      const profile = (number: number) => post(alice, number, { kind: KIND.profile })
      expect(await put(profile(0), 'guest')).toBe('stored')
      for (let i = 1; i < 4; i++) expect(await put(post(alice, i), 'guest')).toBe('stored')
      expect(await put(post(alice, 4), 'guest')).toBe('quota')
      expect(await put(profile(5), 'guest')).toBe('stored')
      expect(await put(post(bob, 6), 'guest')).toBe('stored')
      await put(post(alice, 7, { kind: KIND.deletion, tags: [['e', post(alice, 1).id]] }), 'open')
      expect(await put(post(alice, 8), 'guest')).toBe('stored')
      expect(await put(post(alice, 9), 'guest')).toBe('quota')
      await store.close()
      ;({ store, db } = await backend.open({ worth, guests: GUESTS }))
      expect(await put(post(alice, 9), 'guest')).toBe('quota')
      expect((await tableSizes(db))[20]).toBe(2)
    })

    test('are in no pull', async () => {
      await put(post(alice, 1), 'guest')
      await put(post(bob, 2), 'open')
      await put(post(alice, 3), 'guest-closed')
      for (const list of [await store.events.after(0, 10, 1e6), await store.events.latest(10)]) {
        expect(list.map(({ event }) => event.content)).toEqual(['post 2'])
      }
    })

    test('become what they are when they come another way, at a new place', async () => {
      const first = await store.events.put(post(alice, 1), { durable: false, mark: 'guest' })
      expect(await put(post(alice, 1), 'guest')).toBe('duplicate')
      const second = await store.events.put(post(alice, 1), { durable: false, mark: 'open' })
      expect(second.result).toBe('stored')
      expect(second.position).toBeGreaterThan(first.position)
      expect(await put(post(alice, 1), 'private')).toBe('duplicate')
      expect(await held()).toEqual(['post 1 open'])
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
    })

    test('do not take away what somebody else brought: a newer version keeps the mark', async () => {
      const profile = (number: number) => post(alice, number, { kind: KIND.profile })
      await put(profile(1), 'open')
      expect(await put(profile(2), 'guest')).toBe('stored')
      expect(await held()).toEqual(['post 2 open'])
      await put(post(bob, 3, { kind: KIND.profile }), 'guest')
      await put(post(bob, 4, { kind: KIND.profile }), 'private')
      expect(await held()).toEqual(['post 2 open', 'post 4 private'])
    })
  })

  describe('a request to vanish (NIP-62)', () => {
    const request = post(alice, 100, { kind: KIND.vanish, tags: [['relay', 'ALL_RELAYS']] })
    const wrap = (number: number, to: string) => post(bob, number, { kind: KIND.giftWrap, tags: [['p', to]] })
    const vanish = () => store.events.put(request, { durable: true, vanish: true })

    test('removes all of its author up to its time, deletions and gift wraps too, and none comes back', async () => {
      const gone = [post(alice, 1), post(alice, 100), post(alice, 2, { kind: KIND.deletion }), wrap(3, alice)]
      const staying = [post(alice, 101), post(bob, 1, { tags: [['p', alice]] }), wrap(4, bob)]
      for (let i = 0; i < 450; i++) gone.push(post(alice, 10, { content: `flood ${i}` }))
      await Promise.all([...gone, ...staying].map(event => put(event)))
      const pending = { broadcast: false, to: [bob] }
      await store.events.put(post(alice, 5), { durable: true, pending })
      expect((await vanish()).result).toBe('stored')
      expect(gone.filter(({ id }) => store.events.has(id))).toEqual([])
      expect([...staying, request].filter(({ id }) => !store.events.has(id))).toEqual([])
      expect(store.outbox.counts().waiting).toBe(0)
      for (const event of gone.slice(0, 4)) {
        expect(store.events.isDeleted(event)).toBe(true)
        expect(await put(event)).toBe('deleted')
      }
      expect(await put(post(alice, 102))).toBe('stored')
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
    })

    test('stays, whoever deletes it', async () => {
      await vanish()
      expect(await put(post(alice, 200, { kind: KIND.deletion, tags: [['e', request.id]] }))).toBe('stored')
      expect(store.events.has(request.id)).toBe(true)
      expect(await put(post(alice, 50))).toBe('deleted')
    })

    test('that was cut off goes on at the next start', async () => {
      await put(post(alice, 1))
      const until = Buffer.alloc(4)
      until.writeUInt32BE(BASE_SECONDS + 100)
      await db.batch([{ type: 'put', key: vanishingKey(alice), value: until }], { sync: false })
      await store.close()
      ;({ store, db } = await backend.open({ worth }))
      expect(store.events.has(post(alice, 1).id)).toBe(false)
      expect((await tableSizes(db))[22]).toBeUndefined()
    })
  })

  test("a store of version 1 opens: its tombstones stand behind guests'", async () => {
    await put(post(alice, 2, { kind: KIND.deletion, tags: [['e', post(alice, 1).id]] }))
    await put(post(owner, 2, { kind: KIND.deletion, tags: [['e', post(owner, 1).id]] }))
    // As version 1 wrote them: ranks one lower, in the tombstone and in its place in the order.
    const ranks: number[] = []
    for (const [order, key] of await db.iterator({ gte: Buffer.of(10), lt: Buffer.of(11) }).all()) {
      ranks.push(order[1]!)
      const tombstone = Buffer.from(db.getSync(key)!)
      tombstone[5]!--
      await db.batch(
        [
          { type: 'del', key: order },
          { type: 'put', key, value: tombstone },
        ],
        { sync: false },
      )
      await db.batch([{ type: 'put', key: tombstone.subarray(4), value: key }], { sync: false })
    }
    await db.batch([{ type: 'put', key: metaKey('schema'), value: Buffer.from('1') }], { sync: true })
    await store.close()
    ;({ store, db } = await backend.open({ worth, guests: GUESTS }))
    const orders = await db.keys({ gte: Buffer.of(10), lt: Buffer.of(11) }).all()
    expect(orders.map(order => order[1])).toEqual(ranks)
    expect(ranks).toEqual([1, 3])
    expect(await put(post(alice, 1))).toBe('deleted')
    expect(db.getSync(metaKey('schema'))?.toString()).toBe('3')
  })
}
