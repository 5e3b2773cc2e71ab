/** The shape of hello, deliver and fetch: one length-prefixed request on a stream of its own, one or more replies. */
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import { type LengthPrefixedStream, lpStream } from '@libp2p/utils'
import type { Host } from '../libp2p.ts'
import { givesSignOfLife } from '../liveness.ts'

/** Nothing here takes longer on a working link; a peer that stalls costs this long and one stream. */
const EXCHANGE_MS = 15_000
/** After so long without the whole answer the connection is asked for a sign of life. */
const SILENCE_MS = 3_000

export interface Bounds {
  readonly maxRequestBytes: number
  readonly maxReplyBytes: number
  /** How long it may take; 15 s unless told otherwise. */
  readonly maxMs?: number
}

/** When something was asked over a connection last, for as long as somebody has the connection. */
const lastUse = new WeakMap<Connection, number>()

/** Milliseconds since 1970; undefined when nothing was asked over it. */
export function lastExchangeMs(connection: Connection): number | undefined {
  return lastUse.get(connection)
}

/**
 * Sends one request to a connected peer and reads replies through `read` until that returns.
 * @throws when the peer does not speak the protocol, stalls for 15 s, or sends more than the bounds allow
 */
export async function ask<Result>(
  host: Pick<Host, 'dialProtocol' | 'getConnections'>,
  peer: PeerId,
  protocol: string,
  request: Uint8Array,
  bounds: Bounds,
  read: (next: () => Promise<Uint8Array>) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.timeout(bounds.maxMs ?? EXCHANGE_MS)
  const options = { signal, runOnLimitedConnection: true }
  // libp2p itself would dial a peer to which only a circuit leads.
  const connection = bestConnection(host.getConnections(peer))
  if (connection !== undefined) lastUse.set(connection, Date.now())
  // What is silent may lead nowhere; then it is closed, which ends the wait here as well.
  const doubt = setTimeout(() => connection !== undefined && void givesSignOfLife(connection), SILENCE_MS)
  try {
    const stream = await (connection?.newStream(protocol, options) ?? host.dialProtocol(peer, protocol, options))
    return await askOn(stream, request, bounds, signal, read)
  } finally {
    clearTimeout(doubt)
  }
}

async function askOn<Result>(
  stream: Stream,
  request: Uint8Array,
  bounds: Bounds,
  signal: AbortSignal,
  read: (next: () => Promise<Uint8Array>) => Promise<Result>,
): Promise<Result> {
  try {
    const frames = framesOf(stream, bounds.maxReplyBytes)
    await frames.write(request, { signal })
    const result = await read(() => readFrame(frames, signal))
    await stream.close({ signal })
    return result
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

/** The one to use: a direct one if there is any. */
export function bestConnection(connections: readonly Connection[]): Connection | undefined {
  const open = connections.filter(({ status }) => status === 'open')
  return open.find(({ limits }) => limits === undefined) ?? open[0]
}

/**
 * Answers a protocol: reads one request per stream and writes what `reply` yields. A throw resets the stream: the
 * other side learns that there is no answer, and nothing else.
 */
export async function answer(
  host: Host,
  protocol: string,
  bounds: Bounds,
  maxStreams: number,
  reply: (request: Uint8Array, connection: Connection) => AsyncIterable<Uint8Array> | Promise<Iterable<Uint8Array>>,
): Promise<void> {
  await host.handle(
    protocol,
    async (stream, connection) => {
      const signal = AbortSignal.timeout(bounds.maxMs ?? EXCHANGE_MS)
      try {
        lastUse.set(connection, Date.now())
        const frames = framesOf(stream, bounds.maxRequestBytes)
        const request = await readFrame(frames, signal)
        for await (const frame of await reply(request, connection)) await frames.write(frame, { signal })
        await stream.close({ signal })
      } catch (error) {
        stream.abort(error instanceof Error ? error : new Error(String(error)))
      }
    },
    { maxInboundStreams: maxStreams, maxOutboundStreams: maxStreams, runOnLimitedConnection: true },
  )
}

/** @param ahead how many of the largest messages may wait to be read; what goes beyond resets the stream */
export function framesOf(stream: Stream, maxBytes: number, ahead = 2): LengthPrefixedStream {
  return lpStream(stream, { maxDataLength: maxBytes, maxBufferSize: maxBytes * ahead, lengthDecoder: readLength })
}

/** Four bytes of a varint hold 28 bits; every bound is below that. */
const MAX_LENGTH_BYTES = 4

/**
 * An unsigned varint of the multiformats. The library's own reader asks for more bytes as long as a length has no end,
 * one by one, which blocks the event loop for seconds.
 * @throws RangeError when more bytes are needed, which `lpStream` takes as a request for them; Error when it is too long
 */
function readLength(bytes: { readonly byteLength: number; get(index: number): number }): number {
  let length = 0
  for (let i = 0; i < Math.min(bytes.byteLength, MAX_LENGTH_BYTES); i++) {
    const byte = bytes.get(i)
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return length
  }
  if (bytes.byteLength < MAX_LENGTH_BYTES) throw new RangeError('the length goes on')
  throw new Error('the length of a message has no end')
}

async function readFrame(frames: LengthPrefixedStream, signal: AbortSignal): Promise<Uint8Array> {
  return (await frames.read({ signal })).subarray()
}
