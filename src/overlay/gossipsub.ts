/** How gossipsub is set up: topics, bounds, message id, and a score that does something. */
import { createHash } from 'node:crypto'
import { type GossipSub, gossipsub, StrictNoSign } from '@libp2p/gossipsub'
import { createPeerScoreParams, createTopicScoreParams } from '@libp2p/gossipsub/score'
import type { Connection, PeerId } from '@libp2p/interface'
import { MAX_EVENT_PACKET_BYTES } from '../wire/limits.ts'

export const EVENTS_TOPIC = '/nostrp2p/1/events'
export const NODES_TOPIC = '/nostrp2p/1/nodes'
const TOPICS = [EVENTS_TOPIC, NODES_TOPIC]

export interface GossipOptions {
  readonly mesh: { readonly d: number; readonly low: number; readonly high: number; readonly lazy: number }
  /** Messages of ten minutes remembered, about 170 bytes each; and with who brought them, 300 bytes, those of two minutes. */
  readonly maxSeen: number
  /** Nodes that were heard of, and peers that have gone: of them identify's word, score and quotas, about 1 kB each. */
  readonly remembered: { readonly nodes: number; readonly peers: number }
}

const HEARTBEAT_MS = 1_000
/** Longer than a message can wander in the mesh, and than a peer waits before it offers one again. */
const SEEN_MS = 10 * 60_000
/** Answers to IWANT may come late on a loaded machine; three seconds punished honest peers (Lodestar uses 12). */
const IWANT_FOLLOW_UP_MS = 6_000
const MESSAGE_ID_BYTES = 20

export function createGossipsub({ mesh, maxSeen, remembered }: GossipOptions) {
  const create = gossipsub({
    globalSignaturePolicy: StrictNoSign,
    allowedTopics: TOPICS,
    // A second protocol with weaker rules is only a surface for attacks.
    fallbackToFloodsub: false,
    msgIdFn: message => messageId(message.topic, message.data),
    D: mesh.d,
    Dlo: mesh.low,
    Dhi: mesh.high,
    Dlazy: mesh.lazy,
    Dout: Math.max(1, Math.floor(mesh.low / 2)),
    Dscore: mesh.low,
    heartbeatInterval: HEARTBEAT_MS,
    seenTTL: SEEN_MS,
    gossipsubIWantFollowupMs: IWANT_FOLLOW_UP_MS,
    // The first copies go to every neighbour: a post must leave the author's node even if the mesh is still forming.
    floodPublish: true,
    // The outbox sends again after a restart what may have gone out already.
    ignoreDuplicatePublishError: true,
    maxInboundDataLength: MAX_EVENT_PACKET_BYTES + 4 * 1024,
    maxOutboundBufferSize: 4 * 1024 * 1024,
    maxTopicBytesPerPeer: 16 * 1024,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 512,
      maxIhaveMessageIDs: 256,
      maxIwantMessageIDs: 256,
      maxIdontwantMessageIDs: 256,
      maxControlMessages: 64,
      maxPeerInfos: 0,
    },
    scoreParams: SCORE,
    scoreThresholds: {
      gossipThreshold: -4_000,
      publishThreshold: -8_000,
      graylistThreshold: -16_000,
      acceptPXThreshold: 100,
      opportunisticGraftThreshold: 5,
    },
  })
  return (components: Parameters<typeof create>[0]): GossipSub => {
    const router = create(components)
    if (isRouter(router)) {
      keepWhoCameAgain(router, peer => components.connectionManager.getConnections(peer))
      for (const cache of [router.seenCache, router.publishedMessageIds]) bound(cache, maxSeen)
      boundRecords(router.score.deliveryRecords, maxSeen)
      boundScores(router.score, remembered.peers)
    }
    return router
  }
}

/** Members of the library's class that its interface does not name. */
interface Router {
  onPeerConnected(peer: PeerId, connection: Connection): void
  onPeerDisconnected(peer: PeerId): void
  readonly seenCache: TimeCache
  readonly publishedMessageIds: TimeCache
  readonly score: Scores
}

/** What is thought of each peer; of those that left, for an hour (`retainScore`). */
interface Scores {
  readonly deliveryRecords: DeliveryRecords
  readonly peerStats: Map<string, { readonly connected: boolean; readonly knownIPs: Iterable<string> }>
  readonly scoreCache: Map<string, unknown>
  addPeer(id: string): void
  removePeer(id: string): void
  removeIPsForPeer(id: string, ips: Iterable<string>): void
}

/** Who brought the messages of the last two minutes. */
interface DeliveryRecords {
  readonly records: Map<string, unknown>
  readonly queue: { readonly length: number; shift(): { readonly msgId: string } | undefined }
  ensureRecord(id: string): unknown
}

interface TimeCache {
  readonly entries: Map<string, unknown>
  put(id: string, value: unknown): boolean
}

function isRouter(router: object): router is Router {
  const names = ['onPeerConnected', 'onPeerDisconnected', 'seenCache', 'publishedMessageIds', 'score']
  return names.every(name => name in router)
}

/** Messages and scores that are remembered. */
export function remembered(gossip: GossipSub): { readonly messages: number; readonly scores: number } {
  if (!isRouter(gossip)) return { messages: 0, scores: 0 }
  return { messages: gossip.seenCache.entries.size, scores: gossip.score.peerStats.size }
}

/** The library's only bound is time. What is forgotten early and comes again, the store knows; nobody's score suffers. */
function bound(cache: TimeCache, max: number): void {
  const put = cache.put.bind(cache)
  cache.put = (id, value) => {
    const isKnown = put(id, value)
    if (cache.entries.size > max) cache.entries.delete(cache.entries.keys().next().value!)
    return isKnown
  }
}

/**
 * That a connection is gone, or a stream of one that led nowhere has ended, the library hears late, and then forgets the
 * peer with its subscriptions, although it came again meanwhile; the peer does not say those twice, and hears nothing more.
 */
function keepWhoCameAgain(router: Router, connectionsTo: (peer: PeerId) => readonly Connection[]): void {
  const forget = router.onPeerDisconnected.bind(router)
  router.onPeerDisconnected = peer => {
    const again = connectionsTo(peer).find(({ status, limits }) => status === 'open' && limits === undefined)
    if (again === undefined) forget(peer)
    else router.onPeerConnected(peer, again)
  }
}

function boundRecords(deliveries: DeliveryRecords, max: number): void {
  const ensureRecord = deliveries.ensureRecord.bind(deliveries)
  deliveries.ensureRecord = id => {
    const record = ensureRecord(id)
    const oldest = deliveries.queue.length > max ? deliveries.queue.shift() : undefined
    if (oldest !== undefined) deliveries.records.delete(oldest.msgId)
    return record
  }
}

/** Who comes with a new key each time is remembered no longer than there is room; who left with a good score, not at all. */
function boundScores(scores: Scores, max: number): void {
  const { peerStats, scoreCache } = scores
  const [addPeer, removePeer] = [scores.addPeer.bind(scores), scores.removePeer.bind(scores)]
  scores.addPeer = id => {
    // The library forgets neither the old order nor the old addresses of who comes again.
    scores.removeIPsForPeer(id, peerStats.get(id)?.knownIPs ?? [])
    peerStats.delete(id)
    addPeer(id)
    if (peerStats.size <= max) return
    // Few are connected, so this is a short way.
    const longest = peerStats.entries().find(([, { connected }]) => !connected)
    if (longest === undefined) return
    const [left, { knownIPs }] = longest
    scores.removeIPsForPeer(left, knownIPs)
    peerStats.delete(left)
    scoreCache.delete(left)
  }
  scores.removePeer = id => {
    removePeer(id)
    if (!peerStats.has(id)) scoreCache.delete(id)
  }
}

/** SHA-256 over the length of the topic, the topic and the bytes: no other split of the same bytes has this id. */
export function messageId(topic: string, data: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(4)
  frame.writeUInt32BE(Buffer.byteLength(topic))
  return createHash('sha256').update(frame).update(topic).update(data).digest().subarray(0, MESSAGE_ID_BYTES)
}

/**
 * The form of Lodestar's parameters: time in the mesh and first deliveries count a little, invalid messages a lot.
 * A microblog has no steady rate, so silence is no fault (P3 off).
 */
const TOPIC_SCORE = createTopicScoreParams({
  topicWeight: 1,
  timeInMeshWeight: 0.033,
  timeInMeshQuantum: 12_000,
  timeInMeshCap: 300,
  firstMessageDeliveriesWeight: 1,
  firstMessageDeliveriesDecay: 0.99,
  firstMessageDeliveriesCap: 40,
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  invalidMessageDeliveriesWeight: -50,
  invalidMessageDeliveriesDecay: 0.99,
})

const SCORE = createPeerScoreParams({
  topics: { [EVENTS_TOPIC]: TOPIC_SCORE, [NODES_TOPIC]: TOPIC_SCORE },
  topicScoreCap: 50,
  // Many homes share an address, and all nodes of a test do; slots are guarded by the connection limits instead.
  IPColocationFactorWeight: 0,
  behaviourPenaltyWeight: -10,
  behaviourPenaltyThreshold: 6,
  behaviourPenaltyDecay: 0.99,
  decayInterval: 12_000,
  decayToZero: 0.01,
  retainScore: 60 * 60_000,
})
