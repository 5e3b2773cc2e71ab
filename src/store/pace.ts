/** Lets others run in between, so that no loop holds the event loop for long. */
import { setImmediate } from 'node:timers/promises'

/** Half of what a client may notice, because the last piece of work is not known beforehand. */
const SLICE_MS = 5

/** A function to await between pieces of work: it yields when its caller has been busy for a slice. */
export function createPacer(): () => Promise<void> {
  let startMs = performance.now()
  return async () => {
    if (performance.now() - startMs < SLICE_MS) return
    await setImmediate()
    startMs = performance.now()
  }
}
