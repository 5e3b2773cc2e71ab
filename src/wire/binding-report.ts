/** How it stands with the binding of a node: `GET /binding` (specification/rest-api.md, R10), and a part of `/status`. */
import type { EventTemplate } from '../event/event.ts'

/** `expires-soon`: it counts, and the node asks for the next one. `withdrawn`: the owner has deleted it. */
export type BindingState = 'none' | 'valid' | 'expires-soon' | 'withdrawn'

export interface BindingStatus {
  readonly state: BindingState
  /** ISO date until which it counts; null when none does. */
  readonly expires: string | null
  /** What that means and what to do, for a person. */
  readonly advice: string
}

/** What a client needs to bind the node (specification/rest-api.md, R10). */
export interface BindingReport extends BindingStatus {
  /** npub; null while the node is unclaimed. */
  readonly owner: string | null
  /** Node peer ID. */
  readonly node: string
  /** To be signed by the owner and posted to /publish. */
  readonly event: EventTemplate
}
