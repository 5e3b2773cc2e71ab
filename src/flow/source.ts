/** Where an event comes from: the closed list that policy and counters speak of. */
import type { Filter } from '../event/filter.ts'

export type Source =
  /** The owner's own client. */
  | { readonly via: 'client' }
  /** Broadcast, passed on by a neighbour. */
  | { readonly via: 'gossip'; readonly peer: string }
  /** Addressed to this node's owner. */
  | { readonly via: 'deliver'; readonly peer: string }
  /** Copied from another node of this owner, which a binding proves. */
  | { readonly via: 'own-node'; readonly peer: string }
  /** Asked for with this filter. */
  | { readonly via: 'fetch'; readonly peer: string; readonly filter: Filter }
