/** `/nostrp2p/hello/1`: who is at the other end of a new connection (specification/overlay.md, "Hello"). */
import { bytesToHex, hexToBytes } from '../event/hex.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import {
  MAX_ABILITIES,
  MAX_AGENT_BYTES,
  MAX_ANNOUNCEMENT_BYTES,
  MAX_EVENT_PACKET_BYTES,
  MAX_HELLO_ANNOUNCEMENTS,
  MAX_HELLO_BYTES,
} from './limits.ts'
import { decode, encode } from './msgpack.ts'

export interface Hello {
  /** Program and version, for people. */
  readonly agent: string
  /** Optional protocols that this node speaks; unknown ones are passed over. */
  readonly abilities: readonly string[]
  /** Public key, lower-case hex; null while the node is unclaimed. */
  readonly owner: string | null
  /** The binding as an encoded event; null for an unproven node. */
  readonly binding: Uint8Array | null
  /** Announcements of other nodes, so that a newcomer knows more than one. */
  readonly announcements: readonly Uint8Array[]
}

const BOUNDS = { maxBytes: MAX_HELLO_BYTES, maxDepth: 2, maxValues: 8 + MAX_ABILITIES + MAX_HELLO_ANNOUNCEMENTS }

export function encodeHello(hello: Hello): Uint8Array {
  const owner = hello.owner === null ? null : hexToBytes(hello.owner)
  return encode([hello.agent, hello.abilities, owner, hello.binding, hello.announcements])
}

/** Elements beyond the fifth are for later versions and passed over. */
export function decodeHello(bytes: Uint8Array): Hello | Rejection {
  const decoded = decode(bytes, BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value) || value.length < 5) return malformed()
  const [agent, abilities, owner, binding, announcements] = value
  if (typeof agent !== 'string' || agent.length > MAX_AGENT_BYTES) return malformed()
  if (!isShortList(abilities, MAX_ABILITIES, isAbility)) return malformed()
  if (!isNullOr(owner, bytes => bytes.length === 32)) return malformed()
  if (!isNullOr(binding, bytes => bytes.length <= MAX_EVENT_PACKET_BYTES)) return malformed()
  if (!isShortList(announcements, MAX_HELLO_ANNOUNCEMENTS, isAnnouncement)) return malformed()
  return { agent, abilities, owner: owner === null ? null : bytesToHex(owner), binding, announcements }
}

function isShortList<T>(value: unknown, max: number, isElement: (element: unknown) => element is T): value is T[] {
  return Array.isArray(value) && value.length <= max && value.every(isElement)
}

function isAbility(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_AGENT_BYTES
}

function isAnnouncement(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length <= MAX_ANNOUNCEMENT_BYTES
}

function isNullOr(value: unknown, fits: (bytes: Uint8Array) => boolean): value is Uint8Array | null {
  return value === null || (value instanceof Uint8Array && fits(value))
}

function malformed(): Rejection {
  return reject('malformed', 'The message is not a hello.')
}
