/** `/nostrp2p/fetch/1`: ask one node for events or for nodes; answered page by page, each bounded. */
import type { PeerId } from '@libp2p/interface'
import { isRejection } from '../../event/rejection.ts'
import {
  decodeFetchPage,
  decodeFetchRequest,
  encodeFetchPage,
  encodeFetchRequest,
  type FetchRequest,
} from '../../wire/fetch.ts'
import {
  FETCH_PAGE_BYTES,
  MAX_FETCH_ANSWER_BYTES,
  MAX_FETCH_EVENTS,
  MAX_FETCH_PAGE_BYTES,
  MAX_FETCH_PAGE_EVENTS,
  MAX_FETCH_REQUEST_BYTES,
} from '../../wire/limits.ts'
import type { Host } from '../libp2p.ts'
import type { Quotas } from '../quota.ts'
import { answer, ask } from './exchange.ts'
import { createTurns } from './turns.ts'

export const FETCH_PROTOCOL = '/nostrp2p/fetch/1'
const BOUNDS = { maxRequestBytes: MAX_FETCH_REQUEST_BYTES, maxReplyBytes: MAX_FETCH_PAGE_BYTES }
const MAX_STREAMS = 8
/** Below the streams that the other side takes: one of them may still be closing there. */
const ASKS_AT_ONCE = 4
/** A client that scrolls through one author's thread asks for some dozens at once. */
const MAX_WAITING_ASKS = 64

/** What this node has for a request, encoded; bounded by whoever gives it. */
export type AnswerFetch = (request: FetchRequest, peer: string) => Promise<readonly Uint8Array[]>

/** Answers questions; the returned function asks one, and throws when the peer gives no proper answer. */
export async function serveFetch(
  host: Host,
  quotas: Quotas,
  lookUp: AnswerFetch,
): Promise<(peer: PeerId, request: FetchRequest) => Promise<Uint8Array[]>> {
  await answer(host, FETCH_PROTOCOL, BOUNDS, MAX_STREAMS, async (bytes, connection) => {
    const peer = connection.remotePeer.toString()
    const request = decodeFetchRequest(bytes)
    if (isRejection(request)) throw new Error(request.reason)
    if (!quotas.take('fetch', peer)) throw new Error('too many questions')
    return pagesOf(await lookUp(request, peer))
  })
  const turns = createTurns(ASKS_AT_ONCE, MAX_WAITING_ASKS)
  const askPages = (peer: PeerId, request: FetchRequest) =>
    ask(host, peer, FETCH_PROTOCOL, encodeFetchRequest(request), BOUNDS, async next => {
      const items: Uint8Array[] = []
      let bytes = 0
      for (;;) {
        const page = decodeFetchPage(await next())
        if (isRejection(page)) throw new Error(page.reason)
        for (const item of page.items) bytes += item.length
        items.push(...page.items)
        if (items.length > MAX_FETCH_EVENTS || bytes > MAX_FETCH_ANSWER_BYTES)
          throw new Error('the answer is longer than agreed')
        if (page.last) return items
        if (page.items.length === 0) throw new Error('an empty page that is not the last')
      }
    })
  return (peer, request) => turns.take(peer.toString(), () => askPages(peer, request))
}

function* pagesOf(items: readonly Uint8Array[]): Iterable<Uint8Array> {
  let page: Uint8Array[] = []
  let pageBytes = 0
  let allBytes = 0
  for (const item of items.slice(0, MAX_FETCH_EVENTS)) {
    allBytes += item.length
    if (allBytes > MAX_FETCH_ANSWER_BYTES) break
    if (page.length === MAX_FETCH_PAGE_EVENTS || (page.length > 0 && pageBytes + item.length > FETCH_PAGE_BYTES)) {
      yield encodeFetchPage({ items: page, last: false })
      page = []
      pageBytes = 0
    }
    page.push(item)
    pageBytes += item.length
  }
  yield encodeFetchPage({ items: page, last: true })
}
