import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { authorKey, eventKey, positionBytes, readPosition, tagKey } from '../../../src/store/keys.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'

const position = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER),
)
const seconds = fc.integer({ min: 0, max: 2 ** 32 - 1 })

describe('keys', () => {
  test('hold every position', () => {
    fc.assert(
      fc.property(position, value => readPosition(positionBytes(value), 0) === value),
      { seed: SEED },
    )
  })

  test('stand in the order of their positions', () => {
    fc.assert(
      fc.property(position, position, (a, b) => Math.sign(eventKey(a).compare(eventKey(b))) === Math.sign(a - b)),
      { seed: SEED },
    )
  })

  test('of time-ordered tables stand in the order of created_at, then position', () => {
    fc.assert(
      fc.property(seconds, seconds, position, position, (s, t, a, b) => {
        const [first, second] = [s, t].map(created_at => unsignedEvent(strangerKey('a'), { created_at }))
        const expected = Math.sign(s - t || a - b)
        expect(Math.sign(tagKey(first!, a, 't', 'tea').compare(tagKey(second!, b, 't', 'tea')))).toBe(expected)
        expect(Math.sign(authorKey(first!, a).compare(authorKey(second!, b)))).toBe(expected)
      }),
      { seed: SEED },
    )
  })
})
