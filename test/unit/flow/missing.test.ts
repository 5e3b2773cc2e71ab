import { beforeEach, describe, expect, it } from 'vitest'
import type { Filter } from '../../../src/event/filter.ts'
import { createAskForMissing } from '../../../src/flow/missing.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { openTestStore, type TestStore } from './memory-store.ts'

const cleanUp = useCleanUp()
const OWNER = strangerKey('owner')
const BOB = strangerKey('bob')
const CLEO = strangerKey('cleo')
const DAY_MS = 24 * 3_600_000

let test: TestStore
let asked: [author: string | undefined, filter: Filter, restMs: number][]

beforeEach(async () => {
  test = await openTestStore(cleanUp)
  asked = []
})

const ask = (...filters: readonly Filter[]): Promise<boolean> => askAfter(0, ...filters)

async function askAfter(given: number, ...filters: readonly Filter[]): Promise<boolean> {
  const answer = createAskForMissing({
    events: test.store.events,
    owner: () => OWNER,
    lookUp: async (...question) => void asked.push(question),
    clock: test.clock,
  })(filters, given)
  await answer
  return answer !== undefined
}

describe('what a question shows to be missing', () => {
  it('is asked of its author, all kinds at once', async () => {
    expect(await ask({ authors: [BOB, OWNER], kinds: [0, 3, 7, 10_002] })).toBe(true)
    expect(asked).toEqual([[BOB, { authors: [BOB], kinds: [0, 3, 10_002] }, 10_000]])
  })

  it('is asked of neighbours when the author is not known', async () => {
    const held = unsignedEvent(BOB)
    await test.store.events.put(held, { durable: false })
    const other = strangerKey('an id')
    await ask({ ids: [held.id, other] }, { ids: [other], authors: [CLEO], kinds: [1] })
    expect(asked).toEqual([
      [undefined, { ids: [other] }, 10_000],
      [CLEO, { ids: [other], kinds: [1] }, 10_000],
    ])
  })

  it('of posts only when there is none of that author', async () => {
    await test.store.events.put(unsignedEvent(BOB), { durable: false })
    await ask({ authors: [BOB, CLEO], kinds: [1], limit: 20 })
    expect(asked).toEqual([[CLEO, { authors: [CLEO], kinds: [1], limit: 50 }, 10_000]])
  })

  it('is nothing where all is here, or no kind that is looked for', async () => {
    await test.store.events.put(unsignedEvent(BOB, { kind: 0, content: '{}' }), { durable: false })
    expect(await ask({ authors: [BOB], kinds: [0] }, { kinds: [0] }, { authors: [CLEO] }, {})).toBe(false)
    expect(await ask({ authors: [CLEO], kinds: [7] })).toBe(false)
    expect(await ask({ authors: [CLEO], kinds: [0], tags: new Map([['t', ['x']]]) })).toBe(false)
    expect(asked).toEqual([])
  })

  it('is nothing when the answer shows that all is here', async () => {
    const ids = ['one', 'two', 'one'].map(strangerKey)
    expect(await askAfter(2, { ids })).toBe(false)
    expect(await askAfter(1, { ids })).toBe(true)
    expect(await askAfter(1, { authors: [BOB], kinds: [1] })).toBe(false)
    expect(asked).toHaveLength(1)
    expect(await askAfter(1, { authors: [BOB], kinds: [0, 1] })).toBe(true)
    expect(await askAfter(1, { authors: [BOB], kinds: [1] }, { authors: [CLEO], kinds: [1] })).toBe(true)
  })

  it('is refreshed after a day, without anybody waiting', async () => {
    await test.store.events.put(unsignedEvent(BOB, { kind: 0, content: '{}' }), { durable: false })
    test.clock.set(test.clock.nowMs() + DAY_MS + 1_000)
    expect(await ask({ authors: [BOB], kinds: [0] })).toBe(false)
    expect(asked).toEqual([[BOB, { authors: [BOB], kinds: [0] }, 3_600_000]])
  })

  it('is bounded: 100 ids, 32 authors', async () => {
    const many = (count: number, what: string) => Array.from({ length: count }, (_, i) => strangerKey(`${what} ${i}`))
    await ask({ ids: many(500, 'id') }, { authors: many(20, 'a'), kinds: [0] }, { authors: many(20, 'b'), kinds: [0] })
    expect(asked[0]![1].ids).toHaveLength(100)
    expect(asked.slice(1)).toHaveLength(32)
  })
})
