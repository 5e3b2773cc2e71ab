import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256Hex, sha256HexByNoble } from '../../../src/event/sha256.ts'
import { SEED } from '../../support/seed.ts'

test('the hash of a text is the same in a browser and in Node', () => {
  expect(sha256HexByNoble('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 300 }))
  fc.assert(
    fc.property(text, given => {
      expect(sha256Hex(given)).toBe(sha256HexByNoble(given))
    }),
    { seed: SEED, numRuns: 300 },
  )
})
