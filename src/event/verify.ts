/** unknown → NostrEvent → VerifiedEvent. Cheap checks first, the signature last. */
import { eventId, isExpired, type NostrEvent, type Tag, type VerifiedEvent } from './event.ts'
import { isHex32, isHex64 } from './hex.ts'
import {
  MAX_ALL_TAG_ELEMENTS,
  MAX_CREATED_AT,
  MAX_EVENT_BYTES,
  MAX_FUTURE_SECONDS,
  MAX_KIND,
  MAX_TAG_ELEMENT_BYTES,
  MAX_TAG_ELEMENTS,
  MAX_TAGS,
} from './limits.ts'
import { type Rejection, reject } from './rejection.ts'

/** Whether a BIP-340 signature is right; arguments are lower-case hex. Must not throw. */
export type SignatureCheck = (sig: string, id: string, pubkey: string) => boolean

/**
 * Rebuilds an event from the seven fields of NIP-01 and checks types, hex, and sizes; whatever else the input
 * carried is left behind. The result is frozen, so that what was checked stays what it is.
 */
export function parseEvent(input: unknown): NostrEvent | Rejection {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return reject('malformed', 'An event is a JSON object.')
  }
  const { id, pubkey, created_at, kind, tags, content, sig } = input as Record<string, unknown>
  if (!isHex32(id)) return reject('malformed', 'The id must be 64 lower-case hex digits.')
  if (!isHex32(pubkey)) return reject('malformed', 'The pubkey must be 64 lower-case hex digits.')
  if (!isHex64(sig)) return reject('malformed', 'The sig must be 128 lower-case hex digits.')
  return parseFields({ id, pubkey, created_at, kind, tags, content, sig })
}

/** The part of `parseEvent` that is left when id, pubkey and sig are known to be hex of the right length. */
export function parseFields(fields: {
  id: string
  pubkey: string
  sig: string
  created_at: unknown
  kind: unknown
  tags: unknown
  content: unknown
}): NostrEvent | Rejection {
  const { id, pubkey, created_at, kind, content, sig } = fields
  if (!isWholeNumber(created_at, MAX_CREATED_AT)) {
    return reject('malformed', 'created_at must be a whole number of seconds since 1970, not negative.')
  }
  if (!isWholeNumber(kind, MAX_KIND))
    return reject('malformed', `The kind must be a whole number from 0 to ${MAX_KIND}.`)
  if (typeof content !== 'string') return reject('malformed', 'The content must be a string.')
  if (content.length > MAX_EVENT_BYTES) return tooLarge()
  if (!content.isWellFormed()) return reject('malformed', 'The content holds half of a surrogate pair.')
  const tags = parseTags(fields.tags)
  if ('rejected' in tags) return tags
  if (utf8Length(content) + tags.bytes > MAX_EVENT_BYTES) return tooLarge()
  return Object.freeze({ id, pubkey, created_at, kind, tags: tags.tags, content, sig })
}

function parseTags(input: unknown): { tags: readonly Tag[]; bytes: number } | Rejection {
  if (!Array.isArray(input)) return reject('malformed', 'The tags must be an array of arrays of strings.')
  if (input.length > MAX_TAGS)
    return reject('too-large', `An event may have ${MAX_TAGS} tags; this one has ${input.length}.`)
  let bytes = 0
  let elements = 0
  const tags: Tag[] = []
  for (const tag of input) {
    if (!Array.isArray(tag) || tag.length === 0)
      return reject('malformed', 'A tag must be an array of one or more strings.')
    if (tag.length > MAX_TAG_ELEMENTS) return reject('too-large', `A tag may have ${MAX_TAG_ELEMENTS} elements.`)
    elements += tag.length
    if (elements > MAX_ALL_TAG_ELEMENTS)
      return reject('too-large', `All tags together may have ${MAX_ALL_TAG_ELEMENTS} elements.`)
    for (const element of tag) {
      if (typeof element !== 'string') return reject('malformed', 'A tag must be an array of one or more strings.')
      if (element.length > MAX_TAG_ELEMENT_BYTES || utf8Length(element) > MAX_TAG_ELEMENT_BYTES) {
        return reject('too-large', `An element of a tag may have ${MAX_TAG_ELEMENT_BYTES} bytes.`)
      }
      if (!element.isWellFormed()) return reject('malformed', 'A tag holds half of a surrogate pair.')
      bytes += utf8Length(element)
    }
    if (bytes > MAX_EVENT_BYTES) return tooLarge()
    tags.push(Object.freeze([...tag]))
  }
  return { tags: Object.freeze(tags), bytes }
}

/**
 * What depends on the clock: not more than 15 minutes ahead, and not expired (NIP-40).
 * @param nowSeconds the node's clock, seconds since 1970
 */
export function checkClock(event: NostrEvent, nowSeconds: number): Rejection | undefined {
  if (event.created_at > nowSeconds + MAX_FUTURE_SECONDS) {
    return reject(
      'from-future',
      'created_at is more than 15 minutes ahead of this node. Check the clock of the device.',
    )
  }
  if (isExpired(event, nowSeconds))
    return reject('expired', 'The event has expired (its expiration tag is in the past).')
  return undefined
}

/** The id must be the hash of the fields (NIP-01). Costs a microsecond; do it before anything expensive. */
export function checkId(event: NostrEvent): Rejection | undefined {
  if (eventId(event) === event.id) return undefined
  return reject('bad-id', 'The id is not the hash of the event.')
}

/** Id, then signature. The only place that makes a `VerifiedEvent`. */
export function verifyEvent(event: NostrEvent, check: SignatureCheck): VerifiedEvent | Rejection {
  return checkId(event) ?? verifySignature(event, check)
}

/** The signature alone, for an event whose id was compared with its hash already. */
export function verifySignature(event: NostrEvent, check: SignatureCheck): VerifiedEvent | Rejection {
  if (check(event.sig, event.id, event.pubkey)) return event as VerifiedEvent
  return reject('bad-signature', 'Invalid Sig: the signature is not by the pubkey over the id.')
}

function isWholeNumber(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
}

function tooLarge(): Rejection {
  return reject('too-large', `An event may have ${MAX_EVENT_BYTES} bytes.`)
}

/** UTF-8 length without encoding. */
function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x800) bytes += unit >= 0xd800 && unit <= 0xdfff ? 1 : 2
    else if (unit >= 0x80) bytes += 1
  }
  return bytes
}
