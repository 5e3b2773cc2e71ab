/** The two messages by which a node reserves a place on a relay (libp2p specs, relay/circuit-v2.md, "Reservation"). */

export interface Reservation {
  /** Until when the relay keeps the place, seconds since 1970. */
  readonly expires: number
  /** Multiaddrs at which the relay says it is reached, in their binary form. */
  readonly addresses: readonly Uint8Array[]
}

/** `HopMessage { type: RESERVE }`. */
export const RESERVE_REQUEST: Uint8Array = Uint8Array.of(0x08, 0x00)
/** A reply holds addresses and a signed voucher of about 200 bytes. */
export const MAX_HOP_BYTES = 8_192

const TYPE_STATUS = 2
const STATUS_OK = 100
/** Answers of a relay that has no place, in words. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [200, 'it is full'],
  [201, 'it has no resources left'],
  [202, 'it does not want to'],
])
const MAX_ADDRESSES = 16

/** What a relay answered to a request for a place: the reservation, or why there is none, in words. */
export function readReserveReply(bytes: Uint8Array): Reservation | { readonly refused: string } {
  const message = readFields(bytes)
  const status = message.get(5)?.at(-1)
  if (message.get(1)?.at(-1) !== TYPE_STATUS || typeof status !== 'number')
    return { refused: 'it gave no proper answer' }
  if (status !== STATUS_OK) return { refused: REFUSALS.get(status) ?? `it answered ${status}` }
  const reservation = message.get(3)?.at(-1)
  if (!(reservation instanceof Uint8Array)) return { refused: 'it gave no proper answer' }
  const fields = readFields(reservation)
  const expires = fields.get(1)?.at(-1)
  if (typeof expires !== 'number') return { refused: 'it did not say for how long' }
  const addresses = (fields.get(2) ?? []).filter(value => value instanceof Uint8Array).slice(0, MAX_ADDRESSES)
  return { expires, addresses }
}

type Fields = ReadonlyMap<number, (number | Uint8Array)[]>

/** Protocol Buffers, as far as these messages use them: varints and bytes. What breaks the form ends the reading. */
function readFields(bytes: Uint8Array): Fields {
  const fields = new Map<number, (number | Uint8Array)[]>()
  let at = 0
  const varint = (): number | undefined => {
    let value = 0
    for (let shift = 0; shift < 53 && at < bytes.length; shift += 7) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return undefined
  }
  while (at < bytes.length) {
    const key = varint()
    const value = varint()
    if (key === undefined || value === undefined) return fields
    const isBytes = (key & 7) === 2
    if ((!isBytes && (key & 7) !== 0) || (isBytes && at + value > bytes.length)) return fields
    const field = key >>> 3
    fields.set(field, [...(fields.get(field) ?? []), isBytes ? bytes.subarray(at, at + value) : value])
    if (isBytes) at += value
  }
  return fields
}
