import { beforeEach, describe, expect, it } from 'vitest'
import { type CatchUp, createCatchUp } from '../../../src/flow/catch-up.ts'
import type { Neighbour } from '../../../src/flow/neighbours.ts'
import type { SyncScope } from '../../../src/flow/sync.ts'
import type { Activity } from '../../../src/observe/activity.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import { silent } from '../../../src/observe/log.ts'
import type { Store } from '../../../src/store/store.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { type FakeClock, settle } from '../../support/fake-clock.ts'
import { NOW_SECONDS, openTestStore } from './memory-store.ts'
import { createScriptedSync, neighbour, type ScriptedSync } from './scripted-sync.ts'

const REPAIR_MS = 60_000
const HOUR = 3_600
const DAY = 24 * HOUR

const cleanUp = useCleanUp()
let clock: FakeClock
/** How far the clock of the machine was set; its timers go on as they did. */
let offsetMs: number
let store: Store
let sync: ScriptedSync
let here: Neighbour[]
let authors: string[]
let activities: Activity[]
let catchUp: CatchUp

beforeEach(async () => {
  const test = await openTestStore(cleanUp)
  clock = test.clock
  store = test.store
  offsetMs = 0
  sync = createScriptedSync(() => clock.nowMs())
  here = []
  authors = []
  activities = []
  catchUp = create()
})

function create(): CatchUp {
  const made = createCatchUp({
    sync,
    neighbours: () => here,
    authors: () => authors,
    book: store.completeness,
    clock: { nowMs: () => clock.nowMs() + offsetMs, after: clock.after },
    log: silent,
    counters: createCounters(),
    onActivity: activity => void activities.push(activity),
    repairMs: REPAIR_MS,
    // The middle of every jitter.
    random: () => 0.5,
  })
  cleanUp.add(() => made.stop())
  return made
}

const now = () => Math.floor((clock.nowMs() + offsetMs) / 1000)
const asked = () => sync.comparisons.map(({ peer }) => peer)
function windowOf(scope: SyncScope | undefined) {
  if (scope === undefined || 'authors' in scope) throw new Error('no window')
  return scope
}
/** Begins with these, and lets everything happen that does not wait. */
async function startWith(...neighbours: readonly Neighbour[]): Promise<void> {
  here = [...neighbours]
  catchUp.start()
  await clock.pass(0)
}
const [a, b, c] = ['a', 'b', 'c'].map(id => neighbour(id)) as [Neighbour, Neighbour, Neighbour]

describe('after the start', () => {
  it('waits for a neighbour, and compares at once when one is there', async () => {
    await startWith()
    await clock.pass(3 * REPAIR_MS)
    expect([asked(), catchUp.status().state]).toEqual([[], 'waiting'])
    here = [a]
    catchUp.neighbourSeen()
    await clock.pass(0)
    expect(new Set(asked())).toEqual(new Set(['a']))
    expect(catchUp.status()).toMatchObject({ state: 'idle', completeUntil: null })
  })

  it('a new node looks three days back and a little ahead, the newest quarter of an hour first', async () => {
    await startWith(a)
    const [newest, rest, ...others] = sync.comparisons.map(({ scope }) => windowOf(scope))
    expect(newest).toEqual({ since: NOW_SECONDS - 900, until: NOW_SECONDS + 900 })
    expect(rest).toEqual({ since: NOW_SECONDS - 3 * DAY - HOUR, until: NOW_SECONDS - 900 })
    expect(others).toEqual([])
  })

  it('compares with two neighbours of different owners, and is complete until it began', async () => {
    await startWith(a, neighbour('a2', { owner: a.owner }), b)
    expect(asked()).toContain('b')
    expect(asked().filter(peer => peer.startsWith('a')).length).toBeGreaterThan(0)
    expect(store.completeness.completeUntil()).toBe(NOW_SECONDS)
    expect(catchUp.status()).toMatchObject({
      completeUntil: new Date(NOW_SECONDS * 1000).toISOString(),
      rounds: [{ number: 1, kind: 'behind', neighbours: 2, complete: true, reason: '' }],
    })
  })

  it('prefers a second neighbour of another network', async () => {
    const near = (id: string) => neighbour(id, { network: '192.0.2' })
    const far = neighbour('far', { network: '198.51.100' })
    await startWith(near('n1'), near('n2'), near('n3'), near('n4'), far)
    expect(asked()).toContain('far')
  })

  it('two nodes of one owner are one word, and nothing is complete', async () => {
    await startWith(a, neighbour('a2', { owner: a.owner }))
    await clock.pass(10 * REPAIR_MS)
    expect(store.completeness.completeUntil()).toBeUndefined()
    here = [...here, b]
    await clock.pass(2 * REPAIR_MS)
    expect(store.completeness.completeUntil()).toBeGreaterThan(now() - 3 * 60)
  })

  it('a node that was complete five days ago looks back to there, one that was a minute ago a day', async () => {
    await store.completeness.save(NOW_SECONDS - 5 * DAY)
    await startWith(a)
    expect(windowOf(sync.comparisons.at(-1)?.scope).since).toBe(NOW_SECONDS - 5 * DAY - HOUR)
    catchUp.stop()
    await store.completeness.save(NOW_SECONDS - 60)
    catchUp = create()
    await startWith(a)
    expect(windowOf(sync.comparisons.at(-1)?.scope).since).toBe(NOW_SECONDS - DAY - HOUR)
  })

  it('asks the own nodes of followed authors for these, and the last neighbour for all of them', async () => {
    authors = ['owner of b', 'friend', 'myself']
    await startWith(a, b)
    const scopes = sync.comparisons.filter(({ scope }) => 'authors' in scope)
    expect(scopes).toContainEqual(expect.objectContaining({ peer: 'b', scope: { authors: ['owner of b'] } }))
    expect(scopes.at(-1)?.scope).toEqual({ authors })
  })

  it('somebody followed later is asked for with the next repair, once', async () => {
    authors = ['friend']
    await startWith(a, b)
    authors = ['friend', 'new friend']
    sync.comparisons.length = 0
    await clock.pass(4 * REPAIR_MS)
    const scopes = sync.comparisons.flatMap(({ scope }) => ('authors' in scope ? [scope.authors] : []))
    expect(scopes).toEqual([['new friend']])
  })
})

describe('a neighbour that fails', () => {
  it('is left alone for a minute, and another one is asked', async () => {
    sync.answers(({ peer }) => (peer === 'a' ? { isComplete: false, reason: 'No answer.' } : {}))
    await startWith(a, b, c)
    expect(catchUp.status().rounds[0]).toMatchObject({ complete: true })
    const before = asked().filter(peer => peer === 'a').length
    await clock.pass(40_000)
    expect(asked().filter(peer => peer === 'a')).toHaveLength(before)
  })

  it('when nobody answers to the end, the round says why and is tried again, less and less often', async () => {
    sync.answers(() => ({ isComplete: false, reason: 'No answer.', busyMs: 1 }))
    await startWith(a)
    expect(catchUp.status().rounds[0]).toMatchObject({ complete: false, reason: 'No answer.', kind: 'behind' })
    await clock.pass(30 * REPAIR_MS)
    const gaps = sync.comparisons.map(({ atMs }, i) => atMs - (sync.comparisons[i - 1]?.atMs ?? atMs))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(REPAIR_MS * 1.25)
    expect(sync.comparisons.length).toBeLessThan(60)
    sync.answers(() => ({}))
    await clock.pass(REPAIR_MS * 1.25)
    expect(catchUp.status().rounds[0]).toMatchObject({ complete: true })
  })

  it('that makes no progress is given up after 15 s, and one that does is not', async () => {
    const gone = ({ options }: { options: { signal?: AbortSignal | undefined } }) =>
      new Promise<object>(resolve => {
        options.signal?.addEventListener('abort', () => resolve({ isComplete: false, reason: 'Given up.' }))
      })
    sync.answers(comparison => {
      if (comparison.peer === 'a') return gone(comparison)
      for (let i = 1; i < 6; i++) {
        clock.after(i * 10_000, () => comparison.options.onProgress?.({ peer: 'b', found: 9, learned: i, sent: 0 }))
      }
      return new Promise(resolve => void clock.after(60_000, () => resolve({ learned: 9 })))
    })
    await startWith(a)
    await clock.pass(14_000)
    expect(catchUp.status().state).toBe('running')
    here = [a, b]
    await clock.pass(30_000)
    expect(asked().at(-1)).toBe('b')
    expect(catchUp.status().progress).toMatchObject({ found: 9, learned: 2, kind: 'behind', neighbour: 2 })
    await clock.pass(120_000)
    expect(catchUp.status().rounds.some(({ complete, learned }) => complete && learned === 18)).toBe(true)
  })

  it('is never asked while the protocol says that it must not be', async () => {
    sync.refused.add('a')
    await startWith(a)
    await clock.pass(5 * REPAIR_MS)
    expect([asked(), catchUp.status().state]).toEqual([[], 'waiting'])
  })
})

describe('repair', () => {
  it('goes round all neighbours, one a minute, each from where the two last agreed', async () => {
    await startWith(a, b, c)
    await clock.pass(2 * REPAIR_MS)
    sync.comparisons.length = 0
    await clock.pass(6 * REPAIR_MS)
    expect(asked().toSorted()).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
    const { since, until } = windowOf(sync.comparisons.at(-1)?.scope)
    expect(until - since).toBe(600 + 3 * 60)
    expect(catchUp.status().rounds[0]?.kind).toBe('repair')
  })

  it('keeps the time that is complete a few minutes behind the clock, and saves it', async () => {
    await startWith(a, b, c)
    await clock.pass(60 * REPAIR_MS)
    expect(now() - store.completeness.completeUntil()!).toBeLessThan(200)
  })

  it('leaves alone what gossip is carrying just now', async () => {
    await startWith(a, b)
    await clock.pass(REPAIR_MS + 1_000)
    const { scope, atMs } = sync.comparisons.at(-1)!
    expect(windowOf(scope).until).toBe(Math.floor(atMs / 1000) - 10)
  })

  it('comes soon after one that found something, then later and later', async () => {
    await startWith(a, b)
    await clock.pass(REPAIR_MS - 1)
    sync.comparisons.length = 0
    sync.answers(() => ({ learned: 3 }))
    await clock.pass(3 * REPAIR_MS)
    const times = sync.comparisons.map(({ atMs }) => atMs)
    const gaps = times.slice(1).map((atMs, i) => Math.round((atMs - times[i]!) / 1000))
    expect(gaps.slice(0, 5)).toEqual([2, 4, 8, 16, 32])
    expect(activities[0]).toEqual({ what: 'caught-up', events: 3, neighbours: 1 })
  })

  it('comes soon after another node has brought something', async () => {
    await startWith(a, b)
    sync.comparisons.length = 0
    catchUp.answered({ learned: 0, sent: 5 })
    await clock.pass(5_000)
    expect(asked()).toEqual([])
    catchUp.answered({ learned: 2, sent: 0 })
    await clock.pass(5_000)
    expect(asked()).toHaveLength(1)
    expect(catchUp.status()).toMatchObject({ learned: 2, sent: 5 })
  })

  it('comes soon with a neighbour that this node has dialled, a day back; whoever dialled does it itself', async () => {
    await startWith(a, b)
    await clock.pass(10_000)
    sync.comparisons.length = 0
    here = [a, b, c, neighbour('dialled us', { isOutbound: false })]
    catchUp.neighbourSeen()
    await clock.pass(6_000)
    expect(asked()).toEqual(['c'])
    expect(windowOf(sync.comparisons[0]?.scope).since).toBeLessThanOrEqual(now() - DAY)
  })

  it('with many new neighbours goes from one to the next, some seconds apart', async () => {
    await startWith(a, b)
    await clock.pass(10_000)
    sync.comparisons.length = 0
    here = Array.from({ length: 20 }, (_, i) => neighbour(`new ${i}`))
    catchUp.neighbourSeen()
    await clock.pass(82_000)
    expect(new Set(asked()).size).toBe(20)
    expect(sync.comparisons).toHaveLength(20)
  })
})

describe('an absence', () => {
  /** Everything is quiet for five minutes; then `happens`, and the kinds of the rounds of the next seconds are told. */
  async function kindsAfter(happens: () => Promise<void> | void): Promise<string[]> {
    await startWith(a, b)
    await clock.pass(5 * REPAIR_MS)
    const before = catchUp.status().rounds[0]!.number
    await happens()
    await clock.pass(12_000)
    return catchUp.status().rounds.flatMap(({ number, kind }) => (number > before ? [kind] : []))
  }

  it.each([
    ['without neighbours for two minutes', 120_000, ['behind']],
    ['without neighbours for half a minute', 30_000, ['repair']],
  ])('%s', async (_name, ms, kinds) => {
    const found = await kindsAfter(async () => {
      here = []
      await clock.pass(ms)
      here = [a, b]
      catchUp.neighbourSeen()
    })
    expect(found.slice(-1)).toEqual(kinds)
  })

  it.each([
    ['was stopped for a minute', 60_000],
    ['slept for a night', 8 * HOUR * 1_000],
    ['had its clock set back by an hour', -HOUR * 1_000],
  ])('of a machine that %s is seen by the clock', async (_name, ms) => {
    expect(
      await kindsAfter(() => {
        offsetMs = ms
      }),
    ).toContain('behind')
  })

  it('is not a second or two of a clock that is set right', async () => {
    expect(
      await kindsAfter(() => {
        offsetMs = -2_000
      }),
    ).not.toContain('behind')
  })

  it('after a clock that was an hour ahead there is no hole: with each neighbour a day is compared', async () => {
    await startWith(a, b)
    offsetMs = HOUR * 1_000
    await clock.pass(5 * REPAIR_MS)
    offsetMs = 0
    sync.comparisons.length = 0
    await clock.pass(12_000)
    const opened = new Map(asked().map(peer => [peer, now()]))
    for (const { peer, scope } of sync.comparisons) {
      opened.set(peer, Math.min(opened.get(peer)!, windowOf(scope).since))
    }
    expect([...opened.keys()].toSorted()).toEqual(['a', 'b'])
    for (const since of opened.values()) expect(since).toBeLessThanOrEqual(now() - DAY)
    expect(store.completeness.completeUntil()).toBeLessThanOrEqual(now())
  })
})

describe('the owner', () => {
  it('asks for a whole round at once, three days back at least, and can see it', async () => {
    authors = ['friend']
    await startWith(a, b)
    await clock.pass(5_000)
    sync.comparisons.length = 0
    sync.answers(() => new Promise(resolve => void clock.after(1_000, () => resolve({ learned: 1, sent: 2 }))))
    const number = catchUp.ask()
    expect(catchUp.ask()).toBe(number)
    await clock.pass(0)
    expect(catchUp.status()).toMatchObject({ state: 'running', progress: { number, kind: 'asked', neighbour: 1 } })
    await clock.pass(10_000)
    const report = catchUp.status().rounds.find(round => round.number === number)
    expect(report).toMatchObject({ kind: 'asked', complete: true, neighbours: 2, learned: 4, sent: 8 })
    expect(windowOf(sync.comparisons[1]?.scope).since).toBe(NOW_SECONDS + 5 - 3 * DAY)
    expect(sync.comparisons.some(({ scope }) => 'authors' in scope)).toBe(true)
  })

  it('who asks during a round gets the next one', async () => {
    sync.answers(() => new Promise(resolve => void clock.after(1_000, () => resolve({}))))
    await startWith(a)
    const number = catchUp.ask()
    expect(number).toBe(2)
    await clock.pass(10_000)
    expect(catchUp.status().rounds.map(round => [round.number, round.kind])).toContainEqual([2, 'asked'])
  })

  it('without a neighbour hears that there is none', async () => {
    await startWith()
    const number = catchUp.ask()
    await clock.pass(0)
    expect(catchUp.status().rounds).toMatchObject([
      { number, kind: 'asked', complete: false, reason: 'No other node is connected.' },
    ])
  })
})

describe('the stop', () => {
  it('calls a comparison off and leaves no timer', async () => {
    let signal: AbortSignal | undefined
    sync.answers(({ options }) => {
      signal = options.signal
      return new Promise(resolve => {
        signal?.addEventListener('abort', () => resolve({ isComplete: false }))
      })
    })
    await startWith(a, b)
    expect(signal?.aborted).toBe(false)
    catchUp.stop()
    await settle()
    expect([signal?.aborted, clock.waiting()]).toEqual([true, 0])
    catchUp.neighbourSeen()
    catchUp.answered({ learned: 5, sent: 0 })
    catchUp.ask()
    expect(clock.waiting()).toBe(0)
  })
})
