/** The messages of circuit-relay-v2 byte by byte (libp2p specs, relay/circuit-v2.md), so that a test can lie in them. */
import type { PeerId } from '@libp2p/interface'
import { bytesIn, field, fieldsOf } from './protobuf.ts'

export { RELAY_V2_HOP_CODEC as HOP, RELAY_V2_STOP_CODEC as STOP } from '@libp2p/circuit-relay-v2'

export const STATUS = { ok: 100, refused: 200, denied: 202, noReservation: 204 } as const

export const RESERVE = field(1, 0)

/** Asks a relay for a circuit to this peer. */
export function encodeConnect(to: PeerId): Buffer {
  return Buffer.concat([field(1, 1), field(2, field(1, to.toMultihash().bytes))])
}

export interface Granted {
  /** Until when, seconds since 1970. */
  readonly expires?: number
  /** Multiaddrs in their binary form. */
  readonly addresses?: readonly Uint8Array[]
  readonly limit?: { readonly seconds: number; readonly bytes: number }
}

/** What a relay answers; without a status for a place or a circuit. */
export function encodeHopStatus(status: number, { expires, addresses = [], limit }: Granted = {}): Buffer {
  const place = expires === undefined ? [] : [field(1, expires), ...addresses.map(address => field(2, address))]
  return Buffer.concat([
    field(1, 2),
    ...(expires === undefined ? [] : [field(3, Buffer.concat(place))]),
    ...(limit === undefined ? [] : [field(4, Buffer.concat([field(1, limit.seconds), field(2, limit.bytes)]))]),
    field(5, status),
  ])
}

/** What the far end of a circuit answers to the relay. */
export const STOP_OK = Buffer.concat([field(1, 1), field(4, STATUS.ok)])

/** A relay tells its guest that this peer wants a circuit. */
export function encodeStopConnect(from: PeerId): Buffer {
  return Buffer.concat([field(1, 0), field(2, field(1, from.toMultihash().bytes))])
}

/** `reserve`, or whom a circuit is wanted to, as a multihash. */
export function readHopRequest(bytes: Uint8Array): 'reserve' | Uint8Array {
  const fields = fieldsOf(bytes)
  return fields.get(1) === 1 ? bytesIn(fieldsOf(bytesIn(fields.get(2))).get(1)) : 'reserve'
}

export function hopStatusOf(bytes: Uint8Array): number {
  return Number(fieldsOf(bytes).get(5))
}
