/**
 * `/http/1.1`: streams on which the owner's devices speak HTTP with their node (specification/away.md, W4). What is asked
 * is the client side's business; here is who may have how many streams.
 */
import type { Connection, Stream } from '@libp2p/interface'
import type { Clock } from '../../observe/clock.ts'
import type { Counters } from '../../observe/counters.ts'
import { HTTP_PROTOCOL } from '../../wire/away.ts'
import { createHalfOpen } from '../doors/half-open.ts'
import type { Host } from '../libp2p.ts'
import { endConnection } from '../webrtc.ts'
import { StreamSocket } from './stream-socket.ts'

/** Streams of one device at a time: a page has some requests under way and one WebSocket; `connect` one for each TCP connection. */
const MAX_OF_DEVICE = 64
/** Of a peer that is none of the owner's devices, and of all of those together: for one more the oldest goes. */
const MAX_OF_STRANGER = 4
const MAX_OF_STRANGERS = 64
/** Pairing takes a second; who is still nobody's device then is cut off. */
const STRANGER_MS = 20_000
/** What may wait to be read of a stranger's stream, and of a device's: WebRTC cannot be told to wait. */
const STRANGER_UNREAD_BYTES = 64 * 1024
const DEVICE_UNREAD_BYTES = 32 * 1024 * 1024

export interface ServeHttpParts {
  /** Whether this peer is one of the owner's devices. */
  readonly isDevice: (peer: string) => boolean
  /** Takes over what comes on a stream. */
  readonly onStream: (socket: StreamSocket) => void
  readonly clock: Clock
  readonly counters: Counters
}

export async function serveHttp(host: Host, { isDevice, onStream, clock, counters }: ServeHttpParts): Promise<void> {
  const devices = new Map<string, number>()
  const strangers = createHalfOpen(clock, { max: MAX_OF_STRANGERS, maxOfHost: MAX_OF_STRANGER, ms: STRANGER_MS })

  /** What gives the place back; undefined when there is none. */
  function enterDevice(peer: string): (() => void) | undefined {
    const taken = devices.get(peer) ?? 0
    if (taken >= MAX_OF_DEVICE) return undefined
    devices.set(peer, taken + 1)
    return () => {
      const left = devices.get(peer)! - 1
      if (left === 0) devices.delete(peer)
      else devices.set(peer, left)
    }
  }

  function take(stream: Stream, { remotePeer, limits }: Connection): void {
    const peer = remotePeer.toString()
    const isKnown = isDevice(peer)
    stream.maxReadBufferLength = isKnown ? DEVICE_UNREAD_BYTES : STRANGER_UNREAD_BYTES
    const socket = new StreamSocket(stream, { peer, limited: limits !== undefined })
    // Also of one that is paired on this very stream: it has got what it came for, and the next stream is a device's.
    const cut = () => {
      counters.add('away', socket.bytesRead === 0 ? 'half-open' : 'slow')
      stream.abort(new Error('the time of a stranger is over'))
    }
    const leave = isKnown ? enterDevice(peer) : strangers.enter(peer, cut)?.leave
    if (leave === undefined) {
      counters.add('away', isKnown ? 'too many streams' : 'too many strangers')
      stream.abort(new Error('too many streams'))
      return
    }
    counters.add('away', isKnown ? 'streams' : 'strangers')
    socket.once('close', leave)
    onStream(socket)
  }

  await host.handle(HTTP_PROTOCOL, take, {
    // Bounded above, by who it is.
    maxInboundStreams: MAX_OF_DEVICE,
    maxOutboundStreams: 1,
    runOnLimitedConnection: true,
  })
}

/** Ends every connection with a peer, whatever is on its way. */
export function cutPeer(host: Host, peer: string): void {
  for (const connection of host.getConnections()) {
    if (connection.remotePeer.toString() === peer) endConnection(connection, new Error('the device was revoked'))
  }
}
