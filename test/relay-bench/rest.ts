/** When a relay has done what it does in the background, and the one who measures it, too. */
import { setTimeout as sleep } from 'node:timers/promises'
import { collectGarbage } from '../support/garbage.ts'
import type { Relay } from './relays.ts'

/** How often it is looked whether a relay is at rest, how long at most, and what of one core it may still use then. */
const LOOK_MS = 2_000
const LONGEST_REST_MS = 60_000
const QUIET_SHARE = 0.02
/** For a relay whose CPU time nobody knows. */
const USUAL_REST_MS = 10_000

export async function atRest(relay: Relay): Promise<void> {
  // 100,000 events were made here: V8 would look through them while the relay is measured, on the same cores.
  collectGarbage()
  let usedMs = relay.cpuMs()
  if (usedMs === undefined) return sleep(USUAL_REST_MS)
  for (const untilMs = performance.now() + LONGEST_REST_MS; performance.now() < untilMs; ) {
    await sleep(LOOK_MS)
    const nowMs = relay.cpuMs() ?? 0
    if (nowMs - usedMs < QUIET_SHARE * LOOK_MS) return
    usedMs = nowMs
  }
}
