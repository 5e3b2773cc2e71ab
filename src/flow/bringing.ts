/** What an event is that a client brings, by who signed it, whom it concerns, and who the client is. */
import { type NostrEvent, tagValues } from '../event/event.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import type { Concerns } from './concern.ts'
import type { Source } from './source.ts'
import { isGiftWrap } from './visibility.ts'
import type { Visitor } from './visitor.ts'

export interface BringingParts {
  readonly owner: () => string | undefined
  /** Whether the relay keeps other people's events. */
  readonly takesGuests: boolean
  /** Whether an event that the owner's client has from elsewhere is of use to the owner. */
  readonly concerns: Concerns
}

export type BroughtBy = Extract<Source, { readonly via: 'client' | 'offer' | 'guest' }>

/** @param visitor who brings it, at the relay; without one its signature alone speaks for it */
export type SourceOf = (event: NostrEvent, visitor: Visitor | undefined) => Promise<BroughtBy | Rejection>

export function createSourceOf({ owner, takesGuests, concerns }: BringingParts): SourceOf {
  return async (event, visitor) => {
    // Of an unclaimed node nobody is the owner: the door says what to do.
    if (visitor === undefined || event.pubkey === owner() || owner() === undefined) return { via: 'client', visitor }
    if (visitor.role !== 'owner') return { via: 'guest', visitor }
    // The key that signs a gift wrap is nobody's (NIP-59); who is to get it says whether it is on its way out.
    const isOutgoing = isGiftWrap(event.kind) && tagValues(event, 'p').some(pubkey => pubkey !== owner())
    if (isOutgoing) return { via: 'client', sealed: true }
    if (await concerns(event)) return { via: 'offer' }
    // Of no use to the owner, and yet kept where everybody's is.
    return takesGuests ? { via: 'guest', visitor } : NO_CONCERN
  }
}

const NO_CONCERN = reject(
  'not-for-us',
  'This event is not by you, and it is not kept: it neither names you nor belongs to a post of yours, and you do not follow its author.',
)
