import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { lpStream } from '@libp2p/utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../src/event/binding.ts'
import type { EventTemplate, VerifiedEvent } from '../../src/event/event.ts'
import { npubOf } from '../../src/event/keys.ts'
import { isRejection } from '../../src/event/rejection.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { type OpenedAnnouncement, openAnnouncement, sealAnnouncement } from '../../src/overlay/announce.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { decodeHello, encodeHello, type Hello } from '../../src/wire/hello.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { HELLO, NOBODY, NODES_TOPIC, type RawPeer, startRawPeer } from '../support/raw-peer.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const alice = personFrom('alice')
const bob = personFrom('bob')
const now = () => Math.floor(Date.now() / 1000)

const cleanUp = useCleanUp()
let node: TestNode
let raw: RawPeer
let peer: PeerId

beforeEach(async () => {
  node = await startTestNode(cleanUp, { owner: 'alice' })
  raw = await startRawPeer(cleanUp)
  peer = await raw.connect(node.address)
})

function bindingOf(nodeId: string, changes: Partial<EventTemplate> = {}, by = bob): VerifiedEvent {
  return signedEvent(by, { ...bindingTemplate(nodeId, now()), ...changes })
}
const announce = (changes: Partial<OpenedAnnouncement> = {}, key = raw.privateKey) =>
  sealAnnouncement(
    {
      peer: raw.peerId,
      issuedAt: now(),
      addresses: raw.addresses().map(a => a.replace(/\/p2p\/.*/, '')),
      owner: bob.pubkey,
      binding: null,
      ...changes,
    },
    key,
  )
/** What the node says of the peer in its status. */
async function shown(): Promise<{ owner: string | null; proven: boolean; agent: string } | undefined> {
  const { peers } = await node.client.status()
  return peers.find(({ id }) => id === raw.id)
}
const bobs = npubOf(bob.pubkey)

describe('hello (O2)', () => {
  it('O2.2: tells owner and announcements, its own first, and that of others to whoever dialled', async () => {
    const other = await startTestNode(cleanUp, { owner: 'carol', bootstraps: [node.address] })
    await node.waitFor('peer-connected', ({ peer: id }) => id === other.node.peerId)
    const hello = decodeHello(await raw.sayHello(peer)) as Hello
    expect(hello).toMatchObject({ owner: alice.pubkey, binding: null, abilities: [] })
    expect(hello.agent).toMatch(/^nostrp2p\//)
    expect(hello.announcements).toHaveLength(2)
  })

  it('O2.2: makes the peer known with owner and agent, unproven without a binding', async () => {
    await raw.sayHello(peer, { owner: bob.pubkey, agent: 'raw/7' })
    await node.waitFor('peer-connected', ({ peer: id }) => id === raw.id)
    expect(await shown()).toMatchObject({ owner: bobs, proven: false, agent: 'raw/7' })
  })

  it('O2.5: its own announcement tells the time of the hello, each time anew', async () => {
    let aheadMs = 0
    const clock = { ...systemClock, nowMs: () => Date.now() + aheadMs }
    const late = await startTestNode(cleanUp, { owner: 'carol', clock })
    const latePeer = await raw.connect(late.address)
    const issuedAt = async () => {
      const { announcements } = decodeHello(await raw.sayHello(latePeer)) as Hello
      return ((await openAnnouncement(announcements[0]!, undefined)) as OpenedAnnouncement).issuedAt
    }
    expect(Math.abs((await issuedAt()) - now())).toBeLessThanOrEqual(2)
    aheadMs = 3_600_000
    expect(Math.abs((await issuedAt()) - now() - 3_600)).toBeLessThanOrEqual(2)
  })

  it('O2.6: a visitor without owner and announcements gets an answer and no place in the directory', async () => {
    expect(decodeHello(await raw.sayHello(peer))).toMatchObject({ owner: alice.pubkey })
    expect((await node.client.status()).knownNodes).toBe(0)
    await raw.sayHello(peer, { announcements: [await announce({ owner: null })] })
    expect((await node.client.status()).knownNodes).toBe(1)
  })

  it('O2.3: said again replaces what was said before', async () => {
    await raw.sayHello(peer, { owner: bob.pubkey })
    await raw.sayHello(peer, { owner: alice.pubkey })
    expect(await shown()).toMatchObject({ owner: npubOf(alice.pubkey) })
    await raw.sayHello(peer, { owner: null })
    expect(await shown()).toMatchObject({ owner: null })
    expect(node.activities.filter(({ what }) => what === 'peer-connected')).toHaveLength(1)
  })

  it('O2.3: is said again when the binding changes, and not for other events or deletions of the owner', async () => {
    let hellos = 0
    await raw.handle(HELLO, async stream => {
      const frames = lpStream(stream)
      await frames.read()
      hellos++
      await frames.write(encodeHello(NOBODY))
      await stream.close()
    })
    await raw.sayHello(peer)
    const post = await node.post()
    for (let i = 0; i < 12; i++) await node.post({ kind: 5, content: `${i}`, tags: [['e', post.id]] })
    await node.post(bindingTemplate(node.node.peerId, now()))
    await until('the hello', () => hellos > 0)
    expect(hellos).toBe(1)
  })

  it('O2.4: beyond the quota gets no answer', async () => {
    for (let i = 0; i < 10; i++) await raw.sayHello(peer)
    await expect(raw.sayHello(peer)).rejects.toThrow()
    expect(raw.isConnected(peer)).toBe(true)
  })

  it('O2.7: names one node of each network before the second of any, however many one of them seems to have', async () => {
    const at = async (address: string) => {
      const key = await generateKeyPair('Ed25519')
      const id = peerIdFromPrivateKey(key)
      return announce({ peer: id, owner: null, addresses: [`${address}/tcp/20000`] }, key)
    }
    const places = ['/ip4/11.51.7.1', '/ip4/11.51.8.1', '/ip6/2600:db8:1::1', '/ip6/2600:db8:2::1', '/ip4/192.168.1.7']
    await raw.sayHello(peer, { announcements: await Promise.all(places.map(at)) })
    const crowd = (network: string) => Array.from({ length: 60 }, (_, i) => `${network}${i + 1}`)
    for (const many of [crowd('/ip4/11.51.9.'), crowd('/ip4/11.51.9.1'), crowd('/ip6/2600:db8:3:1::')]) {
      await raw.sayHello(peer, { announcements: await Promise.all(many.map(at)) })
    }
    const { announcements } = decodeHello(await raw.sayHello(peer)) as Hello
    expect(announcements.length).toBeGreaterThan(60)
    const told = await Promise.all(
      announcements.map(async bytes => ((await openAnnouncement(bytes, undefined)) as OpenedAnnouncement).addresses),
    )
    const networks = told.map(([address = '']) => address.split(address.startsWith('/ip4/') ? '.' : ':', 3).join())
    // Its own first, then one of each of the six, and the one of a LAN.
    expect(new Set(networks.slice(1, 8))).toHaveLength(7)
  })

  it('O2.2: stays readable when others announce themselves at the largest size', async () => {
    await raw.meet(peer)
    for (let i = 0; i < 30; i++) {
      const key = await generateKeyPair('Ed25519')
      const binding = new Uint8Array(7_900)
      const said = { peer: peerIdFromPrivateKey(key), issuedAt: now(), addresses: [], owner: bob.pubkey, binding }
      await raw.gossip(NODES_TOPIC, await sealAnnouncement(said, key))
    }
    await until('all to be known', async () => (await node.client.status()).knownNodes >= 30)
    const hello = decodeHello(await raw.sayHello(peer))
    expect(isRejection(hello) ? hello.reason : hello.announcements.length).toBe(9)
  })

  it.each<[string, () => Uint8Array]>([
    ['nothing', () => new Uint8Array(0)],
    ['no array', () => Uint8Array.of(0x80)],
    ['too few elements', () => Uint8Array.of(0x90)],
    ['trailing bytes', () => Buffer.concat([encodeHello(NOBODY), Uint8Array.of(0)])],
    ['a truncated hello', () => encodeHello(NOBODY).subarray(0, -1)],
  ])('O2.4: %s gets no answer', async (_name, bytes) => {
    await expect(raw.ask(peer, HELLO, bytes())).rejects.toThrow()
    expect((await shown())?.agent).toBe('')
    await raw.sayHello(peer)
  })
})

describe('proof of ownership (O3.1)', () => {
  const told = async (binding: VerifiedEvent) => {
    await raw.sayHello(peer, { owner: bob.pubkey, binding: encodeEvent(binding) })
    return (await shown())?.proven
  }

  it('O3.1: a binding by the owner that names the node proves it', async () => {
    expect(await told(bindingOf(raw.id))).toBe(true)
  })

  it.each<[string, () => VerifiedEvent]>([
    ['of another node', () => bindingOf(node.node.peerId)],
    ['by somebody else', () => bindingOf(raw.id, {}, alice)],
    [
      'by somebody else in the name of the owner',
      () => ({ ...bindingOf(raw.id, {}, alice), pubkey: bob.pubkey }) as VerifiedEvent,
    ],
    [
      'with a signature of another event',
      () => ({ ...bindingOf(raw.id), sig: bindingOf(raw.id, { content: 'x' }).sig }) as VerifiedEvent,
    ],
    [
      'that has expired',
      () =>
        bindingOf(raw.id, {
          tags: [
            ['d', `nostrp2p/node/${raw.id}`],
            ['expiration', `${now() - 1}`],
          ],
        }),
    ],
    ['without expiration', () => bindingOf(raw.id, { tags: [['d', `nostrp2p/node/${raw.id}`]] })],
    ['of more than 2 KiB', () => bindingOf(raw.id, { content: 'x'.repeat(2_048) })],
  ])('O3.1: a binding %s proves nothing', async (_name, make) => {
    expect(await told(make())).toBe(false)
  })

  it('O3.1: ends with the deletion of the binding, which everybody is told', async () => {
    const binding = bindingOf(raw.id)
    expect(await told(binding)).toBe(true)
    await raw.meet(peer)
    await raw.gossip(
      '/nostrp2p/1/events',
      encodeEvent(signedEvent(bob, { kind: 5, created_at: now(), tags: [['e', binding.id]] })),
    )
    await until('the proof to end', async () => (await shown())?.proven === false)
    expect(await told(binding)).toBe(false)
    expect(await told(bindingOf(raw.id, { created_at: now() + 1 }))).toBe(true)
  })
})

describe('announcements (O4)', () => {
  const verdicts = async () => {
    const { counters } = await node.client.status()
    return ['accept', 'ignore', 'reject'].map(verdict => counters[`gossip_verdicts:${verdict}`] ?? 0)
  }
  async function gossiped(bytes: Uint8Array): Promise<string> {
    const before = await verdicts()
    await raw.gossip(NODES_TOPIC, bytes)
    return until('a verdict', async () => {
      const after = await verdicts()
      return ['accept', 'ignore', 'reject'].find((_, i) => after[i]! > before[i]!)
    })
  }
  beforeEach(() => raw.meet(peer))

  it('O4.4: a later one counts, the same time or an earlier one does not', async () => {
    expect(await gossiped(await announce())).toBe('accept')
    await until('the owner to be known', async () => (await shown())?.owner === bobs)
    expect(await gossiped(await announce({ issuedAt: now() - 60, owner: null }))).toBe('ignore')
    expect((await shown())?.owner).toBe(bobs)
    expect(await gossiped(await announce({ issuedAt: now() + 60, owner: null }))).toBe('accept')
    expect((await shown())?.owner).toBe(null)
  })

  it('O4.4: in the name of another node is rejected, and nothing of it is believed', async () => {
    const victim = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    expect(await gossiped(await announce({ peer: victim }))).toBe('reject')
    expect((await node.client.status()).knownNodes).toBe(0)
  })

  it('O4.4: far ahead or long ago is ignored', async () => {
    expect(await gossiped(await announce({ issuedAt: now() + 1_000 }))).toBe('ignore')
    expect(await gossiped(await announce({ issuedAt: now() - 3 * 24 * 3600 }))).toBe('ignore')
    expect((await node.client.status()).knownNodes).toBe(0)
  })

  it('O2.3: does not undo what the node said to our face later', async () => {
    const early = await announce({ issuedAt: now() - 10, owner: alice.pubkey })
    const hello = { owner: bob.pubkey, announcements: [await announce()] }
    await raw.sayHello(peer, hello)
    await gossiped(early)
    expect((await shown())?.owner).toBe(bobs)
  })

  it('O4.3: a binding that the owner publishes makes the node proven at nodes behind its neighbours', async () => {
    const far = await startTestNode(cleanUp, { owner: 'carol', bootstraps: [node.address], tuning: { wantedPeers: 0 } })
    await node.waitFor('peer-connected', ({ peer: id }) => id === far.node.peerId)
    await raw.sayHello(peer)
    await until('the far node to be known', async () => (await node.client.status()).knownNodes > 0)
    const before = raw.heard.length
    const binding = signedEvent(alice, bindingTemplate(node.node.peerId, now()))
    expect((await node.client.publish(binding)).status).toBe(200)
    await until('the announcement', () => raw.heard.slice(before).some(({ topic }) => topic === NODES_TOPIC))
    await until('the proof at the other node', async () => (await far.client.status()).peers[0]?.proven)
    const hello = decodeHello(await raw.sayHello(peer))
    if (isRejection(hello)) throw new Error(hello.reason)
    expect(Buffer.from(hello.binding ?? []).equals(Buffer.from(encodeEvent(binding)))).toBe(true)

    await node.post({ kind: 5, content: '', tags: [['a', `30078:${alice.pubkey}:nostrp2p/node/${node.node.peerId}`]] })
    await until('the proof to be withdrawn', async () => (await far.client.status()).peers[0]?.proven === false)
  })
})
