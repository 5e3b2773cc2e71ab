/** Configuration → libp2p node. Every bound is finite; the reasons stand beside the numbers (specification/limits.md). */

import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import { identify, identifyPush } from '@libp2p/identify'
import type { PrivateKey } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import type { Logger } from '../observe/log.ts'
import { createGater, type GatedHost } from './dial-filter.ts'
import { type DoorsParts, doorsService } from './doors/doors.ts'
import { createGossipsub, type GossipOptions } from './gossipsub.ts'
import type { OwnAddresses } from './nat/own-addresses.ts'
import { createPeerRecords } from './peer-records.ts'
import type { Quotas } from './quota.ts'
import { circuitTransport, type RelayOptions, relayService } from './relays/relay.ts'
import { webRtcService } from './webrtc.ts'
import { sparingYamux } from './yamux.ts'

export interface Libp2pOptions extends RelayOptions, GossipOptions {
  readonly privateKey: PrivateKey
  /** Multiaddrs to listen on. */
  readonly listen: readonly string[]
  /** Program and version, shown by identify. */
  readonly agent: string
  readonly maxPeers: number
}

/** What the DHT and mDNS take of libp2p's parts. */
type Inside = Omit<KadDHTComponents, 'ping'>

/** libp2p in the form that this program uses. */
export type Host = Awaited<ReturnType<typeof createHost>>

/** Streams of one protocol on one connection: hello, deliver, fetch, gossip, identify, ping, with room for bursts. */
const MAX_STREAMS_PER_CONNECTION = 128
/** What a peer may send ahead on one stream before it is read. */
const MAX_UNREAD_BYTES = 1024 * 1024
/** A peer that does not read is dropped at this point instead of filling the memory. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024
/** A home router or a test on loopback has many nodes behind one address. */
const MAX_NEW_CONNECTIONS_PER_HOST_AND_SECOND = 50
const MAX_PENDING_CONNECTIONS = 50
/** Whoever dialled finds out soon that the router between has forgotten the connection: 1 kB a minute while it is idle. */
const DIALLED_KEEP_ALIVE_MS = 8_000
const ACCEPTED_KEEP_ALIVE_MS = 30_000

/** What the libp2p node asks of the rest of the overlay. */
export interface HostParts {
  readonly own: OwnAddresses
  readonly quotas: Quotas
  readonly counters: Counters
  readonly clock: Clock
  readonly log: Logger
  readonly doors?: DoorsParts | undefined
}

/** Builds the libp2p node; its `start` listens, and throws when an address cannot be listened on. */
export async function createHost(options: Libp2pOptions, parts: HostParts) {
  const { own, quotas, counters, clock, log } = parts
  const id = peerIdFromPrivateKey(options.privateKey)
  const { peers: maxGone } = options.remembered
  let gated: GatedHost | undefined
  let listening: () => Multiaddr[] = () => []
  const records = createPeerRecords(maxGone, () => [
    id,
    ...(gated?.getConnections() ?? []).map(({ remotePeer }) => remotePeer),
  ])
  const host = await createLibp2p({
    start: false,
    privateKey: options.privateKey,
    datastore: records,
    // What libp2p itself would tell of its addresses is replaced as a whole.
    addresses: {
      listen: [...options.listen],
      announceFilter: () => own.list(listening()).map(address => address.encapsulate(`/p2p/${id}`)),
    },
    transports: [
      tcp({
        dialOpts: { noDelay: true, keepAlive: true, keepAliveInitialDelay: DIALLED_KEEP_ALIVE_MS },
        listenOpts: { noDelay: true, keepAlive: true, keepAliveInitialDelay: ACCEPTED_KEEP_ALIVE_MS },
      }),
      circuitTransport(),
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [
      sparingYamux({
        maxInboundStreams: MAX_STREAMS_PER_CONNECTION,
        maxOutboundStreams: MAX_STREAMS_PER_CONNECTION,
        streamOptions: { maxReadBufferLength: MAX_UNREAD_BYTES, maxWriteBufferLength: MAX_UNSENT_BYTES },
      }),
    ],
    connectionManager: {
      maxConnections: options.maxPeers,
      maxIncomingPendingConnections: MAX_PENDING_CONNECTIONS,
      inboundConnectionThreshold: MAX_NEW_CONNECTIONS_PER_HOST_AND_SECOND,
      // libp2p forgets a peer after five failed redials (about 31 s); peers.ts redials by its own rules, for ever.
      reconnectRetries: 0,
    },
    connectionGater: createGater(() => gated, options.maxPeers, maxGone),
    // `liveness.ts` asks for signs of life, and not those that tell by themselves.
    connectionMonitor: { enabled: false },
    nodeInfo: { userAgent: options.agent },
    services: {
      identify: identify(),
      // A node that others turn out to reach begins to answer for the DHT, and tells its neighbours so.
      identifyPush: identifyPush(),
      ping: ping(),
      gossip: createGossipsub(options),
      // Libp2p's parts for what is loaded later: DHT and mDNS.
      inside: (components: Inside) => ({ components }),
      peerRecords: () => ({ count: () => records.size }),
      transports: ({ transportManager }: Pick<CircuitRelayTransportComponents, 'transportManager'>) => {
        listening = () => transportManager.getAddrs()
        // Beside the dial queue, which makes one dial of all dials of the same peer.
        const dial = (address: Multiaddr, signal: AbortSignal) => transportManager.dial(address, { signal })
        return { listening, dial }
      },
      relay: relayService(options, counters, quotas, clock),
      webRtc: webRtcService(log),
      doors: doorsService(options.listen, parts),
    },
  })
  gated = {
    peerId: host.peerId,
    getConnections: peer => host.getConnections(peer),
    // Also where nobody gets in, and which it does not tell therefore.
    getMultiaddrs: () => [...host.getMultiaddrs(), ...listening()],
  }
  return host
}
