/** What the node says of itself, for `/status` and the page. */
import type { Delivery } from '../store/store.ts'

export interface PeerStatus {
  /** Node peer ID. */
  readonly id: string
  readonly direction: 'inbound' | 'outbound'
  /** `tcp`, `ws`, `webrtc`, `relay`: how the connection runs. */
  readonly transport: string
  readonly address: string
  readonly agent: string
  /** npub of the owner the peer claims, and whether a binding proves it. */
  readonly owner: string | null
  readonly proven: boolean
  /** Milliseconds since 1970. */
  readonly connectedSinceMs: number
}

export interface NodeStatus {
  readonly version: string
  /** npub, or null while the node is unclaimed. */
  readonly owner: string | null
  readonly ownerPeerId: string | null
  readonly node: string
  /** ISO date until which the binding counts; null for an unproven node. */
  readonly bindingExpires: string | null
  readonly uptimeSeconds: number
  readonly overlay: { readonly addresses: readonly string[]; readonly bootstraps: readonly BootstrapStatus[] }
  readonly peers: readonly PeerStatus[]
  readonly knownNodes: number
  readonly store: {
    readonly events: number
    readonly bytes: number
    readonly maxEvents: number
    readonly maxBytes: number
  }
  readonly outbox: {
    readonly waiting: number
    readonly delivered: number
    readonly expired: number
    readonly deliveries: readonly DeliveryStatus[]
  }
  readonly counters: Readonly<Record<string, number>>
}

export interface BootstrapStatus {
  readonly address: string
  readonly state: 'connecting' | 'connected' | 'unreachable'
  /** Why the last try failed, in words; empty if it did not. */
  readonly lastError: string
}

export interface DeliveryStatus
  extends Pick<Delivery, 'state' | 'attempts' | 'createdMs' | 'changedMs' | 'ackedBy' | 'lastError'> {
  readonly event: string
  /** npub of the recipient. */
  readonly to: string
  /** ISO date of the next try; null once nothing more is tried. */
  readonly nextTry: string | null
}

export type ReadStatus = () => Promise<NodeStatus>
