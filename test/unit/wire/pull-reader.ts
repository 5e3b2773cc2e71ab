/**
 * A second, strict reader of the body of `/req`, written from the specification: tests compare the writer with it.
 * Throws at the first byte that is not as specified.
 */
import type { NostrEvent } from '../../../src/event/event.ts'

export function readPullBody(bytes: Uint8Array): NostrEvent[] {
  const reader = createReader(Buffer.from(bytes))
  reader.expectByte(0x81)
  const events = readEvents(reader)
  reader.expectEnd()
  return events
}

/** The same for a client that uses the cursor: with the places of what came late. */
export function readMarkedPullBody(bytes: Uint8Array): { readonly events: NostrEvent[]; readonly late: number[] } {
  const reader = createReader(Buffer.from(bytes))
  reader.expectByte(0x82)
  const events = readEvents(reader)
  reader.expectKey('Late')
  const late = Array.from({ length: reader.array() }, reader.uint16)
  reader.expectEnd()
  return { events, late }
}

function readEvents(reader: ReturnType<typeof createReader>): NostrEvent[] {
  reader.expectKey('Evts')
  return Array.from({ length: reader.array() }, () => readEvent(reader))
}

function readEvent(reader: ReturnType<typeof createReader>): NostrEvent {
  reader.expectByte(0x87)
  reader.expectKey('Id')
  const id = reader.binary(32).toString('hex')
  reader.expectKey('Pubkey')
  const pubkey = reader.binary(32).toString('hex')
  reader.expectKey('Created_at')
  const created_at = reader.float64()
  reader.expectKey('Kind')
  const kind = reader.uint16()
  reader.expectKey('Tags')
  const tags = Array.from({ length: reader.array() }, () =>
    Array.from({ length: reader.array() }, () => reader.binary().toString()),
  )
  reader.expectKey('Content')
  const content = reader.text()
  reader.expectKey('Sig')
  const sig = reader.binary(64).toString('hex')
  return { id, pubkey, created_at, kind, tags, content, sig }
}

function createReader(bytes: Buffer) {
  let at = 0
  const take = (length: number) => {
    if (at + length > bytes.length) throw new RangeError(`cut off at ${at}`)
    at += length
    return bytes.subarray(at - length, at)
  }
  const byte = () => take(1)[0]!
  const number = (length: number) => take(length).readUIntBE(0, length)
  const refuse = (found: number, wanted: string): never => {
    throw new TypeError(`0x${found.toString(16)} at ${at - 1}, not ${wanted}`)
  }
  const expectByte = (wanted: number) => {
    const found = byte()
    if (found !== wanted) refuse(found, `0x${wanted.toString(16)}`)
  }
  const text = () => {
    const type = byte()
    if (type >= 0xa0 && type <= 0xbf) return take(type - 0xa0).toString()
    return take(
      type === 0xd9 ? number(1) : type === 0xda ? number(2) : type === 0xdb ? number(4) : refuse(type, 'str'),
    ).toString()
  }
  return {
    expectByte,
    text,
    expectKey: (name: string) => {
      expectByte(0xa0 + name.length)
      const found = take(name.length).toString()
      if (found !== name) throw new TypeError(`key ${found}, not ${name}`)
    },
    expectEnd: () => {
      if (at !== bytes.length) throw new RangeError(`${bytes.length - at} bytes too many`)
    },
    array: () => {
      const type = byte()
      if (type >= 0x90 && type <= 0x9f) return type - 0x90
      return type === 0xdc ? number(2) : refuse(type, 'array')
    },
    float64: () => {
      expectByte(0xcb)
      return take(8).readDoubleBE()
    },
    uint16: () => {
      const type = byte()
      if (type <= 0x7f) return type
      return type === 0xcc ? number(1) : type === 0xcd ? number(2) : refuse(type, 'uint8 or uint16')
    },
    binary: (length?: number) => {
      const type = byte()
      const found =
        type === 0xc4 ? number(1) : type === 0xc5 ? number(2) : type === 0xc6 ? number(4) : refuse(type, 'bin')
      if (length !== undefined && found !== length) throw new RangeError(`bin of ${found}, not ${length}`)
      return take(found)
    },
  }
}
