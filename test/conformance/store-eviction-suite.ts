/** Who goes when the store is full (specification/storage.md, "Eviction"). Runs on every database (store.test.ts). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventTemplate } from '../../src/event/event.ts'
import { KIND } from '../../src/event/kinds.ts'
import type { Database } from '../../src/store/database.ts'
import type { Mark } from '../../src/store/mark.ts'
import type { PutResult, Store } from '../../src/store/store.ts'
import { strangerKey, unsignedEvent } from '../support/events.ts'
import { type Backend, type BackendFactory, countedUsage, START_MS } from '../support/stores.ts'

const owner = strangerKey('owner')
const friend = strangerKey('friend')
const stranger = strangerKey('stranger')
const MAX_EVENTS = 10
const TO_OWNER = [['p', owner]]

export function storeEvictionSuite(createBackend: BackendFactory): void {
  let backend: Backend
  let store: Store
  let db: Database
  let nowMs = START_MS
  let evicted = 0
  let followed = new Set<string>()

  const options = {
    maxEvents: MAX_EVENTS,
    nowMs: () => nowMs,
    worth: { owner: () => owner, isFollowed: (pubkey: string) => followed.has(pubkey) },
    onEvicted: (count: number) => {
      evicted += count
    },
  }
  beforeEach(async () => {
    nowMs = START_MS
    evicted = 0
    followed = new Set([friend])
    backend = await createBackend()
    ;({ store, db } = await backend.open(options))
  })
  afterEach(() => backend.dispose())

  let serial = 0
  const put = async (pubkey: string, content: string, fields: Partial<EventTemplate> = {}): Promise<PutResult> => {
    const event = unsignedEvent(pubkey, { content, created_at: serial++, ...fields })
    return (await store.events.put(event, { durable: false })).result
  }
  const fill = async (pubkey: string, name: string, count: number, tags: string[][] = []): Promise<void> => {
    for (let n = 0; n < count; n++) expect(await put(pubkey, `${name} ${n}`, { tags })).toBe('stored')
  }
  const held = async (): Promise<string[]> =>
    (await store.events.after(0, 1_000, 1e9)).map(({ event }) => event.content)

  describe('whose bounds change while it is open', () => {
    test('takes more, or lets go of what is too much with the next event', async () => {
      await fill(stranger, 'stranger', MAX_EVENTS)
      store.resize({ maxEvents: 12, maxBytes: 1e9 })
      await fill(friend, 'friend', 2)
      const used = (await store.fill()).events
      expect([evicted, store.events.usage().maxEvents, used]).toEqual([0, 12, { used: 12, max: 12 }])
      store.resize({ maxEvents: 5, maxBytes: 1e9, guests: { maxEvents: 2, maxBytes: 1e6, maxPerAuthor: 1 } })
      expect(await held()).toHaveLength(12)
      expect(await put(friend, 'new')).toBe('stored')
      expect(await held()).toEqual(['stranger 8', 'stranger 9', 'friend 0', 'friend 1', 'new'])
      expect(store.events.usage()).toMatchObject({ maxEvents: 5, guests: { maxEvents: 2 } })
    })
  })

  describe('that is full', () => {
    test("evicts strangers' oldest first", async () => {
      await fill(friend, 'friend', 3)
      await fill(stranger, 'stranger', 7)
      expect(await put(friend, 'new')).toBe('stored')
      expect(await held()).toEqual([
        ...[0, 1, 2].map(n => `friend ${n}`),
        ...[1, 2, 3, 4, 5, 6].map(n => `stranger ${n}`),
        'new',
      ])
      expect(evicted).toBe(1)
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
    })

    test("then followed authors' oldest, then letters to the owner, never the owner's own", async () => {
      await fill(owner, 'own', 2)
      await fill(stranger, 'letter', 2, TO_OWNER)
      await fill(friend, 'reply', 2, TO_OWNER)
      await fill(friend, 'friend', 2)
      await fill(stranger, 'stranger', 2)
      const gone: string[] = []
      let before = await held()
      for (let n = 0; n < 10; n++) {
        expect(await put(owner, `new ${n}`)).toBe('stored')
        const after = await held()
        gone.push(...before.filter(content => !after.includes(content)))
        before = after
      }
      expect(gone).toEqual([
        ...['stranger 0', 'stranger 1', 'friend 0', 'friend 1'],
        ...['letter 0', 'letter 1', 'reply 0', 'reply 1'],
      ])
      expect(before).toHaveLength(MAX_EVENTS + 2)
    })

    test("refuses a stranger's event rather than lose what the owner follows", async () => {
      await fill(friend, 'friend', MAX_EVENTS)
      expect(await put(stranger, 'stranger')).toBe('full')
      expect(await put(stranger, 'letter', { tags: TO_OWNER })).toBe('full')
      expect(evicted).toBe(0)
      expect(await put(friend, 'new')).toBe('stored')
      expect((await held())[0]).toBe('friend 1')
    })

    test("lets a flood of strangers' letters push out strangers' events only", async () => {
      await fill(friend, 'friend', 6)
      await fill(stranger, 'stranger', 4)
      for (let n = 0; n < 20; n++) expect(await put(stranger, `letter ${n}`, { tags: TO_OWNER })).toBe('stored')
      expect(await held()).toEqual([
        ...[0, 1, 2, 3, 4, 5].map(n => `friend ${n}`),
        ...[16, 17, 18, 19].map(n => `letter ${n}`),
      ])
      expect(await put(stranger, 'post')).toBe('full')
    })

    test('still says of a duplicate that it is one, and takes a newer version of what it holds', async () => {
      const profile = (created_at: number) => unsignedEvent(stranger, { kind: KIND.profile, created_at, content: 'me' })
      await store.events.put(profile(1), { durable: false })
      await fill(friend, 'friend', MAX_EVENTS - 1)
      followed.add(stranger)
      expect((await store.events.put(profile(1), { durable: false })).result).toBe('duplicate')
      expect((await store.events.put(profile(2), { durable: false })).result).toBe('stored')
      expect(store.events.usage().events).toBe(MAX_EVENTS)
    })

    test('spares the profile and follow list of an author of whom something else is shown', async () => {
      await put(stranger, 'profile', { kind: KIND.profile })
      await put(stranger, 'follows', { kind: KIND.follows })
      await fill(stranger, 'stranger', 2)
      await put(strangerKey('silent'), 'profile of nobody shown', { kind: KIND.profile })
      await fill(friend, 'friend', 5)
      const gone: string[] = []
      let before = await held()
      for (let n = 0; n < 5; n++) {
        expect(await put(friend, `new ${n}`)).toBe('stored')
        const after = await held()
        gone.push(...before.filter(content => !after.includes(content)))
        before = after
      }
      expect(gone).toEqual(['stranger 0', 'stranger 1', 'profile of nobody shown', 'profile', 'follows'])
    })

    test('spares what still waits in the outbox or was not gossiped yet', async () => {
      const waiting = unsignedEvent(stranger, { content: 'waiting' })
      await store.events.put(waiting, { durable: true, pending: { broadcast: false, to: [friend] } })
      const unsent = unsignedEvent(stranger, { content: 'unsent' })
      await store.events.put(unsent, { durable: true, pending: { broadcast: true, to: [] } })
      await fill(stranger, 'stranger', 8)
      for (let n = 0; n < 20; n++) await put(friend, `new ${n}`)
      expect((await held()).slice(0, 2)).toEqual(['waiting', 'unsent'])
      expect(await store.outbox.openFor(friend, 1)).toHaveLength(1)
    })

    test('always takes what the owner publishes, even beyond its bounds', async () => {
      await fill(owner, 'own', MAX_EVENTS + 5)
      expect(store.events.usage().events).toBe(MAX_EVENTS + 5)
      expect(await put(friend, 'friend')).toBe('full')
      expect(await put(stranger, 'stranger')).toBe('full')
    })

    test('finds after a while what may go since somebody was unfollowed', async () => {
      await fill(friend, 'friend', MAX_EVENTS)
      expect(await put(stranger, 'stranger')).toBe('full')
      followed.delete(friend)
      nowMs += 10 * 60_000
      expect(await put(stranger, 'stranger')).toBe('stored')
    })

    test('looks again for somebody who gives way as soon as such an event came in', async () => {
      await fill(friend, 'friend', MAX_EVENTS)
      expect(await put(stranger, 'too many')).toBe('full')
      const targets = (await store.events.latest(2)).map(({ event }) => ['e', event.id])
      await put(friend, 'deletion', { kind: KIND.deletion, tags: targets })
      await fill(stranger, 'stranger', 2)
      expect(await put(stranger, 'newest')).toBe('stored')
      expect((await held()).slice(-2)).toEqual(['stranger 1', 'newest'])
    })

    test('makes room for all of a group that is put together', async () => {
      await fill(stranger, 'stranger', MAX_EVENTS)
      const group = Array.from({ length: 25 }, (_, n) => unsignedEvent(friend, { content: `friend ${n}` }))
      const outcomes = await Promise.all(group.map(event => store.events.put(event, { durable: false })))
      expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['stored']))
      expect(await held()).toEqual(group.slice(-MAX_EVENTS).map(event => event.content))
    })
  })

  describe('and what it evicted', () => {
    const at = (seconds: number) => START_MS / 1000 + seconds
    const floors = () => [store.events.evictedUntil('all'), store.events.evictedUntil('followed')]
    const putMarked = (pubkey: string, created_at: number, mark: Mark, tags: string[][] = []) =>
      store.events.put(unsignedEvent(pubkey, { created_at, tags, content: mark }), { durable: false, mark })

    test("has a floor: the newest of them, of followed authors apart, which strangers' events do not lift", async () => {
      expect(floors()).toEqual([0, 0])
      await putMarked(stranger, at(-5), 'open')
      await putMarked(stranger, at(-60), 'open')
      for (let n = 0; n < MAX_EVENTS; n++) await putMarked(friend, at(-100 + n), 'open')
      expect(floors()).toEqual([at(-5), 0])
      await putMarked(friend, at(0), 'open')
      expect(floors()).toEqual([at(-5), at(-100)])
      await store.close()
      ;({ store, db } = await backend.open(options))
      expect(floors()).toEqual([at(-5), at(-100)])
    })

    test("keeps out what may have been evicted where that is asked for; never the owner's own, nor newer versions", async () => {
      const fetched = async (pubkey: string, created_at: number, kind: number = KIND.post) => {
        const event = unsignedEvent(pubkey, { kind, created_at, content: 'again' })
        return (await store.events.put(event, { durable: false, mark: 'open', unlessEvicted: true })).result
      }
      await put(friend, 'profile', { kind: KIND.profile, created_at: at(-300) })
      await putMarked(stranger, at(-5), 'open')
      for (let n = 0; n < MAX_EVENTS; n++) await putMarked(friend, at(-100 + n), 'open')
      expect(floors()).toEqual([at(-5), at(-100)])
      const before = evicted
      expect([await fetched(stranger, at(-5)), await fetched(friend, at(-100))]).toEqual(['full', 'full'])
      expect(evicted).toBe(before)
      expect(await fetched(friend, at(-200), KIND.profile)).toBe('stored')
      expect([await fetched(friend, at(-10)), await fetched(owner, at(-200))]).toEqual(['stored', 'stored'])
    })

    test("is not lifted by private letters, guests' events, deletions, expiry or newer versions", async () => {
      const guests = { maxEvents: 2, maxBytes: 1e6, maxPerAuthor: 10 }
      await store.close()
      ;({ store, db } = await backend.open({ ...options, guests }))
      for (let n = 0; n < 4; n++) await putMarked(strangerKey('guest'), at(n), 'guest')
      await putMarked(stranger, at(9), 'private', TO_OWNER)
      for (let n = 0; n < MAX_EVENTS; n++) await putMarked(owner, at(-n), 'open')
      expect(evicted).toBeGreaterThan(4)
      expect(floors()).toEqual([0, 0])
    })

    test('is forgotten with a clock that was wrong, and while there is room again', async () => {
      nowMs += 365 * 86_400_000
      for (let n = 0; n <= MAX_EVENTS; n++) await putMarked(stranger, at(365 * 86_400 + 900 + n), 'open')
      expect(floors()).toEqual([at(365 * 86_400 + 900), 0])
      nowMs = START_MS
      expect(floors()).toEqual([0, 0])
      for (let n = 0; n <= MAX_EVENTS; n++) await putMarked(stranger, at(900 - n), 'open')
      expect(floors()).toEqual([at(900), 0])
      await store.close()
      ;({ store, db } = await backend.open({ ...options, maxEvents: 2 * MAX_EVENTS }))
      expect(floors()).toEqual([0, 0])
    })
  })

  test('bounds its bytes as well, and evicts one part in a hundred at a time', async () => {
    await store.close()
    ;({ store, db } = await backend.open({ ...options, maxEvents: 1e6, maxBytes: 100_000 }))
    for (let n = 0; n < 400; n++) await put(stranger, `${n}`.padEnd(300))
    const { events, bytes } = store.events.usage()
    expect(bytes).toBeLessThanOrEqual(100_000)
    expect(bytes).toBeGreaterThan(95_000)
    expect(events + evicted).toBe(400)
    expect(store.events.usage()).toMatchObject(await countedUsage(db))
    expect((await held()).map(content => Number(content))).toEqual(
      Array.from({ length: events }, (_, i) => evicted + i),
    )
  })
}
