/** Both sides of a synchronisation, frame by frame, for peers that do what no honest one does. */
import type { PeerId, Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { isRejection } from '../../src/event/rejection.ts'
import { idSetOf } from '../../src/wire/id-set.ts'
import { firstMessage } from '../../src/wire/negentropy.ts'
import {
  decodeSyncReply,
  decodeSyncRequest,
  encodeSyncReply,
  encodeSyncRequest,
  type SyncReply,
  type SyncRequest,
  type SyncScope,
} from '../../src/wire/sync.ts'
import { type RawPeer, SYNC } from './raw-peer.ts'

export interface RawAsker {
  readonly stream: Stream
  send(request: SyncRequest | Uint8Array): Promise<void>
  /** Throws when the stream is reset. */
  reply(): Promise<SyncReply>
  ask(request: SyncRequest | Uint8Array): Promise<SyncReply>
  /** Opens a scope with these events on this side, none unless told. */
  open(scope: SyncScope, events?: readonly VerifiedEvent[]): Promise<SyncReply>
  close(): Promise<void>
}

const PATIENCE_MS = 10_000

export async function rawAsker(raw: RawPeer, peer: PeerId): Promise<RawAsker> {
  const stream = await raw.open(peer, SYNC)
  const frames = lpStream(stream)
  const signal = () => AbortSignal.timeout(PATIENCE_MS)
  const send = async (request: SyncRequest | Uint8Array): Promise<void> =>
    frames.write(request instanceof Uint8Array ? request : encodeSyncRequest(request), { signal: signal() })
  const reply = async (): Promise<SyncReply> => {
    const decoded = decodeSyncReply((await frames.read({ signal: signal() })).subarray())
    if (isRejection(decoded)) throw new Error(`the node sent nonsense: ${decoded.reason}`)
    return decoded
  }
  const ask = async (request: SyncRequest | Uint8Array): Promise<SyncReply> => {
    await send(request)
    return reply()
  }
  return {
    stream,
    send,
    reply,
    ask,
    open: (scope, events = []) => ask({ type: 'open', scope, message: firstMessage(idSetOf(events)) }),
    close: () => stream.close(),
  }
}

/** What a responder says to a request; undefined ends the answering and leaves the stream as it is. */
export type RawAnswer = (request: SyncRequest, stream: Stream) => SyncReply | Uint8Array | undefined

/** Answers whatever nodes ask of this peer. @returns the requests that came */
export async function answerRaw(raw: RawPeer, answer: RawAnswer): Promise<readonly SyncRequest[]> {
  const seen: SyncRequest[] = []
  await raw.handle(SYNC, async stream => {
    const frames = lpStream(stream)
    try {
      for (;;) {
        const request = decodeSyncRequest((await frames.read()).subarray())
        if (isRejection(request) || request.type === 'no') throw new Error('the node sent nonsense')
        seen.push(request)
        const reply = answer(request, stream)
        if (reply === undefined) return
        await frames.write(reply instanceof Uint8Array ? reply : encodeSyncReply(reply))
      }
    } catch (error) {
      // The node has ended it, or reset it.
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    }
  })
  return seen
}
