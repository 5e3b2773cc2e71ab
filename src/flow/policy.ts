/** Which events are welcome from where. Small pure rules, cheap ones first; each gives a rejection or nothing. */
import { bindingFault, boundNode } from '../event/binding.ts'
import type { NostrEvent } from '../event/event.ts'
import { matches } from '../event/filter.ts'
import { isHex32 } from '../event/hex.ts'
import { npubOf } from '../event/keys.ts'
import { KIND, travelOf } from '../event/kinds.ts'
import { MAX_RECIPIENTS } from '../event/limits.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import { checkClock } from '../event/verify.ts'
import { encodeEvent } from '../wire/event-codec.ts'
import { MAX_BINDING_BYTES } from '../wire/limits.ts'
import { isShared, type Route } from './route.ts'
import type { Source } from './source.ts'
import { isInScope } from './sync-scope.ts'
import { isPublicForm } from './visibility.ts'

/** What the rules know of this node at the moment. */
export interface Circumstances {
  /** Public key in hex; undefined while the node is unclaimed. */
  readonly owner: string | undefined
  readonly writable: boolean
  /** Seconds since 1970. */
  readonly nowSeconds: number
}

type Rule = (event: NostrEvent, route: Route, source: Source, here: Circumstances) => Rejection | undefined

/** Gossip is for news; what is older comes by fetch and sync. A week covers a node that was offline with posts to send. */
const GOSSIP_SECONDS = 7 * 24 * 3600

const UNCLAIMED = reject(
  'unclaimed',
  'This node has no owner yet. Claim it first: open the link that the node printed at its start.',
)

/** In this order; the first rejection counts. */
const RULES: readonly Rule[] = [
  // A node that takes no writes says so before it looks at anything (original: 406 before any other check).
  (_, __, source, here) => {
    if (ASKS_TO_WRITE.has(source.via) && !here.writable) return reject('write-denied', 'Write is denied')
    return undefined
  },

  (_, __, source, here) => {
    if (here.owner !== undefined || (!ASKS_TO_WRITE.has(source.via) && source.via !== 'deliver')) return undefined
    return UNCLAIMED
  },

  (event, _, source, here) => {
    if ((source.via !== 'client' && source.via !== 'import') || source.sealed || event.pubkey === here.owner)
      return undefined
    return ownersOnly(here.owner, event)
  },

  (event, _, source, here) => {
    const late = checkClock(event, here.nowSeconds)
    // The owner's other node has taken it already: the two keep the same, whatever their clocks say.
    return source.via === 'own-node' && late?.rejected === 'from-future' ? undefined : late
  },

  // A client that signs what binds nothing must hear it, and not only see that the node stays unproven.
  (event, _, source, here) => {
    if (source.via !== 'client' || boundNode(event) === undefined) return undefined
    if (encodeEvent(event).length > MAX_BINDING_BYTES) {
      return reject('too-large', `A binding may have ${MAX_BINDING_BYTES} bytes; it needs no content.`)
    }
    return bindingFault(event, here.nowSeconds)
  },

  // A reply whose address is misspelt must not become a public post. A guest's event goes nowhere, and is what it is.
  (event, _, source) => {
    if (source.via === 'guest' || !ADDRESSING.has(travelOf(event.kind))) return undefined
    const wrong = event.tags.some(tag => tag[0] === 'p' && !isHex32(tag[1]))
    return wrong ? reject('malformed', 'A p tag must name a public key: 64 lower-case hex digits.') : undefined
  },

  (_, route, source) => {
    if (route.to.length <= MAX_RECIPIENTS || source.via === 'guest' || source.via === 'offer') return undefined
    return reject(
      'too-large',
      `An event may be addressed to ${MAX_RECIPIENTS} people; this one names ${route.to.length}.`,
    )
  },

  (event, _, source) => {
    if (source.via !== 'client' || event.kind !== KIND.post || event.content !== '') return undefined
    return reject('malformed', 'Content is required')
  },

  (event, _, source) => {
    if ((!ASKS_TO_WRITE.has(source.via) && source.via !== 'own-node') || !PROOFS.has(event.kind)) return undefined
    return reject('malformed', 'An event of this kind proves who you are to one server. It is not for publishing.')
  },

  (event, route, source, here) => {
    if (source.via !== 'gossip') return undefined
    if (!route.broadcast)
      return reject('not-public', 'An event of this kind is not for everybody and must not be gossiped.')
    return isNews(event, here.nowSeconds) ? undefined : reject('too-old', 'Too old for gossip.')
  },

  (event, route, source, here) => {
    if (source.via !== 'deliver') return undefined
    // A deletion may name what this node never had; it must be known here in case that comes later.
    if (event.kind === KIND.deletion && event.pubkey !== here.owner) return undefined
    if (here.owner !== undefined && route.to.includes(here.owner)) return undefined
    return reject('not-for-us', 'This event is not addressed to the owner of this node.')
  },

  (event, route, source) => {
    if (source.via !== 'fetch') return undefined
    if (!isShared(event, route)) return reject('not-public', 'An event of this kind is not handed out.')
    return matches(source.filter, event) ? undefined : reject('not-asked', 'That is not what was asked for.')
  },

  (event, _, source) => {
    if (source.via !== 'sync') return undefined
    const wasAsked = isInScope(source.scope, event) && (source.id === undefined || source.id === event.id)
    if (!wasAsked) return reject('not-asked', 'That is not what was asked for.')
    return isPublicForm(event)
      ? undefined
      : reject('not-public', 'An event of this kind does not go by synchronisation.')
  },
]

/** Ways in by which clients bring events. */
export const ASKS_TO_WRITE: ReadonlySet<Source['via']> = new Set(['client', 'import', 'offer', 'guest'])
/** Kinds whose `p` tags decide who gets the event. */
const ADDRESSING: ReadonlySet<string> = new Set(['post', 'reaction', 'gift', 'addressed'])
const PROOFS: ReadonlySet<number> = new Set([KIND.clientAuth, KIND.httpAuth])

export function judge(event: NostrEvent, route: Route, source: Source, here: Circumstances): Rejection | undefined {
  for (const rule of RULES) {
    const rejection = rule(event, route, source, here)
    if (rejection !== undefined) return rejection
  }
  return undefined
}

/** The refusal of an event that only the owner could have published here. */
export function ownersOnly(owner: string | undefined, event: NostrEvent): Rejection {
  if (owner === undefined) return UNCLAIMED
  const reason = `This node takes events of its owner only (${npubOf(owner)}); this one is by ${npubOf(event.pubkey)}.`
  return reject('not-owner', reason)
}

/** Whether the event is young enough for gossip. */
export function isNews(event: NostrEvent, nowSeconds: number): boolean {
  return event.created_at >= nowSeconds - GOSSIP_SECONDS
}
