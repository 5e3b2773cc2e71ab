import { describe, expect, it, vi } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import {
  MAX_ALL_TAG_ELEMENTS,
  MAX_CREATED_AT,
  MAX_EVENT_BYTES,
  MAX_FUTURE_SECONDS,
  MAX_KIND,
  MAX_TAG_ELEMENT_BYTES,
  MAX_TAG_ELEMENTS,
  MAX_TAGS,
} from '../../../src/event/limits.ts'
import { checkWithNoble } from '../../../src/event/noble.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { signEvent } from '../../../src/event/sign.ts'
import { checkClock, checkId, parseEvent, verifyEvent } from '../../../src/event/verify.ts'
import { REAL_EVENTS } from './real-events.ts'

const SECRET = new Uint8Array(32).fill(1)
const event = signEvent({ kind: 1, created_at: 1_720_000_000, tags: [['t', 'x', 'y']], content: 'hello' }, SECRET)

const codeOf = (value: unknown) => (isRejection(value) ? value.rejected : 'accepted')
const parsed = (change: Record<string, unknown>) => codeOf(parseEvent({ ...event, ...change }))

describe('form of an event (E1)', () => {
  it('rebuilds the seven fields and leaves everything else behind', () => {
    const result = parseEvent({ ...event, extra: 1, __proto__: { admin: true } })
    expect(result).toEqual(event)
    expect(Object.keys(result).sort()).toEqual(['content', 'created_at', 'id', 'kind', 'pubkey', 'sig', 'tags'])
    expect('admin' in result).toBe(false)
  })

  it('is frozen all through, and apart from what it was made of', () => {
    const tags = [['t', 'x']]
    const result = parseEvent({ ...event, tags }) as NostrEvent
    tags[0]![1] = 'changed'
    tags.push(['more'])
    expect(result.tags).toEqual([['t', 'x']])
    expect(Object.isFrozen(result) && Object.isFrozen(result.tags) && Object.isFrozen(result.tags[0])).toBe(true)
  })

  it.each([undefined, null, 1, 'event', true, [], [event], new Map(), () => event])('refuses %s as an event', input => {
    expect(codeOf(parseEvent(input))).toBe('malformed')
  })

  const WRONG_TYPES = [undefined, null, true, 1, 1.5, {}, [], ['x'], Number.NaN, 10n, new Uint8Array(32), Symbol('x')]
  const FIELDS: Record<keyof NostrEvent, readonly unknown[]> = {
    id: [
      ...WRONG_TYPES,
      '',
      event.id.slice(1),
      `${event.id}0`,
      event.id.toUpperCase(),
      `0x${event.id.slice(2)}`,
      `${event.id}\n`,
      [event.id],
    ],
    pubkey: [
      ...WRONG_TYPES,
      '',
      event.pubkey.slice(1),
      `${event.pubkey}0`,
      event.pubkey.toUpperCase(),
      `0x${event.pubkey.slice(2)}`,
      [event.pubkey],
    ],
    sig: [...WRONG_TYPES, '', event.sig.slice(1), `${event.sig}0`, event.sig.toUpperCase(), [event.sig]],
    created_at: [undefined, null, true, '1', [], {}, -1, 1.5, Number.NaN, Infinity, 10n, MAX_CREATED_AT + 1],
    kind: [undefined, null, true, '1', [], {}, -1, 1.5, Number.NaN, Infinity, 1n, MAX_KIND + 1],
    content: [undefined, null, true, 1, [], {}, new Uint8Array(3), '\ud83c', 'x\udf89', '\udf89\ud83c'],
    tags: [
      undefined,
      null,
      true,
      1,
      'tags',
      {},
      [1],
      ['e'],
      [null],
      [[]],
      [['e'], []],
      [{}],
      [['e', 1]],
      [['e', null]],
      [['e', undefined]],
      [['e', ['x']]],
      [['e', { length: 1 }]],
      [['\ud83c']],
      // biome-ignore lint/suspicious/noSparseArray: a hole is one of the wrong things
      [['e', , 'x']],
    ],
  }
  for (const [field, values] of Object.entries(FIELDS)) {
    it.each(values.map(value => [value]))(`refuses ${field}: %s`, value => {
      expect(parsed({ [field]: value })).toBe('malformed')
    })
    it(`refuses an event without ${field}`, () => {
      const rest = Object.fromEntries(Object.entries(event).filter(([name]) => name !== field))
      expect(codeOf(parseEvent(rest))).toBe('malformed')
    })
  }

  it('says what is wrong in a sentence, and never repeats the input', () => {
    for (const [field, values] of Object.entries(FIELDS)) {
      for (const value of values) {
        const result = parseEvent({ ...event, [field]: value })
        expect(isRejection(result) && result.reason).toMatch(/^[A-Zc][^\n]{10,120}\.$/)
      }
    }
  })
})

describe('size of an event (E1.7)', () => {
  const atLimit: readonly [string, Record<string, unknown>, Record<string, unknown>, string][] = [
    ['created_at', { created_at: MAX_CREATED_AT }, { created_at: MAX_CREATED_AT + 1 }, 'malformed'],
    ['kind', { kind: MAX_KIND }, { kind: MAX_KIND + 1 }, 'malformed'],
    ['number of tags', { tags: Array(MAX_TAGS).fill(['t']) }, { tags: Array(MAX_TAGS + 1).fill(['t']) }, 'too-large'],
    [
      'elements of a tag',
      { tags: [Array(MAX_TAG_ELEMENTS).fill('')] },
      { tags: [Array(MAX_TAG_ELEMENTS + 1).fill('')] },
      'too-large',
    ],
    [
      'elements of all tags',
      { tags: Array(MAX_ALL_TAG_ELEMENTS / 100).fill(Array(100).fill('')) },
      { tags: [...Array(MAX_ALL_TAG_ELEMENTS / 100).fill(Array(100).fill('')), ['']] },
      'too-large',
    ],
    [
      'bytes of an element, in ASCII',
      { tags: [['x'.repeat(MAX_TAG_ELEMENT_BYTES)]] },
      { tags: [['x'.repeat(MAX_TAG_ELEMENT_BYTES + 1)]] },
      'too-large',
    ],
    [
      'bytes of an element, in UTF-8',
      { tags: [['é'.repeat(MAX_TAG_ELEMENT_BYTES / 2)]] },
      { tags: [[`${'é'.repeat(MAX_TAG_ELEMENT_BYTES / 2)}x`]] },
      'too-large',
    ],
    [
      'bytes of content and tags, in ASCII',
      { content: 'x'.repeat(MAX_EVENT_BYTES - 2), tags: [['a', 'b']] },
      { content: 'x'.repeat(MAX_EVENT_BYTES - 1), tags: [['a', 'b']] },
      'too-large',
    ],
    [
      'bytes of content, in UTF-8',
      { content: '🎉'.repeat(MAX_EVENT_BYTES / 4), tags: [] },
      { content: `${'🎉'.repeat(MAX_EVENT_BYTES / 4)}x`, tags: [] },
      'too-large',
    ],
    [
      'bytes of tags alone',
      { content: '', tags: Array(32).fill(['x'.repeat(MAX_TAG_ELEMENT_BYTES)]) },
      { content: '', tags: [...Array(32).fill(['x'.repeat(MAX_TAG_ELEMENT_BYTES)]), ['x']] },
      'too-large',
    ],
  ]
  it.each(atLimit)('%s: the limit is taken, one more is refused', (_name, limit, beyond, code) => {
    expect(parsed(limit)).toBe('accepted')
    expect(parsed(beyond)).toBe(code)
  })
})

describe('verification (E2.3, E3)', () => {
  it.each(REAL_EVENTS.map(real => [real.kind, real] as const))(
    'accepts an event of kind %i signed by another program',
    (_kind, real) => {
      expect(verifyEvent(parseEvent(real) as NostrEvent, checkWithNoble)).toEqual(real)
    },
  )

  it('refuses a wrong id before it looks at the signature', () => {
    const check = vi.fn(() => true)
    expect(codeOf(verifyEvent({ ...event, id: '0'.repeat(64) }, check))).toBe('bad-id')
    expect(check).not.toHaveBeenCalled()
  })

  it.each<[string, Partial<NostrEvent>]>([
    ['content', { content: 'hello!' }],
    ['created_at', { created_at: event.created_at + 1 }],
    ['kind', { kind: 2 }],
    ['tags', { tags: [] }],
    ['pubkey', { pubkey: REAL_EVENTS[0]!.pubkey.replace('1b', '1c') }],
  ])('refuses a copy of a verified event with another %s', (_field, change) => {
    const good = verifyEvent(event, checkWithNoble)
    expect(codeOf(good)).toBe('accepted')
    expect(codeOf(verifyEvent({ ...(good as NostrEvent), ...change }, checkWithNoble))).toBe('bad-id')
  })

  it.each<[string, Partial<NostrEvent>]>([
    ['one bit of the signature changed', { sig: `${event.sig.slice(0, -1)}${event.sig.endsWith('0') ? '1' : '0'}` }],
    ['the signature of another event', { sig: REAL_EVENTS[0]!.sig }],
    ['a signature of zeros', { sig: '0'.repeat(128) }],
    ['a signature beyond the field and the order', { sig: 'f'.repeat(128) }],
  ])('refuses %s', (_name, change) => {
    expect(codeOf(verifyEvent({ ...event, ...change }, checkWithNoble))).toBe('bad-signature')
  })

  it.each(['0'.repeat(64), 'f'.repeat(64), `${'0'.repeat(63)}5`])(
    'refuses a pubkey that is no point of the curve, without throwing: %s',
    pubkey => {
      expect(checkWithNoble(event.sig, event.id, pubkey)).toBe(false)
    },
  )

  it('names a bad signature as the original did, for its client', () => {
    const result = verifyEvent({ ...event, sig: '0'.repeat(128) }, checkWithNoble)
    expect(isRejection(result) && result.reason).toContain('Invalid Sig')
  })

  it('compares the id by itself too', () => {
    expect(checkId(event)).toBeUndefined()
    expect(codeOf(checkId({ ...event, content: '' }))).toBe('bad-id')
  })
})

describe('clock (E4)', () => {
  const NOW = 1_720_000_000
  const dated = (created_at: number, tags: string[][] = []) => codeOf(checkClock({ ...event, created_at, tags }, NOW))

  it('takes an event dated up to 15 minutes ahead, and not a second more', () => {
    expect(MAX_FUTURE_SECONDS).toBe(900)
    expect(dated(NOW + 900)).toBe('accepted')
    expect(dated(NOW + 901)).toBe('from-future')
  })

  it('takes an event of any age', () => {
    expect(dated(0)).toBe('accepted')
  })

  it('refuses an event from the second it expires', () => {
    expect(dated(NOW - 10, [['expiration', String(NOW + 1)]])).toBe('accepted')
    expect(dated(NOW - 10, [['expiration', String(NOW)]])).toBe('expired')
    expect(dated(NOW - 10, [['expiration', 'soon']])).toBe('accepted')
  })
})
