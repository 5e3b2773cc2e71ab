/** The parts of GET /status that the page reads (specification/rest-api.md, R1.9-R1.11, R11). */
import type { PeerStatus } from '../../wire/peer-status.ts'
import type { DeliveryReport } from '../../wire/ways.ts'

export interface NodeStatus {
  readonly version: string
  /** npub. */
  readonly owner: string | null
  /** Node peer ID. */
  readonly node: string
  readonly uptimeSeconds: number
  readonly verifier: 'native' | 'wasm'
  readonly peers: readonly PeerStatus[]
  readonly overlay: {
    readonly addresses: readonly string[]
    readonly bootstraps: readonly { readonly address: string; readonly state: string; readonly lastError: string }[]
  }
  readonly reachability: {
    readonly state: 'unknown' | 'public' | 'mapped' | 'relayed' | 'unreachable'
    readonly addresses: readonly string[]
    /** Node peer IDs. */
    readonly relays: readonly string[]
    readonly router: 'unasked' | 'asking' | 'refused' | 'mapped'
  }
  /** By name: what there are bounds for (R1.10). */
  readonly limits: Readonly<Record<string, { readonly used: number; readonly max: number }>>
  readonly sync: SyncStatus
  readonly relay: { readonly reads: Circle; readonly writes: Circle; readonly connections: number }
  readonly outbox: {
    readonly waiting: number
    readonly delivered: number
    readonly expired: number
    readonly deliveries: readonly DeliveryReport[]
  }
  /** What happened since the start, by name. */
  readonly counters: Readonly<Record<string, number>>
}

/** Whom the node serves beside its owner. */
export type Circle = 'owner' | 'listed' | 'anyone'

export interface SyncStatus {
  readonly state: 'waiting' | 'running' | 'idle'
  /** ISO date; null while nobody has confirmed it. */
  readonly completeUntil: string | null
  readonly learned: number
  readonly sent: number
}
