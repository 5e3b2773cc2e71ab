/** Waiting for a condition that no event of ours announces: looked at again and again, with an end. */
import { setTimeout as pause } from 'node:timers/promises'

const LOOK_MS = 10
/** For a machine that is busy with other things; on a quiet one everything takes a fraction of it. */
export const PATIENCE_MS = 20_000

/**
 * What `look` finds, as soon as it finds something; `undefined` and `false` are nothing.
 * @throws when it has found nothing for so long; `look` may throw meanwhile, and the last reason is told
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const endMs = performance.now() + patienceMs
  for (;;) {
    let reason = ''
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      reason = ` (${String(error)})`
    }
    if (performance.now() > endMs) throw new Error(`${what} did not happen within ${patienceMs / 1000} s${reason}`)
    await pause(LOOK_MS)
  }
}
