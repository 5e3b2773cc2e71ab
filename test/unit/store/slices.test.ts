/** A slow question is answered in slices: in between everybody else has a turn. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import { unsigned } from '../../bench/posts.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'
import { type Backend, diskBackend, NEARLY_NO_CACHE } from '../../support/stores.ts'

const EVENTS = 30_000
/** Slices are to end at 5 ms; with what the machine and the garbage collector add, and far below all of it at once. */
const MOST_MS = 25

const author = (number: number) => String(number % 50).padStart(64, '0')
const hidden = () => false
let backend: Backend
let store: Store

beforeAll(async () => {
  backend = await diskBackend()
  store = (await backend.open({ maxEvents: 2 * EVENTS, nowMs: Date.now }, { recordCache: NEARLY_NO_CACHE })).store
  const at = Math.floor(Date.now() / 1000) - EVENTS
  for (let from = 0; from < EVENTS; from += 500) {
    const some = Array.from({ length: 500 }, (_, i) => unsigned(author(i), from + i, at + from + i))
    await Promise.all(some.map(event => store.events.put(event, { durable: false })))
  }
}, 60_000)

afterAll(async () => {
  await store.close()
  await backend.dispose()
})

/** CPU time of the longest turn of the event loop, and of all of them. */
async function turns(run: () => Promise<unknown>): Promise<{ longest: number; all: number }> {
  const start = cpuTimeMs()
  let last = start
  let longest = 0
  let isOver = false
  const tick = () => {
    const now = cpuTimeMs()
    longest = Math.max(longest, now - last)
    last = now
    if (!isOver) setImmediate(tick)
  }
  setImmediate(tick)
  await run()
  isOver = true
  return { longest, all: cpuTimeMs() - start }
}

it.each<[string, () => Promise<unknown>]>([
  ['a count that looks at each event', () => store.events.count([{}], { view: hidden })],
  ['a query of which nothing may be shown', () => store.events.query({}, 500, hidden)],
  ['a set that looks at each event', () => store.events.setOf({}, EVENTS, { view: hidden })],
  ['a search for frequent words', () => store.events.query({ search: 'river street' }, 500)],
])('%s', async (_, run) => {
  let longest = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 3; tries++) {
    const found = await turns(run)
    // Otherwise one slice would do.
    expect(found.all).toBeGreaterThan(MOST_MS)
    longest = Math.min(longest, found.longest)
  }
  expect(longest).toBeLessThan(MOST_MS)
})
