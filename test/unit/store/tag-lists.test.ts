/** Questions by tag values are answered the same whatever of them is in memory. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Filter, matches } from '../../../src/event/filter.ts'
import { KIND } from '../../../src/event/kinds.ts'
import type { Database } from '../../../src/store/database.ts'
import type { Store } from '../../../src/store/store.ts'
import { createTagLists, MAX_LIST } from '../../../src/store/tag-lists.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { BASE_SECONDS, strangerKey, unsignedEvent } from '../../support/events.ts'
import { diskBackend, memoryBackend, NEARLY_NO_CACHE } from '../../support/stores.ts'
import { runs } from '../event/arbitrary-events.ts'

const cleanUp = useCleanUp()
const ALICE = strangerKey('alice')

async function idsOf(store: Store, filter: Filter): Promise<string[]> {
  const reading = store.events.read([filter])
  const ids: string[] = []
  for (let page = await reading.next(100); page.length > 0; page = await reading.next(100)) {
    ids.push(...page.map(({ event }) => event.id))
  }
  return ids
}

function topic(value: string, fields: Omit<Filter, 'tags'> = {}): Filter {
  return { ...fields, tags: new Map([['t', [value]]]) }
}

const value = fc.constantFrom('a', 'b', '')
const second = fc.integer({ min: 0, max: 9 })
const step = fc.oneof(
  fc.record({ what: fc.constant('post' as const), second, kind: fc.constantFrom(1, 6), tags: fc.array(value) }),
  fc.record({ what: fc.constant('delete' as const), place: fc.nat(30) }),
  fc.record({ what: fc.constant('forget' as const) }),
  fc.record({
    what: fc.constant('ask' as const),
    values: fc.uniqueArray(value, { minLength: 1 }),
    since: second,
    until: second,
    kinds: fc.constantFrom(undefined, [1], [6]),
    limit: fc.constantFrom(1, 3, 100),
  }),
)

test('whatever comes and goes between the questions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async steps => {
      const backend = await memoryBackend()
      const { store } = await backend.open()
      let there: ReturnType<typeof unsignedEvent>[] = []
      for (const [number, step] of steps.entries()) {
        if (step.what === 'post') {
          const tags = step.tags.map(tag => ['t', tag])
          const fields = { kind: step.kind, created_at: BASE_SECONDS + step.second, content: `${number}`, tags }
          there.push(unsignedEvent(ALICE, fields))
          await store.events.put(there.at(-1)!, { durable: false })
        } else if (step.what === 'delete') {
          const gone = there[step.place]
          if (gone === undefined) continue
          const deletion = unsignedEvent(ALICE, { kind: KIND.deletion, tags: [['e', gone.id]] })
          await store.events.put(deletion, { durable: false })
          there = there.filter(event => event !== gone)
        } else if (step.what === 'forget') store.forgetUnused()
        else {
          const { values, kinds, limit } = step
          const [since, until] = [BASE_SECONDS + step.since, BASE_SECONDS + step.until]
          const filter = { tags: new Map([['t', values]]), since, until, limit, ...(kinds && { kinds }) }
          const wanted = there
            .filter(event => matches(filter, event))
            .sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1))
          expect(await idsOf(store, filter)).toEqual(wanted.slice(0, limit).map(({ id }) => id))
        }
      }
      await store.close()
      await backend.dispose()
    }),
    runs(60),
  )
})

test('what was read before something was written is not kept', async () => {
  const backend = await diskBackend()
  cleanUp.add(() => backend.dispose())
  const { store, db } = await backend.open()
  const slow = Promise.withResolvers<void>()
  // Its answers come late.
  const keys: Database['keys'] = options => {
    const reader = db.keys(options)
    return {
      nextv: async count => {
        const read = await reader.nextv(count)
        await slow.promise
        return read
      },
      close: () => reader.close(),
      all: () => reader.all(),
    } as ReturnType<Database['keys']>
  }
  const lists = createTagLists({ ...db, keys } as Database)
  const asked = lists.of('t', 'x')
  const post = unsignedEvent(ALICE, { tags: [['t', 'x']] })
  await store.events.put(post, { durable: false })
  lists.apply([{ stored: { event: post, position: 1, mark: undefined }, isRemoved: false }])
  slow.resolve()
  await asked
  expect((await lists.of('t', 'x'))?.length).toBe(1)
})

test('values that very many events have are read from the disk, and are whole', async () => {
  const backend = await diskBackend()
  cleanUp.add(() => backend.dispose())
  const { store } = await backend.open()
  const posts = Array.from({ length: MAX_LIST + 10 }, (_, i) =>
    unsignedEvent(ALICE, { created_at: BASE_SECONDS + i, content: `${i}`, tags: [['t', i < 9 ? 'few' : 'many']] }),
  )
  await Promise.all(posts.slice(0, MAX_LIST).map(post => store.events.put(post, { durable: false })))
  const many = () => posts.filter(({ tags }) => tags[0]![1] === 'many').reverse()
  for (const more of [posts.slice(MAX_LIST), []]) {
    await idsOf(store, topic('many'))
    await Promise.all(more.map(post => store.events.put(post, { durable: false })))
  }
  expect(await idsOf(store, topic('many'))).toEqual(many().map(({ id }) => id))
  const [newest] = many()
  expect(await idsOf(store, topic('many', { limit: 1 }))).toEqual([newest!.id])
  expect(await idsOf(store, topic('few', { limit: 500 }))).toHaveLength(9)
})

test('are let go of when nobody asks any more', async () => {
  const backend = await diskBackend()
  cleanUp.add(() => backend.dispose())
  const { store } = await backend.open({}, { recordCache: NEARLY_NO_CACHE })
  await store.events.put(unsignedEvent(ALICE, { tags: [['t', 'x']] }), { durable: false })
  expect(await idsOf(store, topic('x'))).toHaveLength(1)
  expect(store.forgetUnused()).toBe(0)
  expect(store.forgetUnused()).toBeGreaterThan(NEARLY_NO_CACHE.segmentBytes)
  expect(store.forgetUnused()).toBe(0)
  expect(await idsOf(store, topic('x'))).toHaveLength(1)
})
