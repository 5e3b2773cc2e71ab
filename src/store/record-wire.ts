/**
 * A record as its event crosses the wire (specification/event.md, E12): `encodeEvent(decodeRecord(record))`, byte by byte,
 * without making the event or a string of it, in a quarter of the time.
 */
import { AT, createdAtOf, HEX, kindOf, MARK_UNIT, readNumber } from './record.ts'

/** MessagePack's formats: the one for short lengths, with their number, and those for lengths of 8, 16 and 32 bits. */
interface Format {
  readonly short: number
  readonly shortest: number
  readonly long: readonly [number | undefined, number, number]
}

const ARRAY: Format = { short: 0x90, shortest: 0x10, long: [undefined, 0xdc, 0xdd] }
const TEXT: Format = { short: 0xa0, shortest: 0x20, long: [0xd9, 0xda, 0xdb] }
const BYTES: Format = { short: 0, shortest: 0, long: [0xc4, 0xc5, 0xc6] }
const NUMBER: Format = { short: 0, shortest: 0x80, long: [0xcc, 0xcd, 0xce] }
const FIELDS = 5
/** Headers and numbers of the five fields at most. */
const FIXED_BYTES = 32
/** What a record says of a tag or an element in one byte takes three on the wire at most. */
const MAX_GROWTH = 2

export function wireOf(record: Buffer): Buffer {
  const out = Buffer.allocUnsafe(FIXED_BYTES + record.length + MAX_GROWTH * (contentAt(record) - AT.tags))
  let at = writeHeader(ARRAY, FIELDS, out, 0)
  at = writeBody(BYTES, record, AT.pubkey, AT.createdAt, out, at)
  at = writeHeader(NUMBER, createdAtOf(record), out, at)
  at = writeHeader(NUMBER, kindOf(record), out, at)
  const cursor = { at: AT.tags as number }
  const tags = readNumber(record, cursor) % MARK_UNIT
  at = writeHeader(ARRAY, tags, out, at)
  for (let tag = 0; tag < tags; tag++) {
    const elements = readNumber(record, cursor)
    at = writeHeader(ARRAY, elements, out, at)
    for (let element = 0; element < elements; element++) {
      const header = readNumber(record, cursor)
      const end = cursor.at + (header >>> 1)
      at = writeBody((header & HEX) === HEX ? BYTES : TEXT, record, cursor.at, end, out, at)
      cursor.at = end
    }
  }
  at = writeBody(TEXT, record, cursor.at, record.length, out, at)
  return out.subarray(0, at)
}

function contentAt(record: Buffer): number {
  const cursor = { at: AT.tags as number }
  for (let tags = readNumber(record, cursor) % MARK_UNIT; tags > 0; tags--) {
    for (let elements = readNumber(record, cursor); elements > 0; elements--) {
      const header = readNumber(record, cursor)
      cursor.at += header >>> 1
    }
  }
  return cursor.at
}

function writeBody(format: Format, from: Buffer, start: number, end: number, out: Buffer, at: number): number {
  const next = writeHeader(format, end - start, out, at)
  return next + from.copy(out, next, start, end)
}

function writeHeader({ short, shortest, long }: Format, value: number, out: Buffer, at: number): number {
  if (value < shortest) {
    out[at] = short | value
    return at + 1
  }
  if (value < 0x100 && long[0] !== undefined) {
    out[at] = long[0]
    out[at + 1] = value
    return at + 2
  }
  if (value < 0x10000) {
    out[at] = long[1]
    return out.writeUInt16BE(value, at + 1)
  }
  out[at] = long[2]
  return out.writeUInt32BE(value, at + 1)
}
