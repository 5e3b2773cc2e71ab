/** Time, handed in, so that tests own it. */

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number
  /** Runs `task` once after `delayMs`; the returned function calls it off. Does not keep the process alive. */
  after(delayMs: number, task: () => void): () => void
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export function nowSeconds(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1000)
}
