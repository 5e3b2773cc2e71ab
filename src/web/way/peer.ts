/**
 * This page as a small libp2p peer: it dials, and nobody dials it. Only this folder's lazily loaded part imports it, so
 * that libp2p is not loaded where the node itself answers.
 */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { type Identify, identify } from '@libp2p/identify'
import type { Connection } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { webRTC, webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { HTTP_PROTOCOL } from '../../wire/away.ts'
import type { ByteStream } from './byte-stream.ts'
import { byteStreamOf } from './peer-stream.ts'

export interface Peer {
  /** @throws when it cannot be had, or somebody else is there */
  dial(address: string, signal: AbortSignal): Promise<PeerConnection>
  stop(): Promise<void>
}

export interface PeerConnection {
  /** Peer ID of the other side, proven. */
  readonly peer: string
  /** Through a public node, with little room. */
  readonly isLimited: boolean
  /** Aborted when it has ended, by whichever side. */
  readonly ended: AbortSignal
  /** A stream of `/http/1.1`. */
  open(signal: AbortSignal): Promise<ByteStream>
  /** Keeps what the other side says of its addresses, so that STUN servers are known. */
  learn(signal: AbortSignal): Promise<void>
  close(): void
}

/** Public nodes answer STUN at the UDP port of the same number as their TCP port (specification/overlay.md, O13). */
const MAX_STUN_SERVERS = 2

/** @param seed of the Ed25519 key of this browser */
export async function startPeer(seed: Uint8Array): Promise<Peer> {
  const stunServers = new Set<string>()
  const iceServers = () => [...stunServers].slice(-MAX_STUN_SERVERS).map(server => ({ urls: [server] }))
  const host = await createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', seed),
    transports: [
      webSockets(),
      webRTCDirect(),
      webRTC({ rtcConfiguration: () => ({ iceServers: iceServers() }) }),
      circuitRelayTransport(),
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // A node at home or on this machine is a place to go as well.
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { reconnectRetries: 0 },
    // Pulls are the signs of life; its own would be traffic.
    connectionMonitor: { enabled: false },
    services: {
      // Answers the node's; one that gets none takes the connection for dead.
      ping: ping(),
      identify: identify({ runOnConnectionOpen: false }),
      // Beside the dial queue, which takes a circuit that stands for a connection that need not be made.
      transports: ({ transportManager }: { transportManager: TransportManager }) => transportManager,
    },
  })

  return {
    async dial(address, signal) {
      const connection = await host.services.transports.dial(multiaddr(address), { signal })
      return asPeerConnection(connection, host.services.identify, server => stunServers.add(server))
    },
    async stop() {
      await host.stop()
    },
  }
}

function asPeerConnection(
  connection: Connection,
  identifier: Identify,
  onStunServer: (server: string) => void,
): PeerConnection {
  const ending = new AbortController()
  connection.addEventListener('close', () => ending.abort())
  if (connection.status !== 'open') ending.abort()
  return {
    peer: connection.remotePeer.toString(),
    isLimited: connection.limits !== undefined,
    ended: ending.signal,
    async open(signal) {
      return byteStreamOf(await connection.newStream(HTTP_PROTOCOL, { signal, runOnLimitedConnection: true }))
    },
    async learn(signal) {
      const { listenAddrs } = await identifier.identify(connection, { signal })
      for (const address of listenAddrs) {
        const [, ip, port] = /^\/ip4\/([\d.]+)\/tcp\/(\d+)(?:\/p2p\/[^/]+)?$/.exec(address.toString()) ?? []
        if (ip !== undefined) onStunServer(`stun:${ip}:${port}`)
      }
    },
    // At once: a dead one that is still listed would be taken for the next direct connection's signals.
    close() {
      ending.abort()
      connection.abort(new Error('nobody uses it any more'))
    },
  }
}
