/** Lets others run in between, so that no loop holds the event loop for long. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Less than half of what a client may notice: the last piece of work, and what V8 collects, come on top. */
const SLICE_MS = 4

/** One for all that share an event loop: a turn of it is no longer for many long tasks than for one. */
export interface Slices {
  /** Whether this turn of the event loop has taken a slice's time since the first time this was asked in it. */
  isOver(): boolean
  /** Waits until the others had their turn; who waits longest goes on first, but for somebody who has to go `next`. */
  rest(who?: 'next'): Promise<void>
}

export function createSlices(): Slices {
  const waiting: (() => void)[] = []
  let startMs: number | undefined
  let isTurnNoted = false

  function noteTurn(): void {
    if (isTurnNoted) return
    isTurnNoted = true
    setImmediate(() => {
      isTurnNoted = false
      startMs = undefined
      const next = waiting.shift()
      if (next === undefined) return
      begin()
      next()
    })
  }

  function begin(): void {
    startMs = performance.now()
    noteTurn()
  }

  return {
    isOver() {
      if (startMs !== undefined) return performance.now() - startMs >= SLICE_MS
      begin()
      return false
    },
    rest(who) {
      noteTurn()
      return new Promise(resolve => void (who === 'next' ? waiting.unshift(resolve) : waiting.push(resolve)))
    },
  }
}

/** Pauses of work that nobody waits for. */
export interface Rests {
  /** Waits so long, or until `end`. */
  rest(ms: number): Promise<void>
  /** No pauses any more. */
  end(): void
}

export function createRests(): Rests {
  const ended = new AbortController()
  return {
    rest: ms => sleep(ms, undefined, { signal: ended.signal }).catch(() => {}),
    end: () => ended.abort(),
  }
}
