/** A client's event → the one door (stored with its pending deliveries) → answer → on its way. */
import { boundNode } from '../event/binding.ts'
import type { NostrEvent } from '../event/event.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { parseEvent } from '../event/verify.ts'
import type { OnActivity } from '../observe/activity.ts'
import type { Accept, Accepted } from './accept.ts'
import { type BringingParts, createSourceOf } from './bringing.ts'
import type { Route } from './route.ts'
import type { Spread } from './spread.ts'
import type { Visitor } from './visitor.ts'

/** What the client is told: what the node did with the event and where it goes from here. */
export interface Published {
  readonly id: string
  /** `passed`: an ephemeral event, sent on and not stored. The others as in the store. */
  readonly result: 'stored' | 'duplicate' | 'superseded' | 'passed'
  readonly route: Route
  /** A sentence for the client where it did not go the way of the owner's own; empty otherwise. */
  readonly note: string
}

/**
 * @param input an event as the client sent it, parsed from JSON and otherwise unchecked
 * @param visitor who brings it, at the relay; without one its signature alone speaks for it
 */
export type Publish = (input: unknown, visitor?: Visitor) => Promise<Published | Rejection>

export interface PublishParts extends BringingParts {
  readonly accept: Accept
  readonly spread: Spread
  readonly onActivity: OnActivity
  /** Told when a new event of the owner is in: it may change what peers are shown of this node. */
  readonly onAccepted: (event: NostrEvent) => void
}

const KEPT_FOR_OWNER = 'kept for you, and not passed on: it is not yours'
const KEPT_AT_RELAY = 'kept at this relay, and not passed on to other nodes'

export function createPublish(parts: PublishParts): Publish {
  const { accept, spread, onActivity, onAccepted } = parts

  const sourceOf = createSourceOf(parts)

  function spreadOwn(accepted: Accepted): void {
    const { event, route } = accepted
    onActivity({ what: 'published', event, ...route })
    // Sending goes on by itself: what fails or is cut off is pending in the store and will be sent again.
    spread(accepted)
  }

  return async (input, visitor) => {
    const event = parseEvent(input)
    if (isRejection(event)) return event
    const source = await sourceOf(event, visitor)
    if (isRejection(source)) return source
    const accepted = await accept(event, source)
    if (isRejection(accepted)) return accepted
    const { result, route } = accepted
    if (result === 'superseded' && boundNode(event) !== undefined) {
      return reject('too-old', 'A newer binding of that node is here, so this one changes nothing. Sign a new one.')
    }
    const isNew = result === 'stored' || result === 'passed'
    if (isNew) onAccepted(event)
    if (source.via === 'client') {
      if (isNew) spreadOwn(accepted)
      return { id: event.id, result, route, note: '' }
    }
    const note = source.via === 'offer' ? KEPT_FOR_OWNER : KEPT_AT_RELAY
    return { id: event.id, result, route: NOWHERE, note: result === 'stored' ? note : '' }
  }
}

const NOWHERE: Route = { broadcast: false, to: [] }
