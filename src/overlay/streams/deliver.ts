/** `/nostrp2p/deliver/1`: events to one owner's node, acknowledged one by one. */
import type { PeerId } from '@libp2p/interface'
import { isRejection, reject } from '../../event/rejection.ts'
import { decodeDeliver, decodeReceipts, encodeDeliver, encodeReceipts, type Receipt } from '../../wire/deliver.ts'
import { MAX_DELIVER_BYTES, MAX_DELIVER_EVENTS, MAX_RECEIPTS_BYTES } from '../../wire/limits.ts'
import type { Host } from '../libp2p.ts'
import type { Quotas } from '../quota.ts'
import { answer, ask } from './exchange.ts'

export const DELIVER_PROTOCOL = '/nostrp2p/deliver/1'
const BOUNDS = { maxRequestBytes: MAX_DELIVER_BYTES, maxReplyBytes: MAX_RECEIPTS_BYTES }
const MAX_STREAMS = 8

/** One event of a peer → what became of it. */
export type TakeDelivery = (bytes: Uint8Array, peer: string) => Promise<Receipt>

/** Answers deliveries; the returned function delivers, and throws when the peer gives no proper answer. */
export async function serveDeliver(
  host: Host,
  quotas: Quotas,
  take: TakeDelivery,
): Promise<(peer: PeerId, events: readonly Uint8Array[]) => Promise<Receipt[]>> {
  await answer(host, DELIVER_PROTOCOL, BOUNDS, MAX_STREAMS, async (request, connection) => {
    const peer = connection.remotePeer.toString()
    const events = decodeDeliver(request)
    if (isRejection(events)) throw new Error(events.reason)
    if (!quotas.take('deliver', peer, events.length)) {
      return [
        encodeReceipts(events.map(() => reject('overloaded', 'Too many deliveries from this node. Try again later.'))),
      ]
    }
    return [encodeReceipts(await Promise.all(events.map(event => take(event, peer))))]
  })
  return async (peer, events) => {
    if (events.length > MAX_DELIVER_EVENTS) throw new Error(`a delivery takes ${MAX_DELIVER_EVENTS} events at most`)
    const reply = await ask(host, peer, DELIVER_PROTOCOL, encodeDeliver(events), BOUNDS, next => next())
    const receipts = decodeReceipts(reply)
    if (isRejection(receipts)) throw new Error(receipts.reason)
    if (receipts.length !== events.length) throw new Error('the receipts do not fit the delivery')
    return receipts
  }
}
