/** A peer's bytes → decode → the one door → exactly one verdict (gossip) or receipt (delivery). */
import { KIND } from '../event/kinds.ts'
import { isRejection, type Rejection, type Verdict, verdictOf } from '../event/rejection.ts'
import type { OnActivity } from '../observe/activity.ts'
import type { Receipt } from '../wire/deliver.ts'
import { decodeEvent } from '../wire/event-codec.ts'
import type { Accept, Accepted } from './accept.ts'
import type { Source } from './source.ts'

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
  /** An event of an answer to our question. */
  readonly takeAnswer: (bytes: Uint8Array, source: Extract<Source, { via: 'fetch' }>) => Promise<Accepted | Rejection>
}

export function createReceive({ accept, onActivity, onDeletion }: ReceiveParts): Receive {
  async function take(bytes: Uint8Array, source: Exclude<Source, { via: 'client' }>): Promise<Accepted | Rejection> {
    const event = decodeEvent(bytes)
    if (isRejection(event)) return event
    const outcome = await accept(event, source)
    if (!isRejection(outcome) && isNews(outcome)) {
      if (event.kind === KIND.deletion) onDeletion(event.pubkey)
      onActivity({ what: 'received', event: outcome.event, via: source.via, peer: source.peer })
    }
    return outcome
  }

  return {
    async judgeEvent(bytes, peer) {
      const outcome = await take(bytes, { via: 'gossip', peer })
      if (isRejection(outcome)) return verdictOf(outcome)
      return isNews(outcome) ? 'accept' : 'ignore'
    },
    async takeDelivery(bytes, peer) {
      const outcome = await take(bytes, { via: 'deliver', peer })
      if (isRejection(outcome)) return outcome
      return { result: outcome.result === 'passed' ? 'stored' : outcome.result }
    },
    takeAnswer: take,
  }
}

function isNews({ result }: Accepted): boolean {
  return result === 'stored' || result === 'passed'
}
