/** What a client publishes at one node is at the client of another (specification/relay.md, N3 and N6). */
import { describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/observe/clock.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { signNow } from '../support/node-client.ts'
import { connectRelay } from '../support/relay-client.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')
const bob = personFrom('bob')
/** So that an answer is in time on a busy machine too. */
const patient: Clock = { ...systemClock, after: (ms, then) => systemClock.after(ms * 10, then) }

async function two(): Promise<{ a: TestNode; b: TestNode }> {
  const a = await startTestNode(cleanUp, { owner: 'alice' })
  const b = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [a.address] })
  await until('that they know each other', async () => {
    const [one, other] = await Promise.all([a.node.status(), b.node.status()])
    return one.knownNodes >= 1 && other.knownNodes >= 1
  })
  return { a, b }
}

describe('two nodes', () => {
  it('pass a post on, live; a deletion takes effect on both', async () => {
    const { a, b } = await two()
    const [atA, atB] = await Promise.all([a, b].map(({ node }) => connectRelay(cleanUp, node.clientOrigin)))
    await atB!.subscribe('feed', { authors: [alice.pubkey], kinds: [1, 5] })
    const post = signNow(alice, { content: 'hello bob' })
    expect((await atA!.publish(post)).ok).toBe(true)
    await atB!.gets('the post', message => message[0] === 'EVENT')
    const deletion = signNow(alice, { kind: 5, tags: [['e', post.id]] })
    expect((await atA!.publish(deletion)).ok).toBe(true)
    await atB!.gets('the deletion', ([type, , event]) => type === 'EVENT' && (event as typeof post).id === deletion.id)
    for (const client of [atA!, atB!]) expect(await client.subscribe('gone', { ids: [post.id] })).toEqual([])
    expect(atB!.idsOf('feed')).toEqual([post.id, deletion.id])
  })

  it('bring a gift wrap to its recipient and to nobody else', async () => {
    const { a, b } = await two()
    const c = await startTestNode(cleanUp, { owner: 'cleo', bootstraps: [a.address] })
    const [atA, atB, atC] = await Promise.all([a, b, c].map(({ node }) => connectRelay(cleanUp, node.clientOrigin)))
    await Promise.all([atB, atC].map(client => client!.subscribe('letters', { kinds: [1059] })))
    const wrap = signNow(alice, { kind: 1059, content: 'sealed', tags: [['p', bob.pubkey]] })
    expect((await atA!.publish(wrap)).ok).toBe(true)
    await atB!.gets('the letter', message => message[0] === 'EVENT')
    const post = signNow(alice, { content: 'for all' })
    await atC!.subscribe('posts', { kinds: [1] })
    await atA!.publish(post)
    await atC!.gets('the post', message => message[0] === 'EVENT' && message[1] === 'posts')
    expect(atB!.idsOf('letters')).toEqual([wrap.id])
    expect(atC!.idsOf('letters')).toEqual([])
  })

  it('find what a client asks for and the node lacks: a profile, relays, posts, and an event by its id alone', async () => {
    const a = await startTestNode(cleanUp, { owner: 'alice' })
    const profile = await a.post({ kind: 0, content: '{"name":"alice"}' })
    const relays = await a.post({ kind: 10_002, tags: [['r', 'wss://example.org']], content: '' })
    const post = await a.post({ content: 'before bob came' })
    const old = await a.post({ content: 'very old', created_at: 1_600_000_000 })
    // What catching up brings by itself is not what a question finds.
    const b = await startTestNode(cleanUp, {
      owner: 'bob',
      bootstraps: [a.address],
      tuning: { repairMs: 0 },
      clock: patient,
    })
    await until('that they know each other', async () => (await b.node.status()).knownNodes >= 1)
    const client = await connectRelay(cleanUp, b.node.clientOrigin)
    // Before EOSE, for the client may leave then.
    expect(await client.subscribe('profile', { authors: [alice.pubkey], kinds: [0] })).toEqual([profile])
    expect(await client.subscribe('relays', { authors: [alice.pubkey], kinds: [10_002], limit: 1 })).toEqual([relays])
    expect(await client.subscribe('old', { ids: [old.id] })).toEqual([old])
    await client.subscribe('posts', { authors: [alice.pubkey], kinds: [1] })
    const again = await client.subscribe('post', { ids: [post.id] })
    expect(again).toEqual([post])
  })
})
