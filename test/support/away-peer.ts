/** A device away from home: a libp2p host with a key of its own that asks a node over `/http/1.1`, as page and `connect` do. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, PrivateKey, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webRTC } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { WebSocket } from 'ws'
import { StreamSocket } from '../../src/overlay/streams/stream-socket.ts'
import { HTTP_PROTOCOL } from '../../src/wire/away.ts'
import type { CleanUp } from './clean-up.ts'

export interface AwayAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  json(): Record<string, unknown>
}

export interface AwayAsk {
  readonly method?: string
  /** What is no Buffer goes as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface AwayPeer {
  /** Peer ID. */
  readonly id: string
  readonly privateKey: PrivateKey
  readonly host: Awaited<ReturnType<typeof createAwayHost>>
  dial(address: string): Promise<Connection>
  /** A bare stream of `/http/1.1`. */
  open(connection: Connection): Promise<Stream>
  /** One request on a stream of its own. */
  ask(connection: Connection, path: string, ask?: AwayAsk): Promise<AwayAnswer>
  /** The relay endpoint. */
  webSocket(connection: Connection, path?: string, headers?: Readonly<Record<string, string>>): WebSocket
}

function createAwayHost(privateKey: PrivateKey) {
  return createLibp2p({
    privateKey,
    transports: [tcp(), webSockets(), circuitRelayTransport(), webRTC({ rtcConfiguration: { iceServers: [] } })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { reconnectRetries: 0 },
    services: { identify: identify(), ping: ping() },
  })
}

export async function startAwayPeer(cleanUp: CleanUp, key?: PrivateKey): Promise<AwayPeer> {
  const privateKey = key ?? (await generateKeyPair('Ed25519'))
  const host = await createAwayHost(privateKey)
  cleanUp.add(() => host.stop())
  const open = (connection: Connection) =>
    connection.newStream(HTTP_PROTOCOL, { runOnLimitedConnection: true, signal: AbortSignal.timeout(10_000) })
  const hostOf = (connection: Connection) => `${connection.remotePeer}.libp2p`

  /** As `http` and `ws` open a connection: what is there at once hands the stream over when it is open. */
  const agentOf = (connection: Connection) =>
    new (class extends Agent {
      override createConnection(_: unknown, told?: (error: Error | null, socket: Duplex) => void): undefined {
        open(connection).then(
          stream => told?.(null, socketOf(stream, connection)),
          error => told?.(error, undefined as never),
        )
        return undefined
      }
    })()

  return {
    id: host.peerId.toString(),
    privateKey,
    host,
    dial: address => host.dial(multiaddr(address), { signal: AbortSignal.timeout(10_000) }),
    open,
    ask(connection, path, { method = 'GET', body, headers = {} } = {}) {
      const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
      const { promise, resolve, reject } = Promise.withResolvers<AwayAnswer>()
      const request = httpRequest(
        {
          method,
          path,
          agent: agentOf(connection),
          headers: {
            Host: hostOf(connection),
            ...(bytes !== undefined && { 'Content-Type': 'application/json', 'Content-Length': bytes.length }),
            ...headers,
          },
        },
        response => {
          const pieces: Buffer[] = []
          response.on('data', piece => pieces.push(piece))
          response.on('error', reject)
          response.on('end', () => {
            const whole = Buffer.concat(pieces)
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: whole,
              json: () => JSON.parse(whole.toString()) as Record<string, unknown>,
            })
          })
        },
      )
      request.on('error', reject)
      request.end(bytes)
      return promise
    },
    webSocket: (connection, path = '/', headers = {}) =>
      new WebSocket(`ws://${hostOf(connection)}${path}`, { agent: agentOf(connection), headers }),
  }
}

export function socketOf(stream: Stream, connection: Connection): StreamSocket {
  return new StreamSocket(stream, { peer: connection.remotePeer.toString(), limited: connection.limits !== undefined })
}
