/** NIP-01 over a real WebSocket at a real node. */
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { signNow } from '../support/node-client.ts'
import { connectRelay } from '../support/relay-client.ts'
import { startTestNode } from '../support/test-node.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')

async function start() {
  const { node } = await startTestNode(cleanUp, { owner: 'alice' })
  return { node, client: await connectRelay(cleanUp, node.clientOrigin) }
}

describe('an event', () => {
  it('is taken, stored, and found by REQ', async () => {
    const { client } = await start()
    const event = signNow(alice, { content: 'hello' })
    expect(await client.publish(event)).toEqual({ ok: true, text: '' })
    expect(await client.subscribe('a', { authors: [alice.pubkey] })).toEqual([event])
    expect(await client.publish(event)).toEqual({ ok: true, text: 'duplicate: this event is here already' })
  })

  it('reaches each open subscription once, live', async () => {
    const { client, node } = await start()
    const other = await connectRelay(cleanUp, node.clientOrigin)
    await other.subscribe('all', {})
    await other.subscribe('posts', { kinds: [1] }, { authors: [alice.pubkey] })
    await other.subscribe('none', { kinds: [7] })
    const event = signNow(alice, { content: 'live' })
    await client.publish(event)
    await other.gets('it', ([type, id]) => type === 'EVENT' && id === 'posts')
    await other.settled()
    expect(other.idsOf('all')).toEqual([event.id])
    expect(other.idsOf('posts')).toEqual([event.id])
    expect(other.idsOf('none')).toEqual([])
  })
})
