import fc from 'fast-check'
import { getEventHash, type UnsignedEvent } from 'nostr-tools/pure'
import { describe, expect, it } from 'vitest'
import {
  eventId,
  expirationOf,
  isExpired,
  isProtected,
  serialize,
  tagValue,
  tagValues,
} from '../../../src/event/event.ts'
import { anyEvent, runs } from './arbitrary-events.ts'
import { REAL_EVENTS } from './real-events.ts'

const PUBKEY = '1b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f'
const withContent = (content: string) => serialize({ pubkey: PUBKEY, created_at: 1, kind: 1, tags: [], content })

describe('canonical serialisation (E2.1, E2.2)', () => {
  it('is an array of six elements without white space', () => {
    const tags = [['e', 'x', ''], ['-']]
    expect(serialize({ pubkey: PUBKEY, created_at: 1720000000, kind: 7, tags, content: '+' })).toBe(
      `[0,"${PUBKEY}",1720000000,7,[["e","x",""],["-"]],"+"]`,
    )
  })

  it.each([
    ['a line feed', '\n', '\\n'],
    ['a double quote', '"', '\\"'],
    ['a backslash', '\\', '\\\\'],
    ['a carriage return', '\r', '\\r'],
    ['a tab', '\t', '\\t'],
    ['a backspace', '\b', '\\b'],
    ['a form feed', '\f', '\\f'],
    ['NUL', '\u0000', '\\u0000'],
    ['another control character', '\u000b', '\\u000b'],
    ['the last control character, in lower-case hex', '\u001f', '\\u001f'],
  ])('escapes %s', (_name, character, escaped) => {
    expect(withContent(character)).toBe(`[0,"${PUBKEY}",1,1,[],"${escaped}"]`)
  })

  it.each([
    ['a slash', '/'],
    ['DEL', '\u007f'],
    ['C1 control characters', '\u0085'],
    ['line and paragraph separators', '\u2028\u2029'],
    ['a byte order mark', '\ufeff'],
    ['characters of HTML', "<>&'"],
    ['astral characters', '🎉𐀀\u{10ffff}'],
    ['non-Latin letters', 'こんにちは'],
    ['non-characters', '\uffff\ufffe'],
  ])('leaves %s as they are', (_name, characters) => {
    expect(withContent(characters)).toBe(`[0,"${PUBKEY}",1,1,[],"${characters}"]`)
  })
})

describe('id (E2.3)', () => {
  it.each(REAL_EVENTS.map(event => [event.content.slice(0, 20), event] as const))(
    'is that of an event made by another program: %s',
    (_name, event) => {
      expect(eventId(event)).toBe(event.id)
    },
  )

  it("is what nostr-tools' getEventHash gives, for any event", () => {
    fc.assert(
      fc.property(anyEvent, event => {
        expect(event.id).toBe(getEventHash(event as unknown as UnsignedEvent))
      }),
      runs(300),
    )
  })

  it('changes with every field', () => {
    const event = { pubkey: PUBKEY, created_at: 1, kind: 1, tags: [['t', 'x']], content: 'x' }
    const others = [
      { ...event, pubkey: PUBKEY.replace('1b', '1c') },
      { ...event, created_at: 2 },
      { ...event, kind: 2 },
      { ...event, tags: [['t'], ['x']] },
      { ...event, tags: [['x', 't']] },
      { ...event, content: 'X' },
    ]
    expect(new Set([event, ...others].map(eventId)).size).toBe(7)
  })
})

describe('tags', () => {
  const tags = [['p', 'one'], ['p'], ['e', 'x'], ['p', 'two', 'relay']]

  it('gives the first value and all values of a name', () => {
    expect(tagValue({ tags }, 'p')).toBe('one')
    expect(tagValues({ tags }, 'p')).toEqual(['one', 'two'])
    expect(tagValue({ tags }, 'q')).toBeUndefined()
    expect(tagValues({ tags }, 'q')).toEqual([])
  })
})

describe('expiration (E9.1)', () => {
  const expiring = (text: string) => ({ tags: [['expiration', text]] })

  it('counts from the second it names', () => {
    expect(isExpired(expiring('1000'), 999)).toBe(false)
    expect(isExpired(expiring('1000'), 1000)).toBe(true)
    expect(isExpired(expiring('1000'), 1001)).toBe(true)
  })

  it.each(['', 'soon', '-1', '1.5', '1e9', ' 1000', '1000 ', '0x10', '1234567890123', '１０００'])(
    'is not there when the tag says %j',
    text => {
      expect(expirationOf(expiring(text))).toBeUndefined()
      expect(isExpired(expiring(text), 2 ** 40)).toBe(false)
    },
  )

  it('is not there without the tag or its value', () => {
    expect(expirationOf({ tags: [] })).toBeUndefined()
    expect(expirationOf({ tags: [['expiration']] })).toBeUndefined()
  })
})

describe('protection (E9.2)', () => {
  it('is the tag ["-"] of one element and nothing like it', () => {
    expect(isProtected({ tags: [['t', 'x'], ['-']] })).toBe(true)
    expect(isProtected({ tags: [['-', 'x']] })).toBe(false)
    expect(isProtected({ tags: [['--']] })).toBe(false)
    expect(isProtected({ tags: [] })).toBe(false)
  })
})
