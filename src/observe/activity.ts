/** What happens in a node that a person would like to watch: one value each, rendered by the terminal and the demo. */
import type { NostrEvent } from '../event/event.ts'

export type Activity =
  /** The owner's client published; `to` are the public keys of a unicast's recipients. */
  | {
      readonly what: 'published'
      readonly event: NostrEvent
      readonly broadcast: boolean
      readonly to: readonly string[]
    }
  /** A public event went out to this many neighbours. */
  | { readonly what: 'broadcast'; readonly event: NostrEvent; readonly peers: number }
  /** A new event of somebody else is here. */
  | {
      readonly what: 'received'
      readonly event: NostrEvent
      readonly via: 'gossip' | 'deliver' | 'own-node' | 'fetch'
      readonly peer: string
    }
  /** A node of the recipient acknowledged. */
  | { readonly what: 'delivered'; readonly event: NostrEvent; readonly to: string; readonly node: string }
  | {
      readonly what: 'waiting'
      readonly event: NostrEvent
      readonly to: string
      readonly nextTryMs: number
      readonly reason: string
    }
  | { readonly what: 'expired'; readonly event: NostrEvent; readonly to: string }
  /** `owner` is the public key that the peer's node claims, null for an unclaimed one. */
  | { readonly what: 'peer-connected'; readonly peer: string; readonly owner: string | null; readonly peers: number }
  | { readonly what: 'peer-disconnected'; readonly peer: string; readonly owner: string | null; readonly peers: number }
  | {
      readonly what: 'bootstrap'
      readonly address: string
      readonly state: 'connected' | 'unreachable'
      readonly reason: string
    }
  | { readonly what: 'claimed'; readonly owner: string }
  /** `addresses` are multiaddrs at which others get in, `relays` node peer IDs. */
  | {
      readonly what: 'reachability'
      readonly state: ReachState
      readonly addresses: readonly string[]
      readonly relays: readonly string[]
    }
  /** The binding of this node has changed, or ends soon; `expires` is an ISO date. */
  | {
      readonly what: 'binding'
      readonly state: 'none' | 'valid' | 'expires-soon' | 'withdrawn'
      readonly expires: string | null
    }
  /** What was missed came from so many neighbours, in one round of comparing. */
  | { readonly what: 'caught-up'; readonly events: number; readonly neighbours: number }
  /** The owner has brought events in a file: so many are new here, were here, or were not taken. */
  | { readonly what: 'imported'; readonly stored: number; readonly had: number; readonly refused: number }
  /** So many events at once came from another node of this owner. */
  | { readonly what: 'copied'; readonly peer: string; readonly events: number }

/**
 * Whether others get in at this node's side: `public` at its own address, `mapped` where its router was asked to let them
 * in, `relayed` through relays, `unreachable` where not even those were found; `unknown` until somebody outside has tried.
 */
export type ReachState = 'unknown' | 'public' | 'mapped' | 'relayed' | 'unreachable'

export type OnActivity = (activity: Activity) => void
