/** Lets others run in between, so that no loop holds the event loop for long. */
import { setImmediate as nextTurn } from 'node:timers/promises'

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
