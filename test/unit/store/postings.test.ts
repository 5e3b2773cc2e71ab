import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodePostings,
  placeOfWord,
  placesIn,
  SEGMENT_EVENTS,
  WORD_KEYS,
  withoutPlace,
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

describe('postings', () => {
  test('give back the places of every word, and none of others', () => {
    fc.assert(
      fc.property(words, fc.nat(0xff_ffff), (all, other) => {
        const postings = encodePostings(new Map(all))
        for (const [rest, expected] of all) expect([...placesIn(postings, rest)]).toEqual(expected)
        if (!all.some(([rest]) => rest === other)) expect(placesIn(postings, other)).toHaveLength(0)
      }),
      { seed: SEED },
    )
  })

  test('lose one event of one word, until nothing is left', () => {
    fc.assert(
      fc.property(words, fc.integer(), (all, start) => {
        const left = new Map(all.map(([rest, of]) => [rest, [...of]]))
        let postings = encodePostings(left)
        for (let turn = Math.abs(start); left.size > 0; turn++) {
          const [rest, of] = [...left][turn % left.size]!
          const [gone] = of.splice(turn % of.length, 1)
          if (of.length === 0) left.delete(rest)
          postings = withoutPlace(postings, rest, gone!)
          expect(postings).toEqual(encodePostings(left))
        }
        expect(postings).toHaveLength(0)
      }),
      { seed: SEED, numRuns: 30 },
    )
  })

  test('take at most 36 bytes for a word, and 5 for a word of one event', () => {
    const all = Array.from({ length: SEGMENT_EVENTS }, (_, place) => place)
    expect(encodePostings(new Map([[7, all]]))).toHaveLength(36)
    expect(encodePostings(new Map([[7, [200]]]))).toHaveLength(5)
  })

  test('spread words over all keys', () => {
    const slots = new Set(Array.from({ length: 2_000 }, (_, i) => placeOfWord(`word ${i}`).slot))
    expect(slots.size).toBe(WORD_KEYS)
    expect(placeOfWord('tea')).toEqual(placeOfWord('tea'))
  })
})
