/** Does it grow? A straight line through the samples, and how sure its slope is. */

export interface Line {
  /** Per unit of `x`. */
  readonly slope: number
  /** Standard error of the slope. */
  readonly error: number
}

/**
 * Least squares. What is too much at one moment is often still too much at the next one (a table that waits to be
 * compacted), so `n` samples say less than `n` independent ones would: by the correlation `r` of each residual with the
 * next as much as `n (1 - r) / (1 + r)` of them (Santer et al. 2000, as for trends of the climate).
 * @param samples at equal distances, more than two
 */
export function lineThrough(samples: readonly (readonly [x: number, y: number])[]): Line {
  const n = samples.length
  if (n < 3) throw new RangeError('a slope needs three samples')
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n
  const meanX = mean(samples.map(([x]) => x))
  const meanY = mean(samples.map(([, y]) => y))
  let squares = 0
  let products = 0
  for (const [x, y] of samples) {
    squares += (x - meanX) ** 2
    products += (x - meanX) * (y - meanY)
  }
  const slope = products / squares
  const rests = samples.map(([x, y]) => y - meanY - slope * (x - meanX))
  const squaresOfRests = sumOf(rests.map(rest => rest ** 2))
  if (squaresOfRests === 0) return { slope, error: 0 }
  const r = Math.max(0, sumOf(rests.slice(1).map((rest, i) => rest * rests[i]!)) / squaresOfRests)
  const independent = (n * (1 - r)) / (1 + r)
  if (independent <= 2) return { slope, error: Number.POSITIVE_INFINITY }
  return { slope, error: Math.sqrt(squaresOfRests / (independent - 2) / squares) }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** Of each so many samples in a row the lowest, at the time of the first: what comes for a moment only is left out. */
export function lowestOf(count: number, samples: readonly (readonly [x: number, y: number])[]): [number, number][] {
  return Array.from({ length: Math.floor(samples.length / count) }, (_, i) => {
    const some = samples.slice(i * count, (i + 1) * count)
    return [some[0]![0], Math.min(...some.map(([, y]) => y))]
  })
}

/** Standard errors: of a thousand figures that are level one is called growing. */
const SURE = 3

/** Whether a slope is beyond the bound for sure. */
export function growsBeyond({ slope, error }: Line, bound: number): boolean {
  return slope - SURE * error > bound
}

/** Whether a slope of this size would have been seen. */
export function wouldSee({ error }: Line, slope: number): boolean {
  return SURE * error <= slope
}
