/** `/nostrp2p/own/1`: one question between two nodes of one owner, one answer (specification/overlay.md, O20). */
import type { PeerId } from '@libp2p/interface'
import { isRejection, type Rejection } from '../event/rejection.ts'
import { MAX_OWN_REPLY_BYTES, MAX_OWN_REQUEST_BYTES } from '../wire/limits.ts'
import {
  decodeOwnDeliveries,
  decodeOwnEvents,
  decodeOwnIds,
  decodeOwnRequest,
  encodeOwnDeliveries,
  encodeOwnEvents,
  encodeOwnIds,
  encodeOwnRequest,
  type OwnDeliveries,
  type OwnEvents,
  type OwnIds,
} from '../wire/own.ts'
import { answer, ask } from './exchange.ts'
import type { Host } from './libp2p.ts'
import type { Quotas } from './quota.ts'

export const OWN_PROTOCOL = '/nostrp2p/own/1'
/** Longer than an answer is held back while there is nothing new. */
const BOUNDS = { maxRequestBytes: MAX_OWN_REQUEST_BYTES, maxReplyBytes: MAX_OWN_REPLY_BYTES, maxMs: 75_000 }
/** One question is open at a time; a second covers one that crosses the end of the first. */
const MAX_STREAMS = 2

/** What this node answers to a peer; undefined for one that is not the owner's by a binding. */
export interface AnswerOwn {
  ids(peer: string, cursor: string): Promise<OwnIds | undefined>
  events(peer: string, ids: readonly string[]): OwnEvents | undefined
  deliveries(peer: string, ids: readonly string[]): Promise<OwnDeliveries | undefined>
}

export interface AskOwn {
  ids(peer: PeerId, cursor: string): Promise<OwnIds>
  events(peer: PeerId, ids: readonly string[]): Promise<OwnEvents>
  deliveries(peer: PeerId, ids: readonly string[]): Promise<OwnDeliveries>
}

/** Answers questions; the returned functions ask, and throw when the peer gives no proper answer. */
export async function serveOwn(host: Host, quotas: Quotas, own: AnswerOwn): Promise<AskOwn> {
  await answer(host, OWN_PROTOCOL, BOUNDS, MAX_STREAMS, async (bytes, connection) => {
    const peer = connection.remotePeer.toString()
    if (!quotas.take('own', peer)) throw new Error('too many questions')
    const request = expect(decodeOwnRequest(bytes))
    if (request.want === 'ids') return [encodeOwnIds(permitted(await own.ids(peer, request.cursor)))]
    if (request.want === 'events') return [encodeOwnEvents(permitted(own.events(peer, request.ids)))]
    return [encodeOwnDeliveries(permitted(await own.deliveries(peer, request.ids)))]
  })
  const question = (peer: PeerId, request: Uint8Array) => ask(host, peer, OWN_PROTOCOL, request, BOUNDS, next => next())
  return {
    ids: async (peer, cursor) => expect(decodeOwnIds(await question(peer, encodeOwnRequest({ want: 'ids', cursor })))),
    events: async (peer, ids) =>
      expect(decodeOwnEvents(await question(peer, encodeOwnRequest({ want: 'events', ids })))),
    deliveries: async (peer, ids) =>
      expect(decodeOwnDeliveries(await question(peer, encodeOwnRequest({ want: 'deliveries', ids })))),
  }
}

function expect<T extends object>(value: T | Rejection): T {
  if (isRejection(value)) throw new Error(value.reason)
  return value
}

/** The stream of a stranger is reset, as for a malformed request: it learns nothing. */
function permitted<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('that peer is not a proven node of this owner')
  return value
}
