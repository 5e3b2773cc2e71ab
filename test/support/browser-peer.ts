/** A libp2p host with the transports of a page: it dials by WebSocket, WebRTC-direct and circuits, and listens nowhere. */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { Connection } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { CleanUp } from './clean-up.ts'

export async function startBrowserPeer(cleanUp: CleanUp) {
  const host = await createLibp2p({
    transports: [webSockets(), webRTCDirect({ rtcConfiguration: { iceServers: [] } }), circuitRelayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { reconnectRetries: 0 },
    services: { identify: identify() },
  })
  cleanUp.add(() => host.stop())
  return {
    host,
    id: host.peerId.toString(),
    dial: (address: string): Promise<Connection> =>
      host.dial(multiaddr(address), { signal: AbortSignal.timeout(10_000) }),
  }
}
