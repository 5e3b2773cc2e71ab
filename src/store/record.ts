/**
 * An event as the store keeps it (specification/storage.md, "Event record"): a fixed head, tags, content. Written only
 * by the store from verified events, so reading it checks nothing; faster than the overlay's encoding, which must.
 */
import type { NostrEvent, Tag, VerifiedEvent } from '../event/event.ts'
import { isHex32, isHex64 } from '../event/hex.ts'
import type { Mark } from './mark.ts'

export const AT = { id: 0, pubkey: 32, sig: 64, createdAt: 128, kind: 132, tags: 134 } as const
/** The lowest bit of an element's length says that its bytes are lower-case hex of 32 or 64 bytes. */
export const HEX = 1
/** The number of tags (MAX_TAGS, event/limits.ts) stays below it; the mark's number times this is added. */
export const MARK_UNIT = 2048
/** By their numbers in a record; 0 is an event without a mark. */
const MARKS: readonly (Mark | undefined)[] = [undefined, 'open', 'private', 'guest', 'guest-closed']
/** Numbers in a record are below 2^28. */
const MAX_SHIFT = 28

export function encodeRecord(event: NostrEvent, mark?: Mark): Buffer {
  const marked = MARKS.indexOf(mark) * MARK_UNIT + event.tags.length
  const bytes = Buffer.allocUnsafe(
    AT.tags + numberBytes(marked) + tagsBytes(event.tags) + Buffer.byteLength(event.content),
  )
  bytes.write(event.id, AT.id, 'hex')
  bytes.write(event.pubkey, AT.pubkey, 'hex')
  bytes.write(event.sig, AT.sig, 'hex')
  bytes.writeUInt32BE(event.created_at, AT.createdAt)
  bytes.writeUInt16BE(event.kind, AT.kind)
  let at = writeNumber(bytes, AT.tags, marked)
  for (const tag of event.tags) {
    at = writeNumber(bytes, at, tag.length)
    for (const element of tag) at = writeElement(bytes, at, element)
  }
  bytes.write(event.content, at)
  return bytes
}

/**
 * @param start where the record begins, here and below
 * @throws RangeError for bytes that `encodeRecord` did not write; only a damaged disk has such
 */
export function decodeRecord(bytes: Buffer, start = 0, end = bytes.length): VerifiedEvent {
  const cursor = { at: start + AT.tags }
  const tags = readTags(bytes, cursor)
  const event: NostrEvent = {
    id: idOf(bytes, start),
    pubkey: pubkeyOf(bytes, start),
    created_at: createdAtOf(bytes, start),
    kind: kindOf(bytes, start),
    tags,
    content: bytes.toString('utf8', cursor.at, end),
    sig: bytes.toString('hex', start + AT.sig, start + AT.createdAt),
  }
  // Only verified events become records.
  return event as VerifiedEvent
}

export function idOf(bytes: Buffer, start = 0): string {
  return bytes.toString('hex', start + AT.id, start + AT.pubkey)
}

/** As `authorNumbers` of columns.ts. */
export function authorNumbersOf(bytes: Buffer): { authorHigh: number; authorLow: number } {
  return { authorHigh: bytes.readInt32BE(AT.pubkey), authorLow: bytes.readInt32BE(AT.pubkey + 4) }
}

export function pubkeyOf(bytes: Buffer, start = 0): string {
  return bytes.toString('hex', start + AT.pubkey, start + AT.sig)
}

export function createdAtOf(bytes: Buffer, start = 0): number {
  return bytes.readUInt32BE(start + AT.createdAt)
}

export function kindOf(bytes: Buffer, start = 0): number {
  return bytes.readUInt16BE(start + AT.kind)
}

export function markOf(bytes: Buffer): Mark | undefined {
  return MARKS[Math.floor(readNumber(bytes, { at: AT.tags }) / MARK_UNIT)]
}

/** What is asked of an event's tags and mark before the event itself is: one byte. */
export interface Traits {
  readonly mark: Mark | undefined
  /** It has the tag `-` (NIP-70). */
  readonly isProtected: boolean
  /** It has an `expiration` tag (NIP-40), readable or not. */
  readonly mayExpire: boolean
}

const TRAITS = { mark: 0x0f, isProtected: 0x10, mayExpire: 0x20 } as const

export function traitsByte({ mark, isProtected, mayExpire }: Traits): number {
  return MARKS.indexOf(mark) | (isProtected ? TRAITS.isProtected : 0) | (mayExpire ? TRAITS.mayExpire : 0)
}

export function traitsOfByte(byte: number): Traits {
  return ALL_TRAITS[byte]!
}

const ALL_TRAITS: readonly Traits[] = Array.from({ length: 256 }, (_, byte) => ({
  mark: MARKS[byte & TRAITS.mark],
  isProtected: (byte & TRAITS.isProtected) !== 0,
  mayExpire: (byte & TRAITS.mayExpire) !== 0,
}))

/** The traits of a record, without making its tags. */
export function recordTraits(bytes: Buffer, start = 0): number {
  const cursor = { at: start + AT.tags }
  const marked = readNumber(bytes, cursor)
  let traits = Math.floor(marked / MARK_UNIT)
  for (let left = marked % MARK_UNIT; left > 0; left--) {
    const elements = readNumber(bytes, cursor)
    for (let element = 0; element < elements; element++) {
      const header = readNumber(bytes, cursor)
      const end = cursor.at + (header >>> 1)
      if (element === 0 && isText(bytes, cursor.at, header, '-') && elements === 1) traits |= TRAITS.isProtected
      if (element === 0 && isText(bytes, cursor.at, header, 'expiration')) traits |= TRAITS.mayExpire
      cursor.at = end
    }
  }
  return traits
}

/** Short ASCII text is never packed as hex. */
function isText(bytes: Buffer, at: number, header: number, text: string): boolean {
  if (header !== text.length * 2) return false
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}

/** Whether the record that begins at `start` has a tag of this name with one of these values; its tags are not made. */
export function tagFinder(name: string, values: readonly string[]): (bytes: Buffer, start: number) => boolean {
  // What is no Unicode stands in no record.
  const wanted = new Set(values.filter(value => value.isWellFormed()).map(packedElement))
  return (bytes, start) => {
    const cursor = { at: start + AT.tags }
    for (let left = readNumber(bytes, cursor) % MARK_UNIT; left > 0; left--) {
      const elements = readNumber(bytes, cursor)
      let isNamed = false
      for (let element = 0; element < elements; element++) {
        const header = readNumber(bytes, cursor)
        const from = cursor.at
        cursor.at = from + (header >>> 1)
        if (element === 0) isNamed = isText(bytes, from, header, name)
        else if (element === 1 && isNamed && wanted.has(packedText(bytes, from, cursor.at, header))) return true
      }
    }
    return false
  }
}

/** An element as its bytes, a character each, and how they are meant. */
function packedText(bytes: Buffer, from: number, to: number, header: number): string {
  return bytes.toString('latin1', from, to) + (header & HEX)
}

function packedElement(value: string): string {
  const isHex = isPacked(value)
  const bytes = Buffer.from(value, isHex ? 'hex' : 'utf8')
  return packedText(bytes, 0, bytes.length, isHex ? HEX : 0)
}

export function tagsOf(bytes: Buffer, start = 0): Tag[] {
  return readTags(bytes, { at: start + AT.tags })
}

/** What can be searched of an event, without the rest of it. */
export function textOf(bytes: Buffer): Pick<NostrEvent, 'kind' | 'tags' | 'content'> {
  const cursor = { at: AT.tags as number }
  const tags = readTags(bytes, cursor)
  return { kind: kindOf(bytes), tags, content: bytes.toString('utf8', cursor.at) }
}

function readTags(bytes: Buffer, cursor: { at: number }): Tag[] {
  const tags: Tag[] = []
  for (let left = readNumber(bytes, cursor) % MARK_UNIT; left > 0; left--) {
    const tag: string[] = []
    for (let elements = readNumber(bytes, cursor); elements > 0; elements--) tag.push(readElement(bytes, cursor))
    tags.push(tag)
  }
  return tags
}

function tagsBytes(tags: readonly Tag[]): number {
  let bytes = 0
  for (const tag of tags) {
    bytes += numberBytes(tag.length)
    for (const element of tag) {
      const elementBytes = isPacked(element) ? element.length / 2 : Buffer.byteLength(element)
      bytes += numberBytes(elementBytes * 2) + elementBytes
    }
  }
  return bytes
}

function isPacked(element: string): boolean {
  return isHex32(element) || isHex64(element)
}

function writeElement(bytes: Buffer, at: number, element: string): number {
  if (isPacked(element)) {
    const from = writeNumber(bytes, at, element.length | HEX)
    return from + bytes.write(element, from, 'hex')
  }
  const from = writeNumber(bytes, at, Buffer.byteLength(element) * 2)
  return from + bytes.write(element, from)
}

function readElement(bytes: Buffer, cursor: { at: number }): string {
  const header = readNumber(bytes, cursor)
  const end = cursor.at + (header >>> 1)
  const element = bytes.toString((header & HEX) === HEX ? 'hex' : 'utf8', cursor.at, end)
  cursor.at = end
  return element
}

/** LEB128: seven bits a byte, lowest first, the top bit says that more follow. */
function writeNumber(bytes: Buffer, at: number, value: number): number {
  let rest = value
  let end = at
  while (rest >= 0x80) {
    bytes[end++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[end++] = rest
  return end
}

export function readNumber(bytes: Buffer, cursor: { at: number }): number {
  let value = 0
  for (let shift = 0; shift < MAX_SHIFT; shift += 7) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) break
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  throw new RangeError('This is no event record: a number in it has no end.')
}

function numberBytes(value: number): number {
  let bytes = 1
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes++
  return bytes
}
