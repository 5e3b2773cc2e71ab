/** The MessagePack body of `/req` → events, in the client (specification/rest-api.md, R5). Runs in a browser. */
import { Unpackr } from 'msgpackr/unpack'
import type { NostrEvent } from '../event/event.ts'
import { bytesToHex } from '../event/hex.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { parseFields } from '../event/verify.ts'

export interface PullBody {
  readonly events: readonly NostrEvent[]
  /** Which of them came late, as places in `events` (R5.1). */
  readonly late: readonly number[]
}

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true })
const utf8 = new TextDecoder()

/** Reads what `encodePullBody` writes. Signatures are not checked: the node has done that. */
export function decodePullBody(bytes: Uint8Array): PullBody | Rejection {
  let body: unknown
  try {
    body = unpackr.unpack(bytes)
  } catch {
    return reject('malformed', 'The answer is not MessagePack.')
  }
  const { Evts, Late = [] } = (body ?? {}) as Record<string, unknown>
  if (!Array.isArray(Evts) || !Array.isArray(Late)) return reject('malformed', 'The answer holds no events.')
  const events: NostrEvent[] = []
  for (const entry of Evts) {
    const event = readEvent(entry)
    if (isRejection(event)) return event
    events.push(event)
  }
  return { events, late: Late.filter(place => Number.isInteger(place)) }
}

function readEvent(entry: unknown): NostrEvent | Rejection {
  const { Id, Pubkey, Created_at, Kind, Tags, Content, Sig } = (entry ?? {}) as Record<string, unknown>
  if (!isBytes(Id, 32) || !isBytes(Pubkey, 32) || !isBytes(Sig, 64) || !Array.isArray(Tags)) {
    return reject('malformed', 'The answer holds something that is no event.')
  }
  return parseFields({
    id: bytesToHex(Id),
    pubkey: bytesToHex(Pubkey),
    sig: bytesToHex(Sig),
    created_at: Created_at,
    kind: Kind,
    tags: Tags.map(tag => (Array.isArray(tag) ? tag.map(textOf) : tag)),
    content: Content,
  })
}

function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

function textOf(element: unknown): unknown {
  return element instanceof Uint8Array ? utf8.decode(element) : element
}
