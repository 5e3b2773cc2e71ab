/**
 * Yamux with fewer window updates. js-yamux answers every frame of data with one: 30 bytes on the wire for each gossiped
 * post of about 300. The specification lets the receiver wait; here it waits for half a window, as in go-yamux.
 */
import type { Stream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { type YamuxMuxerInit, yamux } from '@libp2p/yamux'

export function sparingYamux(init: YamuxMuxerInit): () => StreamMuxerFactory {
  const createFactory = yamux(init)
  return () => {
    const factory: StreamMuxerFactory = createFactory()
    const createStreamMuxer = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = connection => spareStreams(createStreamMuxer(connection))
    return factory
  }
}

function spareStreams(muxer: StreamMuxer): StreamMuxer {
  const listen = muxer.addEventListener.bind(muxer)
  let isListening = false
  // Not before the connection listens: the muxer keeps streams that come early only as long as nobody does.
  muxer.addEventListener = (...args: Parameters<typeof listen>) => {
    if (args[0] === 'stream' && !isListening) {
      isListening = true
      listen('stream', ({ detail }: CustomEvent<Stream>) => spareUpdates(detail))
    }
    listen(...args)
  }
  const createStream = muxer.createStream.bind(muxer)
  muxer.createStream = async options => spareUpdates(await createStream(options))
  return muxer
}

/** What is used of a yamux stream; the two numbers are private to the library's types and checked when used. */
interface YamuxWindow {
  sendWindowUpdate?(): void
  readonly recvWindow?: unknown
  readonly recvWindowCapacity?: unknown
}

/** A stream of another build of the library is left as it is. */
function spareUpdates(stream: Stream): Stream {
  const window = stream as YamuxWindow
  const send = window.sendWindowUpdate?.bind(stream)
  if (send === undefined) return stream
  let isFirst = true
  window.sendWindowUpdate = () => {
    // The first update carries the flag that acknowledges the stream.
    if (isFirst || !hasRoom(window)) send()
    isFirst = false
  }
  return stream
}

function hasRoom({ recvWindow, recvWindowCapacity }: YamuxWindow): boolean {
  return typeof recvWindow === 'number' && typeof recvWindowCapacity === 'number' && recvWindowCapacity > recvWindow / 2
}
