/**
 * `/http/1.1`: streams on which the owner's devices speak HTTP with their node (specification/away.md, W4). What is asked
 * is the client side's business; here is who may have how many streams.
 */
import type { Connection, Stream } from '@libp2p/interface'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import { HTTP_PROTOCOL } from '../wire/away.ts'
import type { Host } from './libp2p.ts'
import { StreamSocket } from './stream-socket.ts'

/** Streams of one device at a time: a page has some requests under way and one WebSocket; `connect` one for each TCP connection. */
const MAX_OF_DEVICE = 64
/** Of a peer that is none of the owner's devices, and of all of those together. */
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
  const strangers = new Map<string, number>()
  const strangersStreams = () => [...strangers.values()].reduce((all, one) => all + one, 0)

  function enter(peer: string, isKnown: boolean): Map<string, number> | undefined {
    const places = isKnown ? devices : strangers
    const taken = places.get(peer) ?? 0
    const isFull = taken >= (isKnown ? MAX_OF_DEVICE : MAX_OF_STRANGER)
    if (isFull || (!isKnown && strangersStreams() >= MAX_OF_STRANGERS)) return undefined
    places.set(peer, taken + 1)
    return places
  }

  function leave(places: Map<string, number>, peer: string): void {
    const left = (places.get(peer) ?? 1) - 1
    if (left === 0) places.delete(peer)
    else places.set(peer, left)
  }

  function take(stream: Stream, { remotePeer, limits }: Connection): void {
    const peer = remotePeer.toString()
    const isKnown = isDevice(peer)
    const places = enter(peer, isKnown)
    if (places === undefined) {
      counters.add('away', isKnown ? 'too many streams' : 'too many strangers')
      stream.abort(new Error('too many streams'))
      return
    }
    counters.add('away', isKnown ? 'streams' : 'strangers')
    stream.maxReadBufferLength = isKnown ? DEVICE_UNREAD_BYTES : STRANGER_UNREAD_BYTES
    const socket = new StreamSocket(stream, { peer, limited: limits !== undefined })
    const tooLate = () => {
      counters.add('away', socket.bytesRead === 0 ? 'half-open' : 'slow')
      stream.abort(new Error('the time of a stranger is over'))
    }
    // Whoever is paired on this very stream has got what it came for: the next one is a device's.
    const cancel = isKnown ? () => {} : clock.after(STRANGER_MS, tooLate)
    socket.once('close', () => {
      cancel()
      leave(places, peer)
    })
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
    if (connection.remotePeer.toString() === peer) connection.abort(new Error('the device was revoked'))
  }
}
