/** DHT messages byte by byte, so that a test can say what the library never would (kad-dht specification of libp2p). */
import { Record as DhtRecord } from '@libp2p/kad-dht'
import { bytesIn, field, fieldsOf } from './protobuf.ts'

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
  const fields = fieldsOf(bytes)
  return { type: Number(fields.get(1) ?? 0), key: bytesIn(fields.get(2)) }
}
