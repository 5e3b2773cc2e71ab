import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Stream } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../src/event/binding.ts'
import { isRejection } from '../../src/event/rejection.ts'
import { openAnnouncement, sealAnnouncement } from '../../src/overlay/announce.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { encodeNodeRecord, recordKey } from '../../src/wire/node-record.ts'
import { createCleanUp, useCleanUp } from '../support/clean-up.ts'
import { type DhtMember, startDhtMember } from '../support/dht-member.ts'
import { DHT, decodeDht, dhtRecord, encodeDht, GET_VALUE, PUT_VALUE } from '../support/dht-wire.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { type RawPeer, startRawPeer } from '../support/raw-peer.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const [alice, bob, mallory] = ['alice', 'bob', 'mallory'].map(personFrom) as [
  ReturnType<typeof personFrom>,
  ReturnType<typeof personFrom>,
  ReturnType<typeof personFrom>,
]
const now = () => Math.floor(Date.now() / 1000)
const cleanUp = useCleanUp()

/** IDs of the nodes that a member has heard of. */
async function heardBy(member: DhtMember): Promise<string[]> {
  const opened = await Promise.all(member.heard.map(({ announcement }) => openAnnouncement(announcement, undefined)))
  return opened.flatMap(announcement => (isRejection(announcement) ? [] : [announcement.peer.toString()]))
}

/** A raw peer that answers the DHT in its own way; undefined is silence. */
async function startLiar(
  answer: (type: number, key: Uint8Array) => Uint8Array | undefined | Promise<Uint8Array>,
): Promise<RawPeer> {
  const raw = await startRawPeer(cleanUp, { gossips: false })
  await raw.handle(DHT, async (stream: Stream) => {
    const frames = lpStream(stream)
    try {
      const { type, key } = decodeDht((await frames.read()).subarray())
      const said = await answer(type, key)
      if (said !== undefined) await frames.write(said)
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    }
  })
  return raw
}

/** An announcement of some node, with a binding by whomever. */
async function announcementOf(
  owner: typeof alice,
  changes: { boundBy?: typeof alice; issuedAt?: number; boundNode?: string } = {},
) {
  const key = await generateKeyPair('Ed25519')
  const peer = peerIdFromPrivateKey(key)
  const template = bindingTemplate(changes.boundNode ?? peer.toString(), now())
  const binding = encodeEvent({ ...signedEvent(changes.boundBy ?? owner, template), pubkey: owner.pubkey })
  const said = {
    peer,
    issuedAt: changes.issuedAt ?? now(),
    addresses: ['/ip4/127.0.0.1/tcp/9'],
    owner: owner.pubkey,
    binding,
  }
  return { id: peer.toString(), bytes: await sealAnnouncement(said, key) }
}

describe('finding nodes by the DHT (O14)', () => {
  it('O14.2: two nodes of one owner do not overwrite each other', async () => {
    const keeper = await startDhtMember(cleanUp, null)
    const [first, second] = [await startDhtMember(cleanUp, alice), await startDhtMember(cleanUp, alice)]
    for (const member of [first, second]) await member.dial(keeper.address)
    const asker = await startDhtMember(cleanUp, null)
    await until('both records', async () => {
      await asker.dial(keeper.address)
      return keeper.dht.keeps(alice.pubkey)
    })
    await until('both nodes to be found', async () => {
      // From a newcomer each time: who found nothing rests.
      const newcomer = await startDhtMember(cleanUp, null)
      await newcomer.dial(keeper.address)
      await until('the table of the newcomer', () => newcomer.dht.isServer())
      await newcomer.dht.find(alice.pubkey)
      const ids = await heardBy(newcomer)
      return ids.includes(first.id) && ids.includes(second.id)
    })
  })

  it('O14.4: a node of the program finds a node that none of its neighbours knows', async () => {
    const far = await startDhtMember(cleanUp, bob)
    const between = await startDhtMember(cleanUp, null)
    await far.dial(between.address)
    await until('the record', () => between.dht.keeps(bob.pubkey))
    const node = await startTestNode(cleanUp, { owner: 'alice', bootstraps: [between.address] })
    await until('the delivery to be tried there', async () => {
      await node.post({ content: `hello ${performance.now()}`, tags: [['p', bob.pubkey]] })
      return (await node.client.status()).knownNodes > 0
    })
  })
})

describe('lies in the DHT (O14.3, O14.5)', () => {
  const honestOnes = createCleanUp()
  let keeper: DhtMember
  let honest: DhtMember
  let asker: DhtMember
  beforeAll(async () => {
    keeper = await startDhtMember(honestOnes, null)
    honest = await startDhtMember(honestOnes, bob)
    await honest.dial(keeper.address)
    await until('the record', () => keeper.dht.keeps(bob.pubkey))
  })
  afterAll(() => honestOnes.run())
  beforeEach(async () => {
    asker = await startDhtMember(cleanUp, null)
    await asker.dial(keeper.address)
    await until('the table', () => asker.dht.isServer())
  })

  const asked = async (liar: RawPeer) => {
    await asker.dial(liar.addresses()[0]!)
    const startMs = performance.now()
    await asker.dht.find(bob.pubkey)
    return { ids: await heardBy(asker), tookMs: performance.now() - startMs }
  }
  const answerWith = (announcements: readonly Uint8Array[]) => (type: number, key: Uint8Array) =>
    encodeDht({ type, key, record: type === GET_VALUE ? dhtRecord(key, encodeNodeRecord(announcements)) : undefined! })

  it.each<[string, () => Promise<{ id: string; bytes: Uint8Array }>]>([
    ['of a node of somebody else', () => announcementOf(mallory)],
    ['with a binding that somebody else signed', () => announcementOf(bob, { boundBy: mallory })],
    ['with the binding of another node', () => announcementOf(bob, { boundNode: honest.id })],
    ['that is three days old', () => announcementOf(bob, { issuedAt: now() - 3 * 86_400 })],
    ['from tomorrow', () => announcementOf(bob, { issuedAt: now() + 86_400 })],
  ])('O14.3: a record %s is not heard, and the true one is', async (_, forge) => {
    const forged = await forge()
    const { ids } = await asked(await startLiar(answerWith([forged.bytes])))
    expect(ids).toContain(honest.id)
    expect(ids).not.toContain(forged.id)
  })

  it('O14.5: silence costs three seconds at most', async () => {
    const { ids, tookMs } = await asked(await startLiar(() => undefined))
    expect(ids).toContain(honest.id)
    expect(tookMs).toBeLessThan(6_000)
  })

  it.each<[string, () => Uint8Array]>([
    ['no message', () => Buffer.from('this is no protobuf')],
    ['a message without an end', () => Buffer.alloc(70_000, 0xff)],
    [
      'a record of 60 kB',
      () =>
        encodeDht({
          type: GET_VALUE,
          key: recordKey(bob.pubkey),
          record: dhtRecord(recordKey(bob.pubkey), Buffer.alloc(60_000)),
        }),
    ],
    [
      'an empty record',
      () =>
        encodeDht({
          type: GET_VALUE,
          key: recordKey(bob.pubkey),
          record: dhtRecord(recordKey(bob.pubkey), Buffer.of(0x90)),
        }),
    ],
  ])('O14.5: %s is passed over', async (_, bytes) => {
    const { ids } = await asked(await startLiar(bytes))
    expect(ids).toContain(honest.id)
  })

  it('O14.5: a crowd that names nobody but itself cannot make up an answer, nor hold up the question', async () => {
    const crowd = await Promise.all(Array.from({ length: 24 }, () => startRawPeer(cleanUp, { gossips: false })))
    const closer = crowd.map(({ peerId, addresses }) => ({
      id: peerId.toMultihash().bytes,
      addresses: addresses().map(address => multiaddr(address.replace(/\/p2p\/.*/, '')).bytes),
    }))
    for (const liar of crowd) {
      await liar.handle(DHT, async stream => {
        const frames = lpStream(stream)
        const { type, key } = decodeDht((await frames.read()).subarray())
        // Whoever has enough answers hangs up on the rest of the crowd.
        await frames.write(encodeDht({ type, key, closer })).catch(() => {})
      })
    }
    for (const liar of crowd.slice(1)) await asker.dial(liar.addresses()[0]!)
    const { ids, tookMs } = await asked(crowd[0]!)
    expect(ids.filter(id => id !== honest.id)).toEqual([])
    expect(tookMs).toBeLessThan(10_500)
  })

  it('O14.5: peers that nobody could dial are not followed, and thousands of addresses are cut', async () => {
    const strangers = await Promise.all(
      Array.from(
        { length: 40 },
        async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toMultihash().bytes,
      ),
    )
    const nowhere = multiaddr('/ip4/224.0.0.1/tcp/1').bytes
    const { ids, tookMs } = await asked(
      await startLiar((type, key) =>
        encodeDht({ type, key, closer: strangers.map(id => ({ id, addresses: Array(30).fill(nowhere) })) }),
      ),
    )
    expect(ids).toContain(honest.id)
    expect(tookMs).toBeLessThan(5_000)
  })
})

describe('what a node stores for the DHT (O14.3)', () => {
  it.each<[string, (id: string) => Promise<[Uint8Array, Uint8Array]>]>([
    ['without a binding', async () => [recordKey(alice.pubkey), encodeNodeRecord([await sealedWithoutBinding()])]],
    [
      'under another owner',
      async () => [recordKey(bob.pubkey), encodeNodeRecord([(await announcementOf(alice)).bytes])],
    ],
    [
      'under a key of another kind',
      async () => [Buffer.from('/other/key'), encodeNodeRecord([(await announcementOf(alice)).bytes])],
    ],
    ['under a public key', async () => [Buffer.from('/pk/abc'), Buffer.from('x')]],
    ['beyond the size', async () => [recordKey(alice.pubkey), Buffer.alloc(20_000)]],
  ])('a record %s is refused: the stream is reset', async (_, make) => {
    const keeper = await startDhtMember(cleanUp, null)
    const raw = await startRawPeer(cleanUp, { gossips: false })
    const peer = await raw.connect(keeper.address)
    await until('the keeper to serve', () => keeper.dht.isServer())
    const [key, value] = await make(keeper.id)
    await expect(
      raw.ask(peer, DHT, encodeDht({ type: PUT_VALUE, key, record: dhtRecord(key, value) })),
    ).rejects.toThrow()
    expect(keeper.dht.keeps(alice.pubkey)).toBe(false)
  })

  it('O14.3: a good one is kept, and an older one of the same node does not replace it', async () => {
    const keeper = await startDhtMember(cleanUp, null)
    const raw = await startRawPeer(cleanUp, { gossips: false })
    const peer = await raw.connect(keeper.address)
    await until('the keeper to serve', () => keeper.dht.isServer())
    const node = await startDhtMember(cleanUp, alice)
    const key = recordKey(alice.pubkey)
    const put = (announcement: Uint8Array) =>
      raw.ask(peer, DHT, encodeDht({ type: PUT_VALUE, key, record: dhtRecord(key, encodeNodeRecord([announcement])) }))
    const later = await node.announcement({ issuedAt: now() })
    await put(later)
    await put(await node.announcement({ issuedAt: now() - 3_600 }))
    const answer = await raw.ask(peer, DHT, encodeDht({ type: GET_VALUE, key }))
    expect(Buffer.from(answer).includes(Buffer.from(later))).toBe(true)
  })

  it('O8.1: questions beyond the quota get no answer, and neither do a thousand on one stream', async () => {
    const keeper = await startDhtMember(cleanUp, null)
    const raw = await startRawPeer(cleanUp, { gossips: false })
    const peer = await raw.connect(keeper.address)
    await until('the keeper to serve', () => keeper.dht.isServer())
    const question = encodeDht({ type: GET_VALUE, key: recordKey(alice.pubkey) })
    const stream = lpStream(await raw.open(peer, DHT))
    const all = (async () => {
      for (let i = 0; i < 3_000; i++) {
        await stream.write(question)
        await stream.read({ signal: AbortSignal.timeout(5_000) })
      }
    })()
    await expect(all).rejects.toThrow()
    const answers = await Promise.allSettled(Array.from({ length: 90 }, () => raw.ask(peer, DHT, question)))
    expect(answers.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(10)
    expect(raw.isConnected(peer)).toBe(true)
  })
})

async function sealedWithoutBinding(): Promise<Uint8Array> {
  const key = await generateKeyPair('Ed25519')
  const said = { peer: peerIdFromPrivateKey(key), issuedAt: now(), addresses: [], owner: alice.pubkey, binding: null }
  return sealAnnouncement(said, key)
}
