import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasTag, isProtected } from '../../../src/event/event.ts'
import { MAX_TAGS } from '../../../src/event/limits.ts'
import {
  decodeRecord,
  encodeRecord,
  markOf,
  recordTraits,
  tagFinder,
  traitsByte,
  traitsOfByte,
} from '../../../src/store/record.ts'
import { maxJsonBytes, recordJson } from '../../../src/store/record-json.ts'
import { wireOf } from '../../../src/store/record-wire.ts'
import { encodeEvent } from '../../../src/wire/event-codec.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', 'ab'.repeat(32), 'AB'.repeat(32), 'ab'.repeat(64), 'ab'.repeat(31), 'x'.repeat(8_192)),
)

const MARKS = [undefined, 'open', 'private', 'guest', 'guest-closed'] as const

describe('a record', () => {
  test('gives back every event as it was, its mark and its JSON', () => {
    const tags = fc.array(
      fc.oneof(
        fc.array(text, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(['-'], ['-', ''], ['expiration'], ['expiration', '1'], ['x', '-'], ['x', 'expiration']),
      ),
      { maxLength: 8 },
    )
    const fields = fc.record({
      kind: fc.integer({ min: 0, max: 65_535 }),
      created_at: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      content: fc.oneof(text, fc.constant('x'.repeat(2 ** 16))),
      tags,
    })
    fc.assert(
      fc.property(fields, fc.constantFrom(...MARKS), (event, mark) => {
        const given = unsignedEvent(strangerKey('alice'), event)
        const record = encodeRecord(given, mark)
        expect(decodeRecord(record)).toEqual(given)
        expect(markOf(record)).toBe(mark)
        const isOfTags = { isProtected: isProtected(given), mayExpire: hasTag(given, 'expiration') }
        expect(traitsOfByte(recordTraits(record))).toEqual({ mark, ...isOfTags })
        expect(traitsByte({ mark, ...isOfTags })).toBe(recordTraits(record))
        const json = recordJson(record)
        expect(json).toBe(JSON.stringify(decodeRecord(record)))
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(maxJsonBytes(record.length))
        expect(Uint8Array.from(wireOf(record))).toEqual(encodeEvent(given))
      }),
      { seed: SEED, numRuns: 300 },
    )
  })

  test('has the tags that its event has, whatever bytes stand before it', () => {
    const values = [
      '',
      '-',
      'x',
      'ab'.repeat(32),
      'AB'.repeat(32),
      'ab'.repeat(64),
      '\ufffd',
      '\u00ab'.repeat(32),
      '\ud800',
    ]
    const name = fc.constantFrom('e', 'p', 'ab'.repeat(32), 'longer')
    const value = fc.constantFrom(...values.filter(one => one.isWellFormed()))
    const tags = fc.array(fc.oneof(fc.tuple(name), fc.tuple(name, value), fc.tuple(name, value, value)), {
      maxLength: 5,
    })
    const wanted = fc.subarray(values)
    fc.assert(
      fc.property(tags, fc.constantFrom('e', 'p'), wanted, fc.nat({ max: 9 }), (given, letter, some, start) => {
        const record = encodeRecord(unsignedEvent(strangerKey('alice'), { tags: given }), 'guest')
        const bytes = Buffer.concat([Buffer.alloc(start, 0xff), record, Buffer.alloc(9, 0xff)])
        const has = given.some(([own, first]) => own === letter && first !== undefined && some.includes(first))
        expect(tagFinder(letter, some)(bytes, start)).toBe(has)
        expect(decodeRecord(bytes, start, start + record.length)).toEqual(decodeRecord(record))
        expect(recordJson(bytes, start, start + record.length)).toBe(recordJson(record))
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  test('that is noise ends in an error or in some event, and never takes long', () => {
    const noise = fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ minLength: 140, max: 3 }))
    fc.assert(
      fc.property(noise, bytes => {
        try {
          expect(decodeRecord(Buffer.from(bytes)).id).toHaveLength(64)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  test('has room for the mark beside the most tags', () => {
    const tags = Array.from({ length: MAX_TAGS }, (_, i) => ['t', `${i}`])
    const record = encodeRecord(unsignedEvent(strangerKey('alice'), { tags }), 'guest-closed')
    expect(decodeRecord(record).tags).toHaveLength(MAX_TAGS)
    expect(markOf(record)).toBe('guest-closed')
  })

  test('of a post of 140 characters without tags takes 275 bytes', () => {
    expect(encodeRecord(unsignedEvent(strangerKey('alice'), { content: 'x'.repeat(140) }))).toHaveLength(275)
  })
})
