/** Whether somebody else's event is of any use to the owner, who has brought it (specification/relay-access.md, A4). */
import { deletionTargets, parseAddress } from '../event/deletion.ts'
import type { NostrEvent } from '../event/event.ts'
import { isHex32 } from '../event/hex.ts'
import { classOf, KIND } from '../event/kinds.ts'
import type { EventStore } from '../store/store.ts'

export interface ConcernParts {
  readonly owner: () => string | undefined
  readonly isFollowed: (pubkey: string) => boolean
  readonly events: Pick<EventStore, 'has' | 'isGuests' | 'get' | 'query'>
  /** Whether what does not concern the owner is stored all the same, as a guest's. */
  readonly takesGuests: boolean
}

/** Tags by which an event points at others. */
const POINTERS: ReadonlySet<string> = new Set(['e', 'q', 'E'])
const ADDRESSES: ReadonlySet<string> = new Set(['a', 'A'])
/** Pointers of one event that are looked up. */
const MAX_POINTERS = 20

/** It is here already, is by somebody followed, names the owner, points at an event of the owner's, or one of those points at it. */
export type Concerns = (event: NostrEvent) => Promise<boolean>

export function createConcerns({ owner, isFollowed, events, takesGuests }: ConcernParts): Concerns {
  function namesOwner(event: NostrEvent, pubkey: string): boolean {
    return event.tags.some(
      ([name, value = '']) =>
        ((name === 'p' || name === 'P') && value === pubkey) ||
        (ADDRESSES.has(name ?? '') && parseAddress(value)?.pubkey === pubkey),
    )
  }

  function pointsAtOwners(event: NostrEvent, pubkey: string): boolean {
    const ids = event.tags.filter(([name]) => POINTERS.has(name ?? '')).slice(0, MAX_POINTERS)
    return ids.some(([, id]) => isHex32(id) && events.get(id)?.pubkey === pubkey)
  }

  /** A deletion of what is held here, by its author, is news whoever that is. */
  function deletesHeld(event: NostrEvent): boolean {
    if (event.kind !== KIND.deletion) return false
    return deletionTargets(event)
      .ids.slice(0, MAX_POINTERS)
      .some(id => events.get(id)?.pubkey === event.pubkey)
  }

  async function isPointedAt(event: NostrEvent, pubkey: string): Promise<boolean> {
    for (const letter of ['e', 'q']) {
      const filter = { authors: [pubkey], tags: new Map([[letter, [event.id]]]) }
      if ((await events.query(filter, 1)).length > 0) return true
    }
    return false
  }

  return async event => {
    const pubkey = owner()
    if (pubkey === undefined) return false
    // Not stored, and shown to the owner's own clients only: what two of them say to each other.
    if (classOf(event.kind) === 'ephemeral') return true
    // What is here for another reason will be found to be.
    if (events.has(event.id) && !events.isGuests(event.id)) return true
    if (isFollowed(event.pubkey) || namesOwner(event, pubkey)) return true
    if (pointsAtOwners(event, pubkey) || deletesHeld(event)) return true
    // The dearest question; where the event is kept anyway it is not asked.
    return takesGuests ? false : isPointedAt(event, pubkey)
  }
}
