import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import { type Filter, MAX_FILTER_ENTRIES, matches, parseFilter } from '../../../src/event/filter.ts'
import { MAX_CREATED_AT, MAX_KIND, MAX_TAG_ELEMENT_BYTES } from '../../../src/event/limits.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { runs } from './arbitrary-events.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)
const codeOf = (input: unknown) => {
  const result = parseFilter(input)
  return isRejection(result) ? result.rejected : 'accepted'
}

describe('form of a filter (E13.1)', () => {
  it('takes all fields of NIP-01', () => {
    const input = { ids: [A], authors: [B], kinds: [0, MAX_KIND], since: 1, until: 2, limit: 3, '#e': [A], '#Z': ['z'] }
    expect(parseFilter(input)).toEqual({
      ids: [A],
      authors: [B],
      kinds: [0, MAX_KIND],
      since: 1,
      until: 2,
      limit: 3,
      tags: new Map([
        ['e', [A]],
        ['Z', ['z']],
      ]),
    })
  })

  it.each([
    [{}],
    [{ ids: null, authors: undefined, kinds: null, since: null, until: null, limit: null, '#e': null }],
    [{ since: -1, until: -1, limit: -1 }],
    [{ until_then: 'x', '#': ['x'], '#ee': ['x'], '#1': ['x'], '#é': ['x'], e: ['x'], constructor: 'x' }],
    [JSON.parse('{"__proto__":{"ids":["x"]}}')],
  ])('takes %j as a filter that asks for everything', input => {
    expect(parseFilter(input)).toEqual({})
  })

  it('keeps an empty list, which nothing matches, and gives each value once', () => {
    expect(parseFilter({ ids: [], '#p': [] })).toEqual({ ids: [], tags: new Map([['p', []]]) })
    expect(parseFilter({ kinds: [1, 1, 2, 1], authors: [A, A] })).toEqual({ kinds: [1, 2], authors: [A] })
  })

  it('takes a time beyond the last as the last', () => {
    expect(parseFilter({ until: Number.MAX_SAFE_INTEGER })).toEqual({ until: MAX_CREATED_AT })
  })

  const NO_LIST = [1, 'x', true, {}, A, { length: 1, 0: A }]
  const NO_HEX = ['', A.slice(1), `${A}a`, A.toUpperCase(), 1, null, undefined, [A], {}]
  const NO_BOUND = ['1', -2, 1.5, Number.NaN, Infinity, true, [], {}, 10n]
  const WRONG: Record<string, readonly unknown[]> = {
    ids: [...NO_LIST, ...NO_HEX.map(value => [A, value])],
    authors: [...NO_LIST, ...NO_HEX.map(value => [A, value])],
    kinds: [...NO_LIST, ...[-1, 1.5, MAX_KIND + 1, '1', null, undefined, Number.NaN, 1n, [1]].map(value => [1, value])],
    since: NO_BOUND,
    until: NO_BOUND,
    limit: NO_BOUND,
    '#e': [...NO_LIST, ...[1, null, undefined, ['x'], {}].map(value => ['x', value])],
    '#p': [['x'.repeat(MAX_TAG_ELEMENT_BYTES + 1)]],
  }
  for (const [field, values] of Object.entries(WRONG)) {
    it.each(values.map(value => [value]))(`refuses ${field}: %s`, value => {
      expect(codeOf({ [field]: value })).toBe('malformed')
    })
  }
  it.each([undefined, null, 1, 'x', true, [], [{}], () => ({})])('refuses %s as a filter', input => {
    expect(codeOf(input)).toBe('malformed')
  })
})

describe('size of a filter (E13.2)', () => {
  const values = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`)

  it('takes as many values as the limit says, in one list or several, and not one more', () => {
    expect(codeOf({ '#t': values(MAX_FILTER_ENTRIES) })).toBe('accepted')
    expect(codeOf({ '#t': values(MAX_FILTER_ENTRIES + 1) })).toBe('too-large')
    expect(codeOf({ '#t': values(MAX_FILTER_ENTRIES - 3), kinds: [1], ids: [A], authors: [B] })).toBe('accepted')
    expect(codeOf({ '#t': values(MAX_FILTER_ENTRIES - 2), kinds: [1], ids: [A], authors: [B] })).toBe('too-large')
  })

  it('takes a tag value of the longest element', () => {
    expect(codeOf({ '#t': ['x'.repeat(MAX_TAG_ELEMENT_BYTES)] })).toBe('accepted')
  })
})

const event: NostrEvent = {
  id: A,
  pubkey: B,
  created_at: 100,
  kind: 1,
  tags: [['e', 'one', 'x'], ['e', 'two'], ['p'], ['t', '']],
  content: '',
  sig: '',
}

describe('matching (E13.3)', () => {
  it.each<[string, Filter, boolean]>([
    ['nothing asked', {}, true],
    ['its id', { ids: [B, A] }, true],
    ['another id', { ids: [B] }, false],
    ['a prefix of its id', { ids: [A.slice(0, 8)] }, false],
    ['no id', { ids: [] }, false],
    ['its author', { authors: [B] }, true],
    ['another author', { authors: [A] }, false],
    ['its kind', { kinds: [0, 1] }, true],
    ['another kind', { kinds: [0] }, false],
    ['no kind', { kinds: [] }, false],
    ['since its second', { since: 100 }, true],
    ['since the next second', { since: 101 }, false],
    ['until its second', { until: 100 }, true],
    ['until the second before', { until: 99 }, false],
    ['since 0', { since: 0 }, true],
    ['until 0', { until: 0 }, false],
    ['limit 0, which is not the matcher’s business', { limit: 0 }, true],
    ['one of its tag values', { tags: new Map([['e', ['zero', 'two']]]) }, true],
    ['another tag value', { tags: new Map([['e', ['three']]]) }, false],
    ['a third element of a tag', { tags: new Map([['e', ['x']]]) }, false],
    ['a tag that has no value', { tags: new Map([['p', ['']]]) }, false],
    ['an empty tag value', { tags: new Map([['t', ['']]]) }, true],
    [
      'two tags, both there',
      {
        tags: new Map([
          ['e', ['one']],
          ['t', ['']],
        ]),
      },
      true,
    ],
    [
      'two tags, one there',
      {
        tags: new Map([
          ['e', ['one']],
          ['q', ['']],
        ]),
      },
      false,
    ],
    ['a tag of the other case', { tags: new Map([['E', ['one']]]) }, false],
    ['no tag value', { tags: new Map([['e', []]]) }, false],
    [
      'all of it',
      { ids: [A], authors: [B], kinds: [1], since: 100, until: 100, tags: new Map([['e', ['two']]]) },
      true,
    ],
    [
      'all but one',
      { ids: [A], authors: [B], kinds: [2], since: 100, until: 100, tags: new Map([['e', ['two']]]) },
      false,
    ],
  ])('%s', (_name, filter, expected) => {
    expect(matches(filter, event)).toBe(expected)
  })

  it('agrees with a matcher written from the text of NIP-01, over filters as JSON', () => {
    const values = ['x', 'y', '']
    const ids = ['1', '2', '3'].map(digit => digit.repeat(64))
    const some = <T>(of: readonly T[]) => fc.option(fc.subarray([...of]), { nil: undefined, freq: 2 })
    const time = fc.option(fc.integer({ min: -1, max: 5 }), { nil: undefined })
    const filters = fc
      .record({
        ids: some(ids),
        authors: some(ids),
        kinds: some([0, 1, 2]),
        since: time,
        until: time,
        e: some(values),
        P: some(values),
      })
      .map(({ e, P, ...rest }) => ({ ...rest, '#e': e, '#P': P }))
    const events = fc.record({
      id: fc.constantFrom(...ids),
      pubkey: fc.constantFrom(...ids),
      created_at: fc.integer({ min: 0, max: 5 }),
      kind: fc.integer({ min: 0, max: 2 }),
      tags: fc.array(
        fc.oneof(
          fc.tuple(fc.constantFrom('e', 'P', 'E'), fc.constantFrom(...values)),
          fc.tuple(fc.constantFrom('e', 'P'), fc.constantFrom(...values), fc.constantFrom(...values)),
          fc.tuple(fc.constantFrom('e', 'P')),
        ),
        { maxLength: 4 },
      ),
      content: fc.constant(''),
      sig: fc.constant(''),
    })
    let hits = 0
    fc.assert(
      fc.property(filters, events, (json, candidate) => {
        const parsed = parseFilter(json)
        if (isRejection(parsed)) throw new Error(parsed.reason)
        const expected = matchesByTheText(json, candidate)
        hits += Number(expected)
        expect(matches(parsed, candidate)).toBe(expected)
      }),
      runs(2_000),
    )
    expect(hits).toBeGreaterThan(100)
  })
})

/** The sentences of NIP-01 one by one, on the JSON itself; shares nothing with the matcher under test. */
function matchesByTheText(json: Record<string, unknown>, { id, pubkey, kind, created_at, tags }: NostrEvent): boolean {
  return Object.entries(json).every(([field, wanted]) => {
    if (wanted === undefined || wanted === -1) return true
    if (field === 'since') return (wanted as number) <= created_at
    if (field === 'until') return created_at <= (wanted as number)
    const has: readonly unknown[] =
      field === 'ids'
        ? [id]
        : field === 'authors'
          ? [pubkey]
          : field === 'kinds'
            ? [kind]
            : tags.flatMap(tag => (`#${tag[0]}` === field ? tag.slice(1, 2) : []))
    return new Set(has).intersection(new Set(wanted as unknown[])).size > 0
  })
}
