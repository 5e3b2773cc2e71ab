/** Figures out of samples. */

/** The value that this share of the samples does not exceed (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5)
}

export function sum(samples: readonly number[]): number {
  return samples.reduce((total, sample) => total + sample, 0)
}

/**
 * Calls of `task` per second of this thread's CPU time, with numbers from 0: what other programs do meanwhile counts
 * little.
 */
export function cpuRateOf(count: number, task: (i: number) => void): number {
  const before = process.threadCpuUsage()
  for (let i = 0; i < count; i++) task(i)
  const { user, system } = process.threadCpuUsage(before)
  return (count / (user + system)) * 1_000_000
}

/** Runs `task` for 0 … count-1, this many at a time; returns how many a second were done. */
export async function rateOfParallel(count: number, atOnce: number, task: (i: number) => Promise<void>) {
  let next = 0
  const startMs = performance.now()
  const lane = async () => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return (count / (performance.now() - startMs)) * 1000
}
