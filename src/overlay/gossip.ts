/** The two gossip topics: bytes out, and bytes in that get exactly one verdict each. */
import type { GossipSub } from '@libp2p/gossipsub'
import { TopicValidatorResult } from '@libp2p/gossipsub'
import type { Verdict } from '../event/rejection.ts'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import { EVENTS_TOPIC, NODES_TOPIC } from './gossipsub.ts'
import type { Quotas } from './quota.ts'

export type Topic = 'events' | 'nodes'

/** Bytes of a neighbour → whether they are passed on. Must not throw; if it does, the verdict is `ignore`. */
export type Judge = (bytes: Uint8Array, peer: string) => Promise<Verdict>

export interface Gossip {
  /** Subscribes to both topics; the host must have started. */
  join(): void
  /** Sends to all neighbours of the topic; returns their peer IDs, none when there is no neighbour. */
  publish(topic: Topic, bytes: Uint8Array): Promise<string[]>
  /** Neighbours that get public events. */
  neighbours(): string[]
  stop(): void
}

export interface GossipParts {
  readonly gossipsub: GossipSub
  readonly judges: Record<Topic, Judge>
  readonly quotas: Quotas
  readonly counters: Counters
  readonly log: Logger
  /** Told when a peer is there that gets public events from now on. */
  readonly onNeighbour: (peer: string) => void
  readonly clock: Clock
}

const NAMES: Record<Topic, string> = { events: EVENTS_TOPIC, nodes: NODES_TOPIC }
const VERDICTS: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

/** A peer may subscribe before our own stream to it is open; gossipsub sends it nothing then, and says nothing of it. */
const STREAM_LOOK_MS = 50
const STREAM_LOOKS = 100

/** Sets the verdicts up, so that no message comes before its judge. Nothing is received before `join`. */
export function createGossip(parts: GossipParts): Gossip {
  const { gossipsub, judges, quotas, counters, log, clock } = parts
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
  }

  /** Subscribers that a message can be sent to. */
  function reachable(topic: Topic): string[] {
    const ids = gossipsub.getSubscribers(NAMES[topic]).map(String)
    const streams = outboundStreams(gossipsub)
    return streams === undefined ? ids : ids.filter(id => streams.has(id))
  }

  function awaitStream(peer: string, looks: number): void {
    if (ended.signal.aborted || looks === 0) return
    if (reachable('events').includes(peer)) parts.onNeighbour(peer)
    else clock.after(STREAM_LOOK_MS, () => awaitStream(peer, looks - 1))
  }

  gossipsub.addEventListener(
    'subscription-change',
    ({ detail: { peerId, subscriptions } }) => {
      if (subscriptions.some(({ topic, subscribe }) => subscribe && topic === EVENTS_TOPIC))
        awaitStream(peerId.toString(), STREAM_LOOKS)
    },
    { signal: ended.signal },
  )

  return {
    join() {
      for (const name of Object.values(NAMES)) gossipsub.subscribe(name)
    },
    async publish(topic, bytes) {
      // Gossipsub counts as sent what it could send to nobody, and refuses it for ten minutes.
      if (reachable(topic).length === 0) return []
      try {
        const { recipients } = await gossipsub.publish(NAMES[topic], bytes)
        return recipients.map(String)
      } catch (error) {
        // The last neighbour may have gone meanwhile; whoever called keeps what was not sent.
        log('debug', 'nothing was gossiped', { reason: messageOf(error) })
        return []
      }
    },
    neighbours: () => reachable('events'),
    stop: () => ended.abort(),
  }
}

/** A public field of the library's class that its interface does not name. */
function outboundStreams(gossipsub: GossipSub): ReadonlyMap<unknown, unknown> | undefined {
  const hasStreams = 'streamsOutbound' in gossipsub && gossipsub.streamsOutbound instanceof Map
  return hasStreams ? (gossipsub.streamsOutbound as ReadonlyMap<unknown, unknown>) : undefined
}
