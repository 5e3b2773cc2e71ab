/** A relay that takes nothing from others than the owner, as parts of the one door. */
import { reject } from '../../src/event/rejection.ts'
import type { AcceptParts } from '../../src/flow/accept.ts'

export const NO_GUESTS: Pick<AcceptParts, 'guests' | 'isOwnRelay'> = {
  guests: { judge: () => reject('not-owner', 'Guests are not welcome.'), charge: () => undefined },
  isOwnRelay: () => false,
}
