import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { difficultyOf, targetOf } from '../../../src/event/work.ts'
import { SEED } from '../../support/seed.ts'

describe('proof of work (NIP-13)', () => {
  it.each([
    // The two ids that NIP-13 names.
    ['000000000e9d97a1ab09fc381030b346cdd7a142ad57e6df0b46dc9bef6c7e2d', 36],
    ['000006d8c378af1779d2feebc7603a125d99eca0ccf1085959b307f64e5dd358', 21],
    [`8${'0'.repeat(63)}`, 0],
    ['f'.repeat(64), 0],
    [`4${'0'.repeat(63)}`, 1],
    [`0${'1'.repeat(63)}`, 7],
    ['0'.repeat(64), 256],
  ])('%s has %i bits', (id, bits) => {
    expect(difficultyOf(id)).toBe(bits)
  })

  it('counts what the bits of the id are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (zeros, number) => {
        const id = (number >> BigInt(zeros)).toString(16).padStart(64, '0')
        const bits = BigInt(`0x${id}`).toString(2).padStart(256, '0')
        expect(difficultyOf(id)).toBe(/^0*/.exec(bits)![0].length)
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  it.each<[string[], number | undefined]>([
    [['nonce', '776797', '20'], 20],
    [['nonce', '776797'], undefined],
    [['nonce', '1', 'many'], undefined],
    [['nonce', '1', '-3'], undefined],
    [['other', '1', '20'], undefined],
  ])('%j aims at %s', (tag, target) => {
    expect(targetOf({ tags: [tag] })).toBe(target)
  })
})
