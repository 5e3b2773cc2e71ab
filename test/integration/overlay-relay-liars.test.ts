/** Relays that lie, drop and stall (specification/overlay.md O10.9): what is addressed to who trusted them arrives all the same. */
import type { Stream } from '@libp2p/interface'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import * as digest from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { isRejection } from '../../src/event/rejection.ts'
import { openAnnouncement } from '../../src/overlay/announce.ts'
import { decodeFetchPage, encodeFetchRequest } from '../../src/wire/fetch.ts'
import { encodeHello } from '../../src/wire/hello.ts'
import {
  encodeHopStatus,
  encodeStopConnect,
  type Granted,
  HOP,
  readHopRequest,
  STATUS,
  STOP,
} from '../support/circuit-wire.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { FETCH, HELLO, NOBODY, type RawPeer, startRawPeer } from '../support/raw-peer.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600

/** A relay that gives places to everybody, and does as it likes with whoever wants a circuit. */
async function startLiar(
  grant: () => Granted,
  onConnect: (liar: RawPeer, stream: Stream, to: Uint8Array, from: RawPeer['peerId']) => unknown,
): Promise<{ liar: RawPeer; asked: () => number }> {
  const liar = await startRawPeer(cleanUp)
  let asked = 0
  // Known as a node like any other.
  await liar.handle(HELLO, async stream => {
    const frames = lpStream(stream)
    await frames.read()
    await frames.write(encodeHello({ ...NOBODY, owner: personFrom('mallory').pubkey }))
  })
  await liar.handle(HOP, async (stream, from) => {
    const frames = lpStream(stream)
    try {
      const request = readHopRequest((await frames.read()).subarray())
      if (request === 'reserve') return await frames.write(encodeHopStatus(STATUS.ok, grant()))
      asked++
      frames.unwrap()
      await onConnect(liar, stream, request, from)
    } catch {
      // Whoever asked has gone.
    }
  })
  return { liar, asked: () => asked }
}

const answers = (stream: Stream, status: number) => lpStream(stream).write(encodeHopStatus(status))

/** Opens a proper circuit, and lets so many bytes pass. */
async function passOn(bytes: number, liar: RawPeer, stream: Stream, to: Uint8Array, from: RawPeer['peerId']) {
  const far = await liar.open(peerIdFromMultihash(digest.decode(to) as Parameters<typeof peerIdFromMultihash>[0]), STOP)
  const frames = lpStream(far)
  await frames.write(encodeStopConnect(from))
  await frames.read()
  frames.unwrap()
  await answers(stream, STATUS.ok)
  let left = bytes
  for (const [one, other] of [
    [stream, far],
    [far, stream],
  ] as const) {
    one.addEventListener('message', ({ data }) => {
      left -= data.byteLength
      if (left > 0) other.send(data)
    })
  }
}

/** Alice's node, which nobody reaches: first with a place on the liar, then also on an honest relay. */
async function startHome(liar: RawPeer): Promise<{ home: TestNode; relay: TestNode }> {
  const port = await freePortPair()
  const address = `/ip4/127.0.0.1/tcp/${port}`
  const bootstraps = [liar.addresses()[0]!, address]
  const home = await startTestNode(cleanUp, { owner: 'alice', bootstraps, tuning: { reach: 'never' } })
  const holds = (...ids: readonly string[]) =>
    until('the places', async () => {
      const held = (await home.client.status()).reachability.relays
      return ids.length === held.length && ids.every(id => held.includes(id))
    })
  await holds(liar.id)
  const relay = await startTestNode(cleanUp, {
    owner: 'rita',
    listen: { host: '127.0.0.1', port },
    announce: [address],
  })
  await holds(liar.id, relay.node.peerId)
  return { home, relay }
}

/** The addresses of Alice's node as this relay tells them. */
async function toldBy(relay: TestNode, probe: RawPeer): Promise<readonly string[]> {
  const question = encodeFetchRequest({ want: 'nodes', owners: [personFrom('alice').pubkey] })
  const page = decodeFetchPage(await probe.ask(await probe.connect(relay.address), FETCH, question))
  const [announcement] = isRejection(page) ? [] : page.items
  const opened = announcement && (await openAnnouncement(announcement, undefined))
  return opened === undefined || isRejection(opened) ? [] : opened.addresses
}

describe('a relay that lies (O10.9)', () => {
  it.each<[string, (...args: Parameters<Parameters<typeof startLiar>[1]>) => unknown]>([
    ['never answers who wants a circuit', () => undefined],
    ['says for ever that it knows no such place', (_, stream) => answers(stream, STATUS.noReservation)],
    ['grants a circuit and passes on nothing', (_, stream) => answers(stream, STATUS.ok)],
    ['breaks the circuit in the middle of the handshake', (...args) => passOn(300, ...args)],
    ['lets the handshake pass and swallows the hello', (...args) => passOn(2_000, ...args)],
    ['swallows what comes after the hello', (...args) => passOn(6_000, ...args)],
  ])('O10.9: %s: the way through another one is taken', async (_, onConnect) => {
    const { liar, asked } = await startLiar(() => ({ expires: inAnHour() }), onConnect)
    const { home, relay } = await startHome(liar)
    const probe = await startRawPeer(cleanUp, { gossips: false })
    await until('that both ways are told', async () => {
      const told = (await toldBy(relay, probe)).join()
      return [liar.id, relay.node.peerId].every(id => told.includes(`/p2p/${id}/p2p-circuit`))
    })
    const bootstraps = [relay.address, liar.addresses()[0]!]
    const sender = await startTestNode(cleanUp, { owner: 'bob', bootstraps, tuning: { reach: 'never' } })
    for (const id of [relay.node.peerId, liar.id]) await sender.waitFor('peer-connected', ({ peer }) => peer === id)
    const startMs = performance.now()
    const like = await sender.post({ kind: 7, content: '+', tags: [['p', personFrom('alice').pubkey]] })
    await home.holds(like.id)
    expect(asked()).toBeGreaterThan(0)
    expect(performance.now() - startMs).toBeLessThan(15_000)
  })

  it.each<[string, () => Granted]>([
    ['has run out long ago', () => ({ expires: 1 })],
    ['lasts for ever', () => ({ expires: 2 ** 52 })],
    ['lets one byte pass', () => ({ expires: inAnHour(), limit: { seconds: 0, bytes: 1 } })],
    [
      'is said to be reached in the LAN, on this machine and nowhere',
      () => ({
        expires: inAnHour(),
        addresses: ['/ip4/192.168.1.1/tcp/80', '/ip4/127.0.0.1/tcp/7', '/ip4/224.0.0.1/tcp/7'].map(
          address => multiaddr(address).bytes,
        ),
      }),
    ],
    [
      'is said to be reached at hundreds of addresses, and at what is none',
      () => ({
        expires: inAnHour(),
        addresses: Array.from({ length: 400 }, (_, i) =>
          i % 2 === 0 ? Buffer.alloc(9, 0xff) : multiaddr(`/ip4/9.9.9.9/tcp/${1_000 + i}`).bytes,
        ),
      }),
    ],
  ])('O10.9: a place that %s is taken for what it may be, and told so', async (_, grant) => {
    const { liar } = await startLiar(grant, () => undefined)
    const { home, relay } = await startHome(liar)
    const { addresses } = (await home.client.status()).overlay
    const through = addresses.filter(address => address.includes(`/p2p/${liar.id}/p2p-circuit`))
    const plain = through.filter(address => new RegExp(`/p2p/${liar.id}/p2p-circuit/p2p/[^/]+$`).test(address))
    expect(plain.length).toBeLessThanOrEqual(2)
    expect(through.join()).not.toMatch(/192\.168|224\.|tcp\/7\//)
    expect(through.join()).toContain(liar.addresses()[0]!)
    // Kept for as long as one may be: it is neither asked again without end nor given up.
    const { relays } = (await home.client.status()).reachability
    expect(relays.toSorted()).toEqual([liar.id, relay.node.peerId].toSorted())
  })
})
