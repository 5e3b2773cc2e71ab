/**
 * The libp2p host of a device that is no node: it looks for its owner's node, and opens streams to it. It listens nowhere,
 * takes no place at a relay and says no hello.
 */
import { randomBytes } from 'node:crypto'
import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { peerIdFromString } from '@libp2p/peer-id'
import { PING_PROTOCOL, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { isRejection } from '../event/rejection.ts'
import type { Logger } from '../observe/log.ts'
import { HTTP_PROTOCOL } from '../wire/away.ts'
import { openAnnouncement } from './announce.ts'
import { dialErrorWords } from './dial-error.ts'
import { scopeOf } from './dial-filter.ts'
import { circuitTransport } from './relays/relay.ts'
import { StreamSocket } from './streams/stream-socket.ts'
import { webRtcService } from './webrtc.ts'
import { sparingYamux } from './yamux.ts'

/** A connection with the node. */
export interface DeviceLink {
  /** Whether it leads through a relay, which bounds it. */
  readonly isCircuit: boolean
  /** Multiaddr at the other end. */
  readonly address: string
  /** A new stream of HTTP. Throws when the connection is gone. */
  open(signal: AbortSignal): Promise<StreamSocket>
  /** Throws when no answer comes before the signal. */
  ping(signal: AbortSignal): Promise<void>
  /** Resolves when it is gone, however it went. */
  readonly gone: Promise<void>
  close(): void
}

export interface DeviceHost {
  readonly peerId: string
  /**
   * To the node itself, by a multiaddr of its own or a circuit.
   * @throws WrongNode when another node answers there, and Error with the reason in words
   */
  dial(address: string, signal: AbortSignal): Promise<DeviceLink>
  /** A direct way beside a circuit that stands, by WebRTC. Throws when there is none. */
  dialDirect(circuit: DeviceLink, signal: AbortSignal): Promise<DeviceLink>
  /** A stream of HTTP to another node, which need not know this device. Throws as `dial` does. */
  openTo(address: string, signal: AbortSignal): Promise<StreamSocket>
  /** Hangs up on everybody but the node: helpers are done with when there is a direct way. */
  leaveOthers(): void
  stop(): Promise<void>
}

/** At an address of the node another one answers. */
export class WrongNode extends Error {
  override readonly name = 'WrongNode'
}

/** A slow reader on this machine; WebRTC cannot be told to wait. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024
const MAX_UNSENT_BYTES = 4 * 1024 * 1024
const PING_BYTES = 32
const STOP_MS = 1_000

/** A new key in libp2p's protobuf form. */
export async function newDeviceKey(): Promise<Uint8Array> {
  return privateKeyToProtobuf(await generateKeyPair('Ed25519'))
}

export interface DeviceHostOptions {
  /** As `newDeviceKey` made it. */
  readonly key: Uint8Array
  /** Peer ID of the node. */
  readonly node: string
  /** Program and version. */
  readonly agent: string
  readonly log: Logger
}

export async function createDeviceHost({ key, node, agent, log }: DeviceHostOptions): Promise<DeviceHost> {
  const nodeId = peerIdFromString(node)
  const host = await createLibp2p({
    privateKey: privateKeyFromProtobuf(key),
    addresses: { listen: [] },
    transports: [tcp({ dialOpts: { noDelay: true, keepAlive: true } }), webSockets(), circuitTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      sparingYamux({
        streamOptions: { maxReadBufferLength: MAX_UNREAD_BYTES, maxWriteBufferLength: MAX_UNSENT_BYTES },
      }),
    ],
    connectionManager: { reconnectRetries: 0 },
    // What helpers tell of themselves is asked by STUN: their own loopback is this machine's.
    connectionGater: { filterMultiaddrForPeer: async (_, address) => scopeOf(address) === 'public' },
    connectionMonitor: { enabled: false },
    nodeInfo: { userAgent: agent },
    services: {
      identify: identify(),
      // The node asks now and then whether the device is still there.
      ping: ping(),
      webRtc: webRtcService(log),
      /** Beside the dial queue, which hands out a connection that stands already. */
      dialBeside:
        ({ transportManager }: Pick<CircuitRelayTransportComponents, 'transportManager'>) =>
        (address: Multiaddr, signal: AbortSignal) =>
          transportManager.dial(address, { signal }),
    },
  })
  const { webRtc, dialBeside } = host.services

  async function inWords<T>(doing: () => Promise<T>): Promise<T> {
    try {
      return await doing()
    } catch (error) {
      if (error instanceof WrongNode || isUnexpectedPeer(error)) throw new WrongNode('another node answers there')
      throw new Error(dialErrorWords(error), { cause: error })
    }
  }

  function linkOf(connection: Connection): DeviceLink {
    if (!connection.remotePeer.equals(nodeId)) {
      connection.abort(new Error('another node'))
      throw new WrongNode('another node answers there')
    }
    const { promise: gone, resolve } = Promise.withResolvers<void>()
    connection.addEventListener('close', () => resolve())
    if (connection.status !== 'open') resolve()
    return {
      isCircuit: connection.limits !== undefined,
      address: connection.remoteAddr.toString(),
      gone,
      open: signal => openOn(connection, signal),
      async ping(signal) {
        const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true })
        const { promise, resolve: answered, reject } = Promise.withResolvers<void>()
        const give = () => reject(new Error('no answer'))
        stream.addEventListener('message', () => answered())
        stream.addEventListener('close', give)
        signal.addEventListener('abort', give)
        try {
          stream.send(randomBytes(PING_BYTES))
          await promise
        } finally {
          signal.removeEventListener('abort', give)
          stream.abort(new Error('answered'))
        }
      },
      close: () => connection.abort(new Error('another way is used')),
    }
  }

  async function openOn(connection: Connection, signal: AbortSignal): Promise<StreamSocket> {
    const stream = await connection.newStream(HTTP_PROTOCOL, { signal, runOnLimitedConnection: true })
    stream.maxReadBufferLength = MAX_UNREAD_BYTES
    return new StreamSocket(stream, {
      peer: connection.remotePeer.toString(),
      limited: connection.limits !== undefined,
    })
  }

  return {
    peerId: host.peerId.toString(),
    dial: (address, signal) =>
      inWords(async () => linkOf(await whileDialling(signal, one => dialBeside(multiaddr(address), one)))),
    dialDirect: (circuit, signal) =>
      inWords(async () => linkOf(await webRtc.dial(multiaddr(circuit.address), nodeId, signal))),
    openTo: (address, signal) => inWords(async () => openOn(await host.dial(multiaddr(address), { signal }), signal)),
    leaveOthers() {
      for (const connection of host.getConnections()) {
        if (!connection.remotePeer.equals(nodeId)) void connection.close().catch(() => {})
      }
    },
    async stop() {
      await webRtc.stop()
      await Promise.race([host.stop(), new Promise(resolve => setTimeout(resolve, STOP_MS).unref())])
    },
  }
}

/**
 * Addresses of a node, each with the peer IDs that it needs, from its own signed announcement; undefined when it is not
 * that node's, or none at all.
 */
export async function announcedAddresses(bytes: Uint8Array, node: string): Promise<readonly string[] | undefined> {
  const announcement = await openAnnouncement(bytes, undefined)
  if (isRejection(announcement) || announcement.peer.toString() !== node) return undefined
  return announcement.addresses.map(address => `${address}/p2p/${node}`)
}

/** A transport takes the signal of its dial for one that ends the connection, however late it comes. */
async function whileDialling<T>(signal: AbortSignal, dial: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const dialling = new AbortController()
  const giveUp = () => dialling.abort(signal.reason)
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp)
  try {
    return await dial(dialling.signal)
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

function isUnexpectedPeer(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnexpectedPeer)
  // The upgrader puts its own error in the place of noise's.
  return (
    error instanceof Error &&
    /UnexpectedPeer|does not match expected remote identity/.test(`${error.name} ${error.message}`)
  )
}
