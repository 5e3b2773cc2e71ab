/** How much a relay passes on: one bucket of bytes for all circuits together, so that nobody drains the line of a home. */
import type { Connection, Stream, StreamHandler, StreamMessageEvent } from '@libp2p/interface'
import type { Clock } from '../../observe/clock.ts'
import { withChanges } from '../with-changes.ts'

export interface RelayBytes {
  /** How much may pass at once. */
  readonly burst: number
  readonly perSecond: number
}

export interface Bandwidth {
  /** Whether what a new circuit brings would pass soon. */
  hasRoom(): boolean
  /** The handler, with what comes on its streams counted, and read only when there is room for it. */
  slowing(handler: StreamHandler): StreamHandler
  /** The same for streams that are opened on this connection. */
  slowingOn(connection: Connection): Connection
}

/** An exchange takes as long a pause for a broken connection (specification/overlay.md O11.5). */
const MAX_WAIT_MS = 1_000

export function createBandwidth({ burst, perSecond }: RelayBytes, clock: Clock): Bandwidth {
  /** Below zero is what has come already and is not paid for. */
  let tokens = burst
  let atMs = clock.nowMs()

  /** Takes so many bytes in any case; returns after how many milliseconds they are paid for. */
  function take(bytes: number): number {
    const nowMs = clock.nowMs()
    tokens = Math.min(burst, tokens + (Math.max(0, nowMs - atMs) / 1_000) * perSecond) - bytes
    atMs = nowMs
    return Math.max(0, (-tokens / perSecond) * 1_000)
  }

  function slow(stream: Stream): void {
    let isFirst = true
    const resume = () => {
      if (stream.readStatus === 'paused') stream.resume()
    }
    function count(bytes: number): void {
      const waitMs = take(bytes)
      // The first message is about the place or the circuit itself, and never waits.
      const mayGoOn = waitMs === 0 || isFirst || stream.readStatus !== 'readable'
      isFirst = false
      if (mayGoOn) return
      stream.pause()
      clock.after(waitMs, resume)
    }
    // No listener: a stream keeps what comes early for as long as nobody listens, and libp2p leaves such a gap.
    const dispatch = stream.dispatchEvent.bind(stream)
    stream.dispatchEvent = event => {
      const isDone = dispatch(event)
      if (event.type === 'message' && 'data' in event) count((event as StreamMessageEvent).data.byteLength)
      return isDone
    }
    // What waits here would be lost: libp2p ends the other half of the circuit at once.
    stream.addEventListener('remoteCloseWrite', resume)
  }

  return {
    hasRoom: () => take(0) <= MAX_WAIT_MS,
    slowing: handler => (stream, connection) => {
      slow(stream)
      return handler(stream, connection)
    },
    slowingOn: connection =>
      withChanges(connection, {
        async newStream(protocols, options) {
          const stream = await connection.newStream(protocols, options)
          slow(stream)
          return stream
        },
      }),
  }
}
