/** At most so many tasks at once for one peer; the others wait for their turn, in order. */

export interface Turns {
  /** Runs the task when its turn comes. Throws when too many wait already. */
  take<Result>(key: string, task: () => Promise<Result>): Promise<Result>
}

interface Line {
  running: number
  readonly waiting: (() => void)[]
}

/** @param atOnce tasks of one key that run side by side; @param maxWaiting tasks of one key behind them */
export function createTurns(atOnce: number, maxWaiting: number): Turns {
  const lines = new Map<string, Line>()

  function finish(key: string, line: Line): void {
    const next = line.waiting.shift()
    // The place goes from hand to hand, so that nobody slips in between.
    if (next !== undefined) next()
    else if (--line.running === 0) lines.delete(key)
  }

  return {
    async take(key, task) {
      const line = lines.get(key) ?? { running: 0, waiting: [] }
      lines.set(key, line)
      if (line.running < atOnce) line.running++
      else if (line.waiting.length >= maxWaiting) throw new Error('too many questions wait for that node')
      else await new Promise<void>(resolve => line.waiting.push(resolve))
      try {
        return await task()
      } finally {
        finish(key, line)
      }
    },
  }
}
