/** The binding: the owner's signed word that a node is theirs (specification/event.md, E11). */
import { type EventTemplate, expirationOf, type NostrEvent, tagValue } from './event.ts'
import { KIND } from './kinds.ts'
import { type Rejection, reject } from './rejection.ts'

const D_PREFIX = 'nostrp2p/node/'

/** The `d` tag of the binding of this node. */
export function bindingName(nodePeerId: string): string {
  return `${D_PREFIX}${nodePeerId}`
}

const DAY_SECONDS = 24 * 3600
/** How long a new binding counts, in seconds: half a year, so that a lost node ages out. */
export const BINDING_SECONDS = 180 * DAY_SECONDS
/** The longest that one may count, from its date: what is remembered of owners and bindings has an end by that. */
export const MAX_BINDING_SECONDS = 400 * DAY_SECONDS
/** How long before the end a node asks for a new one. */
export const RENEWAL_SECONDS = 30 * DAY_SECONDS

/**
 * The event that the owner's client signs to claim the node with this peer ID (NIP-78, NIP-40).
 * @param seconds how long it counts, at most `MAX_BINDING_SECONDS`
 */
export function bindingTemplate(nodePeerId: string, nowSeconds: number, seconds = BINDING_SECONDS): EventTemplate {
  return {
    kind: KIND.appData,
    created_at: nowSeconds,
    tags: [
      ['d', bindingName(nodePeerId)],
      ['expiration', String(nowSeconds + seconds)],
    ],
    content: '',
  }
}

/**
 * The deletion that takes back every binding of this node dated up to `nowSeconds` (NIP-09). By address: a deletion by id
 * says nothing to those who know another version.
 */
export function withdrawalTemplate(owner: string, nodePeerId: string, nowSeconds: number): EventTemplate {
  return {
    kind: KIND.deletion,
    created_at: nowSeconds,
    tags: [
      ['a', `${KIND.appData}:${owner}:${bindingName(nodePeerId)}`],
      ['k', String(KIND.appData)],
    ],
    content: '',
  }
}

/** Whether an addressable event of this kind and `d` tag is a binding. */
export function isBindingName(kind: number, d: string): boolean {
  return kind === KIND.appData && d.startsWith(D_PREFIX)
}

/** The node peer ID that a binding names; undefined for any other event. */
export function boundNode(event: Pick<NostrEvent, 'kind' | 'tags'>): string | undefined {
  const d = tagValue(event, 'd')
  return d !== undefined && isBindingName(event.kind, d) ? d.slice(D_PREFIX.length) : undefined
}

/** What keeps a binding from binding whatever node it names at this time; undefined when nothing does (E11.2). */
export function bindingFault(
  event: Pick<NostrEvent, 'created_at' | 'tags'>,
  nowSeconds: number,
): Rejection | undefined {
  const expiration = expirationOf(event)
  if (expiration === undefined) {
    return reject(
      'malformed',
      'A binding needs an expiration tag with the time at which it ends, in seconds since 1970.',
    )
  }
  if (expiration <= nowSeconds) return reject('expired', 'The binding has expired. The owner has to sign a new one.')
  if (expiration - event.created_at > MAX_BINDING_SECONDS) {
    return reject(
      'malformed',
      `A binding may count for ${MAX_BINDING_SECONDS / DAY_SECONDS} days; this one runs longer.`,
    )
  }
  return undefined
}

/** Whether this event, already verified, binds this node to its author at this time. */
export function bindsNode(event: NostrEvent, nodePeerId: string, nowSeconds: number): boolean {
  return boundNode(event) === nodePeerId && bindingFault(event, nowSeconds) === undefined
}
