import { RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2'
import type { Stream } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import type { Tuning } from '../../src/config.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { startRawPeer } from '../support/raw-peer.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
const to = (name: string) => ({ kind: 7, content: '+', tags: [['p', personFrom(name).pubkey]] })

/** A node that its owner says is reachable: it serves as relay. */
async function startRelay(owner: string, tuning: Partial<Tuning> = {}, bootstraps: readonly string[] = []) {
  const port = await freePortPair()
  const announce = [`/ip4/127.0.0.1/tcp/${port}`]
  return startTestNode(cleanUp, { owner, listen: { host: '127.0.0.1', port }, announce, tuning, bootstraps })
}

/** A node at which nobody gets in. */
function startHome(owner: string, relays: readonly TestNode[], tuning: Partial<Tuning> = {}) {
  const bootstraps = relays.map(({ address }) => address)
  return startTestNode(cleanUp, { owner, bootstraps, tuning: { reach: 'never', ...tuning } })
}

const relaysOf = async (node: TestNode) => (await node.client.status()).reachability.relays
const holds = (node: TestNode, ...relays: readonly TestNode[]) =>
  until(`places on ${relays.length} relays`, async () => {
    const held = await relaysOf(node)
    return held.length === relays.length && relays.every(relay => held.includes(relay.node.peerId))
  })
const transports = async (node: TestNode, other: TestNode) =>
  (await node.client.status()).peers.filter(({ id }) => id === other.node.peerId).map(({ transport }) => transport)

describe('a node that cannot be reached (O10)', () => {
  it('O10.3: keeps places on two relays and announces the ways through them, and nothing else', async () => {
    const relays = [await startRelay('rita'), await startRelay('rob')]
    const home = await startHome('alice', relays)
    await holds(home, ...relays)
    expect((await home.client.status()).reachability.state).toBe('relayed')
    await home.waitFor('reachability', ({ state }) => state === 'relayed')
    const { addresses } = (await home.client.status()).overlay
    expect(addresses.length).toBeGreaterThan(0)
    expect(addresses.filter(address => !address.includes('/p2p-circuit'))).toEqual([])
    for (const relay of relays) expect(addresses.join()).toContain(`${relay.node.peerId}/p2p-circuit`)
    expect((await relays[0]!.client.status()).reachability).toMatchObject({ state: 'public', relays: [] })
  })

  it('O10.1: gets unicasts of one that cannot be reached either, and then directly', async () => {
    const relay = await startRelay('rita')
    const alices = await startHome('alice', [relay])
    const bobs = await startHome('bob', [relay])
    await Promise.all([holds(alices, relay), holds(bobs, relay)])
    const like = await alices.post(to('bob'))
    await bobs.holds(like.id)
    await until('a direct connection', async () => (await transports(alices, bobs)).join() === 'webrtc')
    await until('the same at the other side', async () => (await transports(bobs, alices)).join() === 'webrtc')
    const back = await bobs.post(to('alice'))
    await alices.holds(back.id)
  })

  it('O10.6: is dialled back, without WebRTC, when the one that wants it can be reached', async () => {
    const relay = await startRelay('rita')
    const bobs = await startHome('bob', [relay], { wantedPeers: 0 })
    await holds(bobs, relay)
    const public_ = await startRelay('paul', { wantedPeers: 0 }, [relay.address])
    const like = await public_.post(to('bob'))
    await bobs.holds(like.id)
    await until('a direct connection', async () => (await transports(bobs, public_)).join() === 'tcp')
  })

  it('O10.4: has its place again after the relay restarts', async () => {
    const first = await startRelay('rita')
    const home = await startHome('alice', [first])
    await holds(home, first)
    const relay = await first.restart()
    await holds(home, relay)
    const others = await startHome('bob', [relay])
    await holds(others, relay)
    const like = await others.post(to('alice'))
    await home.holds(like.id)
  })

  it('O10.4: has its place again when a relay that is no bootstrap comes back', async () => {
    const rob = await startRelay('rob')
    const rita = await startRelay('rita', {}, [rob.address])
    const home = await startHome('alice', [rita])
    await holds(home, rita, rob)
    await rob.node.stop()
    await holds(home, rita)
    const back = await rob.restart()
    await holds(home, rita, back)
  })

  it('O10.2: goes to the next relay when one is full', async () => {
    const full = await startRelay('rita', { relayPlaces: 1 })
    const first = await startHome('alice', [full])
    await holds(first, full)
    const other = await startRelay('rob')
    const second = await startHome('bob', [full, other])
    await holds(second, other)
    expect(await relaysOf(second)).toEqual([other.node.peerId])
    const like = await first.post(to('bob'))
    await second.holds(like.id)
  })

  it('O10.2: says so when the only relay is full, and takes the place when it becomes free', async () => {
    const relay = await startRelay('rita', { relayPlaces: 1 })
    const first = await startHome('alice', [relay])
    await holds(first, relay)
    const second = await startHome('bob', [relay])
    await until('the refusal', async () => (await second.client.status()).reachability.state === 'unreachable')
    expect(await relaysOf(second)).toEqual([])
    await first.node.stop()
    await holds(second, relay)
  })

  it('O10.4: a place is void when its relay ceases to serve, and asked for again when it serves again', async () => {
    const relay = await startRawPeer(cleanUp)
    const grant = (stream: Stream) => {
      // `HopMessage { type: STATUS, reservation: { expire: 2 ** 33 }, status: OK }`, behind its length.
      stream.send(Uint8Array.of(12, 0x08, 2, 0x1a, 6, 0x08, 0x80, 0x80, 0x80, 0x80, 0x20, 0x28, 100))
    }
    await relay.handle(RELAY_V2_HOP_CODEC, grant)
    const home = await startTestNode(cleanUp, {
      owner: 'alice',
      bootstraps: [relay.addresses()[0]!],
      tuning: { reach: 'never' },
    })
    await until('the place', async () => (await relaysOf(home)).join() === relay.id)
    await relay.unhandle(RELAY_V2_HOP_CODEC)
    await until('that it is given up', async () => (await relaysOf(home)).length === 0)
    await relay.handle(RELAY_V2_HOP_CODEC, grant)
    await until('the place again', async () => (await relaysOf(home)).join() === relay.id)
  })

  it('O10.5: is not held up by a relay that stalls or talks nonsense', async () => {
    const staller = await startRawPeer(cleanUp)
    await staller.handle(RELAY_V2_HOP_CODEC, () => {})
    const babbler = await startRawPeer(cleanUp)
    await babbler.handle(RELAY_V2_HOP_CODEC, stream => stream.send(Uint8Array.of(3, 1, 2, 3)))
    const relay = await startRelay('rita')
    const bootstraps = [staller.addresses()[0]!, babbler.addresses()[0]!, relay.address]
    const home = await startTestNode(cleanUp, { owner: 'alice', bootstraps, tuning: { reach: 'never' } })
    await holds(home, relay)
  })
})
