/** Where an event comes from: the closed list that policy and counters speak of. */
import type { Filter } from '../event/filter.ts'
import type { SyncScope } from '../wire/sync.ts'
import type { Visitor } from './visitor.ts'

export type Source =
  /**
   * Signed by the owner; with `sealed` a gift wrap for somebody, by a key of the moment, that the owner's client brought.
   * `visitor`: who brings it, where that is known.
   */
  | { readonly via: 'client'; readonly sealed?: boolean; readonly visitor?: Visitor | undefined }
  /** The owner's, or sealed as above, from a file: it was published before, here or elsewhere. */
  | { readonly via: 'import'; readonly sealed: boolean }
  /** Somebody else's event that the owner's client brought: it has it from elsewhere. */
  | { readonly via: 'offer' }
  /** Brought to the relay by a visitor, or for one. */
  | { readonly via: 'guest'; readonly visitor: Visitor }
  /** Broadcast, passed on by a neighbour. */
  | { readonly via: 'gossip'; readonly peer: string }
  /** Addressed to this node's owner. */
  | { readonly via: 'deliver'; readonly peer: string }
  /** Copied from another node of this owner, which a binding proves; `isOpen`: a deletion that is for everybody there. */
  | { readonly via: 'own-node'; readonly peer: string; readonly isOpen?: boolean }
  /** Asked for with this filter. */
  | { readonly via: 'fetch'; readonly peer: string; readonly filter: Filter }
  /** Of the public events that this node and the peer compared; with `id` the one that was asked for. */
  | { readonly via: 'sync'; readonly peer: string; readonly scope: SyncScope; readonly id?: string }

/** What another node sends. */
export type PeerSource = Extract<Source, { readonly peer: string }>
