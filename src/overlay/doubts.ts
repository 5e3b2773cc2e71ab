/** Owners of whom only unproven nodes are known: how rarely others are asked whether a proven one is there. */
import type { Clock } from '../observe/clock.ts'

const REST_MS = 60_000
const MAX_DOUBTED = 1_000

export interface Doubts {
  /** Whether this owner's claimed nodes were not asked about lately; they are now. */
  mayAsk(owner: string): boolean
}

export function createDoubts(clock: Clock): Doubts {
  /** Owners → when the neighbours were asked, the latest last. */
  const asked = new Map<string, number>()
  return {
    mayAsk(owner) {
      const nowMs = clock.nowMs()
      if (nowMs - (asked.get(owner) ?? 0) < REST_MS) return false
      asked.delete(owner)
      asked.set(owner, nowMs)
      if (asked.size > MAX_DOUBTED) asked.delete(asked.keys().next().value!)
      return true
    },
  }
}
