/** What tests of other people's clients share: a node as they find it, and sockets that come from elsewhere. */
import { WebSocket } from 'ws'
import type { NostrEvent } from '../../src/event/event.ts'
import type { CleanUp } from './clean-up.ts'
import { personFrom } from './events.ts'
import { signNow } from './node-client.ts'
import { connectRelay, FROM_ELSEWHERE } from './relay-client.ts'
import { startTestNode } from './test-node.ts'

/** A WebSocket of somebody who is not at this machine: the node shows nothing without AUTH. */
export class SocketFromElsewhere extends WebSocket {
  constructor(url: string | URL) {
    super(url, { headers: FROM_ELSEWHERE })
  }
}

/** A node of Alice's with some of her posts, oldest first, and its address as a relay. */
export async function relayWithPosts(cleanUp: CleanUp, count: number) {
  const { node } = await startTestNode(cleanUp, { owner: 'alice' })
  const alice = personFrom('alice')
  const client = await connectRelay(cleanUp, node.clientOrigin)
  const posts: NostrEvent[] = []
  const now = Math.floor(Date.now() / 1000)
  for (let i = 0; i < count; i++) {
    const post = signNow(alice, { content: `post ${i}`, created_at: now - 10 * (count - i) })
    const { ok, text } = await client.publish(post)
    if (!ok) throw new Error(text)
    posts.push(post)
  }
  client.close()
  return { node, alice, posts, url: node.clientOrigin.replace(/^http/, 'ws') }
}
