import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches, parseFilter } from '../../../src/event/filter.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import {
  hasAllWords,
  MAX_EVENT_WORDS,
  MAX_SEARCH_CHARS,
  MAX_SEARCH_WORDS,
  parseSearch,
  qualityOf,
  wordsOf,
} from '../../../src/event/search.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'

const post = (content: string) => ({ kind: 1, content, tags: [] })
const profile = (fields: object) => ({ kind: 0, content: JSON.stringify(fields), tags: [] })
const finds = (search: string, event: ReturnType<typeof post>): boolean => hasAllWords(parseSearch(search)!, event)

describe('search (NIP-50)', () => {
  it.each([
    ['hello', 'Hello, world!', true],
    ['WORLD hello', 'Hello, world!', true],
    ['hello moon', 'Hello, world!', false],
    ['hell', 'Hello, world!', false],
    ['größe', 'Die GRÖSSE', false],
    ['größe', 'Die GRÖßE', true],
    ['cafe\u0301', 'Café', true],
    ['ｗｏｒｌｄ', 'world', true],
    ['ﬁne', 'fine', true],
    ['東京', '昨日、東京タワーに行った', true],
    ['タワー', '昨日、東京タワーに行った', true],
    ['京', '昨日、東京タワーに行った', true],
    ['京東', '昨日、東京タワーに行った', false],
    ['北京', '我爱北京天安门', true],
    ['서울', '나는 서울에 살아요', true],
    ['iPhone', '新しいiPhoneを買った', true],
    ['กรุงเทพ', 'ฉันอยู่กรุงเทพมหานคร', true],
    ['example.com', 'see https://example.com/page', true],
    ['https://example.com', 'see https://example.com/page', true],
    ['hello include:spam language:en', 'hello', true],
    ['2024', 'in 2024, not 20245', true],
    ['!!!', 'hello !!!', false],
  ])('finds %j in %j: %j', (search, text, expected) => {
    expect(finds(search, post(text))).toBe(expected)
  })

  it('asks for nothing in particular without words of its own', () => {
    for (const text of ['', '   ', 'include:spam', 'domain:example.com sort:top'])
      expect(parseSearch(text)).toBeUndefined()
  })

  it('reads the names and the text of a profile, title and text of an article, and no other kind', () => {
    const alice = profile({
      name: 'alice',
      display_name: 'Alice B.',
      about: 'likes cats',
      nip05: 'al@example.org',
      lud16: 'x',
    })
    for (const word of ['alice', 'b', 'cats', 'example']) expect(finds(word, alice)).toBe(true)
    expect(finds('lud16', alice)).toBe(false)
    expect(finds('x', { ...post('{"name":'), kind: 0 })).toBe(false)
    expect(finds('title', { kind: 30_023, content: 'text', tags: [['title', 'A title']] as never })).toBe(true)
    expect(finds('hello', { ...post('hello'), kind: 7 })).toBe(false)
  })

  it('puts the name of a person first, then the words as they were written', () => {
    const search = parseSearch('green tea')!
    expect(qualityOf(search, profile({ name: 'Green Tea' }))).toBe(2)
    expect(qualityOf(search, profile({ name: 'Bob', about: 'green tea' }))).toBe(1)
    expect(qualityOf(search, post('I drink GREEN tea'))).toBe(1)
    expect(qualityOf(search, post('tea that is green'))).toBe(0)
  })

  it('finds any two neighbouring words of any post, and never takes more words than it may', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), text => {
        const words = [...wordsOf(post(text))]
        expect(words.length).toBeLessThanOrEqual(MAX_EVENT_WORDS)
        const search = parseSearch(words.slice(0, 2).join(' '))
        if (search !== undefined && words.length > 0) expect(hasAllWords(search, post(text))).toBe(true)
      }),
      { seed: SEED, numRuns: 300 },
    )
    expect(parseSearch('a b c '.repeat(10) + Array.from({ length: 99 }, (_, i) => i).join(' '))!.words).toHaveLength(
      MAX_SEARCH_WORDS,
    )
    expect(wordsOf(post('東'.repeat(100_000))).size).toBe(2)
  })

  it('finds in plain text and in any other what is among its words', () => {
    const part = fc.constantFrom(
      'a',
      'ab',
      'AB',
      'b',
      '1',
      ' ',
      '-',
      '_',
      "'",
      '.',
      '\n',
      'x'.repeat(20),
      'x'.repeat(40),
    )
    const other = fc.oneof(
      { weight: 20, arbitrary: part },
      { weight: 1, arbitrary: fc.constantFrom('é', '猫', 'ﬁ', 'ー') },
    )
    const text = fc.array(other, { maxLength: 30 }).map(parts => parts.join(''))
    const long = fc.nat({ max: 300 }).map(count => Array.from({ length: count }, (_, i) => `w${i}`).join(' '))
    const searched = fc.oneof(
      text,
      fc.constantFrom('a', 'ab', 'b a', 'x'.repeat(40), 'x'.repeat(41), 'w0', 'w120', 'w299'),
    )
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: text }, long), searched, (content, wanted) => {
        const search = parseSearch(wanted)
        if (search === undefined) return
        const own = wordsOf(post(content))
        const isThere = search.words.length > 0 && search.words.every(word => own.has(word))
        expect(hasAllWords(search, post(content))).toBe(isThere)
      }),
      { seed: SEED, numRuns: 3_000 },
    )
  })

  it('is part of a filter, for live events too', () => {
    const filter = parseFilter({ search: 'hello', kinds: [1] })
    if (isRejection(filter)) throw new Error(filter.reason)
    expect(filter).toEqual({ search: 'hello', kinds: [1] })
    const event = (content: string) => unsignedEvent(strangerKey('alice'), { content })
    expect([event('Hello!'), event('Bye!')].map(one => matches(filter, one))).toEqual([true, false])
    expect(matches({ search: 'include:spam' }, event('Bye!'))).toBe(true)
    expect(parseFilter({ search: 7 })).toMatchObject({ rejected: 'malformed' })
    expect(parseFilter({ search: 'x'.repeat(MAX_SEARCH_CHARS + 1) })).toMatchObject({ rejected: 'too-large' })
  })
})
