/** `/nostrp2p/sync/1`: a stream of frames on which two nodes compare what they hold (specification/sync.md, Y6). */
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { Clock } from '../../observe/clock.ts'
import type { Counters } from '../../observe/counters.ts'
import { MAX_SYNC_FRAME_BYTES } from '../../wire/limits.ts'
import { encodeSyncReply, type SyncStream } from '../../wire/sync.ts'
import type { Host } from '../libp2p.ts'
import type { Quotas } from '../quota.ts'
import { bestConnection, framesOf } from './exchange.ts'

export const SYNC_PROTOCOL = '/nostrp2p/sync/1'

/** Requests that the initiator may have sent ahead; more in the buffer and the stream is reset. */
const FRAMES_AHEAD = 5
/** Without a frame, and in all. */
const IDLE_MS = 60_000
const MAX_MS = 600_000
/** Answered at a time: a set of 250,000 ids and a few frames each. */
const MAX_ANSWERS = 4
/** A second one of the same peer is told that there is no time. */
const MAX_STREAMS = 2
/** When a peer may ask again who came too often, and who came when others were there. */
const TOO_OFTEN_MS = 10_000
const TAKEN_MS = 5_000

export interface ServeSyncParts {
  /** Answers what comes on the stream. Must not throw. */
  readonly answerSync: (stream: SyncStream, peer: string) => Promise<void>
  readonly clock: Clock
  readonly counters: Counters
}

/**
 * Answers what peers ask; the returned function opens a stream to ask.
 * @throws when only a relay leads to the peer, or it does not speak the protocol
 */
export async function serveSync(
  host: Host,
  quotas: Quotas,
  { answerSync, clock, counters }: ServeSyncParts,
): Promise<(peer: PeerId, signal?: AbortSignal) => Promise<SyncStream>> {
  /** Peers that are being answered. */
  const answering = new Set<string>()

  /** Why there is no time for the peer, as milliseconds until there may be. */
  function busyMs(peer: string): number | undefined {
    if (!quotas.take('sync', peer)) return TOO_OFTEN_MS
    return answering.has(peer) || answering.size >= MAX_ANSWERS ? TAKEN_MS : undefined
  }

  async function serve(stream: Stream, { remotePeer }: Connection): Promise<void> {
    const peer = remotePeer.toString()
    const frames = carry(stream, clock)
    const waitMs = busyMs(peer)
    if (waitMs === undefined) {
      answering.add(peer)
      try {
        await answerSync(frames, peer)
      } finally {
        answering.delete(peer)
      }
      return
    }
    counters.add('sync_answers', 'busy')
    await frames.send(encodeSyncReply({ type: 'no', reason: 'busy', value: waitMs }))
    await frames.close()
  }

  await host.handle(
    SYNC_PROTOCOL,
    (stream, connection) => {
      serve(stream, connection).catch(error => stream.abort(asError(error)))
    },
    { maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS },
  )
  return async (peer, signal) => {
    const connection = bestConnection(host.getConnections(peer))
    if (connection === undefined || connection.limits !== undefined)
      throw new Error('Only a relay leads to that node, which is not for synchronising.')
    return carry(
      await connection.newStream(SYNC_PROTOCOL, { signal: signal ?? AbortSignal.timeout(IDLE_MS) }),
      clock,
      signal,
    )
  }
}

/** Frames on a stream, until either side ends it, `signal` does, or its time is over. */
function carry(stream: Stream, clock: Clock, signal?: AbortSignal): SyncStream {
  const frames = framesOf(stream, MAX_SYNC_FRAME_BYTES, FRAMES_AHEAD)
  const ended = new AbortController()
  let bytes = 0
  const cancelAll = clock.after(MAX_MS, () => end('The synchronisation takes too long.'))
  let cancelIdle = clock.after(IDLE_MS, stalled)
  const give = () => end('The synchronisation was called off.')
  signal?.addEventListener('abort', give)

  function settle(): void {
    cancelAll()
    cancelIdle()
    signal?.removeEventListener('abort', give)
  }

  function end(reason: string): void {
    settle()
    const error = new Error(reason)
    ended.abort(error)
    stream.abort(error)
  }

  function stalled(): void {
    end('Nothing came from that node for a minute.')
  }

  async function passed<T>(step: Promise<T>): Promise<T> {
    try {
      const result = await step
      cancelIdle()
      if (!ended.signal.aborted) cancelIdle = clock.after(IDLE_MS, stalled)
      return result
    } catch (error) {
      throw ended.signal.aborted ? ended.signal.reason : error
    }
  }

  return {
    async send(frame) {
      await passed(frames.write(frame, { signal: ended.signal }))
      bytes += frame.length + lengthBytes(frame.length)
    },
    async next() {
      try {
        const frame = (await passed(frames.read({ signal: ended.signal }))).subarray()
        bytes += frame.length + lengthBytes(frame.length)
        return frame
      } catch (error) {
        const isOver = stream.remoteWriteStatus === 'closed' && stream.status !== 'reset' && stream.status !== 'aborted'
        if (isOver && !ended.signal.aborted && isEnd(error)) return undefined
        throw error
      }
    },
    bytes: () => bytes,
    async close() {
      settle()
      await stream.close({ signal: AbortSignal.timeout(IDLE_MS) })
    },
    abort: end,
  }
}

/** What the frame reader throws at the end of the other side's bytes. */
function isEnd(error: unknown): boolean {
  return error instanceof Error && error.name === 'UnexpectedEOFError'
}

/** Of the varint before a frame. */
function lengthBytes(length: number): number {
  return length < 2 ** 7 ? 1 : length < 2 ** 14 ? 2 : 3
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
