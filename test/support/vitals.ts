/** Whether the process stayed well while something was done to it: event loop and heap. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectGarbage } from './garbage.ts'

/** Far more than a busy machine adds, far less than one message that is read without bounds takes. */
export const MAX_LAG_MS = 500

export interface Vitals {
  /** Event loop delay, 99th percentile, and what is on the heap and beside it more than at the start, after collection. */
  read(): { lagP99Ms: number; grownBytes: number }
}

export function watchVitals(): Vitals {
  const used = () => {
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = used()
  const lag = monitorEventLoopDelay({ resolution: 10 })
  lag.enable()
  return {
    read() {
      lag.disable()
      return { lagP99Ms: lag.percentile(99) / 1e6, grownBytes: used() - before }
    },
  }
}
