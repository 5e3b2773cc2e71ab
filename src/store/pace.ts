/** Lets others run in between, so that no loop holds the event loop for long. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** Half of what a client may notice, because the last piece of work is not known beforehand. */
const SLICE_MS = 5

export interface Slices {
  /** Whether this turn of the event loop has taken a slice's time since the first time this was asked in it. */
  isOver(): boolean
  /** Waits until the others had their turn. */
  rest(): Promise<void>
}

export function createSlices(): Slices {
  let startMs: number | undefined
  const end = (): void => {
    startMs = undefined
  }
  return {
    isOver() {
      if (startMs !== undefined) return performance.now() - startMs >= SLICE_MS
      startMs = performance.now()
      setImmediate(end)
      return false
    },
    rest: () => nextTurn(),
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
