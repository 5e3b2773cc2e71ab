/** Ids that peers offer and this node does not take, so that they are not asked for again at each synchronisation. */
import type { RejectionCode } from '../event/rejection.ts'
import type { Clock } from '../observe/clock.ts'

export interface RefusedIds {
  note(peer: string, id: string, why: RejectionCode | 'superseded' | 'undelivered'): void
  /** Whether there is no use in asking this peer for it now. */
  has(peer: string, id: string): boolean
}

/** The longest unused goes first. */
const MAX_IDS = 10_000
/** For how long, where that may change: there is room again, another of the same name has it. */
const A_WHILE_MS = 10 * 60_000

export function createRefusedIds(clock: Clock): RefusedIds {
  /** Until when, milliseconds since 1970. */
  const until = new Map<string, number>()

  function isHeld(key: string): boolean {
    const untilMs = until.get(key)
    if (untilMs === undefined) return false
    until.delete(key)
    if (untilMs <= clock.nowMs()) return false
    until.set(key, untilMs)
    return true
  }

  return {
    note(peer, id, why) {
      // What one peer does not deliver another may have; what this node refuses it refuses whoever brings it.
      const key = why === 'undelivered' ? `${peer} ${id}` : id
      const isForGood = why !== 'undelivered' && why !== 'full'
      until.delete(key)
      until.set(key, isForGood ? Number.POSITIVE_INFINITY : clock.nowMs() + A_WHILE_MS)
      if (until.size > MAX_IDS) until.delete(until.keys().next().value!)
    },
    has: (peer, id) => isHeld(id) || isHeld(`${peer} ${id}`),
  }
}
