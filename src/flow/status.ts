/** What the node says of itself, for `/status` and the page. */
import type { RelayTerms } from '../config.ts'
import { npubOf, ownerPeerId } from '../event/keys.ts'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import type { Delivery, Store } from '../store/store.ts'
import type { BindingStatus } from '../wire/binding-report.ts'
import type {
  BootstrapStatus,
  BrowserDoors,
  Fill,
  NodeStatus,
  OverlayLimit,
  ReachabilityStatus,
  RelayFigures,
} from '../wire/node-status.ts'
import type { PeerStatus } from '../wire/peer-status.ts'
import type { SyncStatus } from '../wire/sync-status.ts'
import type { DeliveryReport } from '../wire/ways.ts'
import type { HouseRules } from './house-rules.ts'

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
    browsers(): BrowserDoors
    peers(): readonly (Omit<PeerStatus, 'owner' | 'since'> & { readonly owner: string | null })[]
    knownNodes(): number
    fill(): Readonly<Record<OverlayLimit, Fill>>
  }
  readonly store: Pick<Store, 'events' | 'outbox' | 'fill'>
  readonly syncStatus: () => SyncStatus
  readonly verifier: () => NodeStatus['verifier']
  readonly relay: Pick<RelayTerms, 'reads' | 'writes'>
  readonly relayFigures: () => RelayFigures
  readonly rules: Pick<HouseRules, 'fill'>
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
      browsers: overlay.browsers(),
      peers: overlay.peers().map(peer => ({
        ...peer,
        owner: peer.owner === null ? null : npubOf(peer.owner),
        since: isoOf(peer.connectedSinceMs),
      })),
      knownNodes: overlay.knownNodes(),
      store: store.events.usage(),
      limits: { ...(await store.fill()), ...overlay.fill(), relayLists: parts.rules.fill() },
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
