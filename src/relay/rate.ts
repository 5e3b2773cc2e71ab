/** How much somebody may ask for: a stock that refills with time. */

export interface Bucket {
  /** Takes so much out of the stock, unless there is less. */
  take(cost: number, nowMs: number): boolean
  /** Whether it has filled up again, so that it can be forgotten. */
  isFull(nowMs: number): boolean
}

/** @param perSecond refill; `burst` is the full stock, and what it begins with */
export function createBucket(burst: number, perSecond: number): Bucket {
  let stock = burst
  let filledMs: number | undefined

  function fill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - (filledMs ?? nowMs))
    stock = Math.min(burst, stock + (passedMs / 1000) * perSecond)
    filledMs = nowMs
  }

  return {
    take(cost, nowMs) {
      fill(nowMs)
      // What is larger than the whole stock takes all of it, for it would never pass otherwise.
      const taken = Math.min(cost, burst)
      if (stock < taken) return false
      stock -= taken
      return true
    },
    isFull(nowMs) {
      fill(nowMs)
      return stock >= burst
    },
  }
}
