import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_CREATED_AT, MAX_KIND } from '../../../src/event/limits.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import {
  decodeFetchPage,
  decodeFetchRequest,
  encodeFetchPage,
  encodeFetchRequest,
  type FetchPage,
  type FetchRequest,
} from '../../../src/wire/fetch.ts'
import {
  FETCH_PAGE_BYTES,
  MAX_EVENT_PACKET_BYTES,
  MAX_FETCH_OWNERS,
  MAX_FETCH_PAGE_BYTES,
  MAX_FETCH_PAGE_EVENTS,
  MAX_FETCH_REQUEST_BYTES,
  MAX_HELLO_ANNOUNCEMENTS,
} from '../../../src/wire/limits.ts'
import { hex32, runs } from '../event/arbitrary-events.ts'
import { pack, raw } from './pack.ts'

const bytes = (length: number) => new Uint8Array(length)
const keys = (count: number) => Array.from({ length: count }, (_, i) => i.toString(16).padStart(64, '0'))
const codeOf = (result: unknown) => (isRejection(result) ? result.rejected : 'accepted')
const requestCode = (value: unknown) => codeOf(decodeFetchRequest(pack(value)))

describe('fetch request', () => {
  it('comes out as it went in, for any filter', () => {
    const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
    const distinct = <T>(arbitrary: fc.Arbitrary<T>) => option(fc.uniqueArray(arbitrary, { maxLength: 10 }))
    const time = option(fc.integer({ min: 0, max: MAX_CREATED_AT }))
    const requests: fc.Arbitrary<FetchRequest> = fc
      .record({
        ids: distinct(hex32),
        authors: distinct(hex32),
        kinds: distinct(fc.integer({ min: 0, max: MAX_KIND })),
        since: time,
        until: time,
        limit: time,
        tags: option(
          fc.tuple(fc.constantFrom('e', 'p', 'Z'), fc.uniqueArray(fc.string())).map(pair => new Map([pair])),
        ),
      })
      .map(filter => ({
        want: 'events',
        filter: Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
      }))
    fc.assert(
      fc.property(requests, request => {
        expect(decodeFetchRequest(encodeFetchRequest(request))).toEqual(request)
      }),
      runs(200),
    )
  })

  it('asks for the nodes of up to 50 owners', () => {
    const request = (count: number): FetchRequest => ({ want: 'nodes', owners: keys(count) })
    for (const count of [0, 1, MAX_FETCH_OWNERS])
      expect(decodeFetchRequest(encodeFetchRequest(request(count)))).toEqual(request(count))
    expect(codeOf(decodeFetchRequest(encodeFetchRequest(request(MAX_FETCH_OWNERS + 1))))).toBe('malformed')
  })

  it('has room for 200 authors, and ends at 16 KiB', () => {
    const byAuthors = (count: number): FetchRequest => ({ want: 'events', filter: { authors: keys(count) } })
    expect(decodeFetchRequest(encodeFetchRequest(byAuthors(200)))).toEqual(byAuthors(200))
    expect(codeOf(decodeFetchRequest(encodeFetchRequest(byAuthors(249))))).toBe('too-large')
    expect(requestCode(['events', { x: bytes(MAX_FETCH_REQUEST_BYTES - 14) }])).toBe('accepted')
    expect(requestCode(['events', { x: bytes(MAX_FETCH_REQUEST_BYTES - 13) }])).toBe('too-large')
  })

  it('may hold 1,000 values and not one more', () => {
    // The array, the word, the map, the name, the list: five before the kinds.
    expect(requestCode(['events', { kinds: Array(995).fill(1) }])).toBe('accepted')
    expect(requestCode(['events', { kinds: Array(996).fill(1) }])).toBe('malformed')
  })

  it.each<[string, unknown]>([
    ['a map that looks like a rejection', { rejected: 'no-such-code', reason: 'x' }],
    ['a filter that looks like a rejection', ['events', [{ rejected: 'x' }]]],
    ['nothing', []],
    ['a word alone', ['events']],
    ['an unknown word', ['moon', {}]],
    ['no word', [{}, 'events']],
    ['a filter as text', ['events', '{}']],
    ['a filter with ids as bytes', ['events', { ids: [bytes(32)] }]],
    ['a filter with a negative time', ['events', { since: raw(0xff) }]],
    ['a filter with a float', ['events', { since: raw(0xcb, bytes(8)) }]],
    ['no owners', ['nodes']],
    ['an owner as text', ['nodes', keys(1)]],
    ['an owner of 31 bytes', ['nodes', [bytes(31)]]],
    ['owners as a map', ['nodes', {}]],
  ])('is not %s', (_name, value) => {
    expect(requestCode(value)).toBe('malformed')
  })

  it('passes over fields of a later version', () => {
    expect(decodeFetchRequest(pack(['events', { kinds: [1], search: 'x' }, 'new']))).toEqual({
      want: 'events',
      filter: { kinds: [1] },
    })
  })
})

describe('fetch page', () => {
  const page = (items: Uint8Array[], last = true) => codeOf(decodeFetchPage(encodeFetchPage({ items, last })))

  it('comes out as it went in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 50 }), fc.boolean(), (items, last) => {
        const decoded = decodeFetchPage(encodeFetchPage({ items, last })) as FetchPage
        expect(decoded.last).toBe(last)
        expect(decoded.items.map(item => [...item])).toEqual(items.map(item => [...item]))
      }),
      runs(200),
    )
  })

  it('has room for a full page and one event of the largest size', () => {
    expect(page([...Array(49).fill(bytes(FETCH_PAGE_BYTES / 50)), bytes(MAX_EVENT_PACKET_BYTES)])).toBe('accepted')
    expect(page([bytes(MAX_FETCH_PAGE_BYTES - 8)])).toBe('accepted')
    expect(page([bytes(MAX_FETCH_PAGE_BYTES - 7)])).toBe('too-large')
  })

  it('has room for the most events and for the most announcements, and an end', () => {
    const most = Math.max(MAX_FETCH_PAGE_EVENTS, MAX_HELLO_ANNOUNCEMENTS)
    expect(page(Array(most).fill(bytes(1)))).toBe('accepted')
    expect(page(Array(most + 10).fill(bytes(1)))).toBe('malformed')
  })

  it.each<[string, unknown]>([
    ['a map that looks like a rejection', { rejected: 'no-such-code', reason: 'x' }],
    ['nothing', []],
    ['items alone', [[]]],
    ['a number as end', [[], 1]],
    ['nil as end', [[], null]],
    ['text as item', [['x'], true]],
    ['items as a map', [{}, true]],
  ])('is not %s', (_name, value) => {
    expect(codeOf(decodeFetchPage(pack(value)))).toBe('malformed')
  })
})
