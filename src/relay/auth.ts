/** NIP-42: whether an AUTH event proves a key to this relay and to no other. */
import { type NostrEvent, tagValue, type VerifiedEvent } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { checkId, parseEvent } from '../event/verify.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'

export interface AuthParts {
  /** Whether this is an address of the relay itself. */
  readonly isOwnUrl: (url: string) => boolean
  /** Checks the signature of an event whose form and id are right. */
  readonly verify: (event: NostrEvent) => Promise<VerifiedEvent | Rejection>
  readonly clock: Clock
  /** How far the time may be off, in seconds. */
  readonly windowSeconds: number
}

/** @param challenge that this connection was given; undefined while it was given none */
export type CheckAuth = (input: unknown, challenge: string | undefined) => Promise<VerifiedEvent | Rejection>

export function createCheckAuth({ isOwnUrl, verify, clock, windowSeconds }: AuthParts): CheckAuth {
  function faultOf(event: NostrEvent, challenge: string | undefined): string | undefined {
    if (event.kind !== KIND.clientAuth) return `An AUTH event is of kind ${KIND.clientAuth} (NIP-42).`
    if (Math.abs(event.created_at - nowSeconds(clock)) > windowSeconds) {
      return `The AUTH event is more than ${windowSeconds} s away from the node's clock. Check the clock of the device.`
    }
    if (challenge === undefined || tagValue(event, 'challenge') !== challenge)
      return 'The AUTH event answers another challenge.'
    if (!isOwnUrl(tagValue(event, 'relay') ?? '')) {
      return 'The AUTH event is for another relay: its relay tag is not an address that this node knows as its own.'
    }
    return undefined
  }

  return async (input, challenge) => {
    const event = parseEvent(input)
    if (isRejection(event)) return event
    const fault = faultOf(event, challenge)
    if (fault !== undefined) return reject('malformed', fault)
    return checkId(event) ?? verify(event)
  }
}
