/** What the node says of itself, for `/status` and the page. */
import type { RelayTerms } from '../config.ts'
import { npubOf, ownerPeerId } from '../event/keys.ts'
import type { ReachState } from '../observe/activity.ts'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import type { Delivery, Fill, Store, Usage } from '../store/store.ts'
import type { PeerStatus } from '../wire/peer-status.ts'
import type { DeliveryReport } from '../wire/ways.ts'
import type { BindingStatus } from './binding-state.ts'
import type { SyncStatus } from './sync-status.ts'

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
  readonly peers: readonly PeerStatus[]
  readonly knownNodes: number
  readonly store: Usage
  /** How full the node is of what it has bounds for. */
  readonly limits: Readonly<Record<LimitName, Fill>>
  /** How complete the node is; also as `GET /sync`. */
  readonly sync: SyncStatus
  /** Whom the relay serves beside the owner, and who is there. */
  readonly relay: Pick<RelayTerms, 'reads' | 'writes'> & RelayFigures
  readonly outbox: {
    readonly waiting: number
    readonly delivered: number
    readonly expired: number
    readonly deliveries: readonly DeliveryReport[]
  }
  readonly counters: Readonly<Record<string, number>>
}

export type LimitName = keyof ReturnType<Store['fill']> | 'peers' | 'knownNodes' | 'boundOwners' | 'dhtRecords'

export interface RelayFigures {
  /** WebSockets that are open, and their subscriptions. */
  readonly connections: number
  readonly subscriptions: number
}

export interface ReachabilityStatus {
  readonly state: ReachState
  /** Multiaddrs at which others get in; none unless public or mapped. */
  readonly addresses: readonly string[]
  /** Node peer IDs of the relays through which others come. */
  readonly relays: readonly string[]
  /** What the router lets in; null when it lets in nothing, and `router` says why. */
  readonly mapping: { readonly address: string; readonly port: number; readonly by: 'NAT-PMP' | 'UPnP' } | null
  /** `unasked`: there was no need, or it is switched off; `refused`: it does not do that, or does not answer. */
  readonly router: 'unasked' | 'asking' | 'refused' | 'mapped'
}

export interface BootstrapStatus {
  readonly address: string
  readonly state: 'connecting' | 'connected' | 'unreachable'
  /** Why the last try failed, in words; empty if it did not. */
  readonly lastError: string
}

export type ReadStatus = () => Promise<NodeStatus>

export interface StatusParts {
  readonly version: string
  readonly node: string
  readonly owner: () => string | undefined
  readonly binding: () => BindingStatus
  readonly overlay: {
    addresses(): string[]
    bootstraps(): readonly BootstrapStatus[]
    reachability(): ReachabilityStatus
    peers(): readonly (Omit<PeerStatus, 'owner' | 'since'> & { readonly owner: string | null })[]
    knownNodes(): number
    fill(): Readonly<Record<Exclude<LimitName, keyof ReturnType<Store['fill']>>, Fill>>
  }
  readonly store: Pick<Store, 'events' | 'outbox' | 'fill'>
  readonly syncStatus: () => SyncStatus
  readonly verifier: () => NodeStatus['verifier']
  readonly relay: Pick<RelayTerms, 'reads' | 'writes'>
  readonly relayFigures: () => RelayFigures
  readonly counters: Counters
  readonly clock: Clock
}

/** Deliveries shown: what is open, and the latest of the rest. */
const SHOWN_DELIVERIES = 200

export function createReadStatus(parts: StatusParts): ReadStatus {
  const { version, node, overlay, store, counters, clock } = parts
  const startedMs = clock.nowMs()
  return async () => {
    const owner = parts.owner()
    const binding = parts.binding()
    const deliveries = await store.outbox.list(SHOWN_DELIVERIES)
    return {
      version,
      owner: owner === undefined ? null : npubOf(owner),
      ownerPeerId: owner === undefined ? null : ownerPeerId(owner),
      node,
      bindingExpires: binding.expires,
      binding,
      uptimeSeconds: Math.floor((clock.nowMs() - startedMs) / 1000),
      overlay: { addresses: overlay.addresses(), bootstraps: overlay.bootstraps() },
      verifier: parts.verifier(),
      reachability: overlay.reachability(),
      peers: overlay.peers().map(peer => ({
        ...peer,
        owner: peer.owner === null ? null : npubOf(peer.owner),
        since: isoOf(peer.connectedSinceMs),
      })),
      knownNodes: overlay.knownNodes(),
      store: store.events.usage(),
      limits: { ...store.fill(), ...overlay.fill() },
      sync: parts.syncStatus(),
      relay: { reads: parts.relay.reads, writes: parts.relay.writes, ...parts.relayFigures() },
      outbox: { ...store.outbox.counts(), deliveries: deliveries.map(deliveryReport) },
      counters: Object.fromEntries(
        [...counters.entries()].map(({ name, label, value }) => [label === '' ? name : `${name}:${label}`, value]),
      ),
    }
  }
}

export function deliveryReport(delivery: Delivery): DeliveryReport {
  const { state, attempts, createdMs, changedMs, ackedBy, lastError, eventId, to, open, dueMs } = delivery
  const nextTry = open ? isoOf(dueMs) : null
  return { event: eventId, to: npubOf(to), state, attempts, createdMs, changedMs, ackedBy, lastError, nextTry }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
