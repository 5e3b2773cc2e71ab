/** MessagePack written by hand, for tests: every form of every type, also those that a good encoder does not choose. */

/** A value that stands for bytes which are already encoded. */
export interface Raw {
  readonly raw: Uint8Array
}

export function raw(...parts: readonly (number | Uint8Array)[]): Raw {
  return { raw: concat(...parts) }
}

export function concat(...parts: readonly (number | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts.map(part => (typeof part === 'number' ? Buffer.of(part) : part))))
}

/** Shortest forms, from the text of the MessagePack specification; shares nothing with the library under test. */
export function pack(value: unknown): Uint8Array {
  if (value === null) return concat(0xc0)
  if (value === false) return concat(0xc2)
  if (value === true) return concat(0xc3)
  if (typeof value === 'number') return uint(value)
  if (typeof value === 'string') {
    const utf8 = Buffer.from(value)
    return concat(utf8.length < 32 ? Uint8Array.of(0xa0 | utf8.length) : sized([0xd9, 0xda, 0xdb], utf8.length), utf8)
  }
  if (value instanceof Uint8Array) return concat(sized([0xc4, 0xc5, 0xc6], value.length), value)
  if (Array.isArray(value)) {
    const header = value.length < 16 ? Uint8Array.of(0x90 | value.length) : sized([undefined, 0xdc, 0xdd], value.length)
    return concat(header, ...value.map(pack))
  }
  if (typeof value === 'object' && 'raw' in value) return (value as Raw).raw
  const entries = Object.entries(value as object)
  const header =
    entries.length < 16 ? Uint8Array.of(0x80 | entries.length) : sized([undefined, 0xde, 0xdf], entries.length)
  return concat(header, ...entries.flatMap(([key, item]) => [pack(key), pack(item)]))
}

function uint(value: number): Uint8Array {
  return value < 128 ? Uint8Array.of(value) : sized([0xcc, 0xcd, 0xce], value)
}

/** A header whose number takes 1, 2 or 4 bytes, whichever is the first that holds it and exists. */
export function sized(types: readonly [number | undefined, number, number], number: number): Uint8Array {
  if (types[0] !== undefined && number < 0x100) return Uint8Array.of(types[0], number)
  if (number < 0x10000) return Uint8Array.of(types[1], number >> 8, number & 0xff)
  const header = Buffer.alloc(5, types[2])
  header.writeUInt32BE(number, 1)
  return header
}
