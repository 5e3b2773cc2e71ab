/** `/nostrp2p/own/1`: one question between two nodes of one owner, one answer (specification/overlay.md, O20). */
import type { PeerId } from '@libp2p/interface'
import { isRejection, type Rejection } from '../../event/rejection.ts'
import { MAX_OWN_REPLY_BYTES, MAX_OWN_REQUEST_BYTES } from '../../wire/limits.ts'
import {
  decodeOwnCompared,
  decodeOwnDeliveries,
  decodeOwnEvents,
  decodeOwnGone,
  decodeOwnIds,
  decodeOwnRequest,
  encodeOwnCompared,
  encodeOwnDeliveries,
  encodeOwnEvents,
  encodeOwnGone,
  encodeOwnIds,
  encodeOwnRequest,
  type OwnAnswers,
  type OwnQuestions,
  type OwnRequest,
} from '../../wire/own.ts'
import type { Host } from '../libp2p.ts'
import type { Quotas } from '../quota.ts'
import { answer, ask } from './exchange.ts'

export const OWN_PROTOCOL = '/nostrp2p/own/1'
/** Longer than an answer is held back while there is nothing new. */
const BOUNDS = { maxRequestBytes: MAX_OWN_REQUEST_BYTES, maxReplyBytes: MAX_OWN_REPLY_BYTES, maxMs: 75_000 }
/** One question is open at a time; a second covers one that crosses the end of the first. */
const MAX_STREAMS = 2

/** @param connect connects to the node that is asked, before each question */
export type AskOwn = (connect: () => Promise<PeerId>) => OwnQuestions

/** Answers questions; the returned functions ask. */
export async function serveOwn(host: Host, quotas: Quotas, own: OwnAnswers): Promise<AskOwn> {
  await answer(host, OWN_PROTOCOL, BOUNDS, MAX_STREAMS, async (bytes, connection) => {
    const peer = connection.remotePeer.toString()
    if (!quotas.take('own', peer)) throw new Error('too many questions')
    const request = expect(decodeOwnRequest(bytes))
    return [await reply(peer, request)]
  })
  async function reply(peer: string, request: OwnRequest): Promise<Uint8Array> {
    switch (request.want) {
      case 'ids':
        return encodeOwnIds(permitted(await own.ids(peer, request.cursor)))
      case 'events':
        return encodeOwnEvents(permitted(own.events(peer, request.ids)))
      case 'deliveries':
        return encodeOwnDeliveries(permitted(await own.deliveries(peer, request.ids)))
      case 'compare':
        return encodeOwnCompared(permitted(await own.compare(peer, request.message)))
      case 'gone':
        return encodeOwnGone(permitted(await own.gone(peer, request.cursor)))
    }
  }

  return connect => {
    const question = async (request: OwnRequest) =>
      ask(host, await connect(), OWN_PROTOCOL, encodeOwnRequest(request), BOUNDS, next => next())
    return {
      ids: async cursor => expect(decodeOwnIds(await question({ want: 'ids', cursor }))),
      events: async ids => expect(decodeOwnEvents(await question({ want: 'events', ids }))),
      deliveries: async ids => expect(decodeOwnDeliveries(await question({ want: 'deliveries', ids }))),
      compare: async message => expect(decodeOwnCompared(await question({ want: 'compare', message }))),
      gone: async cursor => expect(decodeOwnGone(await question({ want: 'gone', cursor }))),
    }
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
