import { describe, expect, it } from 'vitest'
import type { Filter } from '../../../src/event/filter.ts'
import { reject } from '../../../src/event/rejection.ts'
import { createLookUp, type LookUpParts } from '../../../src/flow/look-up.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { NOW_MS } from './memory-store.ts'

const BOB = strangerKey('bob')
const PROFILE: Filter = { kinds: [0], authors: [BOB], limit: 1 }
const ITEM = new Uint8Array([1])

function lookUpWith(parts: Partial<LookUpParts> = {}) {
  const clock = createFakeClock(NOW_MS)
  const counters = createCounters()
  const asked: string[] = []
  const taken: string[] = []
  const event = unsignedEvent(BOB)
  const lookUp = createLookUp({
    locate: async () => ['b1', 'b2'],
    neighbours: () => ['n1', 'n2', 'n3', 'n4'],
    async fetch(node) {
      asked.push(node)
      return [ITEM]
    },
    async takeAnswer(_, { peer }) {
      taken.push(peer)
      return { result: 'stored', mark: 'open', event, route: { broadcast: true, to: [] } }
    },
    clock,
    log: () => {},
    counters,
    ...parts,
  })
  const count = (label: string) => [...counters.entries()].find(entry => entry.label === label)?.value ?? 0
  return { lookUp, clock, asked, taken, count }
}

describe('looking up what the store lacks', () => {
  it('asks one node after the other until one has it', async () => {
    const { lookUp, asked, count } = lookUpWith()
    await lookUp(BOB, PROFILE, 1_000)
    expect(asked).toEqual(['b1'])
    expect(count('answered')).toBe(1)
  })

  it.each<[string, Partial<LookUpParts>]>([
    ['fails', { fetch: node => (node === 'b1' ? Promise.reject(new Error('away')) : Promise.resolve([ITEM])) }],
    ['has nothing', { fetch: async node => (node === 'b1' ? [] : [ITEM]) }],
  ])('goes on to the next node when one %s', async (_, parts) => {
    const { lookUp, taken } = lookUpWith(parts)
    await lookUp(BOB, PROFILE, 1_000)
    expect(taken).toEqual(['b2'])
  })

  it('goes on to the next node when all that one gave was refused', async () => {
    const asked: string[] = []
    const { lookUp } = lookUpWith({
      fetch: async node => {
        asked.push(node)
        return [ITEM, ITEM]
      },
      takeAnswer: async (_, { peer }) =>
        peer === 'b1'
          ? reject('not-asked', 'forged')
          : { result: 'duplicate', mark: 'open', event: unsignedEvent(BOB), route: { broadcast: true, to: [] } },
    })
    await lookUp(BOB, PROFILE, 1_000)
    expect(asked).toEqual(['b1', 'b2'])
  })

  it('does not repeat a question within its rest, and does afterwards', async () => {
    const { lookUp, asked, clock } = lookUpWith()
    await lookUp(BOB, PROFILE, 10_000)
    await clock.pass(9_999)
    await lookUp(BOB, PROFILE, 10_000)
    expect(asked).toHaveLength(1)
    await lookUp(BOB, { ...PROFILE, kinds: [3] }, 10_000)
    expect(asked).toHaveLength(2)
    await clock.pass(1)
    await lookUp(BOB, PROFILE, 10_000)
    expect(asked).toHaveLength(3)
  })

  it('asks again when the clock was set back', async () => {
    const { lookUp, asked, clock } = lookUpWith()
    await lookUp(BOB, PROFILE, 10_000)
    clock.set(NOW_MS - 3_600_000)
    await lookUp(BOB, PROFILE, 10_000)
    expect(asked).toHaveLength(2)
  })

  it('has 64 questions under way at most, counts the rest, and takes new ones when those are answered', async () => {
    const gate = Promise.withResolvers<Uint8Array[]>()
    const { lookUp, count, clock } = lookUpWith({ fetch: () => gate.promise })
    const all = Array.from({ length: 70 }, (_, i) => lookUp(strangerKey(`${i}`), PROFILE, 10_000))
    await clock.pass(0)
    expect(count('limited')).toBe(6)
    gate.resolve([ITEM])
    await Promise.all(all)
    await lookUp(strangerKey('69'), PROFILE, 10_000)
    expect(count('limited')).toBe(6)
    expect(count('answered')).toBe(65)
  })

  it('remembers 10,000 questions and no more', async () => {
    const { lookUp, asked } = lookUpWith({ locate: async () => [] })
    const one = lookUpWith()
    for (let i = 0; i <= 10_000; i++) await one.lookUp(`${i}`, PROFILE, 1e9)
    const before = one.asked.length
    await one.lookUp('0', PROFILE, 1e9)
    await one.lookUp('10000', PROFILE, 1e9)
    expect(one.asked.length).toBe(before + 1)
    expect(asked).toEqual([])
    await lookUp(BOB, PROFILE, 1_000)
    expect(asked).toEqual([])
  })

  it('never throws, whatever fails', async () => {
    await lookUpWith({ locate: () => Promise.reject(new Error('x')) }).lookUp(BOB, PROFILE, 1)
    await lookUpWith({ takeAnswer: () => Promise.reject(new Error('disk')) }).lookUp(BOB, PROFILE, 1)
  })

  it('asks a few neighbours for ids of nobody known, each for what the ones before did not have', async () => {
    const ids = [unsignedEvent(BOB, { content: 'one' }), unsignedEvent(BOB, { content: 'two' })]
    const asked: [string, readonly string[] | undefined][] = []
    const { lookUp } = lookUpWith({
      async fetch(node, filter) {
        asked.push([node, filter.ids])
        return node === 'n2' ? [ITEM] : []
      },
      takeAnswer: async () => ({
        result: 'stored',
        mark: 'open',
        event: ids[0]!,
        route: { broadcast: true, to: [] },
      }),
    })
    await lookUp(undefined, { ids: ids.map(({ id }) => id) }, 1_000)
    const both = ids.map(({ id }) => id)
    expect(asked).toEqual([
      ['n1', both],
      ['n2', both],
      ['n3', [both[1]]],
    ])
  })
})
