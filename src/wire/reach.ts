/** `/nostrp2p/reach/1`: "do you get in at my side?" (specification/overlay.md O12). */
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { MAX_REACH_BYTES, MAX_REACH_PORTS } from './limits.ts'
import { decode, encode } from './msgpack.ts'

export interface ReachReply {
  /** The IP address from which the asker is seen to come, as text. */
  readonly seen: string
  /** For each port of the question, whether a connection to it reached the asker. */
  readonly open: readonly boolean[]
}

const BOUNDS = { maxBytes: MAX_REACH_BYTES, maxDepth: 2, maxValues: 8 + MAX_REACH_PORTS }

/** @param ports TCP ports at which the asker may be reached at the address it comes from */
export function encodeReach(ports: readonly number[]): Uint8Array {
  return encode([ports])
}

export function decodeReach(bytes: Uint8Array): number[] | Rejection {
  const decoded = decode(bytes, BOUNDS)
  if (isRejection(decoded)) return decoded
  const ports: unknown = Array.isArray(decoded.value) ? decoded.value[0] : undefined
  const isList = Array.isArray(ports) && ports.length > 0 && ports.length <= MAX_REACH_PORTS && ports.every(isPort)
  return isList ? ports : reject('malformed', `The question names one to ${MAX_REACH_PORTS} ports.`)
}

export function encodeReachReply({ seen, open }: ReachReply): Uint8Array {
  return encode([seen, open])
}

/** Whether `seen` is an address is the caller's to check. Elements beyond the second are for later versions and passed over. */
export function decodeReachReply(bytes: Uint8Array): ReachReply | Rejection {
  const decoded = decode(bytes, BOUNDS)
  if (isRejection(decoded)) return decoded
  const [seen, open] = Array.isArray(decoded.value) ? decoded.value : []
  const isList =
    Array.isArray(open) && open.length <= MAX_REACH_PORTS && open.every(value => typeof value === 'boolean')
  return typeof seen === 'string' && isList
    ? { seen, open }
    : reject('malformed', 'The reply names an address and what is open.')
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536
}
