/** What a node says of itself: `GET /status` (specification/rest-api.md, R1.9-R1.11, R11). */
import type { BindingStatus } from './binding-report.ts'
import type { PeerStatus } from './peer-status.ts'
import type { SyncStatus } from './sync-status.ts'
import type { DeliveryReport } from './ways.ts'

export interface NodeStatus {
  readonly version: string
  /** npub, or null while the node is unclaimed. */
  readonly owner: string | null
  readonly ownerPeerId: string | null
  readonly node: string
  /** ISO date until which the binding counts; null for an unproven node. */
  readonly bindingExpires: string | null
  /** How it stands with the binding; what to sign is in `GET /binding`. */
  readonly binding: BindingStatus
  readonly uptimeSeconds: number
  readonly overlay: { readonly addresses: readonly string[]; readonly bootstraps: readonly BootstrapStatus[] }
  /** What checks signatures: the system's libsecp256k1, or the WebAssembly that comes along. */
  readonly verifier: 'native' | 'wasm'
  readonly reachability: ReachabilityStatus
  readonly browsers: BrowserDoors
  readonly peers: readonly PeerStatus[]
  readonly knownNodes: number
  readonly store: StoreUsage
  /** How full the node is of what it has bounds for. */
  readonly limits: Readonly<Record<LimitName, Fill>>
  /** How complete the node is; also as `GET /sync`. */
  readonly sync: SyncStatus
  /** Whom the relay serves beside the owner, and who is there. */
  readonly relay: { readonly reads: Circle; readonly writes: Circle } & RelayFigures
  readonly outbox: {
    readonly waiting: number
    readonly delivered: number
    readonly expired: number
    readonly deliveries: readonly DeliveryReport[]
  }
  readonly counters: Readonly<Record<string, number>>
}

/** What there are bounds for (R1.10). */
export type LimitName = StoreLimit | OverlayLimit | 'relayLists'

export type StoreLimit =
  | 'events'
  | 'bytes'
  | 'guestEvents'
  | 'guestBytes'
  | 'tombstones'
  | 'vanished'
  | 'settledDeliveries'
  | 'knownPeers'

export type OverlayLimit =
  | 'peers'
  | 'knownNodes'
  | 'boundOwners'
  | 'dhtRecords'
  | 'peerRecords'
  | 'seenMessages'
  | 'gossipScores'
  | 'quotas'
  | 'relayPlaces'

/** Events and bytes (keys and values). */
export interface StoreUsage {
  readonly events: number
  readonly bytes: number
  readonly maxEvents: number
  readonly maxBytes: number
  /** Of these, guests'; their bounds are 0 where they may hold nothing. */
  readonly guests: Omit<StoreUsage, 'guests'>
}

export interface Fill {
  readonly used: number
  readonly max: number
}

/** Whom the node serves beside its owner. */
export type Circle = 'owner' | 'listed' | 'anyone'

export interface RelayFigures {
  /** WebSockets that are open, and their subscriptions. */
  readonly connections: number
  readonly subscriptions: number
}

export interface ReachabilityStatus {
  readonly state: 'unknown' | 'public' | 'mapped' | 'relayed' | 'unreachable'
  /** Multiaddrs at which others get in; none unless public or mapped. */
  readonly addresses: readonly string[]
  /** Node peer IDs of the relays through which others come. */
  readonly relays: readonly string[]
  /** What the router lets in; null when it lets in nothing, and `router` says why. */
  readonly mapping: { readonly address: string; readonly port: number; readonly by: 'NAT-PMP' | 'UPnP' } | null
  /** `unasked`: there was no need, or it is switched off; `refused`: it does not do that, or does not answer. */
  readonly router: 'unasked' | 'asking' | 'refused' | 'mapped'
}

/** Where browsers come in, to find nodes of their own (specification/away.md, D1). */
export interface BrowserDoors {
  /**
   * `off`: switched off. `shut`: not where others reach this node, or the port is not to be had. `untried`: nobody from
   * outside has come there yet, so nobody is told.
   */
  readonly state: 'off' | 'shut' | 'untried' | 'open'
  /** On TCP; null while it is not listened on. */
  readonly port: number | null
  /** Multiaddrs that others are told. */
  readonly addresses: readonly string[]
}

export interface BootstrapStatus {
  readonly address: string
  readonly state: 'connecting' | 'connected' | 'unreachable'
  /** Why the last try failed, in words; empty if it did not. */
  readonly lastError: string
}
