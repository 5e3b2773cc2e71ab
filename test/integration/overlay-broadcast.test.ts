import type { PeerId } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { EVENTS_TOPIC, type RawPeer, startRawPeer } from '../support/raw-peer.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
const bob = personFrom('bob')
const now = () => Math.floor(Date.now() / 1000)
/** Connections are the ones that the test makes. */
const tuning = { wantedPeers: 0 }

async function counters(node: TestNode): Promise<{ messages: number; verdicts: number; of: Record<string, number> }> {
  const { counters: all } = await node.client.status()
  const sum = (prefix: string) =>
    Object.entries(all).reduce((total, [name, value]) => (name.startsWith(prefix) ? total + value : total), 0)
  return { messages: sum('gossip_messages:'), verdicts: sum('gossip_verdicts:'), of: { ...all } }
}

async function connected(raw: RawPeer, node: TestNode): Promise<PeerId> {
  const peer = await raw.connect(node.address)
  await raw.meet(peer)
  return peer
}

describe('a public event (O5)', () => {
  it('O4.3: a node that joins is known at once to every node of the overlay, and its posts reach all of them', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice', tuning })
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address], tuning })
    await bobs.waitFor('peer-connected')
    const carol = await startTestNode(cleanUp, { owner: 'carol', bootstraps: [bobs.address], tuning })
    await carol.waitFor('peer-connected')
    await until('alice to know carol', async () => (await alice.node.status()).knownNodes === 2)
    const post = await carol.post({ content: 'first day' })
    await alice.holds(post.id)
    expect((await alice.client.pull()).events).toEqual([post])
  })

  it('O5.5: published while no neighbour is there goes out when the first one appears', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const posts = [await alice.post({ content: 'one' }), await alice.post({ kind: 0, content: '{}' })]
    const raw = await startRawPeer(cleanUp)
    await connected(raw, alice)
    await until('both posts', () => raw.heard.filter(({ topic }) => topic === EVENTS_TOPIC).length === 2)
    const heard = raw.heard.filter(({ topic }) => topic === EVENTS_TOPIC)
    expect(heard.map(({ data }) => Buffer.from(data))).toEqual(posts.map(post => Buffer.from(encodeEvent(post))))
  })

  it('O5.5: published while no neighbour is there goes out after a restart', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const post = await alice.post()
    const raw = await startRawPeer(cleanUp)
    await connected(raw, await alice.restart())
    await until('the post', () => raw.heard.some(({ data }) => Buffer.from(data).equals(encodeEvent(post))))
  })

  it('O5.3: every message gets one verdict, whatever it is', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const raw = await startRawPeer(cleanUp)
    await connected(raw, alice)
    const good = Array.from({ length: 40 }, (_, i) => signedEvent(bob, { content: `${i}`, created_at: now() }))
    // Of others: what is held already is a duplicate, whatever its signature.
    const forged = Array.from({ length: 3 }, (_, i) => signedEvent(bob, { content: `forged ${i}`, created_at: now() }))
    const messages = [
      ...good.map(encodeEvent),
      ...forged.map((event, i) => encodeEvent({ ...event, sig: good[i]!.sig })),
      encodeEvent(signedEvent(bob, { created_at: now() + 2_000 })),
      encodeEvent(signedEvent(bob, { kind: 3 })),
      Buffer.from('noise'),
    ]
    const before = await counters(alice)
    for (const message of messages) await raw.gossip(EVENTS_TOPIC, message)
    await until('all verdicts', async () => (await counters(alice)).verdicts - before.verdicts === messages.length)
    const after = await counters(alice)
    expect(after.messages).toBe(after.verdicts)
    const gained = (verdict: string) =>
      (after.of[`gossip_verdicts:${verdict}`] ?? 0) - (before.of[`gossip_verdicts:${verdict}`] ?? 0)
    expect([gained('accept'), gained('ignore'), gained('reject')]).toEqual([40, 1, 5])
  })

  it('O5.3: beyond the quota of the neighbour is ignored, with a verdict, and the neighbour is not blamed', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const raw = await startRawPeer(cleanUp)
    const peer = await connected(raw, alice)
    // Too old for gossip, hence cheap: no signature is looked at, so each may have any key.
    const sample = encodeEvent(signedEvent(bob, { created_at: 1_000 }))
    for (let i = 0; i < 2_300; i++) {
      const message = Uint8Array.from(sample)
      message.set([i & 0xff, i >> 8], 3)
      await raw.gossip(EVENTS_TOPIC, message)
      if (i % 100 === 99) await new Promise(resolve => setImmediate(resolve))
    }
    await until('a verdict for each', async () => {
      const { messages, verdicts } = await counters(alice)
      return messages >= 2_300 && messages === verdicts
    })
    const { of } = await counters(alice)
    expect(of['gossip_verdicts:ignore']).toBeGreaterThanOrEqual(2_300)
    expect(of['gossip_verdicts:reject']).toBeUndefined()
    // 2,000 at once and 200 a second: what came beyond that did not reach the door.
    expect(of['accepted:too-old']).toBeLessThan(2_300)
    expect(raw.isConnected(peer)).toBe(true)
  })

  it('O5.3: a deletion that another node gossips deletes the private reply here, and blames nobody', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
    await bobs.waitFor('peer-connected')
    const reply = await bobs.post({ content: 'psst', tags: [['p', alice.owner.pubkey]] })
    await alice.holds(reply.id)
    const raw = await startRawPeer(cleanUp)
    await connected(raw, alice)
    await raw.gossip(
      EVENTS_TOPIC,
      encodeEvent(signedEvent(bob, { kind: 5, created_at: now(), tags: [['e', reply.id]] })),
    )
    await until('the reply to go', async () => (await alice.client.req({ ids: [reply.id] })).length === 0)
    expect((await counters(alice)).of['gossip_verdicts:reject']).toBeUndefined()
  })

  it('an ephemeral event reaches the neighbours and is stored nowhere', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
    await bobs.waitFor('peer-connected')
    const raw = await startRawPeer(cleanUp)
    await connected(raw, alice)
    const typing = await alice.post({ kind: 20_001, content: 'is typing' })
    await until('the event', () => raw.heard.some(({ data }) => Buffer.from(data).equals(encodeEvent(typing))))
    await bobs.waitFor('received', ({ event }) => event.id === typing.id)
    for (const node of [alice, bobs]) expect(await node.client.req({ ids: [typing.id] })).toEqual([])
  })
})
