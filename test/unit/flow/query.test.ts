import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { EventTemplate, VerifiedEvent } from '../../../src/event/event.ts'
import type { Filter } from '../../../src/event/filter.ts'
import { newestFirst } from '../../../src/event/order.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { decodeCursor, encodeCursor } from '../../../src/flow/cursor.ts'
import type { LookUp } from '../../../src/flow/look-up.ts'
import { createQuery, type Page, type Query } from '../../../src/flow/query.ts'
import type { Store } from '../../../src/store/store.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'
import { NOW_SECONDS, openTestStore, type TestStore } from './memory-store.ts'

const HOUR = 3_600
const BOB = strangerKey('bob')

const cleanUp = useCleanUp()
let test: TestStore
let asked: { author: string; filter: Filter; restMs: number }[]
let query: Query

beforeEach(async () => {
  test = await openTestStore(cleanUp)
  asked = []
  query = queryOver(test.store)
})

function queryOver({ events }: Store): Query {
  const lookUp: LookUp = async (author, filter, restMs) => void asked.push({ author: author!, filter, restMs })
  return createQuery({ events, lookUp, clock: test.clock })
}

async function ask(body: unknown, over = query): Promise<Page> {
  const page = await over(body)
  if (isRejection(page)) throw new Error(page.reason)
  return page
}
const pull = (bounds: object = {}, over = query) => ask({ kinds: [40_000], ...bounds }, over)

let made = 0
async function put(fields: Partial<EventTemplate> = {}): Promise<VerifiedEvent> {
  const event = unsignedEvent(BOB, { content: `post ${++made}`, ...fields })
  await test.put(event)
  return event
}
async function putMany(count: number): Promise<VerifiedEvent[]> {
  const events: VerifiedEvent[] = []
  for (let i = 0; i < count; i++) events.push(await put())
  return events
}
const nowSeconds = () => Math.floor(test.clock.nowMs() / 1000)

describe('a pull', () => {
  it('without since gives the newest 50 in receive order, oldest first; with a limit that many', async () => {
    const events = await putMany(60)
    expect((await pull()).events).toEqual(events.slice(-50))
    expect((await pull({ since: -1, until: -1, limit: 7 })).events).toEqual(events.slice(-7))
  })

  it('with since compares with the time of arrival, not with created_at', async () => {
    await put()
    await test.clock.pass(60_000)
    const late = await put({ created_at: 1_000 })
    expect((await pull({ since: nowSeconds() - 1 })).events).toEqual([late])
  })

  it.each([-3600, -300, -7, 0, 7, 300, 3600])(
    'loses nothing when the clock of the client is off by %i seconds, and repeats only some seconds',
    async offSeconds => {
      // The phone client: `since` is its clock at the last pull that brought something, `until` its clock now.
      const seen = new Set<string>()
      const sent: string[] = []
      let times = 0
      let since: number | undefined
      for (let round = 0; round < 12; round++) {
        for (let i = 0; i < 3; i++) {
          sent.push((await put()).id)
          await test.clock.pass(3_333)
        }
        const until = nowSeconds() + offSeconds
        const { events } = await pull(since === undefined ? { limit: 300 } : { since, until })
        if (events.length > 0) since = until
        for (const { id } of events) seen.add(id)
        times += events.length
      }
      expect([...seen]).toEqual(sent)
      expect(times).toBeLessThan(sent.length * 2)
    },
  )

  it('with since in the future gives nothing, and its cursor skips nothing that comes', async () => {
    await put()
    const { events, cursor } = await pull({ since: NOW_SECONDS + 10 * HOUR })
    expect(events).toEqual([])
    const next = await put()
    expect((await pull({ cursor })).events).toEqual([next])
  })

  it('of an empty store gives a cursor that begins at the beginning', async () => {
    const { events, cursor, more } = await pull()
    expect([events, more]).toEqual([[], false])
    const first = await put()
    expect((await pull({ cursor })).events).toEqual([first])
  })
})

describe('the cursor', () => {
  it('gives each event exactly once, in order, also across restarts and in whatever pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ arrive: fc.nat(8), limit: fc.integer({ min: 1, max: 6 }), restart: fc.boolean() }), {
          minLength: 1,
          maxLength: 12,
        }),
        async steps => {
          test = await openTestStore(cleanUp)
          let over = queryOver(test.store)
          let { cursor } = await pull({}, over)
          const arrived: string[] = []
          const seen: string[] = []
          for (const { arrive, limit, restart } of steps) {
            for (let i = 0; i < arrive; i++) arrived.push((await put()).id)
            if (restart) {
              const store = await test.reopen()
              test = { ...test, store, put: async event => void (await store.events.put(event, { durable: false })) }
              over = queryOver(store)
            }
            const page = await pull({ cursor, limit }, over)
            cursor = page.cursor
            seen.push(...page.events.map(({ id }) => id))
          }
          for (let more = true; more; ) {
            const page = await pull({ cursor, limit: 3 }, over)
            cursor = page.cursor
            more = page.more
            seen.push(...page.events.map(({ id }) => id))
          }
          expect(seen).toEqual(arrived)
        },
      ),
      { seed: SEED, numRuns: 25 },
    )
  })

  it('says whether more is waiting', async () => {
    const { cursor } = await pull()
    const events = await putMany(5)
    const first = await pull({ cursor, limit: 3 })
    expect([first.events, first.more]).toEqual([events.slice(0, 3), true])
    const second = await pull({ cursor: first.cursor, limit: 3 })
    expect([second.events, second.more]).toEqual([events.slice(3), false])
    expect(await pull({ cursor: second.cursor })).toEqual({ events: [], late: [], cursor: second.cursor, more: false })
  })

  it('of another store begins anew', async () => {
    const events = await putMany(2)
    const elsewhere = encodeCursor({ epoch: '0123456789abcdef', run: () => '' }, 2 ** 50)
    expect((await pull({ cursor: elsewhere })).events).toEqual(events)
  })

  it.each([
    [''],
    ['x'],
    ['A'.repeat(19)],
    ['A'.repeat(25)],
    ['A'.repeat(27)],
    [`${'A'.repeat(10)}_________A`],
    [`${'A'.repeat(19)}.`],
    [7],
    [{}],
  ])('that is none (%j) is refused as malformed', async cursor => {
    const answer = await query({ kinds: [40_000], cursor })
    expect(isRejection(answer) && answer.rejected).toBe('malformed')
  })

  it('null means none, and a cursor in another question is passed over', async () => {
    const event = await put()
    expect((await pull({ cursor: null })).events).toEqual([event])
    expect((await ask({ kinds: [1], cursor: '%%' })).events).toEqual([event])
  })

  it('comes back from its text', () => {
    for (const position of [0, 1, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      for (const run of ['', '0123abcd']) {
        const resume = (given: string, from: number) => (given === run ? from : -1)
        const text = encodeCursor({ epoch: '0123456789abcdef', run: () => run }, position)
        expect(decodeCursor(text, { epoch: '0123456789abcdef', resume })).toEqual({ given: position, from: position })
      }
    }
  })
})

describe('a question for one thing', () => {
  it('for a post that is here asks nobody', async () => {
    const post = await put()
    expect((await ask({ kinds: [1], ids: [post.id], authors: [BOB] })).events).toEqual([post])
    expect(asked).toEqual([])
  })

  it("for a post that is missing is answered empty at once, and the author's nodes are asked", async () => {
    const id = strangerKey('id')
    expect((await ask({ kinds: [1], ids: [id], authors: [BOB] })).events).toEqual([])
    expect(asked).toEqual([{ author: BOB, filter: { kinds: [1], ids: [id] }, restMs: 10_000 }])
  })

  it('for a post takes the author as a hint whom to ask, and no more', async () => {
    const post = await put()
    expect((await ask({ kinds: [1], ids: [post.id], authors: [strangerKey('x')] })).events).toEqual([post])
  })

  it('for posts of several asks the author in the same place for each that is missing', async () => {
    const held = unsignedEvent(BOB, { content: 'here', created_at: NOW_SECONDS })
    await test.put(held)
    const ids = [strangerKey('1'), held.id, strangerKey('2'), strangerKey('3')]
    const carl = strangerKey('carl')
    expect((await ask({ kinds: [1], ids, authors: [BOB, BOB, carl, BOB] })).events).toEqual([held])
    expect(asked).toEqual([
      { author: BOB, filter: { kinds: [1], ids: [ids[0], ids[3]] }, restMs: 10_000 },
      { author: carl, filter: { kinds: [1], ids: [ids[2]] }, restMs: 10_000 },
    ])
  })

  it.each([0, 3])('for a newest event of kind %i that is missing asks for it', async kind => {
    expect((await ask({ kinds: [kind], authors: [BOB] })).events).toEqual([])
    expect(asked).toEqual([{ author: BOB, filter: { kinds: [kind], authors: [BOB], limit: 1 }, restMs: 10_000 }])
  })

  it.each([0, 3])(
    'for a newest event of kind %i that came a day ago gives it, and refreshes it at most hourly',
    async kind => {
      const held = await put({ kind })
      await test.clock.pass(24 * HOUR * 1000)
      expect((await ask({ kinds: [kind], authors: [BOB] })).events).toEqual([held])
      expect(asked).toEqual([])
      await test.clock.pass(1)
      expect((await ask({ kinds: [kind], authors: [BOB] })).events).toEqual([held])
      expect(asked).toMatchObject([{ author: BOB, restMs: HOUR * 1000 }])
    },
  )

  it('for the profiles of several asks for those that are missing', async () => {
    await put({ kind: 0 })
    await ask({ kinds: [0], authors: [BOB, strangerKey('x'), strangerKey('y')] })
    expect(asked.map(({ author }) => author)).toEqual([strangerKey('x'), strangerKey('y')])
  })

  it('of any other form asks nobody', async () => {
    const post = await put()
    expect((await ask({ authors: [BOB] })).events).toEqual([post])
    expect((await ask({ kinds: [0, 3], authors: [BOB] })).events).toEqual([])
    expect((await ask({ kinds: [0] })).events).toEqual([])
    expect((await ask({ ids: [strangerKey('id')] })).events).toEqual([])
    expect(asked).toEqual([])
  })

  it('is answered with 50 events when it names no limit', async () => {
    await putMany(60)
    expect((await ask({ kinds: [1] })).events).toHaveLength(50)
    expect((await ask({ kinds: [1], limit: 55 })).events).toHaveLength(55)
  })

  it.each([[null], [[]], ['x'], [{ ids: ['x'] }], [{ kinds: ['1'] }]])(
    'that is no filter (%j) is malformed',
    async body => {
      const answer = await query(body)
      expect(isRejection(answer) && answer.rejected).toBe('malformed')
    },
  )
})

describe('a page behind another (R3.7)', () => {
  const same = Array.from({ length: 25 }, (_, i) =>
    unsignedEvent(BOB, { content: `${i}`, created_at: NOW_SECONDS - 10 }),
  )
  const older = Array.from({ length: 3 }, (_, i) =>
    unsignedEvent(BOB, { content: `${i}`, created_at: NOW_SECONDS - 20 - i }),
  )

  it('brings any number of one second, each once and in their order', async () => {
    for (const event of [...older, ...same]) await test.put(event)
    const found: VerifiedEvent[] = []
    for (let turn = 0; turn < 20; turn++) {
      const last = found.at(-1)
      const { events } = await ask({ kinds: [1], limit: 10, ...(last && { until: last.created_at, behind: last.id }) })
      found.push(...events)
      if (events.length < 10) break
    }
    expect(found.map(({ id }) => id)).toEqual([...same, ...older].sort(newestFirst).map(({ id }) => id))
  })

  it.each([
    ['what is no id', { behind: 'x', until: 1 }],
    ['no date', { behind: strangerKey('x') }],
    ['a number', { behind: 7, until: 1 }],
  ])('%s is refused', async (_, bounds) => {
    expect(isRejection(await query({ kinds: [1], ...bounds }))).toBe(true)
  })
})
