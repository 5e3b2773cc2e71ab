/** So much at once, the rest one after the other in the order in which it came, and no more than a bound. */

export interface Turns {
  /** Runs the task when it is its turn; false, and it does not run, when too many wait already. */
  take(task: () => Promise<void>): Promise<boolean>
}

export function createTurns(maxAtOnce: number, maxWaiting: number): Turns {
  let running = 0
  const waiting: (() => void)[] = []

  return {
    async take(task) {
      if (running >= maxAtOnce) {
        if (waiting.length >= maxWaiting) return false
        await new Promise<void>(resolve => void waiting.push(resolve))
      } else running += 1
      try {
        await task()
      } finally {
        const next = waiting.shift()
        // The place goes from hand to hand.
        if (next === undefined) running -= 1
        else next()
      }
      return true
    },
  }
}
