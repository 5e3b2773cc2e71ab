/** A peer's bytes → decode → the one door → exactly one verdict (gossip) or receipt (delivery). */
import { KIND } from '../event/kinds.ts'
import { isRejection, type Rejection, type Verdict, verdictOf } from '../event/rejection.ts'
import type { OnActivity } from '../observe/activity.ts'
import type { Receipt } from '../wire/deliver.ts'
import { decodeEvent } from '../wire/event-codec.ts'
import type { OwnEvents } from '../wire/own.ts'
import type { Accept, Accepted } from './accept.ts'
import { createRecentIds } from './recent-ids.ts'
import type { PeerSource } from './source.ts'

export interface ReceiveParts {
  readonly accept: Accept
  readonly onActivity: OnActivity
  /** Told when a deletion came in: it may withdraw a node of its author. */
  readonly onDeletion: (author: string) => void
}

export interface Receive {
  /** A gossiped event: whether it is passed on. What is here already was passed on already. */
  readonly judgeEvent: (bytes: Uint8Array, peer: string) => Promise<Verdict>
  /** A delivered event: what its sender is told. Throws only when the disk fails. */
  readonly takeDelivery: (bytes: Uint8Array, peer: string) => Promise<Receipt>
  /** An event copied from another node of this owner. Who copies it tells about it. */
  readonly takeCopy: (copy: NonNullable<OwnEvents[number]>, peer: string) => Promise<Accepted | Rejection>
  /** An event that a peer and this node turned out not to share. Who exchanges them tells about them. */
  readonly takeMissing: (
    bytes: Uint8Array,
    source: Extract<PeerSource, { via: 'sync' }>,
  ) => Promise<Accepted | Rejection>
  /** An event of an answer to our question. */
  readonly takeAnswer: (
    bytes: Uint8Array,
    source: Extract<PeerSource, { via: 'fetch' }>,
  ) => Promise<Accepted | Rejection>
}

/** Public events remembered at least that were copied and not gossiped: more than come in the time that gossip takes. */
const COPIED_REMEMBERED = 10_000

export function createReceive({ accept, onActivity, onDeletion }: ReceiveParts): Receive {
  /** Public events that came as copies: when gossip brings one, those behind this node have not seen it yet. */
  const copied = createRecentIds(COPIED_REMEMBERED)

  function noteCopy(outcome: Accepted | Rejection): void {
    if (isRejection(outcome) || outcome.result !== 'stored' || !outcome.route.broadcast) return
    copied.add(outcome.event.id)
  }

  async function take(bytes: Uint8Array, source: PeerSource): Promise<Accepted | Rejection> {
    const event = decodeEvent(bytes)
    if (isRejection(event)) return event
    const outcome = await accept(event, source)
    if (!isRejection(outcome) && isNews(outcome)) {
      if (event.kind === KIND.deletion) onDeletion(event.pubkey)
      const { via, peer } = source
      if (via !== 'own-node' && via !== 'sync') onActivity({ what: 'received', event: outcome.event, via, peer })
    }
    return outcome
  }

  return {
    async judgeEvent(bytes, peer) {
      const outcome = await take(bytes, { via: 'gossip', peer })
      if (isRejection(outcome)) return verdictOf(outcome)
      return isNews(outcome) || copied.delete(outcome.event.id) ? 'accept' : 'ignore'
    },
    async takeDelivery(bytes, peer) {
      const outcome = await take(bytes, { via: 'deliver', peer })
      if (isRejection(outcome)) return outcome
      return { result: outcome.result === 'passed' ? 'stored' : outcome.result }
    },
    async takeCopy(copy, peer) {
      const isOpen = !(copy instanceof Uint8Array)
      const outcome = await take(isOpen ? copy[0] : copy, { via: 'own-node', peer, isOpen })
      noteCopy(outcome)
      return outcome
    },
    async takeMissing(bytes, source) {
      const outcome = await take(bytes, source)
      noteCopy(outcome)
      return outcome
    },
    takeAnswer: take,
  }
}

function isNews({ result }: Accepted): boolean {
  return result === 'stored' || result === 'passed'
}
