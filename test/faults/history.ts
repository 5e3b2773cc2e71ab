/** What the owners' clients did and saw, and what the nodes hold in the end: all that the checker knows. */
import type { NostrEvent } from '../../src/event/event.ts'

export interface Publication {
  /** Number of the action. */
  readonly action: number
  readonly event: NostrEvent
  /** The node that it was published at. */
  readonly node: number
  /** Who gets it beside its author: everybody, the owners of the nodes named, or whoever asks (follow lists, bindings). */
  readonly audience: 'everybody' | 'asking' | readonly number[]
  /**
   * `acked`: the node has said that it is kept. `refused`: the node has said that it is not. `unknown`: neither, the
   * answer never came. Times are milliseconds since the beginning.
   */
  outcome: 'acked' | 'refused' | 'unknown'
  /** When the client first sent it. */
  readonly firstMs: number
  /** When the client sent what was acknowledged, and when the answer was there. */
  sentMs: number
  ackedMs: number
}

/** An event in a client's pull. */
export interface Sight {
  readonly id: string
  readonly atMs: number
}

/** A node lost what it wrote between these moments. */
export interface Rollback {
  readonly node: number
  readonly fromMs: number
  readonly toMs: number
}

/** A node's clock was wrong between these moments. */
export type WrongClock = Rollback

/** An event is still on its way: its author's node will try again. */
export interface Waiting {
  readonly id: string
  /** A node of the recipient. */
  readonly to: number
}

export interface History {
  /** The public key of each node's owner; who has two nodes is there twice. */
  readonly owners: readonly string[]
  /** Events that each node may hold, where that was little. */
  readonly caps: Readonly<Record<number, number>>
  readonly publications: readonly Publication[]
  /** What each node's client pulled, in order. */
  readonly sights: readonly (readonly Sight[])[]
  readonly rollbacks: readonly Rollback[]
  readonly clocks: readonly WrongClock[]
  readonly waiting: readonly Waiting[]
  /** What each node holds in the end, in receive order. */
  readonly holdings: readonly (readonly NostrEvent[])[]
  /** Nodes that ended by themselves, and their last words. */
  readonly crashes: readonly { readonly node: number; readonly text: string }[]
}
