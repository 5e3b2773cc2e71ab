import { describe, expect, it } from 'vitest'
import { createRandom } from '../faults/random.ts'
import { growsBeyond, lineThrough } from './regression.ts'

/** Sixty samples of a line with noise of ±`noise` around it. */
function samples(slope: number, noise: number): [number, number][] {
  const random = createRandom(7)
  return Array.from({ length: 60 }, (_, x) => [x, 100 + slope * x + noise * (2 * random.next() - 1)])
}

describe('a line through samples', () => {
  it('has the slope of a line without noise, and no error', () => {
    const { slope, error } = lineThrough(samples(3, 0))
    expect(slope).toBeCloseTo(3)
    expect(error).toBeCloseTo(0)
  })

  it('is sure of a slope that stands out from the noise, and of no other', () => {
    expect(growsBeyond(lineThrough(samples(1, 5)), 0)).toBe(true)
    expect(growsBeyond(lineThrough(samples(1, 5)), 2)).toBe(false)
    expect(growsBeyond(lineThrough(samples(0, 50)), 0)).toBe(false)
    expect(growsBeyond(lineThrough(samples(-1, 5)), 0)).toBe(false)
  })

  it('needs three samples', () => {
    expect(() =>
      lineThrough([
        [0, 1],
        [1, 2],
      ]),
    ).toThrow(RangeError)
  })
})
