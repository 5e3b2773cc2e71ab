import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../../support/clean-up.ts'
import { a, b, c, DAY, HOUR, REPAIR_MS, useCatchUpWorld, windowOf } from './catch-up-world.ts'
import { NOW_SECONDS } from './memory-store.ts'
import { neighbour } from './scripted-sync.ts'

const cleanUp = useCleanUp()
const world = useCatchUpWorld(cleanUp)

describe('after the start', () => {
  it('waits for a neighbour, and compares at once when one is there', async () => {
    await world.startWith()
    await world.clock.pass(3 * REPAIR_MS)
    expect([world.asked(), world.catchUp.status().state]).toEqual([[], 'waiting'])
    world.here = [a]
    world.catchUp.neighbourSeen()
    await world.clock.pass(0)
    expect(new Set(world.asked())).toEqual(new Set(['a']))
    expect(world.catchUp.status()).toMatchObject({ state: 'idle', completeUntil: null })
  })

  it('a new node looks three days back and a little ahead, the newest quarter of an hour first', async () => {
    await world.startWith(a)
    const [newest, rest, ...others] = world.sync.comparisons.map(({ scope }) => windowOf(scope))
    expect(newest).toEqual({ since: NOW_SECONDS - 900, until: NOW_SECONDS + 900 })
    expect(rest).toEqual({ since: NOW_SECONDS - 3 * DAY - HOUR, until: NOW_SECONDS - 900 })
    expect(others).toEqual([])
  })

  it('compares with two neighbours of different owners, and is complete until it began', async () => {
    await world.startWith(a, neighbour('a2', { owner: a.owner }), b)
    expect(world.asked()).toContain('b')
    expect(world.asked().filter(peer => peer.startsWith('a')).length).toBeGreaterThan(0)
    expect(world.store.completeness.completeUntil()).toBe(NOW_SECONDS)
    expect(world.catchUp.status()).toMatchObject({
      completeUntil: new Date(NOW_SECONDS * 1000).toISOString(),
      rounds: [{ number: 1, kind: 'behind', neighbours: 2, complete: true, reason: '' }],
    })
  })

  it('prefers a second neighbour of another network', async () => {
    const near = (id: string) => neighbour(id, { network: '192.0.2' })
    const far = neighbour('far', { network: '198.51.100' })
    await world.startWith(near('n1'), near('n2'), near('n3'), near('n4'), far)
    expect(world.asked()).toContain('far')
  })

  it('two nodes of one owner are one word, and nothing is complete', async () => {
    await world.startWith(a, neighbour('a2', { owner: a.owner }))
    await world.clock.pass(10 * REPAIR_MS)
    expect(world.store.completeness.completeUntil()).toBeUndefined()
    world.here = [...world.here, b]
    await world.clock.pass(2 * REPAIR_MS)
    expect(world.store.completeness.completeUntil()).toBeGreaterThan(world.now() - 3 * 60)
  })

  it('a node that was complete five days ago looks back to there, one that was a minute ago a day', async () => {
    await world.store.completeness.save(NOW_SECONDS - 5 * DAY)
    await world.startWith(a)
    expect(windowOf(world.sync.comparisons.at(-1)?.scope).since).toBe(NOW_SECONDS - 5 * DAY - HOUR)
    world.catchUp.stop()
    await world.store.completeness.save(NOW_SECONDS - 60)
    world.anew()
    await world.startWith(a)
    expect(windowOf(world.sync.comparisons.at(-1)?.scope).since).toBe(NOW_SECONDS - DAY - HOUR)
  })

  it('asks the own nodes of followed authors for these, and the last neighbour for all of them', async () => {
    world.authors = ['owner of b', 'friend', 'myself']
    await world.startWith(a, b)
    const scopes = world.sync.comparisons.filter(({ scope }) => 'authors' in scope)
    expect(scopes).toContainEqual(expect.objectContaining({ peer: 'b', scope: { authors: ['owner of b'] } }))
    expect(scopes.at(-1)?.scope).toEqual({ authors: world.authors })
  })

  it('somebody followed later is asked for with the next repair, once', async () => {
    world.authors = ['friend']
    await world.startWith(a, b)
    world.authors = ['friend', 'new friend']
    world.sync.comparisons.length = 0
    await world.clock.pass(4 * REPAIR_MS)
    const scopes = world.sync.comparisons.flatMap(({ scope }) => ('authors' in scope ? [scope.authors] : []))
    expect(scopes).toEqual([['new friend']])
  })

  it('somebody who is followed again is asked for again', async () => {
    world.authors = ['friend', 'other friend']
    await world.startWith(a, b)
    world.sync.comparisons.length = 0
    world.authors = ['friend']
    await world.clock.pass(2 * REPAIR_MS)
    world.authors = ['friend', 'other friend']
    await world.clock.pass(2 * REPAIR_MS)
    const scopes = world.sync.comparisons.flatMap(({ scope }) => ('authors' in scope ? [scope.authors] : []))
    expect(scopes).toEqual([['other friend']])
  })
})

describe('a neighbour that fails', () => {
  it('is left alone for a minute, and another one is asked', async () => {
    world.sync.answers(({ peer }) => (peer === 'a' ? { isComplete: false, reason: 'No answer.' } : {}))
    await world.startWith(a, b, c)
    expect(world.catchUp.status().rounds[0]).toMatchObject({ complete: true })
    const before = world.asked().filter(peer => peer === 'a').length
    await world.clock.pass(40_000)
    expect(world.asked().filter(peer => peer === 'a')).toHaveLength(before)
  })

  it('when nobody answers to the end, the round says why and is tried again, less and less often', async () => {
    world.sync.answers(() => ({ isComplete: false, reason: 'No answer.', busyMs: 1 }))
    await world.startWith(a)
    expect(world.catchUp.status().rounds[0]).toMatchObject({ complete: false, reason: 'No answer.', kind: 'behind' })
    await world.clock.pass(30 * REPAIR_MS)
    const gaps = world.sync.comparisons.map(({ atMs }, i) => atMs - (world.sync.comparisons[i - 1]?.atMs ?? atMs))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(REPAIR_MS * 1.25)
    expect(world.sync.comparisons.length).toBeLessThan(60)
    world.sync.answers(() => ({}))
    await world.clock.pass(REPAIR_MS * 1.25)
    expect(world.catchUp.status().rounds[0]).toMatchObject({ complete: true })
  })

  it('that makes no progress is given up after 15 s, and one that does is not', async () => {
    const gone = ({ options }: { options: { signal?: AbortSignal | undefined } }) =>
      new Promise<object>(resolve => {
        options.signal?.addEventListener('abort', () => resolve({ isComplete: false, reason: 'Given up.' }))
      })
    world.sync.answers(comparison => {
      if (comparison.peer === 'a') return gone(comparison)
      for (let i = 1; i < 6; i++) {
        world.clock.after(i * 10_000, () =>
          comparison.options.onProgress?.({ peer: 'b', found: 9, learned: i, sent: 0 }),
        )
      }
      return new Promise(resolve => void world.clock.after(60_000, () => resolve({ learned: 9 })))
    })
    await world.startWith(a)
    await world.clock.pass(14_000)
    expect(world.catchUp.status().state).toBe('running')
    world.here = [a, b]
    await world.clock.pass(30_000)
    expect(world.asked().at(-1)).toBe('b')
    expect(world.catchUp.status().progress).toMatchObject({ found: 9, learned: 2, kind: 'behind', neighbour: 2 })
    await world.clock.pass(120_000)
    expect(world.catchUp.status().rounds.some(({ complete, learned }) => complete && learned === 18)).toBe(true)
  })

  it('is never asked while the protocol says that it must not be', async () => {
    world.sync.refused.add('a')
    await world.startWith(a)
    await world.clock.pass(5 * REPAIR_MS)
    expect([world.asked(), world.catchUp.status().state]).toEqual([[], 'waiting'])
  })
})

describe('repair', () => {
  it('goes round all neighbours, one a minute, each from where the two last agreed', async () => {
    await world.startWith(a, b, c)
    await world.clock.pass(2 * REPAIR_MS)
    world.sync.comparisons.length = 0
    await world.clock.pass(6 * REPAIR_MS)
    expect(world.asked().toSorted()).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
    const { since, until } = windowOf(world.sync.comparisons.at(-1)?.scope)
    expect(until - since).toBe(600 + 3 * 60)
    expect(world.catchUp.status().rounds[0]?.kind).toBe('repair')
  })

  it('keeps the time that is complete a few minutes behind the world.clock, and saves it', async () => {
    await world.startWith(a, b, c)
    await world.clock.pass(60 * REPAIR_MS)
    expect(world.now() - world.store.completeness.completeUntil()!).toBeLessThan(200)
  })

  it('leaves alone what gossip is carrying just now', async () => {
    await world.startWith(a, b)
    await world.clock.pass(REPAIR_MS + 1_000)
    const { scope, atMs } = world.sync.comparisons.at(-1)!
    expect(windowOf(scope).until).toBe(Math.floor(atMs / 1000) - 10)
  })

  it('comes soon after one that found something, then later and later', async () => {
    await world.startWith(a, b)
    await world.clock.pass(REPAIR_MS - 1)
    world.sync.comparisons.length = 0
    world.sync.answers(() => ({ learned: 3 }))
    await world.clock.pass(3 * REPAIR_MS)
    const times = world.sync.comparisons.map(({ atMs }) => atMs)
    const gaps = times.slice(1).map((atMs, i) => Math.round((atMs - times[i]!) / 1000))
    expect(gaps.slice(0, 5)).toEqual([2, 4, 8, 16, 32])
    expect(world.activities[0]).toEqual({ what: 'caught-up', events: 3, neighbours: 1 })
  })

  it('comes soon after another node has brought something', async () => {
    await world.startWith(a, b)
    world.sync.comparisons.length = 0
    world.catchUp.answered({ learned: 0, sent: 5 })
    await world.clock.pass(5_000)
    expect(world.asked()).toEqual([])
    world.catchUp.answered({ learned: 2, sent: 0 })
    await world.clock.pass(5_000)
    expect(world.asked()).toHaveLength(1)
    expect(world.catchUp.status()).toMatchObject({ learned: 2, sent: 5 })
  })

  it('comes soon with a neighbour that this node has dialled, a day back; whoever dialled does it itself', async () => {
    await world.startWith(a, b)
    await world.clock.pass(10_000)
    world.sync.comparisons.length = 0
    world.here = [a, b, c, neighbour('dialled us', { isOutbound: false })]
    world.catchUp.neighbourSeen()
    await world.clock.pass(6_000)
    expect(world.asked()).toEqual(['c'])
    expect(windowOf(world.sync.comparisons[0]?.scope).since).toBeLessThanOrEqual(world.now() - DAY)
  })

  it('with many new neighbours goes from one to the next, some seconds apart', async () => {
    await world.startWith(a, b)
    await world.clock.pass(10_000)
    world.sync.comparisons.length = 0
    world.here = Array.from({ length: 20 }, (_, i) => neighbour(`new ${i}`))
    world.catchUp.neighbourSeen()
    await world.clock.pass(82_000)
    expect(new Set(world.asked()).size).toBe(20)
    expect(world.sync.comparisons).toHaveLength(20)
  })
})
