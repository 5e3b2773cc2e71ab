import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import { type Filter, matches } from '../../../src/event/filter.ts'
import { createMatcher } from '../../../src/relay/matcher.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'
import { runs } from '../event/arbitrary-events.ts'

const hexOf = (number: number) => number.toString(16).padStart(64, '0')

function event(fields: Partial<NostrEvent> = {}): NostrEvent {
  return { id: hexOf(1), pubkey: hexOf(2), created_at: 100, kind: 1, tags: [], content: '', sig: '', ...fields }
}

describe('matcher', () => {
  it('names each subscription once, however many of its filters and their values match', () => {
    const matcher = createMatcher<string>()
    matcher.add('many', [{}, { kinds: [1] }, { authors: [hexOf(2)] }, { tags: new Map([['t', ['a', 'b']]]) }])
    const found = matcher.match(
      event({
        tags: [
          ['t', 'a'],
          ['t', 'b'],
          ['t', 'a'],
        ],
      }),
    )
    expect([...found]).toEqual(['many'])
  })

  it('forgets what is removed, and replaces the filters of what is added again', () => {
    const matcher = createMatcher<string>()
    matcher.add('a', [{ kinds: [1] }])
    matcher.add('a', [{ kinds: [2] }])
    matcher.add('b', [{ kinds: [1] }])
    expect(matcher.size).toBe(2)
    expect([...matcher.match(event())]).toEqual(['b'])
    matcher.remove('b')
    matcher.remove('b')
    matcher.remove('never there')
    expect(matcher.size).toBe(1)
    expect([...matcher.match(event())]).toEqual([])
    expect([...matcher.match(event({ kind: 2 }))]).toEqual(['a'])
  })

  it('takes a subscription without filters, which nothing matches', () => {
    const matcher = createMatcher<string>()
    matcher.add('none', [])
    expect([...matcher.match(event())]).toEqual([])
    expect(matcher.size).toBe(1)
  })

  it('can lose and gain subscriptions while a match is gone through', () => {
    const matcher = createMatcher<number>()
    for (let i = 0; i < 4; i++) matcher.add(i, [{}])
    const seen: number[] = []
    for (const subscription of matcher.match(event())) {
      seen.push(subscription)
      matcher.remove(3 - subscription)
      matcher.add(subscription + 10, [{}])
    }
    expect(seen).toEqual([0, 1, 2, 3])
  })
})

const few = fc.constantFrom(...[1, 2, 3, 4].map(hexOf))
const kind = fc.constantFrom(0, 1, 7)
const letter = fc.constantFrom('e', 'p', 't', 'E')
const word = fc.constantFrom('', 'a', 'b', 'constructor', '__proto__')
const second = fc.integer({ min: 98, max: 102 })
const lists = <T>(values: fc.Arbitrary<T>) => fc.array(values, { maxLength: 3 })
const anyFilter: fc.Arbitrary<Filter> = fc.record(
  {
    ids: lists(few),
    authors: lists(few),
    kinds: lists(kind),
    since: second,
    until: second,
    limit: fc.constantFrom(0, 5),
    tags: fc.array(fc.tuple(letter, lists(word)), { maxLength: 3 }).map(pairs => new Map(pairs)),
  },
  { requiredKeys: [] },
)
const anyTag = fc.oneof(
  fc.tuple(letter, word),
  fc.tuple(letter),
  fc.tuple(letter, word, word),
  fc.tuple(fc.constantFrom('', 'expiration', '-'), word),
)
const anySmallEvent = fc
  .record({ id: few, pubkey: few, created_at: second, kind, tags: fc.array(anyTag, { maxLength: 6 }) })
  .map(event)
const step = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.nat({ max: 9 }), fc.array(anyFilter, { maxLength: 4 })) },
  { weight: 1, arbitrary: fc.tuple(fc.nat({ max: 9 })) },
)

describe('matcher against a loop over all filters', () => {
  it('finds the same subscriptions, whatever was added and removed before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.array(anySmallEvent, { maxLength: 10 }), (steps, events) => {
        const matcher = createMatcher<number>()
        const model = new Map<number, readonly Filter[]>()
        for (const [subscription, filters] of steps) {
          if (filters === undefined) {
            matcher.remove(subscription)
            model.delete(subscription)
          } else {
            matcher.add(subscription, filters)
            model.set(subscription, filters)
          }
        }
        expect(matcher.size).toBe(model.size)
        for (const event of events) {
          const wanted = [...model].filter(([, filters]) => filters.some(filter => matches(filter, event)))
          expect([...matcher.match(event)].sort()).toEqual(wanted.map(([subscription]) => subscription).sort())
        }
      }),
      runs(2_000),
    )
  })
})

describe('cost of an event', () => {
  const WITHOUT_MATCH: Record<string, (i: number) => Filter> = {
    'other authors, the same kind': i => ({ kinds: [1], authors: [hexOf(1_000 + i)] }),
    'replies to other events': i => ({ kinds: [1, 7], tags: new Map([['e', [hexOf(1_000 + i)]]]) }),
    'one topic, other authors': i => ({ authors: [hexOf(1_000 + i)], tags: new Map([['t', ['nostr']]]) }),
    'other ids': i => ({ ids: [hexOf(1_000 + i)] }),
    'other kinds': i => ({ kinds: [1_000 + (i % 10_000)] }),
  }

  it.each(Object.entries(WITHOUT_MATCH))(
    'does not grow with subscriptions that do not match: %s',
    (_name, filterOf) => {
      const post = event({
        tags: [
          ['e', hexOf(7)],
          ['p', hexOf(8)],
          ['t', 'nostr'],
        ],
      })
      const matcher = createMatcher<number>()
      const costMs = (subscriptions: number) => {
        for (let i = matcher.size; i < subscriptions; i++) matcher.add(i, [filterOf(i)])
        let leastMs = Number.POSITIVE_INFINITY
        for (let round = 0; round < 12; round++) {
          const startMs = cpuTimeMs()
          for (let n = 0; n < 10_000; n++) expectNone(matcher.match(post))
          leastMs = Math.min(leastMs, cpuTimeMs() - startMs)
        }
        return leastMs
      }
      const fewMs = costMs(100)
      // 2,000 comparisons would take a hundred times as long; a cache that is missed, twice.
      expect(costMs(100_000)).toBeLessThan(4 * fewMs + 1)
    },
  )

  it('stays in steps of the lists for an event of many tags and filters of many values', () => {
    const matcher = createMatcher<number>()
    const wanted = Array.from({ length: 4_000 }, (_, i) => `wanted ${i}`)
    for (let i = 0; i < 50; i++) {
      matcher.add(i, [
        {
          authors: [hexOf(2)],
          tags: new Map([
            ['t', wanted],
            ['r', wanted],
          ]),
        },
      ])
    }
    const tags = Array.from({ length: 2_000 }, (_, i) => ['t', `other ${i}`])
    const startMs = cpuTimeMs()
    expectNone(matcher.match(event({ tags })))
    expect(cpuTimeMs() - startMs).toBeLessThan(200)
  })
})

function expectNone(found: readonly number[]): void {
  if (found.length > 0) throw new Error(`matched ${found.length}`)
}
