/**
 * Neighbours that this node had chosen and lost. Each half of a network that an outage has split has neighbours enough of
 * its own; the halves find each other again because some nodes keep trying whom they lost.
 */
import type { Clock } from '../observe/clock.ts'

export interface LostPeers {
  /** A connection that this node had made has ended, and not by this node. */
  lose(id: string): void
  /** It is connected again. */
  find(id: string): void
  /** Those whose next try is due; the one after that comes later. */
  due(): string[]
}

/** As many as a node has wanted neighbours, twice. */
const MAX_LOST = 16
const FIRST_TRY_MS = 10_000
/** A try that nobody answers costs a packet or two. */
const LAST_TRY_MS = 5 * 60_000
/** As long as the directory remembers a node that says nothing. */
const GIVE_UP_MS = 48 * 3_600_000

interface Lost {
  readonly sinceMs: number
  nextMs: number
  waitMs: number
}

export function createLostPeers(clock: Clock): LostPeers {
  /** The longest lost first. */
  const lost = new Map<string, Lost>()
  return {
    lose(id) {
      lost.delete(id)
      const nowMs = clock.nowMs()
      lost.set(id, { sinceMs: nowMs, nextMs: nowMs + FIRST_TRY_MS, waitMs: FIRST_TRY_MS })
      if (lost.size > MAX_LOST) lost.delete(lost.keys().next().value!)
    },
    find: id => void lost.delete(id),
    due() {
      const nowMs = clock.nowMs()
      const ids: string[] = []
      for (const [id, entry] of lost) {
        if (nowMs - entry.sinceMs > GIVE_UP_MS) lost.delete(id)
        else if (entry.nextMs <= nowMs) {
          entry.waitMs = Math.min(entry.waitMs * 2, LAST_TRY_MS)
          // Both sides of a cut line have lost each other at the same moment.
          entry.nextMs = nowMs + entry.waitMs * (0.8 + Math.random() * 0.4)
          ids.push(id)
        }
      }
      return ids
    },
  }
}
