/** Whose node this is, and how that is proved: by a binding in the store, which the owner's client has signed. */
import { bindingName, bindsNode, boundNode } from '../event/binding.ts'
import { expirationOf, type NostrEvent, type VerifiedEvent } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import { isRejection, type Rejection } from '../event/rejection.ts'
import { checkClock } from '../event/verify.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { EventStore } from '../store/store.ts'
import { decodeEvent, encodeEvent } from '../wire/event-codec.ts'
import { MAX_BINDING_BYTES } from '../wire/limits.ts'

export interface Identity {
  /** Public key in hex; undefined while the node is unclaimed. */
  owner(): string | undefined
  /** The binding, while it counts. */
  binding(): VerifiedEvent | undefined
  /** The binding as peers are shown it. */
  encodedBinding(): Uint8Array | null
  /** ISO date until which the binding counts; undefined without one. */
  bindingExpires(): string | undefined
  /** Whether an accepted event of the owner may change what peers are shown: a binding of this node, or a deletion. */
  concerns(event: NostrEvent): boolean
  /** Makes this key the owner, for good. */
  claim(owner: string): void
}

export function createIdentity(
  node: string,
  firstOwner: string | undefined,
  events: Pick<EventStore, 'newest'>,
  clock: Clock,
): Identity {
  let owner = firstOwner
  const binding = () => {
    if (owner === undefined) return undefined
    const held = events.newest(owner, KIND.appData, bindingName(node))?.event
    if (held === undefined || !bindsNode(held, node, nowSeconds(clock))) return undefined
    // A larger one proves nothing to peers, and would make the announcement too large to be passed on.
    return encodeEvent(held).length <= MAX_BINDING_BYTES ? held : undefined
  }
  return {
    owner: () => owner,
    binding,
    encodedBinding: () => {
      const held = binding()
      return held === undefined ? null : encodeEvent(held)
    },
    bindingExpires: () => {
      const held = binding()
      return held === undefined ? undefined : new Date(expirationOf(held)! * 1000).toISOString()
    },
    concerns: event => event.kind === KIND.deletion || boundNode(event) === node,
    claim(pubkey) {
      owner = pubkey
    },
  }
}

/**
 * Checks the binding that another node shows.
 * @returns until when it proves that the node is the owner's, milliseconds since 1970; 0 if it does not
 */
export function createBindingCheck(
  verify: (event: NostrEvent, priority: 'wanted' | 'offered') => Promise<VerifiedEvent | Rejection>,
  events: Pick<EventStore, 'isDeleted'>,
  clock: Clock,
): (binding: Uint8Array, owner: string, node: string) => Promise<number> {
  return async (binding, owner, node) => {
    const event = decodeEvent(binding)
    if (isRejection(event) || event.pubkey !== owner) return 0
    const now = nowSeconds(clock)
    if (
      !bindsNode(event, node, now) ||
      checkClock(event, now) !== undefined ||
      events.isDeleted(event as VerifiedEvent)
    )
      return 0
    // Bindings are few, and one that is given up under load would leave the owner's place to a forger.
    const verified = await verify(event, 'wanted')
    return isRejection(verified) ? 0 : expirationOf(verified)! * 1000
  }
}
