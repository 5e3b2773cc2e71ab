/** The node as `bind` talks to it: asks how it stands with the binding, posts what was signed. */
import type { VerifiedEvent } from '../event/event.ts'
import { parsePublicKey } from '../event/keys.ts'
import { isRejection } from '../event/rejection.ts'
import type { BindingState } from '../wire/binding-report.ts'
import { call, type Failed, hiding, isFailed, type NodeAccess } from './node-call.ts'

/** What `bind` needs of `GET /binding`. */
export interface NodeBinding {
  /** Node peer ID. */
  readonly node: string
  /** Public key in hex; undefined while the node is unclaimed. */
  readonly owner: string | undefined
  readonly state: BindingState
  /** The date for the next binding or withdrawal: later than what it replaces. Seconds since 1970. */
  readonly date: number
}

const NODE_ID = /^[1-9A-HJ-NP-Za-km-z]{40,64}$/

export async function askBinding(access: NodeAccess): Promise<NodeBinding | Failed> {
  const answer = await call(access, '/binding', {})
  if (isFailed(answer)) return answer
  const { node, owner, state, event } = answer
  const date = typeof event === 'object' && event !== null && 'created_at' in event ? event.created_at : undefined
  const pubkey = typeof owner === 'string' ? parsePublicKey(owner) : undefined
  if (typeof node !== 'string' || !NODE_ID.test(node) || typeof date !== 'number' || isRejection(pubkey)) {
    return { failed: `What answers at ${hiding(access.url)} is not a node of nostrp2p that can be bound.` }
  }
  return { node, owner: pubkey, state: state as BindingState, date }
}

export async function post(access: NodeAccess, event: VerifiedEvent): Promise<Failed | undefined> {
  const answer = await call(access, '/publish', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(event),
  })
  return isFailed(answer) ? answer : undefined
}
