/** DHT messages byte by byte, so that a test can say what the library never would (kad-dht specification of libp2p). */
import { Record as DhtRecord } from '@libp2p/kad-dht'

export const DHT = '/nostrp2p/kad/1'
export const PUT_VALUE = 0
export const GET_VALUE = 1
export const FIND_NODE = 4

export interface DhtMessage {
  readonly type: number
  readonly key: Uint8Array
  readonly record?: Uint8Array
  readonly closer?: readonly { readonly id: Uint8Array; readonly addresses: readonly Uint8Array[] }[]
}

export function encodeDht({ type, key, record, closer = [] }: DhtMessage): Uint8Array {
  const peers = closer.map(({ id, addresses }) =>
    field(8, Buffer.concat([field(1, id), ...addresses.map(address => field(2, address))])),
  )
  const head = Buffer.concat([Buffer.of(8, type), field(2, key), ...(record === undefined ? [] : [field(3, record)])])
  return Buffer.concat([head, ...peers])
}

/** A record as it travels. */
export function dhtRecord(key: Uint8Array, value: Uint8Array): Uint8Array {
  return new DhtRecord(key, value, new Date()).serialize()
}

/** Type and key of a question; everything else in it is passed over. */
export function decodeDht(bytes: Uint8Array): { type: number; key: Uint8Array } {
  let type = 0
  let key: Uint8Array = new Uint8Array(0)
  for (let i = 0; i < bytes.length; ) {
    const tag = bytes[i++]!
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[i++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    if (tag === 8) type = value
    if (tag === 18) key = bytes.subarray(i, i + value)
    if (tag % 8 === 2) i += value
  }
  return { type, key }
}

function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(number * 8 + 2), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}
