import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Filter } from '../../../src/event/filter.ts'
import { KIND } from '../../../src/event/kinds.ts'
import { IdColumns, type IdRow } from '../../../src/store/id-columns.ts'
import { gatherIds } from '../../../src/store/id-sets.ts'
import type { Mark } from '../../../src/store/mark.ts'
import { createSlices } from '../../../src/store/pace.ts'
import { traitsByte } from '../../../src/store/record.ts'
import type { Records } from '../../../src/store/records.ts'
import type { IdSet } from '../../../src/wire/id-set.ts'
import { answerMessage, firstMessage } from '../../../src/wire/negentropy.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'
import { BASE_SECONDS, strangerKey, unsignedEvent } from '../../support/events.ts'
import { itemsOf } from '../../support/id-sets.ts'
import { diskBackend } from '../../support/stores.ts'
import { runs } from '../event/arbitrary-events.ts'

/** Sees what is open, and knows it at a glance. */
const openOnly = Object.assign((_: unknown, mark: Mark | undefined) => mark === 'open', {
  glance: (_: number, mark: Mark | undefined) => mark === 'open',
})
const traitsOf = (mark: Mark) => traitsByte({ mark, isProtected: false, mayExpire: false })
const OPEN = traitsOf('open')

/** Ids of which many begin alike. */
function rowAt(number: number, createdAt: number, traits = OPEN): IdRow {
  const id = Buffer.alloc(32, Math.imul(number, 151) & 0xff)
  id.writeUInt32BE(Math.imul(number + 1, 2_654_435_761) >>> 0, number % 3 === 0 ? 28 : 0)
  id.writeUInt32BE(number, 20)
  return { position: number, createdAt, id, kind: number % 5, authorHigh: number % 7, authorLow: 0, traits }
}

/** A set of these columns; no record may be read for it. */
async function gathered(ids: IdColumns, filter: Filter = {}): Promise<IdSet> {
  const never = (): never => {
    throw new Error('a record was read')
  }
  const parts = { records: { byId: never } as unknown as Records, slices: createSlices() }
  return (await gatherIds({ ...parts, ids, nowSeconds: 0 }, filter, { max: 1e9, view: openOnly }))!
}

const listOf = (rows: readonly IdRow[]) =>
  [...rows]
    .sort((a, b) => a.createdAt - b.createdAt || Buffer.compare(a.id, b.id))
    .map(({ id, createdAt }) => ({ id: Buffer.from(id).toString('hex'), created_at: createdAt }))

/** Thousands of events in some order, every so many of them private, and a filter. */
const story = fc.record({
  count: fc.integer({ min: 1, max: 4_000 }),
  seconds: fc.constantFrom(1, 3, 500, 1_000_000),
  step: fc.constantFrom(1, 4_000, 1_777),
  privates: fc.constantFrom(2, 90, 1_500, 10_000),
  /** How many are left of so many. */
  left: fc.constantFrom({ of: 3, are: 2 }, { of: 40, are: 1 }),
  kinds: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1 }), { nil: undefined }),
  since: fc.integer({ min: 0, max: 500 }),
  until: fc.constantFrom(250, 1e9),
})

describe('a set from memory', () => {
  test('is what a plain list says, sorted, and stays so whatever comes and goes after it', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ count, seconds, step, privates, kinds, since, until, left: { of, are } }) => {
        const rows = Array.from({ length: count }, (_, i) => {
          const number = 1 + ((i * step) % 4_001)
          return rowAt(number, (number * 7) % seconds, number % privates === 0 ? traitsOf('private') : OPEN)
        })
        const isIn = ({ traits, createdAt, kind }: IdRow): boolean =>
          traits === OPEN && createdAt >= since && createdAt <= until && (kinds?.includes(kind) ?? true)
        const filter = { since, until, ...(kinds && { kinds }) }
        const ids = new IdColumns()
        for (const row of [...rows, ...rows.slice(0, 50)]) ids.add(row)
        const before = await gathered(ids, filter)
        const left = rows.filter((_, i) => i % of < are)
        for (const row of rows.filter((_, i) => i % of >= are)) ids.remove(row)
        const late = Array.from({ length: 300 }, (_, i) => rowAt(10_000 + i, (i * 11) % seconds))
        for (const row of late) ids.add(row)
        expect(itemsOf(await gathered(ids, filter))).toEqual(listOf([...left, ...late].filter(isIn)))
        expect(itemsOf(before)).toEqual(listOf(rows.filter(isIn)))
      }),
      runs(60),
    )
  })

  test('takes the memory of what is left, not of what has gone', () => {
    const ids = new IdColumns()
    for (let i = 0; i < 20_000; i++) ids.add(rowAt(i, BASE_SECONDS + i))
    expect(ids.share(0, 2 ** 32).length).toBe(20)
    for (let i = 0; i < 20_000; i++) if (i % 1_000 !== 7) ids.remove(rowAt(i, BASE_SECONDS + i))
    const chunks = ids.share(0, 2 ** 32)
    expect(chunks.map(({ count }) => count)).toEqual([20])
  })

  test('costs next to nothing for 100,000 of which nothing is missing at the other side', async () => {
    const [here, there] = [new IdColumns(), new IdColumns()]
    for (let i = 0; i < 100_000; i++) here.add(rowAt(i, BASE_SECONDS + i))
    for (let i = 0; i < 100_000; i++) there.add(rowAt(i, BASE_SECONDS + i))
    const startMs = cpuTimeMs()
    const message = firstMessage(await gathered(here))
    const answer = answerMessage(await gathered(there), message, 60_000)
    // Both sides take some 10 ms together; a record read for each would take a hundred times as long.
    expect(cpuTimeMs() - startMs).toBeLessThan(150)
    expect(answer).toEqual(Uint8Array.of(0x61))
  })
})

describe('a set of a store', () => {
  const posts = Array.from({ length: 3_000 }, (_, i) =>
    unsignedEvent(strangerKey(`author ${i % 5}`), {
      created_at: BASE_SECONDS + (i % 40),
      content: `${i}`,
      tags: i % 4 === 0 ? [['expiration', `${BASE_SECONDS + (i % 8) * 1_000_000}`]] : [],
    }),
  )
  const idsOf = (set: IdSet | undefined) => itemsOf(set!).map(({ id }) => id)

  test('has what was put and not what was deleted, also while it is read for the first time', async () => {
    const backend = await diskBackend()
    const { store } = await backend.open()
    await Promise.all(posts.slice(0, 2_000).map(post => store.events.put(post, { durable: false, mark: 'open' })))
    const isAlive = (tags: readonly (readonly string[])[]) => tags.length === 0 || Number(tags[0]![1]) > BASE_SECONDS
    const first = store.events.setOf({ kinds: [KIND.post] }, 10_000, { view: openOnly })
    const gone = posts.slice(500, 900)
    await Promise.all([
      ...posts.slice(2_000).map(post => store.events.put(post, { durable: false, mark: 'open' })),
      ...gone.map(({ id, pubkey }) =>
        store.events.put(unsignedEvent(pubkey, { kind: KIND.deletion, tags: [['e', id]] }), { durable: false }),
      ),
    ])
    await first
    const left = posts.filter(post => !gone.includes(post) && isAlive(post.tags))
    const set = await store.events.setOf({ kinds: [KIND.post] }, 10_000, { view: openOnly })
    expect(idsOf(set).sort()).toEqual(left.map(({ id }) => id).sort())
    expect(await store.events.setOf({ kinds: [KIND.post] }, left.length - 1, { view: openOnly })).toBeUndefined()
    const authors = [posts[0]!.pubkey]
    const window = { authors, since: BASE_SECONDS + 5, until: BASE_SECONDS + 20 }
    expect(idsOf(await store.events.setOf(window, 10_000)).sort()).toEqual(
      left
        .filter(({ pubkey, created_at: at }) => pubkey === authors[0] && at >= window.since && at <= window.until)
        .map(({ id }) => id)
        .sort(),
    )
    await store.close()
    await backend.dispose()
  })

  test('reads the records of those only that may have expired', async () => {
    const backend = await diskBackend()
    const { store, db } = await backend.open({}, { recordCache: { segments: 1, segmentBytes: 1 } })
    await Promise.all(posts.slice(0, 400).map(post => store.events.put(post, { durable: false, mark: 'open' })))
    await store.events.setOf({}, 10_000)
    const reads = vi.spyOn(db, 'getSync')
    const set = await store.events.setOf({ kinds: [KIND.post] }, 10_000, { view: openOnly })
    expect(set!.size).toBe(350)
    // Of each, where it is and what it says.
    expect(reads.mock.calls.length).toBe(200)
    await store.close()
    await backend.dispose()
  })
})
