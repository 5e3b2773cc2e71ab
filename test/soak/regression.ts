/** Does it grow? A straight line through the samples, and how sure its slope is. */

export interface Line {
  /** Per unit of `x`. */
  readonly slope: number
  /** Standard error of the slope. */
  readonly error: number
}

/** Least squares. @throws RangeError for fewer than three samples */
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
  const rest = samples.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0)
  return { slope, error: Math.sqrt(rest / (n - 2) / squares) }
}

/** Two standard errors: what is not sure to be beyond the bound is noise. */
const SURE = 2

export function growsBeyond({ slope, error }: Line, bound: number): boolean {
  return slope - SURE * error > bound
}
