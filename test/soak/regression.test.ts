import { describe, expect, it } from 'vitest'
import { createRandom } from '../faults/random.ts'
import { growsBeyond, lineThrough, lowestOf, wouldSee } from './regression.ts'

/**
 * Sixty samples of a line with noise of ±`noise` around it.
 * @param kept how much of what a sample is too high is left of it at the next one
 */
function samples(slope: number, noise: number, kept = 0, seed = 7): [number, number][] {
  const random = createRandom(seed)
  let tooHigh = 0
  return Array.from({ length: 60 }, (_, x) => {
    tooHigh = kept * tooHigh + noise * (2 * random.next() - 1)
    return [x, 100 + slope * x + tooHigh]
  })
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

  it('is not deceived by noise that stays for a while, and still sees what grows through it', () => {
    const growing = (slope: number) =>
      Array.from({ length: 500 }, (_, seed) => lineThrough(samples(slope, 1, 0.8, seed))).filter(line =>
        growsBeyond(line, 0),
      ).length
    expect(growing(0)).toBeLessThan(25)
    expect(growing(0.2)).toBeGreaterThan(450)
  })

  it('says what it could have seen', () => {
    const { error } = lineThrough(samples(0, 5))
    expect(wouldSee({ slope: 0, error }, 4 * error)).toBe(true)
    expect(wouldSee({ slope: 0, error }, 2 * error)).toBe(false)
    // One swell as long as all samples: nothing can be said.
    const swell = lineThrough(Array.from({ length: 60 }, (_, x) => [x, 100 * Math.sin(x / 10)]))
    expect(wouldSee(swell, 5)).toBe(false)
    expect(growsBeyond(swell, 0)).toBe(false)
  })

  it('is drawn through the lowest of each few samples where much comes for a moment only', () => {
    const spikes = (slope: number) =>
      samples(slope, 1).map(([x, y], i): [number, number] => [x, i % 7 === 5 || i > 57 ? y + 300 : y])
    expect(lowestOf(5, spikes(0))).toHaveLength(12)
    expect(lineThrough(spikes(0)).error).toBeGreaterThan(0.5)
    expect(growsBeyond(lineThrough(lowestOf(5, spikes(0))), 0)).toBe(false)
    expect(growsBeyond(lineThrough(lowestOf(5, spikes(0.2))), 0)).toBe(true)
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
