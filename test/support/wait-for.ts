/** Waiting for a condition of a running program, with an end. */
import { setTimeout as delay } from 'node:timers/promises'

const WAIT_MS = 8_000
const LOOK_MS = 10

/** The first value that is neither `undefined` nor `false`; throws with `what` when it does not come in time. */
export async function waitFor<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  waitMs = WAIT_MS,
): Promise<T> {
  const endMs = performance.now() + waitMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (performance.now() > endMs) throw new Error(`waited ${waitMs} ms in vain for: ${what}`)
    await delay(LOOK_MS)
  }
}
