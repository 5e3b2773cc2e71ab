/** Time that the test owns. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../src/observe/clock.ts'

export interface FakeClock extends Clock {
  /** Lets this much time pass: every timer in its order, each with all that follows from it before the next. */
  pass(ms: number): Promise<void>
  /** Sets the time without running anything, as a user who corrects the clock does: timers do not follow it. */
  set(ms: number): void
  /** Timers that wait. */
  waiting(): number
}

interface Timer {
  /** Since the beginning, as a monotonic clock counts. */
  readonly atMs: number
  readonly task: () => void
}

/** @param startMs milliseconds since 1970 */
export function createFakeClock(startMs: number): FakeClock {
  let offsetMs = startMs
  let passedMs = 0
  const timers = new Set<Timer>()

  function nextUntil(endMs: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of timers) if (timer.atMs <= endMs && (next === undefined || timer.atMs < next.atMs)) next = timer
    return next
  }

  return {
    nowMs: () => offsetMs + passedMs,
    after(delayMs, task) {
      const timer = { atMs: passedMs + delayMs, task }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async pass(ms) {
      const endMs = passedMs + ms
      await settle()
      for (let next = nextUntil(endMs); next !== undefined; next = nextUntil(endMs)) {
        timers.delete(next)
        passedMs = Math.max(passedMs, next.atMs)
        next.task()
        await settle()
      }
      passedMs = endMs
      await settle()
    },
    set(ms) {
      offsetMs = ms - passedMs
    },
    waiting: () => timers.size,
  }
}

/** Some turns of the event loop: what hangs on the memory store's callbacks is done by then. */
export async function settle(turns = 12): Promise<void> {
  for (let i = 0; i < turns; i++) await turn()
}
