/** An unclaimed node gets its owner: the author of the first binding that comes with the one-time claim token. */
import { bindsNode } from '../event/binding.ts'
import type { NostrEvent, VerifiedEvent } from '../event/event.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { checkClock, checkId, parseEvent } from '../event/verify.ts'
import type { OnActivity } from '../observe/activity.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { Identity } from './identity.ts'
import type { Publish, Published } from './publish.ts'

/** @param input a binding event for this node as the client sent it, parsed from JSON and otherwise unchecked */
export type Claim = (input: unknown) => Promise<Published | Rejection>

export interface ClaimParts {
  /** Node peer ID. */
  readonly node: string
  readonly identity: Identity
  readonly verify: (event: NostrEvent, priority: 'wanted' | 'offered') => Promise<VerifiedEvent | Rejection>
  /** Writes the owner to the data directory, so that it stays after a restart. */
  readonly keepOwner: (owner: string) => Promise<void>
  readonly publish: Publish
  readonly clock: Clock
  readonly onActivity: OnActivity
}

export function createClaim({ node, identity, verify, keepOwner, publish, clock, onActivity }: ClaimParts): Claim {
  let claiming = false
  return async input => {
    const event = parseEvent(input)
    if (isRejection(event)) return event
    if (!bindsNode(event, node, nowSeconds(clock))) {
      return reject(
        'malformed',
        `To claim this node, sign an event of kind 30078 with the tags ["d", "nostrp2p/node/${node}"] and ["expiration", a time in the future].`,
      )
    }
    // Everything that publishing would refuse must be refused before the owner is kept, for that is for good.
    const verified = checkClock(event, nowSeconds(clock)) ?? checkId(event) ?? (await verify(event, 'wanted'))
    if (isRejection(verified)) return verified
    // Between two claims at the same time the first one wins; the token is spent from here on.
    if (claiming || identity.owner() !== undefined) return reject('not-owner', 'This node has an owner already.')
    claiming = true
    try {
      await keepOwner(verified.pubkey)
      identity.claim(verified.pubkey)
    } finally {
      claiming = false
    }
    onActivity({ what: 'claimed', owner: verified.pubkey })
    return publish(input)
  }
}
