/** A client's question → a page from the store; what is missing or stale is asked for in the background. */
import type { VerifiedEvent } from '../event/event.ts'
import type { Rejection } from '../event/rejection.ts'

export interface Page {
  readonly events: readonly VerifiedEvent[]
  /** Where the next pull goes on; given with every answer to a pull (kind 40000). */
  readonly cursor?: string
  /** More events are waiting behind the cursor. */
  readonly more: boolean
}

/** @param input the body of `/req`, parsed from JSON and otherwise unchecked */
export type Query = (input: unknown) => Promise<Page | Rejection>
