/** Where an event goes: the one pure function, from the one table of kinds. */
import { boundNode, isBindingName } from '../event/binding.ts'
import { deletionTargets } from '../event/deletion.ts'
import { hasTag, isProtected, type NostrEvent, tagValues } from '../event/event.ts'
import { isHex32 } from '../event/hex.ts'
import { KIND, travelOf } from '../event/kinds.ts'

export interface Route {
  /** Gossiped to the whole overlay. */
  readonly broadcast: boolean
  /** Sent to the nodes of these owners (public keys), the author left out. */
  readonly to: readonly string[]
}

const KEPT: Route = { broadcast: false, to: [] }
const EVERYBODY: Route = { broadcast: true, to: [] }

/**
 * @param lookUp finds an event that this node holds; a deletion takes the way of what it deletes
 */
export function routeOf(event: NostrEvent, lookUp: (id: string) => NostrEvent | undefined): Route {
  const route = travel(event, lookUp)
  // NIP-70: never passed on by others, so never gossiped; a unicast goes from the author's node to the recipient.
  return isProtected(event) ? { broadcast: false, to: route.to } : route
}

/** Whether a node hands this event to anybody who asks: what is public, and what is kept for asking. */
export function isShared(event: NostrEvent, route: Route): boolean {
  return (
    route.broadcast || (travelOf(event.kind) === 'kept' && route.to.length === 0) || isPublicButProtected(event, route)
  )
}

/** A protected post is not gossiped, yet it is for everybody who asks its author (NIP-70). */
function isPublicButProtected(event: NostrEvent, route: Route): boolean {
  if (!isProtected(event) || route.to.length > 0) return false
  const travel = travelOf(event.kind)
  return travel === 'broadcast' || travel === 'post' || travel === 'deletion'
}

function travel(event: NostrEvent, lookUp: (id: string) => NostrEvent | undefined): Route {
  switch (travelOf(event.kind)) {
    case 'broadcast':
      return EVERYBODY
    case 'post':
      // A quote is for everybody although it names the quoted author.
      return hasTag(event, 'q') ? EVERYBODY : toNamedOrEverybody(event)
    case 'addressed':
      return toNamedOrEverybody(event)
    case 'gift':
      return { broadcast: false, to: named(event) }
    case 'reaction':
      // The liked post's author is the last `p` tag (NIP-25).
      return { broadcast: false, to: others(event, tagValues(event, 'p').slice(-1)) }
    case 'deletion':
      return deletionRoute(event, lookUp)
    case 'kept':
    case 'private':
      return KEPT
  }
}

function toNamedOrEverybody(event: NostrEvent): Route {
  const to = named(event)
  return to.length > 0 ? { broadcast: false, to } : EVERYBODY
}

/** Broadcast what was broadcast, unicast to whoever got a unicast; what is unknown here was perhaps broadcast. */
function deletionRoute(deletion: NostrEvent, lookUp: (id: string) => NostrEvent | undefined): Route {
  const { ids, addresses } = deletionTargets(deletion)
  let broadcast = addresses.some(({ kind, d }) => travelOf(kind) === 'broadcast' || isBindingName(kind, d))
  const to = new Set<string>()
  for (const id of ids) {
    const target = lookUp(id)
    // A deletion cannot be deleted (NIP-09), so it has no way to follow either.
    if (target?.kind === KIND.deletion) continue
    const isKnown = target !== undefined && target.pubkey === deletion.pubkey
    // A binding is kept, but everybody was shown it: the withdrawal of a node is for everybody.
    const route = isKnown && boundNode(target) === undefined ? routeOf(target, lookUp) : EVERYBODY
    broadcast ||= route.broadcast
    for (const pubkey of route.to) to.add(pubkey)
  }
  return { broadcast, to: [...to] }
}

function named(event: NostrEvent): string[] {
  return others(event, tagValues(event, 'p'))
}

function others(event: NostrEvent, pubkeys: readonly string[]): string[] {
  return [...new Set(pubkeys)].filter(pubkey => isHex32(pubkey) && pubkey !== event.pubkey)
}
