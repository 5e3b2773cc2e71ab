/** A comparison whose outcome the test says, for what decides when and with whom. */
import type { Neighbour } from '../../../src/flow/neighbours.ts'
import type { Sync, SyncOptions, SyncReport, SyncScope } from '../../../src/flow/sync.ts'

export interface Comparison {
  readonly peer: string
  readonly scope: SyncScope
  readonly atMs: number
  readonly options: SyncOptions
}

export interface ScriptedSync extends Sync {
  readonly comparisons: Comparison[]
  /** What comes out, from the first comparison that begins after this on. */
  answers(outcome: (comparison: Comparison) => Partial<SyncReport> | Promise<Partial<SyncReport>>): void
  /** Peers that must not be asked. */
  readonly refused: Set<string>
}

export function createScriptedSync(nowMs: () => number): ScriptedSync {
  let outcome: (comparison: Comparison) => Partial<SyncReport> | Promise<Partial<SyncReport>> = () => ({})
  const sync: ScriptedSync = {
    comparisons: [],
    refused: new Set(),
    answers(next) {
      outcome = next
    },
    mayAsk: peer => !sync.refused.has(peer),
    async run(peer, scope, options = {}) {
      const comparison = { peer, scope, atMs: nowMs(), options }
      sync.comparisons.push(comparison)
      const since = 'since' in scope ? (scope.since ?? 0) : 0
      const equal = { learned: 0, sent: 0, refused: 0, roundTrips: 1, bytes: 400, isComplete: true }
      return { peer, since, ...equal, ...(await outcome(comparison)) }
    },
  }
  return sync
}

export function neighbour(id: string, fields: Partial<Neighbour> = {}): Neighbour {
  return { id, owner: `owner of ${id}`, network: undefined, isOutbound: true, ...fields }
}
