/** What is too large for a circuit waits for a way that is not one. */
import { isTrouble, type Trouble } from '../node/trouble.ts'

/** What is used of the ways to the node. */
export interface DirectWays {
  /** Resolves when the node is reached without a circuit; false when it was aborted before. */
  direct(signal: AbortSignal): Promise<boolean>
}

/** It fell back to a circuit so often while something was under way: it does not hold. */
const MAX_ATTEMPTS = 10

/** Does it as soon as there is room, and again when the way became a circuit meanwhile. */
export async function whenDirect<T>(
  ways: DirectWays,
  signal: AbortSignal,
  work: () => Promise<T | Trouble>,
): Promise<T | Trouble> {
  for (let attempt = 1; ; attempt++) {
    if (!(await ways.direct(signal))) return { trouble: 'away' }
    const done = await work()
    const isTooLarge = isTrouble(done) && done.code === 'direct-needed'
    if (!isTooLarge || signal.aborted || attempt === MAX_ATTEMPTS) return done
  }
}
