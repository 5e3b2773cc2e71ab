/** What this node and a peer do not share, found out and exchanged; this side asks (specification/sync.md). */
import type { SyncScope } from '../wire/sync.ts'

export type { SyncScope } from '../wire/sync.ts'

export interface SyncProgress {
  readonly peer: string
  /** Ids found so far that the peer has and this node lacks. */
  readonly found: number
  /** Of these, new events here. */
  readonly learned: number
  /** Events that the peer took. */
  readonly sent: number
}

export interface SyncReport {
  /** Node peer ID. */
  readonly peer: string
  /** Events that are new here. */
  readonly learned: number
  /** Events that were new at the peer. */
  readonly sent: number
  /** Events of the peer that this node did not take, and those that it offered and did not deliver. */
  readonly refused: number
  readonly roundTrips: number
  /** Of all frames, both ways. */
  readonly bytes: number
  /** Both hold the same now from `since` on, but for what this node has refused. */
  readonly isComplete: boolean
  /** From when on the two were compared, seconds: later than asked for where one of them has evicted what is older. */
  readonly since: number
  /** Why it is not complete, as a sentence. */
  readonly reason?: string
  /** The peer has no time for it; again after so many milliseconds. */
  readonly busyMs?: number
}

export interface SyncOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: SyncProgress) => void) | undefined
}

export interface Sync {
  /** Never throws. One after another for each peer: a second one for the same peer is not complete at once. */
  run(peer: string, scope: SyncScope, options?: SyncOptions): Promise<SyncReport>
  /** False for an hour after a peer broke the protocol or sent what does not verify. */
  mayAsk(peer: string): boolean
}
