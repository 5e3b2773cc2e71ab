/** The one MessagePack encoder, and a decoder that looks at the structure before it allocates anything. */
import { Packr } from 'msgpackr'
import { type Rejection, reject } from '../event/rejection.ts'

// Without records and with small map headers the output is plain MessagePack that any language reads.
const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true })

/** A value of arrays, maps, strings, `Uint8Array`s, integers below 2^32, booleans and null. */
export function encode(value: unknown): Uint8Array {
  // The packer reuses its buffer: what leaves here is a copy of the right size.
  return new Uint8Array(packr.pack(value))
}

export interface DecodeBounds {
  readonly maxBytes: number
  /** Nesting of arrays and maps. */
  readonly maxDepth: number
  /** Values in the whole message, headers of arrays and maps included. */
  readonly maxValues: number
}

/** The value stands in a box of its own: a peer's map with a key `rejected` must not pass for a rejection. */
export interface Decoded {
  readonly value: unknown
}

/**
 * Decodes one message of the types that `encode` writes; extensions, floats and 64-bit numbers are refused, and so are
 * truncated and trailing bytes. Strings with invalid UTF-8 come out with U+FFFD: whoever cares re-encodes and compares.
 */
export function decode(bytes: Uint8Array, bounds: DecodeBounds): Decoded | Rejection {
  if (bytes.length > bounds.maxBytes)
    return reject('too-large', `A message of this kind may have ${bounds.maxBytes} bytes.`)
  const fault = checkStructure(bytes, bounds)
  if (fault !== undefined) return reject('malformed', fault)
  try {
    return { value: packr.unpack(bytes) }
  } catch {
    return reject('malformed', 'The message is not MessagePack.')
  }
}

/** Walks over the headers only: no value is built. Returns what is wrong, or undefined. */
function checkStructure(bytes: Uint8Array, bounds: DecodeBounds): string | undefined {
  /** Values still to come on each open level. */
  const open: number[] = [1]
  let at = 0
  let values = 0
  while (open.length > 0) {
    const level = open.length - 1
    if (open[level] === 0) {
      open.pop()
      continue
    }
    open[level]!--
    if (++values > bounds.maxValues) return 'The message holds too many values.'
    const header = readHeader(bytes, at)
    if (header === undefined) return 'The message is truncated or holds a type that is not used here.'
    at += header.headerBytes + header.bodyBytes
    if (at > bytes.length) return 'The message is truncated.'
    if (header.children > 0) {
      // Every child takes a byte at least, so a claimed length beyond the message is a lie.
      if (header.children > bytes.length - at) return 'The message is truncated.'
      if (open.length > bounds.maxDepth) return 'The message is nested too deeply.'
      open.push(header.children)
    }
  }
  return at === bytes.length ? undefined : 'There are bytes after the message.'
}

interface Header {
  readonly headerBytes: number
  readonly bodyBytes: number
  readonly children: number
}

/** The MessagePack formats in use: fixint, uint8-32, fixstr, str8-32, bin8-32, array, map, nil, booleans. */
function readHeader(bytes: Uint8Array, at: number): Header | undefined {
  const type = bytes[at]
  if (type === undefined) return undefined
  if (type <= 0x7f) return leaf(1, 0)
  if (type <= 0x8f) return branch(1, (type & 0x0f) * 2)
  if (type <= 0x9f) return branch(1, type & 0x0f)
  if (type <= 0xbf) return leaf(1, type & 0x1f)
  switch (type) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return leaf(1, 0)
    case 0xcc:
      return leaf(2, 0)
    case 0xcd:
      return leaf(3, 0)
    case 0xce:
      return leaf(5, 0)
    case 0xc4:
    case 0xd9:
      return sized(bytes, at, 1, leaf)
    case 0xc5:
    case 0xda:
      return sized(bytes, at, 2, leaf)
    case 0xc6:
    case 0xdb:
      return sized(bytes, at, 4, leaf)
    case 0xdc:
      return sized(bytes, at, 2, branch)
    case 0xdd:
      return sized(bytes, at, 4, branch)
    case 0xde:
      return sized(bytes, at, 2, (header, pairs) => branch(header, pairs * 2))
    case 0xdf:
      return sized(bytes, at, 4, (header, pairs) => branch(header, pairs * 2))
    default:
      return undefined
  }
}

function leaf(headerBytes: number, bodyBytes: number): Header {
  return { headerBytes, bodyBytes, children: 0 }
}

function branch(headerBytes: number, children: number): Header {
  return { headerBytes, bodyBytes: 0, children }
}

function sized(
  bytes: Uint8Array,
  at: number,
  lengthBytes: number,
  make: (headerBytes: number, length: number) => Header,
): Header | undefined {
  if (at + 1 + lengthBytes > bytes.length) return undefined
  let length = 0
  for (let i = 1; i <= lengthBytes; i++) length = length * 256 + bytes[at + i]!
  return make(1 + lengthBytes, length)
}
