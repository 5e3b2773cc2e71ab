import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isExpired, isProtected, type NostrEvent, type VerifiedEvent } from '../../src/event/event.ts'
import { type Filter, matches } from '../../src/event/filter.ts'
import { newestFirst } from '../../src/event/order.ts'
import type { Mark, View } from '../../src/store/mark.ts'
import type { FoundEvent, Store } from '../../src/store/store.ts'
import { strangerKey, unsignedEvent } from '../support/events.ts'
import { itemsOf } from '../support/id-sets.ts'
import { SEED } from '../support/seed.ts'
import { type Backend, diskBackend, NEARLY_NO_CACHE, START_MS } from '../support/stores.ts'

const AUTHORS = Array.from({ length: 12 }, (_, i) => strangerKey(`author ${i}`))
const KINDS = [0, 1, 3, 7, 1059, 10_002, 30_000, 65_535]
const TAG_VALUES = ['', 'a', 'b', 'c', 'A'.repeat(300), ...AUTHORS.slice(0, 3)]
const NOW_SECONDS = START_MS / 1000
/** Few seconds, so that many events share one. */
const createdAt = fc.integer({ min: NOW_SECONDS - 40, max: NOW_SECONDS })
const tag = fc.oneof(
  fc.tuple(fc.constantFrom('e', 'p', 't', 'T'), fc.constantFrom(...TAG_VALUES), fc.constantFrom('x', 'y')),
  fc.tuple(fc.constantFrom('e', 'client', '-')),
  fc.constant(['-', 'x']),
  fc.constant(['expiration']),
  fc.tuple(fc.constant('expiration'), fc.constantFrom(`${NOW_SECONDS}`, `${NOW_SECONDS + 1}`, 'never')),
  fc.tuple(fc.constant('d'), fc.constantFrom('', 'x', 'y')),
)
const event = fc
  .record({
    pubkey: fc.constantFrom(...AUTHORS),
    kind: fc.constantFrom(...KINDS),
    created_at: createdAt,
    tags: fc.array(tag, { maxLength: 5 }),
    content: fc.string({ maxLength: 10 }),
  })
  .map(({ pubkey, ...fields }) => unsignedEvent(pubkey, fields))

function someOf<T>(values: readonly T[], maxLength = 3): fc.Arbitrary<T[]> {
  return fc.array(fc.constantFrom(...values), { maxLength })
}

function filterOver(held: readonly string[]): fc.Arbitrary<Filter> {
  const tags = fc
    .array(fc.tuple(fc.constantFrom('e', 'p', 't', 'T', 'd', 'z'), someOf([...TAG_VALUES, 'x', 'none'])), {
      maxLength: 2,
    })
    .map(entries => new Map(entries))
  const fields = {
    ids: someOf([...held, '00'.repeat(32)], 20),
    authors: fc.oneof(someOf([...AUTHORS, strangerKey('nobody')]), fc.constant(AUTHORS)),
    kinds: someOf([...KINDS, 42]),
    since: createdAt,
    until: createdAt,
    limit: fc.integer({ min: 0, max: 30 }),
    tags,
  }
  // Lists of ids match so little that they get a share of their own.
  const { ids, ...others } = fields
  return fc.oneof(
    { weight: 1, arbitrary: fc.record(fields, { requiredKeys: ['ids'] }) },
    { weight: 1, arbitrary: fc.record({ ids }) },
    { weight: 5, arbitrary: fc.record(others, { requiredKeys: [] }) },
  )
}

describe('a query', () => {
  const pool = fc.sample(event, { seed: SEED, numRuns: 900 })
  let backend: Backend
  let store: Store
  let held: VerifiedEvent[]

  beforeAll(async () => {
    backend = await diskBackend()
    ;({ store } = await backend.open({}, { recordCache: NEARLY_NO_CACHE }))
    await Promise.all(pool.map(one => store.events.put(one, { durable: false })))
    held = pool.filter((one, i) => store.events.has(one.id) && pool.findIndex(({ id }) => id === one.id) === i)
  })
  afterAll(() => backend.dispose())

  test('answers every filter as the plain matcher does, newest first, without what has expired', async () => {
    expect(held.length).toBeGreaterThan(400)
    const filters = filterOver(held.slice(0, 100).map(({ id }) => id))
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 0, max: 500 }), async (filter, limit) => {
        const expected = held
          .filter(one => matches(filter, one) && !isExpired(one, NOW_SECONDS))
          .sort(newestFirst)
          .slice(0, Math.min(limit, filter.limit ?? limit))
        expect(await store.events.query(filter, limit)).toEqual(expected)
      }),
      { seed: SEED, numRuns: 600 },
    )
  })

  /** What the plain matcher says of several filters, each with its own limit. */
  function union(filters: readonly Filter[], view: View): VerifiedEvent[] {
    const seen = held.filter(one => !isExpired(one, NOW_SECONDS) && view(one, undefined)).sort(newestFirst)
    const lists = filters.map(filter => seen.filter(one => matches(filter, one)).slice(0, filter.limit ?? 5_000))
    return [...new Set(lists.flat())].sort(newestFirst)
  }

  test('of several filters gives the union of their answers, page by page, seen through a view', async () => {
    const filters = fc.array(filterOver(held.slice(0, 100).map(({ id }) => id)), { maxLength: 5 })
    const views: View[] = [
      () => true,
      event => event.kind !== 7,
      event => event.id < '8',
      Object.assign((event: NostrEvent) => !isProtected(event) && event.kind < 1059, {
        glance: (kind: number, _: Mark | undefined, isProtected: boolean) => !isProtected && kind < 1059,
      }),
      Object.assign((event: NostrEvent) => event.kind === 0 || event.id < '8', {
        glance: (kind: number) => (kind === 0 ? true : undefined),
      }),
    ]
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.constantFrom(...views),
        fc.integer({ min: 1, max: 90 }),
        async (asked, view, page) => {
          const expected = union(asked, view)
          const reading = store.events.read(asked, { view })
          const given: FoundEvent[] = []
          for (let next = await reading.next(page); next.length > 0; next = await reading.next(page)) {
            given.push(...next)
            expect(next.length === page || given.length === expected.length).toBe(true)
          }
          expect(given.map(({ json }) => JSON.parse(json))).toEqual(expected)
          expect(given.map(({ event }) => event)).toEqual(expected)
          expect(new Set(given.map(({ position }) => position)).size).toBe(expected.length)
          const all = union(
            asked.map(({ limit: _, ...rest }) => rest),
            view,
          )
          expect([all.length === expected.length, undefined]).toContain(reading.isComplete())
          expect(await store.events.count(asked, view === views[0] ? {} : { view })).toBe(all.length)
          if (asked[0] === undefined) return
          const [first] = asked
          const { limit: _, ...unlimited } = first
          const set = (await store.events.setOf(first, 10_000, { view }))!
          const ascending = union([unlimited], view).sort(
            (a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1),
          )
          expect(itemsOf(set)).toEqual(ascending.map(({ id, created_at }) => ({ id, created_at })))
          if (ascending.length === 0) return
          expect(await store.events.setOf(first, ascending.length - 1, { view })).toBeUndefined()
        },
      ),
      { seed: SEED, numRuns: 500 },
    )
  })

  test('that is closed in the middle ends at once, and gives nothing more', async () => {
    const reading = store.events.read([{}])
    expect(await reading.next(3)).toHaveLength(3)
    const open = reading.next(300)
    reading.close()
    expect(await open).toEqual([])
    expect(await reading.next(3)).toEqual([])
    const controller = new AbortController()
    const count = store.events.count([{ tags: new Map([['t', ['a']]]) }], {}, controller.signal)
    controller.abort(new Error('no longer wanted'))
    await expect(count).rejects.toThrow('no longer wanted')
  })

  test('with more authors and kinds than there are ranges to spare answers the same', async () => {
    const authors = [...Array.from({ length: 1_200 }, (_, i) => strangerKey(`many ${i}`)), ...AUTHORS]
    const filter = { authors, kinds: [1, 7] }
    const expected = held.filter(one => matches(filter, one) && !isExpired(one, NOW_SECONDS)).sort(newestFirst)
    expect(await store.events.query(filter, 25)).toEqual(expected.slice(0, 25))
    expect(await store.events.query(filter, 1_000)).toEqual(expected)
  })
})
