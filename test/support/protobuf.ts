/** Protocol Buffers, written and read field by field. */

/** A field of bytes, or of a number. */
export function field(number: number, value: Uint8Array | number): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)])
  return Buffer.concat([varint(number * 8 + 2), varint(value.length), value])
}

/** Of a field that is there several times the last counts. The message must be well formed. */
export function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array | number> {
  const fields = new Map<number, Uint8Array | number>()
  let at = 0
  const read = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = read()
    const value = read()
    if (tag % 8 !== 2) {
      fields.set(Math.floor(tag / 8), value)
      continue
    }
    fields.set(Math.floor(tag / 8), bytes.subarray(at, at + value))
    at += value
  }
  return fields
}

export function bytesIn(value: Uint8Array | number | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}
