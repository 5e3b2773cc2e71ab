import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  placeOfWord,
  placesIn,
  SEGMENT_EVENTS,
  WORD_KEYS,
  WordList,
  withoutPlaces,
} from '../../../src/store/postings.ts'
import { SEED } from '../../support/seed.ts'

const places = fc
  .oneof(
    fc.uniqueArray(fc.nat(SEGMENT_EVENTS - 1), { minLength: 1, maxLength: 40 }),
    fc.uniqueArray(fc.nat(SEGMENT_EVENTS - 1), { minLength: 1, maxLength: SEGMENT_EVENTS }),
    fc.constant(Array.from({ length: SEGMENT_EVENTS }, (_, place) => place)),
  )
  .map(all => all.sort((a, b) => a - b))
const words = fc.uniqueArray(fc.tuple(fc.nat(0xff_ffff), places), { selector: ([rest]) => rest, maxLength: 20 })

/** The value of slot 5 with these words. */
function encoded(all: Iterable<readonly [rest: number, places: readonly number[]]>): Buffer {
  const list = new WordList()
  for (const [rest, of] of all) for (const place of of) list.add({ slot: 5, rest }, place)
  return new Map(list.encode(new Set())).get(5) ?? Buffer.alloc(0)
}

describe('postings', () => {
  test('give back the places of every word, and none of others', () => {
    fc.assert(
      fc.property(words, fc.nat(0xff_ffff), (all, other) => {
        const postings = encoded(all)
        for (const [rest, expected] of all) expect([...placesIn(postings, rest)]).toEqual(expected)
        if (!all.some(([rest]) => rest === other)) expect(placesIn(postings, other)).toHaveLength(0)
      }),
      { seed: SEED },
    )
  })

  test('lose some events in all words, until nothing is left', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 200 }), (all, atOnce) => {
        let left = all
        let postings = encoded(left)
        for (let first = 0; first < SEGMENT_EVENTS; first += atOnce) {
          const gone = new Set(Array.from({ length: atOnce }, (_, i) => first + i))
          left = left.map(([rest, of]) => [rest, of.filter(place => !gone.has(place))])
          postings = withoutPlaces(postings, gone)
          expect(postings).toEqual(encoded(left))
        }
        expect(postings).toHaveLength(0)
      }),
      { seed: SEED, numRuns: 30 },
    )
  })

  test('of all words of a segment are in their slots, without the places that are gone', () => {
    const list = new WordList()
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(5), fc.nat(9))), fc.uniqueArray(fc.nat(9)), (all, gone) => {
        list.clear()
        for (const [slot, rest, place] of all) list.add({ slot, rest }, place)
        const values = new Map(list.encode(new Set(gone)))
        for (let slot = 0; slot <= 4; slot++) {
          for (let rest = 0; rest <= 5; rest++) {
            const expected = all.filter(([s, r, place]) => s === slot && r === rest && !gone.includes(place))
            const places = [...new Set(expected.map(([, , place]) => place))].sort()
            expect([...placesIn(values.get(slot) ?? Buffer.alloc(0), rest)]).toEqual(places)
          }
        }
        expect([...values.values()].every(({ length }) => length > 0)).toBe(true)
      }),
      { seed: SEED },
    )
  })

  test('take at most 36 bytes for a word, and 5 for a word of one event', () => {
    const all = Array.from({ length: SEGMENT_EVENTS }, (_, place) => place)
    expect(encoded([[7, all]])).toHaveLength(36)
    expect(encoded([[7, [200]]])).toHaveLength(5)
  })

  test('spread words over all keys', () => {
    const slots = new Set(Array.from({ length: 2_000 }, (_, i) => placeOfWord(`word ${i}`).slot))
    expect(slots.size).toBe(WORD_KEYS)
    expect(placeOfWord('tea')).toEqual(placeOfWord('tea'))
  })
})
