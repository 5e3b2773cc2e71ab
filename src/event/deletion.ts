/** What a deletion event names (NIP-09). */

import type { NostrEvent } from './event.ts'
import { isHex32 } from './hex.ts'
import { KIND } from './kinds.ts'
import { MAX_KIND } from './limits.ts'
import { type Address, addressOf } from './order.ts'

export interface DeletionTargets {
  readonly ids: readonly string[]
  /** Only the author's own addresses count; each covers the versions up to the deletion's `created_at`. */
  readonly addresses: readonly Address[]
}

/** The targets of a kind 5 event; what is not of the form NIP-09 gives is passed over. */
export function deletionTargets(deletion: NostrEvent): DeletionTargets {
  const ids: string[] = []
  const addresses: Address[] = []
  for (const [name, value] of deletion.tags) {
    if (name === 'e' && isHex32(value)) ids.push(value)
    if (name === 'a' && value !== undefined) {
      const address = parseAddress(value)
      if (address !== undefined && address.pubkey === deletion.pubkey) addresses.push(address)
    }
  }
  return { ids, addresses }
}

/** Whether this deletion removes this event: same author, named, and never another deletion (NIP-09). */
export function deletes(deletion: NostrEvent, event: NostrEvent): boolean {
  if (deletion.pubkey !== event.pubkey || event.kind === KIND.deletion) return false
  const { ids, addresses } = deletionTargets(deletion)
  if (ids.includes(event.id)) return true
  const own = addressOf(event)
  if (own === undefined || event.created_at > deletion.created_at) return false
  return addresses.some(named => named.kind === own.kind && named.d === own.d)
}

/** `kind:pubkey:d` as in an `a` tag (NIP-01); undefined if it is not one. */
export function parseAddress(text: string): Address | undefined {
  const parts = /^(0|[1-9]\d{0,4}):([0-9a-f]{64}):(.*)$/s.exec(text)
  if (parts === null || Number(parts[1]) > MAX_KIND) return undefined
  return { kind: Number(parts[1]), pubkey: parts[2]!, d: parts[3]! }
}
