/** Which event comes first, and which of two replaceable events stays. */
import { type NostrEvent, tagValue } from './event.ts'
import { classOf } from './kinds.ts'

type Dated = Pick<NostrEvent, 'created_at' | 'id'>

/** Sorts newest first; of two of the same second the lower id first (NIP-01). */
export function newestFirst(a: Dated, b: Dated): number {
  if (a.created_at !== b.created_at) return b.created_at - a.created_at
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** Whether `a` takes the place of `b` where only one may stay: the newer one, on a tie the lower id (NIP-01). */
export function supersedes(a: Dated, b: Dated): boolean {
  return newestFirst(a, b) < 0
}

/** What a replaceable event replaces: author, kind, and the `d` tag of an addressable one (NIP-01). */
export interface Address {
  readonly kind: number
  readonly pubkey: string
  /** Empty for the replaceable kinds, which have no `d` tag. */
  readonly d: string
}

/** The event's address, or undefined for kinds that are not replaced. */
export function addressOf(event: Pick<NostrEvent, 'kind' | 'pubkey' | 'tags'>): Address | undefined {
  const kindClass = classOf(event.kind)
  if (kindClass === 'replaceable') return { kind: event.kind, pubkey: event.pubkey, d: '' }
  if (kindClass === 'addressable') return { kind: event.kind, pubkey: event.pubkey, d: tagValue(event, 'd') ?? '' }
  return undefined
}
