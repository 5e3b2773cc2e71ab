/** The event of NIP-01, its canonical serialisation and its id. */
import { sha256Hex } from './sha256.ts'

export type Tag = readonly string[]

/** An event as it stands in NIP-01; hex is lower case. */
export interface NostrEvent {
  readonly id: string
  readonly pubkey: string
  /** Seconds since 1970. */
  readonly created_at: number
  readonly kind: number
  readonly tags: readonly Tag[]
  readonly content: string
  readonly sig: string
}

/** What the author's client decides; the rest follows from the key. */
export type EventTemplate = Pick<NostrEvent, 'created_at' | 'kind' | 'tags' | 'content'>

declare const verified: unique symbol

/**
 * An event whose id and signature were checked. The mark exists for the compiler only, so that a copy with other
 * fields cannot inherit it at run time; `verify.ts` alone hands it out, and the store takes nothing else.
 */
export type VerifiedEvent = NostrEvent & { readonly [verified]: true }

/**
 * The text that the id is the hash of (NIP-01): `[0, pubkey, created_at, kind, tags, content]` without white space.
 * `JSON.stringify` writes the escapes that NIP-01 lists, and `\u00xx` in lower case for the other control characters,
 * as every common implementation does.
 */
export function serialize(event: Omit<NostrEvent, 'id' | 'sig'>): string {
  return JSON.stringify([0, event.pubkey, event.created_at, event.kind, event.tags, event.content])
}

/** The event's id: SHA-256 of the canonical serialisation, lower-case hex (NIP-01). */
export function eventId(event: Omit<NostrEvent, 'id' | 'sig'>): string {
  return sha256Hex(serialize(event))
}

/** The second element of the first tag with this name. */
export function tagValue(event: Pick<NostrEvent, 'tags'>, name: string): string | undefined {
  return event.tags.find(tag => tag[0] === name)?.[1]
}

/** The second elements of all tags with this name. */
export function tagValues(event: Pick<NostrEvent, 'tags'>, name: string): string[] {
  const values: string[] = []
  for (const tag of event.tags) if (tag[0] === name && tag[1] !== undefined) values.push(tag[1])
  return values
}

export function hasTag(event: Pick<NostrEvent, 'tags'>, name: string): boolean {
  return event.tags.some(tag => tag[0] === name)
}

/** When the event stops to count, in seconds (NIP-40); undefined without a readable `expiration` tag. */
export function expirationOf(event: Pick<NostrEvent, 'tags'>): number | undefined {
  const text = tagValue(event, 'expiration')
  if (text === undefined || !/^\d{1,12}$/.test(text)) return undefined
  return Number(text)
}

export function isExpired(event: Pick<NostrEvent, 'tags'>, nowSeconds: number): boolean {
  const expiration = expirationOf(event)
  return expiration !== undefined && expiration <= nowSeconds
}

/** The author forbids others to pass the event on (NIP-70). */
export function isProtected(event: Pick<NostrEvent, 'tags'>): boolean {
  return event.tags.some(tag => tag.length === 1 && tag[0] === '-')
}
