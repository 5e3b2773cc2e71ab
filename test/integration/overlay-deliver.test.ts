import type { PeerId } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../src/event/binding.ts'
import { isRejection } from '../../src/event/rejection.ts'
import { sealAnnouncement } from '../../src/overlay/announce.ts'
import { decodeDeliver, decodeReceipts, encodeDeliver, encodeReceipts, type Receipt } from '../../src/wire/deliver.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { encodeHello } from '../../src/wire/hello.ts'
import { MAX_DELIVER_EVENTS } from '../../src/wire/limits.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { DELIVER, HELLO, NOBODY, type RawPeer, startRawPeer } from '../support/raw-peer.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')
const bob = personFrom('bob')
const carol = personFrom('carol')
const now = () => Math.floor(Date.now() / 1000)
const toBob = { tags: [['p', bob.pubkey]] }

async function deliveryOf(node: TestNode, id: string) {
  const { outbox } = await node.client.status()
  return outbox.deliveries.find(({ event }) => event === id)
}
const delivered = (node: TestNode, id: string) =>
  until('the delivery', async () => (await deliveryOf(node, id))?.state === 'delivered')

describe('delivering (O7)', () => {
  it('O7.6: goes to a recipient who comes later, at once and not at the next retry', async () => {
    const alices = await startTestNode(cleanUp, { owner: 'alice' })
    const like = await alices.post({ kind: 7, content: '+', ...toBob })
    await alices.waitFor('waiting')
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alices.address] })
    await bobs.holds(like.id)
    await delivered(alices, like.id)
    expect(await deliveryOf(alices, like.id)).toMatchObject({ attempts: 1, ackedBy: [bobs.node.peerId], nextTry: null })
  })

  it('O7.6: goes to a recipient far away who is heard of by announcement, dialled for it', async () => {
    const tuning = { wantedPeers: 0 }
    const alices = await startTestNode(cleanUp, { owner: 'alice', tuning })
    const carols = await startTestNode(cleanUp, { owner: 'carol', bootstraps: [alices.address], tuning })
    await carols.waitFor('peer-connected')
    const like = await alices.post({ kind: 7, content: '+', ...toBob })
    await alices.waitFor('waiting')
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [carols.address], tuning })
    await bobs.holds(like.id)
    await delivered(alices, like.id)
    expect(await carols.client.req({ ids: [like.id] })).toEqual([])
  })

  it('O7.6: waits over a restart, and goes when the recipient is back', async () => {
    const first = await startTestNode(cleanUp, { owner: 'alice' })
    const like = await first.post({ kind: 7, content: '+', ...toBob })
    await first.waitFor('waiting')
    const alices = await first.restart()
    expect((await alices.client.status()).outbox).toMatchObject({ waiting: 1 })
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alices.address] })
    await bobs.holds(like.id)
  })

  it('O3.2: goes to both nodes of an owner who has two, and a client of either sees it once', async () => {
    const alices = await startTestNode(cleanUp, { owner: 'alice' })
    const bobs = [
      await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alices.address] }),
      await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alices.address] }),
    ]
    for (const { node } of bobs) await alices.waitFor('peer-connected', ({ peer }) => peer === node.peerId)
    const reply = await alices.post(toBob)
    for (const one of bobs) await one.holds(reply.id)
    await until('both receipts', async () => (await deliveryOf(alices, reply.id))?.ackedBy.length === 2)
    for (const { client } of bobs) expect((await client.pull()).events).toEqual([reply])
    const told = alices.activities.filter(({ what }) => what === 'delivered')
    expect(told).toHaveLength(1)
  })

  it('an ephemeral unicast reaches the recipient and is stored nowhere', async () => {
    const alices = await startTestNode(cleanUp, { owner: 'alice' })
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alices.address] })
    await bobs.waitFor('peer-connected')
    const typing = await alices.post({ kind: 20_001, ...toBob })
    await bobs.waitFor('received', ({ event, via }) => event.id === typing.id && via === 'deliver')
    expect((await alices.client.status()).outbox).toMatchObject({ waiting: 0, deliveries: [] })
  })
})

describe("a recipient's node that is not what it seems (O7.1, O3.2)", () => {
  /** A peer that claims to be a node of Bob's, and whatever it is delivered. */
  async function claimant(
    node: TestNode,
    hello: object = {},
    answer?: (events: Uint8Array[]) => Receipt[] | undefined,
  ) {
    const raw = await startRawPeer(cleanUp)
    const got: Uint8Array[] = []
    const said = encodeHello({ ...NOBODY, owner: bob.pubkey, ...hello })
    await raw.handle(HELLO, async stream => {
      const frames = lpStream(stream)
      await frames.read()
      await frames.write(said)
      await stream.close()
    })
    await raw.handle(DELIVER, async stream => {
      const frames = lpStream(stream)
      const events = decodeDeliver((await frames.read()).subarray())
      if (isRejection(events)) throw new Error(events.reason)
      got.push(...events)
      const receipts = answer === undefined ? events.map(() => ({ result: 'stored' as const })) : answer(events)
      if (receipts === undefined) return stream.abort(new Error('no'))
      await frames.write(encodeReceipts(receipts))
      await stream.close()
    })
    const peer = await raw.connect(node.address)
    return { raw, got, greet: () => raw.sayHello(peer, { ...NOBODY, owner: bob.pubkey, ...hello }) }
  }
  const proofOf = (raw: RawPeer) => encodeEvent(signedEvent(bob, bindingTemplate(raw.id, now())))

  it("O7.1: gets nothing when it says by hello that it is somebody else's", async () => {
    const alices = await startTestNode(cleanUp, { owner: 'alice' })
    const { raw, got } = await claimant(alices, { owner: carol.pubkey })
    const addresses = raw.addresses().map(address => address.replace(/\/p2p\/.*/, ''))
    const announcement = await sealAnnouncement(
      { peer: raw.peerId, issuedAt: now(), addresses, owner: bob.pubkey, binding: null },
      raw.privateKey,
    )
    const peer = await raw.connect(alices.address)
    await raw.meet(peer)
    await raw.gossip('/nostrp2p/1/nodes', announcement)
    await until('the claim to be known', async () => (await alices.client.status()).knownNodes === 1)
    const like = await alices.post({ kind: 7, content: '+', ...toBob })
    const { reason } = await alices.waitFor('waiting')
    expect(reason).toContain('not one of theirs')
    expect((await deliveryOf(alices, like.id))?.state).toBe('waiting')
    expect(got).toEqual([])
  })

  it('O3.2: unproven, gets nothing once a proven node is known', async () => {
    const alices = await startTestNode(cleanUp, { owner: 'alice' })
    const impostor = await claimant(alices)
    await impostor.greet()
    const { raw, got } = await claimant(alices)
    const peer = await raw.connect(alices.address)
    await raw.sayHello(peer, { owner: bob.pubkey, binding: proofOf(raw) })
    const like = await alices.post({ kind: 7, content: '+', ...toBob })
    await delivered(alices, like.id)
    expect(got.map(bytes => Buffer.from(bytes))).toEqual([Buffer.from(encodeEvent(like))])
    expect(impostor.got).toEqual([])
  })

  it.each<[string, (events: Uint8Array[]) => Receipt[] | undefined]>([
    ['resets the stream', () => undefined],
    ['gives too few receipts', () => []],
    ['gives too many receipts', events => [...events, ...events].map(() => ({ result: 'stored' }))],
  ])('O7.4: that %s leaves the delivery waiting', async (_name, answer) => {
    const alices = await startTestNode(cleanUp, { owner: 'alice' })
    const { greet, got } = await claimant(alices, {}, answer)
    await greet()
    const like = await alices.post({ kind: 7, content: '+', ...toBob })
    await alices.waitFor('waiting', ({ event }) => event.id === like.id)
    expect(got).toHaveLength(1)
    expect((await deliveryOf(alices, like.id))?.lastError).toContain('could not be reached')
  })

  it('O7.4: that refuses for good ends the delivery, and its words are shown', async () => {
    const alices = await startTestNode(cleanUp, { owner: 'alice' })
    const { greet } = await claimant(alices, {}, events =>
      events.map(() => ({ rejected: 'not-for-us', reason: 'I have moved.' })),
    )
    await greet()
    const like = await alices.post({ kind: 7, content: '+', ...toBob })
    await alices.waitFor('expired', ({ event }) => event.id === like.id)
    expect(await deliveryOf(alices, like.id)).toMatchObject({ state: 'expired', nextTry: null })
    expect((await deliveryOf(alices, like.id))?.lastError).toContain('I have moved.')
  })
})

describe('taking deliveries (O7)', () => {
  async function meet(): Promise<{
    node: TestNode
    raw: RawPeer
    peer: PeerId
    deliver: (...events: Uint8Array[]) => Promise<string[]>
  }> {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const raw = await startRawPeer(cleanUp)
    const peer = await raw.connect(node.address)
    async function deliver(...events: Uint8Array[]): Promise<string[]> {
      const receipts = decodeReceipts(await raw.ask(peer, DELIVER, encodeDeliver(events)))
      if (isRejection(receipts)) throw new Error(receipts.reason)
      return receipts.map(receipt => (isRejection(receipt) ? receipt.rejected : receipt.result))
    }
    return { node, raw, peer, deliver }
  }
  const toAlice = (content: string, tags = [['p', alice.pubkey]]) =>
    encodeEvent(signedEvent(bob, { content, created_at: now(), tags }))

  it('O7.2: says of each event, in order, what became of it; each stands or falls on its own', async () => {
    const { node, deliver } = await meet()
    const [first, second] = [toAlice('one'), toAlice('two')]
    const receipts = await deliver(first, Uint8Array.of(0xc1), toAlice('x', []), first, second)
    expect([receipts[1], receipts[2], receipts[4]]).toEqual(['malformed', 'not-for-us', 'stored'])
    // The same event twice in one request: one of the two is the repeat.
    expect([receipts[0], receipts[3]].sort()).toEqual(['duplicate', 'stored'])
    expect((await node.client.pull()).events.map(({ content }) => content).sort()).toEqual(['one', 'two'])
    expect(await deliver()).toEqual([])
  })

  it('O7.1: takes a hundred at once, and the longest reasons still fit into the answer', async () => {
    const { deliver } = await meet()
    const bad = Array.from({ length: MAX_DELIVER_EVENTS }, () => Uint8Array.of(0xc1))
    expect(new Set(await deliver(...bad))).toEqual(new Set(['malformed']))
    await expect(deliver(...bad, Uint8Array.of(0xc1))).rejects.toThrow()
  })

  it('O8.1: beyond the quota says overloaded of each, which may be tried again', async () => {
    const { deliver } = await meet()
    const bad = Array.from({ length: MAX_DELIVER_EVENTS }, () => Uint8Array.of(0xc1))
    for (let i = 0; i < 10; i++) await deliver(...bad)
    expect(new Set(await deliver(...bad))).toEqual(new Set(['overloaded']))
  })

  it('O7.3: an unclaimed node takes nothing', async () => {
    const node = await startTestNode(cleanUp, { owner: null })
    const raw = await startRawPeer(cleanUp)
    const peer = await raw.connect(node.address)
    const receipts = decodeReceipts(await raw.ask(peer, DELIVER, encodeDeliver([toAlice('x')])))
    expect(receipts).toMatchObject([{ rejected: 'unclaimed' }])
  })
})
