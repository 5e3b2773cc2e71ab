/** Whose node this is, and how that is proved: by a binding in the store, which the owner's client has signed. */
import { bindingFault, bindingName, bindsNode, boundNode } from '../event/binding.ts'
import { expirationOf, type NostrEvent, type VerifiedEvent } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import { supersedes } from '../event/order.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
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

/** Bindings whose date is remembered, so that an older one of the same node does not count again; as many as nodes. */
const MAX_REMEMBERED = 10_000

/**
 * Checks the binding that another node shows, which is to be its owner's newest one.
 * @returns until when it proves that the node is the owner's, milliseconds since 1970; or why it does not
 */
export type CheckBinding = (binding: Uint8Array, owner: string, node: string) => Promise<number | Rejection>

export function createBindingCheck(
  verify: (event: NostrEvent, priority: 'wanted' | 'offered') => Promise<VerifiedEvent | Rejection>,
  events: Pick<EventStore, 'isDeleted'>,
  clock: Clock,
): CheckBinding {
  /** Owner and node → the newest binding that was good, the latest seen last. */
  const newest = new Map<string, Pick<NostrEvent, 'created_at' | 'id'>>()

  function remember(key: string, { created_at, id }: NostrEvent): void {
    newest.delete(key)
    newest.set(key, { created_at, id })
    if (newest.size > MAX_REMEMBERED) newest.delete(newest.keys().next().value!)
  }

  function refusal(event: NostrEvent, owner: string, node: string): Rejection | undefined {
    if (event.pubkey !== owner) return reject('not-owner', 'The binding is not by the owner that the node names.')
    if (boundNode(event) !== node) return reject('not-for-us', 'The binding is for another node.')
    const now = nowSeconds(clock)
    const wrong = bindingFault(event, now) ?? checkClock(event, now)
    if (wrong !== undefined) return wrong
    if (events.isDeleted(event as VerifiedEvent)) return reject('deleted', 'The owner has withdrawn the binding.')
    const later = newest.get(`${owner} ${node}`)
    if (later === undefined || !supersedes(later, event)) return undefined
    return reject(
      'too-old',
      'The owner has signed a newer binding of this node; the older one does not count any more.',
    )
  }

  return async (binding, owner, node) => {
    const event = decodeEvent(binding)
    if (isRejection(event)) return event
    const refused = refusal(event, owner, node)
    if (refused !== undefined) return refused
    // Bindings are few, and one that is given up under load would leave the owner's place to a forger.
    const verified = await verify(event, 'wanted')
    if (isRejection(verified)) return verified
    // Meanwhile a newer one or a deletion may have come.
    const late = refusal(event, owner, node)
    if (late !== undefined) return late
    remember(`${owner} ${node}`, verified)
    return expirationOf(verified)! * 1000
  }
}
