/** The two gossip topics: bytes out, and bytes in that get exactly one verdict each. */
import type { GossipSub } from '@libp2p/gossipsub'
import { TopicValidatorResult } from '@libp2p/gossipsub'
import type { Verdict } from '../event/rejection.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import { EVENTS_TOPIC, NODES_TOPIC } from './gossipsub.ts'
import type { Quotas } from './quota.ts'

export type Topic = 'events' | 'nodes'

/** Bytes of a neighbour → whether they are passed on. Must not throw; if it does, the verdict is `ignore`. */
export type Judge = (bytes: Uint8Array, peer: string) => Promise<Verdict>

export interface Gossip {
  /** Sends to all neighbours of the topic; returns their peer IDs, none when there is no neighbour. */
  publish(topic: Topic, bytes: Uint8Array): Promise<string[]>
  /** Neighbours that subscribe to public events. */
  neighbours(): string[]
  stop(): void
}

export interface GossipParts {
  readonly gossipsub: GossipSub
  readonly judges: Record<Topic, Judge>
  readonly quotas: Quotas
  readonly counters: Counters
  readonly log: Logger
  /** Told when a peer joins the topic of public events. */
  readonly onNeighbour: (peer: string) => void
}

const NAMES: Record<Topic, string> = { events: EVENTS_TOPIC, nodes: NODES_TOPIC }
const VERDICTS: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

export function createGossip(parts: GossipParts): Gossip {
  const { gossipsub, judges, quotas, counters, log } = parts
  const ended = new AbortController()

  async function judge(topic: Topic, data: Uint8Array, peer: string): Promise<Verdict> {
    counters.add('gossip_messages', topic)
    if (!quotas.take(topic, peer)) return 'ignore'
    try {
      return await judges[topic](data, peer)
    } catch (error) {
      log('error', 'a gossiped message could not be handled', { reason: messageOf(error) })
      return 'ignore'
    }
  }

  for (const topic of Object.keys(NAMES) as Topic[]) {
    // Awaited by gossipsub before it passes the message on: one verdict for each, whatever happens inside.
    gossipsub.topicValidators.set(NAMES[topic], async (peer, message) => {
      const verdict = await judge(topic, message.data, peer.toString())
      counters.add('gossip_verdicts', verdict)
      return VERDICTS[verdict]
    })
    gossipsub.subscribe(NAMES[topic])
  }
  gossipsub.addEventListener(
    'subscription-change',
    ({ detail: { peerId, subscriptions } }) => {
      if (subscriptions.some(({ topic, subscribe }) => subscribe && topic === EVENTS_TOPIC))
        parts.onNeighbour(peerId.toString())
    },
    { signal: ended.signal },
  )

  return {
    async publish(topic, bytes) {
      if (gossipsub.getSubscribers(NAMES[topic]).length === 0) return []
      try {
        const { recipients } = await gossipsub.publish(NAMES[topic], bytes)
        return recipients.map(String)
      } catch (error) {
        // The last neighbour may have gone meanwhile; whoever called keeps what was not sent.
        log('debug', 'nothing was gossiped', { reason: messageOf(error) })
        return []
      }
    },
    neighbours: () => gossipsub.getSubscribers(EVENTS_TOPIC).map(String),
    stop: () => ended.abort(),
  }
}
