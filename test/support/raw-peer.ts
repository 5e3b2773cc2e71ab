/**
 * A bare libp2p host that speaks the overlay's protocols byte by byte: what a node of ours would never send can be sent,
 * and everything that it answers is seen as it came.
 */
import { createHash } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { gossipsub, StrictNoSign, TopicValidatorResult } from '@libp2p/gossipsub'
import { identify, identifyPush } from '@libp2p/identify'
import type { PeerId, PrivateKey, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { lpStream } from '@libp2p/utils'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { encodeHello, type Hello } from '../../src/wire/hello.ts'
import type { CleanUp } from './clean-up.ts'
import { until } from './until.ts'

export const EVENTS_TOPIC = '/nostrp2p/1/events'
export const NODES_TOPIC = '/nostrp2p/1/nodes'
export const HELLO = '/nostrp2p/hello/1'
export const DELIVER = '/nostrp2p/deliver/1'
export const FETCH = '/nostrp2p/fetch/1'
export const SYNC = '/nostrp2p/sync/1'

export const NOBODY: Hello = { agent: 'raw/1', abilities: [], owner: null, binding: null, announcements: [] }

export interface RawPeer {
  readonly id: string
  readonly privateKey: PrivateKey
  readonly peerId: PeerId
  /** Addresses that others may dial, with the peer ID. */
  addresses(): string[]
  connect(address: string): Promise<PeerId>
  /** A new stream of this protocol to a connected peer; throws when the peer does not speak it. */
  open(peer: PeerId, protocol: string): Promise<Stream>
  /** Sends one length-prefixed message and gives the first reply; throws when the stream is reset. */
  ask(peer: PeerId, protocol: string, message: Uint8Array): Promise<Uint8Array>
  /** Introduces itself; without an argument as nobody's node. */
  sayHello(peer: PeerId, hello?: Partial<Hello>): Promise<Uint8Array>
  /** Answers a protocol in whatever way. */
  handle(protocol: string, answer: (stream: Stream, peer: PeerId) => unknown): Promise<void>
  /** Speaks a protocol no more, and tells its peers so. */
  unhandle(protocol: string): Promise<void>
  /** Gossips bytes as they are; returns to how many peers. */
  gossip(topic: string, bytes: Uint8Array): Promise<number>
  /** Waits until this peer can gossip to that one. */
  meet(peer: PeerId): Promise<void>
  /** Every message that came by gossip. */
  readonly heard: readonly { readonly topic: string; readonly data: Uint8Array }[]
  isConnected(peer: PeerId): boolean
  /** Closes every connection at once. */
  hangUp(peer: PeerId): Promise<void>
  stop(): Promise<void>
}

export interface RawPeerOptions {
  readonly privateKey?: PrivateKey
  /** Takes part in gossip; true unless told otherwise. */
  readonly gossips?: boolean
  /** Passes nothing on. */
  readonly swallows?: boolean
  /** What identify tells beside the address where it listens. */
  readonly alsoAnnounces?: readonly string[]
}

export async function startRawPeer(cleanUp: CleanUp, options: RawPeerOptions = {}): Promise<RawPeer> {
  const privateKey = options.privateKey ?? (await generateKeyPair('Ed25519'))
  const host = await createLibp2p({
    privateKey,
    addresses: {
      listen: ['/ip4/127.0.0.1/tcp/0'],
      appendAnnounce: [...(options.alsoAnnounces ?? [])],
    },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { reconnectRetries: 0 },
    services: {
      identify: identify(),
      identifyPush: identifyPush(),
      gossip: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        allowPublishToZeroTopicPeers: true,
        ignoreDuplicatePublishError: true,
        floodPublish: true,
        msgIdFn: ({ topic, data }) => messageId(topic, data),
      }),
    },
  })
  cleanUp.add(() => host.stop())
  const heard: { topic: string; data: Uint8Array }[] = []
  const { gossip } = host.services
  if (options.gossips !== false) {
    for (const topic of [EVENTS_TOPIC, NODES_TOPIC]) {
      gossip.topicValidators.set(topic, (_, message) => {
        heard.push({ topic, data: message.data })
        return options.swallows === true ? TopicValidatorResult.Ignore : TopicValidatorResult.Accept
      })
      gossip.subscribe(topic)
    }
  }
  // A node of ours says hello to whomever it dials.
  await host.handle(HELLO, async stream => {
    const frames = lpStream(stream)
    await frames.read()
    await frames.write(encodeHello(NOBODY))
    await stream.close()
  })

  async function ask(peer: PeerId, protocol: string, message: Uint8Array): Promise<Uint8Array> {
    const stream = await host.dialProtocol(peer, protocol)
    const frames = lpStream(stream)
    const signal = AbortSignal.timeout(5_000)
    await frames.write(message, { signal })
    const reply = (await frames.read({ signal })).subarray()
    await stream.close()
    return reply
  }

  return {
    id: host.peerId.toString(),
    peerId: host.peerId,
    privateKey,
    addresses: () => host.getMultiaddrs().map(String),
    connect: async address => (await host.dial(multiaddr(address))).remotePeer,
    open: (peer, protocol) => host.dialProtocol(peer, protocol),
    ask,
    sayHello: (peer, hello = {}) => ask(peer, HELLO, encodeHello({ ...NOBODY, ...hello })),
    async handle(protocol, answer) {
      await host.unhandle(protocol)
      await host.handle(protocol, (stream, connection) => void answer(stream, connection.remotePeer), {
        maxInboundStreams: 32,
      })
    },
    unhandle: protocol => host.unhandle(protocol),
    gossip: async (topic, bytes) => (await gossip.publish(topic, bytes)).recipients.length,
    async meet(peer) {
      await until('a gossip stream to the node', () => {
        const isSubscribed = gossip.getSubscribers(EVENTS_TOPIC).some(id => id.equals(peer))
        const streams = host.getConnections(peer).flatMap(connection => connection.streams)
        return (
          isSubscribed &&
          streams.some(({ direction, protocol }) => direction === 'outbound' && /meshsub/.test(protocol))
        )
      })
    },
    heard,
    isConnected: peer => host.getConnections(peer).length > 0,
    hangUp: async peer => {
      for (const connection of host.getConnections(peer)) connection.abort(new Error('gone'))
    },
    stop: async () => void (await host.stop()),
  }
}

/** O5.2 */
export function messageId(topic: string, data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(topic))
  return createHash('sha256').update(length).update(topic).update(data).digest().subarray(0, 20)
}
