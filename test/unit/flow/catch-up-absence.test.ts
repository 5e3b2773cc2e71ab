import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../../support/clean-up.ts'
import { settle } from '../../support/fake-clock.ts'
import { a, b, DAY, HOUR, REPAIR_MS, useCatchUpWorld, windowOf } from './catch-up-world.ts'
import { NOW_SECONDS } from './memory-store.ts'

const cleanUp = useCleanUp()
const world = useCatchUpWorld(cleanUp)

describe('an absence', () => {
  /** Everything is quiet for five minutes; then `happens`, and the kinds of the rounds of the next seconds are told. */
  async function kindsAfter(happens: () => Promise<void> | void): Promise<string[]> {
    await world.startWith(a, b)
    await world.clock.pass(5 * REPAIR_MS)
    const before = world.catchUp.status().rounds[0]!.number
    await happens()
    await world.clock.pass(12_000)
    return world.catchUp.status().rounds.flatMap(({ number, kind }) => (number > before ? [kind] : []))
  }

  it.each([
    ['without neighbours for two minutes', 120_000, ['behind']],
    ['without neighbours for half a minute', 30_000, ['repair']],
  ])('%s', async (_name, ms, kinds) => {
    const found = await kindsAfter(async () => {
      world.here = []
      await world.clock.pass(ms)
      world.here = [a, b]
      world.catchUp.neighbourSeen()
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
        world.offsetMs = ms
      }),
    ).toContain('behind')
  })

  it('is not a second or two of a clock that is set right', async () => {
    expect(
      await kindsAfter(() => {
        world.offsetMs = -2_000
      }),
    ).not.toContain('behind')
  })

  it('after a clock that was an hour ahead there is no hole: with each neighbour a day is compared', async () => {
    await world.startWith(a, b)
    world.offsetMs = HOUR * 1_000
    await world.clock.pass(5 * REPAIR_MS)
    world.offsetMs = 0
    world.sync.comparisons.length = 0
    await world.clock.pass(12_000)
    const opened = new Map(world.asked().map(peer => [peer, world.now()]))
    for (const { peer, scope } of world.sync.comparisons) {
      opened.set(peer, Math.min(opened.get(peer)!, windowOf(scope).since))
    }
    expect([...opened.keys()].toSorted()).toEqual(['a', 'b'])
    for (const since of opened.values()) expect(since).toBeLessThanOrEqual(world.now() - DAY)
    expect(world.store.completeness.completeUntil()).toBeLessThanOrEqual(world.now())
  })
})

describe('the owner', () => {
  it('asks for a whole round at once, three days back at least, and can see it', async () => {
    world.authors = ['friend']
    await world.startWith(a, b)
    await world.clock.pass(5_000)
    world.sync.comparisons.length = 0
    world.sync.answers(
      () => new Promise(resolve => void world.clock.after(1_000, () => resolve({ learned: 1, sent: 2 }))),
    )
    const number = world.catchUp.ask()
    expect(world.catchUp.ask()).toBe(number)
    await world.clock.pass(0)
    expect(world.catchUp.status()).toMatchObject({
      state: 'running',
      progress: { number, kind: 'asked', neighbour: 1 },
    })
    await world.clock.pass(10_000)
    const report = world.catchUp.status().rounds.find(round => round.number === number)
    expect(report).toMatchObject({ kind: 'asked', complete: true, neighbours: 2, learned: 3, sent: 6 })
    expect(windowOf(world.sync.comparisons[0]?.scope).since).toBe(NOW_SECONDS + 5 - 3 * DAY)
    expect(world.sync.comparisons.some(({ scope }) => 'authors' in scope)).toBe(true)
  })

  it('waits for a neighbour that has no time for some seconds, and asks also who was left alone', async () => {
    world.sync.answers(() => ({ isComplete: false, busyMs: 10_000, reason: 'No time.' }))
    await world.startWith(a, b)
    world.catchUp.ask()
    await world.clock.pass(0)
    expect(world.catchUp.status()).toMatchObject({ state: 'running', progress: { kind: 'asked' } })
    world.sync.answers(() => ({}))
    await world.clock.pass(25_000)
    expect(world.catchUp.status().rounds.find(({ kind }) => kind === 'asked')).toMatchObject({
      complete: true,
      neighbours: 2,
    })
  })

  it('hears when those that are connected must not be asked', async () => {
    world.sync.refused.add('a')
    await world.startWith(a)
    world.catchUp.ask()
    await world.clock.pass(0)
    expect(world.catchUp.status().rounds[0]?.reason).toBe('No connected node can be asked just now.')
  })

  it('who asks during a round gets the next one', async () => {
    world.sync.answers(() => new Promise(resolve => void world.clock.after(1_000, () => resolve({}))))
    await world.startWith(a)
    const number = world.catchUp.ask()
    expect(number).toBe(2)
    await world.clock.pass(10_000)
    expect(world.catchUp.status().rounds.map(round => [round.number, round.kind])).toContainEqual([2, 'asked'])
  })

  it('without a neighbour hears that there is none', async () => {
    await world.startWith()
    const number = world.catchUp.ask()
    await world.clock.pass(0)
    expect(world.catchUp.status().rounds).toMatchObject([
      { number, kind: 'asked', complete: false, reason: 'No other node is connected.' },
    ])
  })
})

describe('the stop', () => {
  it('calls a comparison off and leaves no timer', async () => {
    let signal: AbortSignal | undefined
    world.sync.answers(({ options }) => {
      signal = options.signal
      return new Promise(resolve => {
        signal?.addEventListener('abort', () => resolve({ isComplete: false }))
      })
    })
    await world.startWith(a, b)
    expect(signal?.aborted).toBe(false)
    world.catchUp.stop()
    await settle()
    expect([signal?.aborted, world.clock.waiting()]).toEqual([true, 0])
    world.catchUp.neighbourSeen()
    world.catchUp.answered({ learned: 5, sent: 0 })
    world.catchUp.ask()
    expect(world.clock.waiting()).toBe(0)
  })
})
