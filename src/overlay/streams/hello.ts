/** `/nostrp2p/hello/1`: both sides of a new connection say whose node they are. */
import type { PeerId } from '@libp2p/interface'
import { isRejection, type Rejection } from '../../event/rejection.ts'
import { decodeHello, encodeHello, type Hello } from '../../wire/hello.ts'
import { MAX_HELLO_BYTES } from '../../wire/limits.ts'
import type { Host } from '../libp2p.ts'
import type { Quotas } from '../quota.ts'
import { answer, ask } from './exchange.ts'

export const HELLO_PROTOCOL = '/nostrp2p/hello/1'
const BOUNDS = { maxRequestBytes: MAX_HELLO_BYTES, maxReplyBytes: MAX_HELLO_BYTES }
/** One is enough; a second covers a re-hello that crosses the first. */
const MAX_STREAMS = 2

export interface HelloParts {
  readonly host: Host
  readonly quotas: Quotas
  /** What this node says of itself; `newcomer` is true where the peer dialled us and may know nobody else. */
  readonly own: (newcomer: boolean) => Promise<Hello>
  /** What a peer said, already of the right form. */
  readonly heard: (hello: Hello, peer: PeerId) => Promise<void>
}

/** Answers hellos; the returned function says hello to a peer. It throws when the peer does not answer properly. */
export async function serveHello(parts: HelloParts): Promise<(peer: PeerId) => Promise<void>> {
  const { host, quotas, own, heard } = parts
  await answer(host, HELLO_PROTOCOL, BOUNDS, MAX_STREAMS, async (request, connection) => {
    const peer = connection.remotePeer
    if (!quotas.take('hello', peer.toString())) throw new Error('too many hellos')
    await heard(expectHello(decodeHello(request)), peer)
    return [encodeHello(await own(true))]
  })
  return async peer => {
    const request = encodeHello(await own(false))
    const reply = await ask(host, peer, HELLO_PROTOCOL, request, BOUNDS, next => next())
    await heard(expectHello(decodeHello(reply)), peer)
  }
}

function expectHello(hello: Hello | Rejection): Hello {
  if (isRejection(hello)) throw new Error(hello.reason)
  return hello
}
