/** `/nostrp2p/fetch/1`: a question to one node, answered page by page. */
import { type Filter, parseFilter } from '../event/filter.ts'
import { bytesToHex, hexToBytes } from '../event/hex.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import {
  MAX_FETCH_OWNERS,
  MAX_FETCH_PAGE_BYTES,
  MAX_FETCH_PAGE_EVENTS,
  MAX_FETCH_REQUEST_BYTES,
  MAX_HELLO_ANNOUNCEMENTS,
} from './limits.ts'
import { decode, encode } from './msgpack.ts'

/** Events that match a filter, or announcements of the nodes of some owners. */
export type FetchRequest =
  | { readonly want: 'events'; readonly filter: Filter }
  | { readonly want: 'nodes'; readonly owners: readonly string[] }

/** One page; the last one says that nothing more comes. */
export interface FetchPage {
  /** Encoded events or announcements, as asked. */
  readonly items: readonly Uint8Array[]
  readonly last: boolean
}

const REQUEST_BOUNDS = { maxBytes: MAX_FETCH_REQUEST_BYTES, maxDepth: 3, maxValues: 1_000 }
const PAGE_BOUNDS = {
  maxBytes: MAX_FETCH_PAGE_BYTES,
  maxDepth: 2,
  maxValues: 8 + Math.max(MAX_FETCH_PAGE_EVENTS, MAX_HELLO_ANNOUNCEMENTS),
}

/** `["events", filter]` with the filter as NIP-01 writes it, or `["nodes", [owner as 32 bytes, …]]`. */
export function encodeFetchRequest(request: FetchRequest): Uint8Array {
  if (request.want === 'nodes') return encode(['nodes', request.owners.map(hexToBytes)])
  const { tags, ...fields } = request.filter
  const byTag = Object.fromEntries([...(tags ?? [])].map(([name, values]) => [`#${name}`, values]))
  return encode(['events', { ...fields, ...byTag }])
}

export function decodeFetchRequest(bytes: Uint8Array): FetchRequest | Rejection {
  const decoded = decode(bytes, REQUEST_BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value)) return malformed()
  const [want, what] = value
  if (want === 'events') {
    const parsed = parseFilter(what)
    if (isRejection(parsed)) return parsed
    // Searching is for clients: of peers it is a field of a later version, and passed over.
    const { search: _, ...filter } = parsed
    return { want, filter }
  }
  if (want === 'nodes' && Array.isArray(what) && what.length <= MAX_FETCH_OWNERS && what.every(isKey)) {
    return { want, owners: what.map(bytesToHex) }
  }
  return malformed()
}

export function encodeFetchPage(page: FetchPage): Uint8Array {
  return encode([page.items, page.last])
}

export function decodeFetchPage(bytes: Uint8Array): FetchPage | Rejection {
  const decoded = decode(bytes, PAGE_BOUNDS)
  if (isRejection(decoded)) return decoded
  const { value } = decoded
  if (!Array.isArray(value)) return malformed()
  const [items, last] = value
  if (!Array.isArray(items) || !items.every(isBytes) || typeof last !== 'boolean') return malformed()
  return { items, last }
}

function isKey(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 32
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

function malformed(): Rejection {
  return reject('malformed', 'The message is not a fetch request or page.')
}
