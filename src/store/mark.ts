/** Whose an event is at this node: decided once, at the door (flow/visibility.ts), and kept in its record. */
import type { NostrEvent } from '../event/event.ts'

/**
 * `open`: for whoever may read here. `private`: the owner's. `guest`: brought to the relay by somebody else, for whoever
 * may read here. `guest-closed`: the same, for the people it names.
 */
export type Mark = 'open' | 'private' | 'guest' | 'guest-closed'

/** Whether a reader is shown an event; without a mark it was stored by a version that did not know marks. */
export interface View {
  (event: NostrEvent, mark: Mark | undefined): boolean
  /**
   * The same from what is in memory of every event; undefined where the event itself has to be looked at.
   * @param isProtected it has the tag `-` (NIP-70)
   */
  readonly glance?: (kind: number, mark: Mark | undefined, isProtected: boolean) => boolean | undefined
}

/** A guest's event: within the guests' own bounds, evicted first, in no pull and in no copy (specification/relay-access.md). */
export function isGuests(mark: Mark | undefined): mark is 'guest' | 'guest-closed' {
  return mark === 'guest' || mark === 'guest-closed'
}
