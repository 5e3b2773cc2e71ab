/** The binding: the owner's signed word that a node is theirs (design: "Two addresses"). */
import { type EventTemplate, expirationOf, type NostrEvent, tagValue } from './event.ts'
import { KIND } from './kinds.ts'

const D_PREFIX = 'nostrp2p/node/'

/** The `d` tag of the binding of this node. */
export function bindingName(nodePeerId: string): string {
  return `${D_PREFIX}${nodePeerId}`
}

/** How long a new binding counts, in seconds: half a year, so that a lost node ages out. */
export const BINDING_SECONDS = 180 * 24 * 3600

/** The event that the owner's client signs to claim the node with this peer ID (NIP-78, NIP-40). */
export function bindingTemplate(nodePeerId: string, nowSeconds: number): EventTemplate {
  return {
    kind: KIND.appData,
    created_at: nowSeconds,
    tags: [
      ['d', bindingName(nodePeerId)],
      ['expiration', String(nowSeconds + BINDING_SECONDS)],
    ],
    content: '',
  }
}

/** Whether an addressable event of this kind and `d` tag is a binding. */
export function isBindingName(kind: number, d: string): boolean {
  return kind === KIND.appData && d.startsWith(D_PREFIX)
}

/** The node peer ID that a binding names; undefined for any other event. */
export function boundNode(event: NostrEvent): string | undefined {
  const d = tagValue(event, 'd')
  return d !== undefined && isBindingName(event.kind, d) ? d.slice(D_PREFIX.length) : undefined
}

/** Whether this event, already verified, binds this node to its author at this time. A readable expiration is required. */
export function bindsNode(event: NostrEvent, nodePeerId: string, nowSeconds: number): boolean {
  const expiration = expirationOf(event)
  return boundNode(event) === nodePeerId && expiration !== undefined && expiration > nowSeconds
}
