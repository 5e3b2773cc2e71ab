/** Peers that broke the protocol of synchronising: left alone for an hour, and told that there is no time for them. */
import type { Clock } from '../observe/clock.ts'

export interface ShunnedPeers {
  add(peer: string): void
  has(peer: string): boolean
}

const FOR_MS = 3_600_000
/** The longest shunned goes first. */
const MAX_PEERS = 1_000

export function createShunnedPeers(clock: Clock): ShunnedPeers {
  /** Until when, milliseconds since 1970. */
  const until = new Map<string, number>()
  return {
    add(peer) {
      until.delete(peer)
      until.set(peer, clock.nowMs() + FOR_MS)
      if (until.size > MAX_PEERS) until.delete(until.keys().next().value!)
    },
    has: peer => (until.get(peer) ?? 0) > clock.nowMs(),
  }
}
