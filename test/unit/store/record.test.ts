import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRecord, encodeRecord } from '../../../src/store/record.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('', 'ab'.repeat(32), 'AB'.repeat(32), 'ab'.repeat(64), 'ab'.repeat(31), 'x'.repeat(8_192)),
)

describe('a record', () => {
  test('gives back every event as it was', () => {
    const tags = fc.array(fc.array(text, { minLength: 1, maxLength: 200 }), { maxLength: 8 })
    const fields = fc.record({
      kind: fc.integer({ min: 0, max: 65_535 }),
      created_at: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      content: text,
      tags,
    })
    fc.assert(
      fc.property(fields, event => {
        const given = unsignedEvent(strangerKey('alice'), event)
        expect(decodeRecord(encodeRecord(given))).toEqual(given)
      }),
      { seed: SEED, numRuns: 300 },
    )
  })

  test('of a post of 140 characters without tags takes 275 bytes', () => {
    expect(encodeRecord(unsignedEvent(strangerKey('alice'), { content: 'x'.repeat(140) }))).toHaveLength(275)
  })
})
