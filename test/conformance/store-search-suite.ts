/** What any store finds by its words (specification/search.md). Runs on every database (store.test.ts). */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { type Filter, matches } from '../../src/event/filter.ts'
import { KIND } from '../../src/event/kinds.ts'
import { newestFirst } from '../../src/event/order.ts'
import { parseSearch, qualityOf } from '../../src/event/search.ts'
import type { Database, Operation } from '../../src/store/database.ts'
import { metaKey, TABLE, tableRange } from '../../src/store/keys.ts'
import { decodeState, encodeState } from '../../src/store/state.ts'
import type { Store } from '../../src/store/store.ts'
import { BASE_SECONDS, strangerKey, unsignedEvent } from '../support/events.ts'
import { SEED } from '../support/seed.ts'
import { type Backend, type BackendFactory, countedUsage, START_MS, tableSizes } from '../support/stores.ts'
import { until } from '../support/until.ts'

const AUTHORS = Array.from({ length: 40 }, (_, i) => strangerKey(`writer ${i}`))
const WORDS = ['tea', 'coffee', 'Garden', 'rain', '東京', '京都', 'train', 'night']
const TABLES = [TABLE.segment, TABLE.segmentHeads, TABLE.words] as const

const event = fc
  .record({
    author: fc.constantFrom(...AUTHORS),
    kind: fc.constantFrom(1, 1, 1, 1, 1, 7, 30_023),
    seconds: fc.integer({ min: 0, max: 300 }),
    words: fc.array(fc.constantFrom(...WORDS), { maxLength: 5 }),
    number: fc.nat(100_000),
  })
  .map(({ author, kind, seconds, words, number }) => {
    const tags = kind === 30_023 ? [['d', `${number % 7}`]] : []
    return unsignedEvent(author, {
      kind,
      created_at: BASE_SECONDS + seconds,
      tags,
      content: `${words.join(' ')} ${number}`,
    })
  })

const filter: fc.Arbitrary<Filter> = fc.record(
  {
    search: fc
      .array(fc.constantFrom(...WORDS, 'nowhere', '京'), { minLength: 1, maxLength: 3 })
      .map(words => words.join(' ')),
    kinds: fc.constantFrom([1], [1, 30_023], [0]),
    authors: fc.constantFrom(AUTHORS.slice(0, 1), AUTHORS.slice(0, 20)),
    since: fc.integer({ min: BASE_SECONDS, max: BASE_SECONDS + 300 }),
    until: fc.integer({ min: BASE_SECONDS, max: BASE_SECONDS + 300 }),
  },
  { requiredKeys: ['search'] },
)

export function storeSearchSuite(createBackend: BackendFactory): void {
  let backend: Backend
  let store: Store
  let db: Database

  beforeEach(async () => {
    backend = await createBackend()
    ;({ store, db } = await backend.open())
  })
  afterEach(async () => {
    await store.close()
    await backend.dispose()
  })

  const putAll = (events: readonly VerifiedEvent[]) =>
    Promise.all(events.map(one => store.events.put(one, { durable: false })))
  const indexed = (segments: number) =>
    until(`${segments} segments`, async () => ((await tableSizes(db))[TABLE.segment] ?? 0) === segments)
  const isEmpty = async (): Promise<boolean> => {
    const sizes = await tableSizes(db)
    return TABLES.every(table => sizes[table] === undefined)
  }

  /** The plain answer: all matches, the best first, of the same quality the newest. */
  function expected(held: readonly VerifiedEvent[], asked: Filter): VerifiedEvent[] {
    const search = parseSearch(asked.search!)!
    const newest = held.filter(one => matches(asked, one)).sort(newestFirst)
    return newest.sort((a, b) => qualityOf(search, b) - qualityOf(search, a))
  }

  async function check(held: readonly VerifiedEvent[], numRuns: number): Promise<void> {
    await fc.assert(
      fc.asyncProperty(filter, async asked => {
        const all = expected(held, asked)
        expect(await store.events.query(asked, 5_000)).toEqual(all)
        expect(await store.events.count([asked])).toBe(all.length)
      }),
      { seed: SEED, numRuns },
    )
  }

  const pool = [...new Map(fc.sample(event, { seed: SEED, numRuns: 900 }).map(one => [one.id, one])).values()]

  describe('a search', () => {
    test('finds what the plain matcher finds, whatever of it is in segments, and nothing that went', async () => {
      await putAll(pool.slice(0, 200))
      const held = () => pool.filter(({ id }) => store.events.has(id))
      await check(held(), 40)
      await putAll(pool.slice(200))
      const searchable = pool.filter(({ kind }) => kind !== 7).length
      await indexed(Math.floor(searchable / 256))
      await check(held(), 120)
      const going = held().filter((_, i) => i % 3 === 0)
      await putAll(going.map(({ id, pubkey }) => unsignedEvent(pubkey, { kind: KIND.deletion, tags: [['e', id]] })))
      await check(held(), 80)
      await store.close()
      ;({ store, db } = await backend.open())
      await check(held(), 40)
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
    })

    test('finds the same when segments of which little is left were joined, also after a restart', async () => {
      const at = START_MS / 1000
      const posts = Array.from({ length: 2_048 }, (_, i) => {
        const tags = i % 32 === 7 ? [] : [['expiration', `${at}`]]
        return unsignedEvent(AUTHORS[i % 40]!, { content: `${WORDS[i % 8]} ${i % 5}`, tags, created_at: at - i })
      })
      await putAll(posts)
      await indexed(8)
      expect(await store.events.sweepExpired(at)).toBe(1_984)
      const later = Array.from({ length: 256 }, (_, i) => unsignedEvent(AUTHORS[0]!, { content: `later rain ${i}` }))
      await putAll(later)
      await indexed(2)
      const held = () => [...posts, ...later].filter(({ id }) => store.events.has(id))
      expect(held()).toHaveLength(64 + 256)
      await check(held(), 40)
      const [one] = held()
      await putAll([unsignedEvent(one!.pubkey, { kind: KIND.deletion, tags: [['e', one!.id]] })])
      await check(held(), 20)
      await store.close()
      ;({ store, db } = await backend.open())
      await check(held(), 20)
      const tags = held().map(({ id }) => ['e', id])
      for (const author of AUTHORS) await putAll([unsignedEvent(author, { kind: KIND.deletion, tags })])
      expect(await isEmpty()).toBe(true)
    })

    test('leaves nothing of what went on the disk', async () => {
      await putAll(pool)
      await indexed(Math.floor(pool.filter(({ kind }) => kind !== 7).length / 256))
      const tags = (pubkey: string) => pool.filter(one => one.pubkey === pubkey).map(({ id }) => ['e', id])
      for (const author of AUTHORS) await putAll([unsignedEvent(author, { kind: KIND.deletion, tags: tags(author) })])
      expect(await isEmpty()).toBe(true)
    })

    test('finds the same in a store that had no index', async () => {
      await putAll(pool)
      const segments = Math.floor(pool.filter(({ kind }) => kind !== 7).length / 256)
      await indexed(segments)
      for (const table of TABLES) await db.clear(tableRange(table))
      await db.batch([{ type: 'del', key: metaKey('search') }], { sync: false })
      await store.close()
      const told: string[] = []
      ;({ store, db } = await backend.open({ log: (_, message) => told.push(message) }))
      const held = pool.filter(({ id }) => store.events.has(id))
      await check(held, 10)
      await check(held, 40)
    })

    test('gives people by their names first, and comes before what else is asked', async () => {
      const alice = unsignedEvent(AUTHORS[0]!, { kind: KIND.profile, content: '{"name":"Tea House"}', created_at: 10 })
      const about = unsignedEvent(AUTHORS[1]!, { kind: KIND.profile, content: '{"about":"tea house"}', created_at: 20 })
      const loose = unsignedEvent(AUTHORS[2]!, { content: 'a house of tea', created_at: 40 })
      const exact = unsignedEvent(AUTHORS[3]!, { content: 'in the tea house', created_at: 30 })
      const other = unsignedEvent(AUTHORS[4]!, { content: 'nothing', created_at: 50 })
      await putAll([alice, about, loose, exact, other])
      const reading = store.events.read([{ authors: [AUTHORS[4]!, AUTHORS[2]!] }, { search: 'tea house' }])
      const found = await reading.next(10)
      expect(found.map(one => one.event)).toEqual([alice, exact, about, loose, other])
      expect(reading.isComplete()).toBe(true)
      const cut = store.events.read([{ search: 'tea house', limit: 2 }])
      expect((await cut.next(10)).map(one => one.event)).toEqual([alice, exact])
      expect(cut.isComplete()).toBe(false)
    })
  })

  describe('a store of schema 2', () => {
    test('loses its index by time and gets the new search index, with its counters right', async () => {
      await putAll(pool)
      await store.close()
      ;({ store, db } = await backend.open())
      const { events, bytes } = store.events.usage()
      await writeSchema2(db)
      await store.close()
      ;({ store, db } = await backend.open())
      expect(store.events.usage()).toMatchObject({ events, bytes })
      expect(store.events.usage()).toMatchObject(await countedUsage(db))
      expect(db.getSync(metaKey('schema'))?.toString()).toBe('3')
      const sizes = await tableSizes(db)
      expect([sizes[TIME_TABLE], sizes[WORD_TABLE]]).toEqual([undefined, undefined])
      await check(
        pool.filter(({ id }) => store.events.has(id)),
        20,
      )
    })
  })
}

/** What only schema 2 had: a key of 14 bytes for each event in one table, a key for each word and segment in another. */
const TIME_TABLE = 4
const WORD_TABLE = 25

async function writeSchema2(db: Database): Promise<void> {
  const state = decodeState(db.getSync(metaKey('state')))
  const operations: Operation[] = [{ type: 'put', key: metaKey('schema'), value: Buffer.from('2') }]
  for (const [key] of await db.iterator(tableRange(TABLE.event)).all()) {
    const timeKey = Buffer.concat([Buffer.of(TIME_TABLE, 0, 0, 0, 1), key.subarray(1), Buffer.of(0, 1)])
    operations.push({ type: 'put', key: timeKey, value: Buffer.alloc(0) })
    state.bytes += timeKey.length
  }
  operations.push({ type: 'put', key: Buffer.of(WORD_TABLE, 1, 2, 3, 4, 5, 6, 0, 0, 0, 1), value: Buffer.of(7) })
  operations.push({ type: 'put', key: metaKey('state'), value: encodeState(state) })
  await db.batch(operations, { sync: true })
}
