/** Addresses that a hostile node spreads: whoever hears of them from outside knocks at no door of its own machine or LAN. */
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../src/event/binding.ts'
import { npubOf } from '../../src/event/keys.ts'
import { sealAnnouncement } from '../../src/overlay/announce.ts'
import { REACH_PROTOCOL } from '../../src/overlay/nat/reach.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { encodeFetchPage } from '../../src/wire/fetch.ts'
import { encodeHello } from '../../src/wire/hello.ts'
import { encodeNodeRecord, recordKey } from '../../src/wire/node-record.ts'
import { encodeReachReply } from '../../src/wire/reach.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { DHT, decodeDht, dhtRecord, encodeDht, FIND_NODE, GET_VALUE } from '../support/dht-wire.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { FETCH, HELLO, NOBODY, NODES_TOPIC } from '../support/raw-peer.ts'
import { until } from '../support/until.ts'
import type { LabNode } from './lab/lab-node.ts'
import type { Namespace } from './lab/namespace.ts'
import { type Outlaw, startOutlaw } from './lab/outlaw.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const stage = useStage()
const cleanUp = useCleanUp()
const now = () => Math.floor(Date.now() / 1000)

/** Where something listens in the LAN of the one who must not go there. */
const PRINTER_PORT = 9_100
/** One door of the bait for each way on which its address is told; nobody opens. */
const BAIT = { hello: 9_001, gossip: 9_002, fetch: 9_003, record: 9_004, closer: 9_005, name: 9_006 } as const

/** What a node asks its own network of its own accord. */
const FLAGS = ['--mdns', 'false', '--port-mapping', 'false']

/** Machines of home and neighbourhood, and what is none. */
const FORBIDDEN = [
  '/ip4/127.0.0.1/tcp/7000',
  '/ip4/127.9.9.9/tcp/7000',
  '/ip4/0.0.0.0/tcp/7000',
  '/ip4/10.0.0.5/tcp/7000',
  '/ip4/100.64.0.9/tcp/7000',
  '/ip4/169.254.1.1/tcp/7000',
  `/ip4/192.168.1.1/tcp/${PRINTER_PORT}`,
  '/ip4/192.168.1.11/tcp/7000',
  `/ip4/192.168.1.12/tcp/${PRINTER_PORT}`,
  '/ip4/224.0.0.251/tcp/7000',
  '/ip6/::1/tcp/7000',
  `/ip6/::ffff:192.168.1.12/tcp/${PRINTER_PORT}`,
  `/dns4/printer.example/tcp/${PRINTER_PORT}`,
]

const WATCH = `
table inet watch {
  set called { type ipv4_addr . inet_service; flags dynamic; size 65535; }
  set called6 { type ipv6_addr . inet_service; flags dynamic; size 65535; }
  chain output {
    type filter hook output priority 0; policy accept;
    tcp flags & (syn | ack) == syn add @called { ip daddr . tcp dport }
    tcp flags & (syn | ack) == syn add @called6 { ip6 daddr . tcp dport }
    udp dport != 53 add @called { ip daddr . udp dport }
    udp dport != 53 add @called6 { ip6 daddr . udp dport }
  }
}`

/** Notes from now on whom this machine calls, by TCP and UDP, also itself. */
async function watchCalls(space: Namespace): Promise<() => Promise<string[]>> {
  await space.nft(WATCH)
  const listed = async (set: string) => {
    const listing = JSON.parse(await space.run('nft', '-j', 'list', 'set', 'inet', 'watch', set)) as Listing
    const elements = listing.nftables.flatMap(({ set }) => set?.elem ?? [])
    return elements.map(element => (element.elem?.val ?? element).concat!.join(':'))
  }
  // The client of the owner is on the same machine.
  return async () => [...(await listed('called')), ...(await listed('called6'))].filter(to => to !== '127.0.0.1:20001')
}

interface Element {
  readonly concat?: readonly (string | number)[]
  readonly elem?: { readonly val: Element }
}
interface Listing {
  readonly nftables: readonly { readonly set?: { readonly elem?: readonly Element[] } }[]
}

/** A node that is said to be this person's; nobody runs it. */
async function inventedNode(
  owner: string,
  addresses: readonly string[],
  issuedAt = now(),
  key?: PrivateKey,
): Promise<Uint8Array> {
  const privateKey = key ?? (await generateKeyPair('Ed25519'))
  const peer = peerIdFromPrivateKey(privateKey)
  const person = personFrom(owner)
  const binding = encodeEvent(signedEvent(person, bindingTemplate(peer.toString(), now())))
  return sealAnnouncement({ peer, issuedAt, addresses, owner: person.pubkey, binding }, privateKey)
}
const inventedId = async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toMultihash().bytes

/** Publishes something for that person, and waits until the node has tried, in vain, to bring it. */
async function tryToTell(from: LabNode, owner: string): Promise<void> {
  const { pubkey } = personFrom(owner)
  const like = await from.client.publish({ kind: 7, content: '+', tags: [['p', pubkey]] })
  await until(`that a delivery to ${owner} was tried`, async () => {
    const { deliveries } = (await from.status()).outbox
    return deliveries.some(({ event, to, attempts }) => event === like.id && to === npubOf(pubkey) && attempts > 0)
  })
}

/** Tells the same in all ways that there are to whoever asks. */
async function spread(outlaw: Outlaw, addresses: (bait: number) => string[]): Promise<void> {
  const byHello = await inventedNode('hello', addresses(BAIT.hello))
  const byFetch = await inventedNode('fetch', addresses(BAIT.fetch))
  const inRecord = await inventedNode('record', addresses(BAIT.record))
  const strangers = await Promise.all(Array.from({ length: 10 }, inventedId))
  const { pubkey: owner } = personFrom('mallory')
  await outlaw.replies(HELLO, () => encodeHello({ ...NOBODY, owner, announcements: [byHello] }))
  await outlaw.replies(FETCH, question => {
    const isForFetch = Buffer.from(question).includes(Buffer.from(personFrom('fetch').pubkey, 'hex'))
    return encodeFetchPage({ items: isForFetch ? [byFetch] : [], last: true })
  })
  const there = addresses(BAIT.closer).map(address => multiaddr(address).bytes)
  const closer = strangers.map(id => ({ id, addresses: there }))
  await outlaw.replies(DHT, question => {
    const { type, key } = decodeDht(question)
    const isRecord = type === GET_VALUE && Buffer.from(key).equals(recordKey(personFrom('record').pubkey))
    const answer = isRecord ? { record: dhtRecord(key, encodeNodeRecord([inRecord])) } : { closer }
    return encodeDht({ type, key, ...answer })
  })
}

describe.skipIf(WHY_NOT)('addresses that a hostile node spreads', () => {
  it('O15.2: lead a home to nobody of its LAN or machine, in whatever way they are told', async () => {
    const { lab, internet } = stage()
    const bait = (await internet.host('bait')).cable.v4!
    lab.names.set('bait.example', bait)
    lab.names.set('printer.example', '192.168.1.12')
    const outlaw = await startOutlaw(cleanUp, lab, await internet.host('mallory'), { alsoAnnounces: FORBIDDEN })
    const home = await stage().home('ann', { boot: [outlaw.address], flags: FLAGS })
    const printer = await home.router.host('printer')
    expect([home.host.cable.v4, printer.cable.v4]).toEqual(['192.168.1.11', '192.168.1.12'])
    for (const space of [printer.space, home.router.space]) await (await space.insider()).tcpListen(PRINTER_PORT)
    // Forbidden ones on both sides of the bait: when it has failed, the others have had their turn.
    const addresses = (port: number) => [
      ...FORBIDDEN,
      `/ip4/${bait}/tcp/${port}`,
      `/dns4/bait.example/tcp/${BAIT.name}`,
    ]
    await spread(outlaw, addresses)
    const calls = await watchCalls(home.host.space)
    await home.start()
    const ann = peerIdFromString(home.peerId())
    await outlaw.meet(ann)
    await outlaw.gossip(NODES_TOPIC, await inventedNode('gossip', addresses(BAIT.gossip)))
    for (const way of ['hello', 'gossip', 'fetch', 'record', 'closer'] as const) {
      await until(`that the bait told by ${way} is tried`, async () => {
        await tryToTell(home, way)
        return (await calls()).includes(`${bait}:${BAIT[way]}`)
      })
    }
    // Identify is what libp2p itself would go by when the connection is lost.
    await outlaw.hangUp(ann)
    await until('the home again', () => outlaw.isConnected(ann))
    const allowed = [`${outlaw.host}:20000`, ...Object.values(BAIT).map(door => `${bait}:${door}`)]
    expect((await calls()).toSorted()).toEqual(allowed.toSorted())
  })

  it('O15.3: do not lead a public node to itself, also when it knows that nobody else gets in', async () => {
    const { lab, internet } = stage()
    const bait = (await internet.host('bait')).cable.v4!
    const outlaw = await startOutlaw(cleanUp, lab, await internet.host('mallory'))
    const hub = await stage().publicNode('hub', { boot: [outlaw.address], flags: FLAGS })
    const self = hub.host.cable.v4!
    await internet.shield(hub.host.cable)
    const own = [`/ip4/${self}/tcp/20000`, '/dns4/hub.example/tcp/20000', '/ip4/127.0.0.1/tcp/20000']
    await spread(outlaw, port => [...own, `/ip4/${bait}/tcp/${port}`])
    await outlaw.replies(REACH_PROTOCOL, () => encodeReachReply({ seen: self, open: [false] }))
    const calls = await watchCalls(hub.host.space)
    await hub.start()
    await until('the news that nobody gets in', async () => (await hub.status()).reachability.state === 'unreachable')
    for (const way of ['hello', 'fetch', 'record', 'closer'] as const) {
      await until(`that the bait told by ${way} is tried`, async () => {
        await tryToTell(hub, way)
        return (await calls()).includes(`${bait}:${BAIT[way]}`)
      })
    }
    expect((await calls()).filter(to => to.startsWith(`${self}:`) || to.startsWith('127.'))).toEqual([])
  })

  it('O15.4: however many they are, 16 of one node are dialled, and eight of those that the DHT tells', async () => {
    const { lab, internet } = stage()
    const bait = (await internet.host('bait')).cable.v4!
    const outlaw = await startOutlaw(cleanUp, lab, await internet.host('mallory'))
    const key = await generateKeyPair('Ed25519')
    const hub = await stage().publicNode('hub', { boot: [outlaw.address], flags: FLAGS })
    const doors = (first: number, count: number) =>
      Array.from({ length: count }, (_, i) => `/ip4/${bait}/tcp/${first + i}`)
    const stranger = await inventedId()
    const addresses = doors(10_000, 2_000).map(address => multiaddr(address).bytes)
    await outlaw.replies(DHT, question => encodeDht({ ...decodeDht(question), closer: [{ id: stranger, addresses }] }))
    const calls = await watchCalls(hub.host.space)
    await hub.start()
    const peer = peerIdFromString(hub.peerId())
    await outlaw.meet(peer)
    const dialled = async () =>
      (await calls()).flatMap(to => (to.startsWith(`${bait}:`) ? Number(to.split(':')[1]) : []))
    await until('that the DHT follows', async () => {
      await tryToTell(hub, `stranger ${performance.now()}`)
      return (await dialled()).length > 0
    })
    expect((await dialled()).length).toBeLessThanOrEqual(8)
    // Each announcement takes the place of the one before: 200 times 16 doors.
    for (let i = 0; i < 200; i++) {
      const addresses = doors(20_000 + 16 * i, 16)
      await outlaw.gossip(NODES_TOPIC, await inventedNode('gossip', addresses, now() - 200 + i, key))
    }
    await until('that the last one has come', async () => {
      await tryToTell(hub, 'gossip')
      return (await dialled()).includes(20_000 + 16 * 200 - 1)
    })
    // It may have looked for neighbours by itself while they came: 16 each time, and not the 3,200.
    expect((await dialled()).filter(port => port >= 20_000).length).toBeLessThanOrEqual(3 * 16)
  })

  it('O14.7: are not those of its own machine, when a node is asked from outside who is near a key', async () => {
    const { lab, internet } = stage()
    const hub = await stage().publicNode('hub', { flags: FLAGS })
    const twin = await stage().node(hub.host, 'twin', { port: 21_000, boot: ['127.0.0.1:20000'], flags: FLAGS })
    await hub.start()
    await twin.start()
    const outlaw = await startOutlaw(cleanUp, lab, await internet.host('mallory'))
    const peer = await outlaw.call(hub.host.cable.v4!, 20_000)
    const id = peerIdFromString(twin.peerId()).toMultihash().bytes
    const inside = Buffer.from(multiaddr('/ip4/127.0.0.1/tcp/21000').bytes)
    const outside = Buffer.from(multiaddr(`/ip4/${hub.host.cable.v4}/tcp/21000`).bytes)
    for (const type of [GET_VALUE, FIND_NODE]) {
      const answer = await until('an answer with the neighbour', async () => {
        const bytes = Buffer.from(await outlaw.ask(peer, DHT, encodeDht({ type, key: recordKey('00'.repeat(32)) })))
        return bytes.includes(id) && bytes.includes(outside) ? bytes : undefined
      })
      expect(answer.includes(inside)).toBe(false)
    }
  })
})
