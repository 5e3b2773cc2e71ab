/** A client's event → the one door (stored with its pending deliveries) → answer → on its way. */
import { boundNode } from '../event/binding.ts'
import type { NostrEvent } from '../event/event.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { parseEvent } from '../event/verify.ts'
import type { OnActivity } from '../observe/activity.ts'
import type { Accept } from './accept.ts'
import type { Route } from './route.ts'
import type { Spread } from './spread.ts'

/** What the client is told: what the node did with the event and where it goes from here. */
export interface Published {
  readonly id: string
  /** `passed`: an ephemeral event, sent on and not stored. The others as in the store. */
  readonly result: 'stored' | 'duplicate' | 'superseded' | 'passed'
  readonly route: Route
}

/** @param input an event as the client sent it, parsed from JSON and otherwise unchecked */
export type Publish = (input: unknown) => Promise<Published | Rejection>

export interface PublishParts {
  readonly accept: Accept
  readonly spread: Spread
  readonly onActivity: OnActivity
  /** Told when a new event of the owner is in: it may change what peers are shown of this node. */
  readonly onAccepted: (event: NostrEvent) => void
}

export function createPublish({ accept, spread, onActivity, onAccepted }: PublishParts): Publish {
  return async input => {
    const event = parseEvent(input)
    if (isRejection(event)) return event
    const accepted = await accept(event, { via: 'client' })
    if (isRejection(accepted)) return accepted
    const { result, route } = accepted
    if (result === 'superseded' && boundNode(event) !== undefined) {
      return reject('too-old', 'A newer binding of that node is here, so this one changes nothing. Sign a new one.')
    }
    if (result === 'stored' || result === 'passed') {
      onAccepted(event)
      onActivity({ what: 'published', event, ...route })
      // Sending goes on by itself: what fails or is cut off is pending in the store and will be sent again.
      spread(accepted)
    }
    return { id: event.id, result, route }
  }
}
