/** What all circuits of a relay together may bring (specification/overlay.md O10.8), with peers that say what they like. */
import type { Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { describe, expect, it } from 'vitest'
import { encodeConnect, HOP, hopStatusOf, RESERVE, STATUS, STOP, STOP_OK } from '../support/circuit-wire.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { freePortPair } from '../support/ports.ts'
import { type RawPeer, startRawPeer } from '../support/raw-peer.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
let relay: TestNode

async function startRelay(perSecond: number): Promise<void> {
  const port = await freePortPair()
  relay = await startTestNode(cleanUp, {
    owner: 'rita',
    listen: { host: '127.0.0.1', port },
    announce: [`/ip4/127.0.0.1/tcp/${port}`],
    tuning: { relayBytes: { burst: 100_000, perSecond } },
  })
}

const reserve = async (peer: RawPeer) => hopStatusOf(await peer.ask(await peer.connect(relay.address), HOP, RESERVE))

/** One that holds a place, and counts what comes to it. */
async function startGuest() {
  const peer = await startRawPeer(cleanUp, { gossips: false })
  const circuits: Stream[] = []
  let bytes = 0
  await peer.handle(STOP, async stream => {
    const frames = lpStream(stream)
    await frames.read()
    await frames.write(STOP_OK)
    frames.unwrap()
    circuits.push(stream)
    stream.addEventListener('message', ({ data }) => {
      bytes += data.byteLength
    })
  })
  await until('the place', async () => (await reserve(peer)) === STATUS.ok)
  return { peer, circuits, bytes: () => bytes }
}

/** Asks for a circuit through the relay. */
async function openCircuit(from: RawPeer, to: RawPeer): Promise<{ status: number; stream: Stream }> {
  const stream = await from.open(await from.connect(relay.address), HOP)
  const frames = lpStream(stream)
  await frames.write(encodeConnect(to.peerId))
  const status = hopStatusOf((await frames.read()).subarray())
  frames.unwrap()
  if (status !== STATUS.ok) stream.abort(new Error('no circuit'))
  return { status, stream }
}

async function pour(stream: Stream, bytes: number): Promise<void> {
  const piece = Buffer.alloc(16_384)
  for (let left = bytes; left > 0; left -= piece.length) {
    if (!stream.send(piece.subarray(0, left)))
      await new Promise(go => stream.addEventListener('drain', go, { once: true }))
  }
}

const seconds = (sinceMs: number) => (performance.now() - sinceMs) / 1_000

describe('the bytes of all circuits through a relay (O10.8)', () => {
  it('O10.8: pass at once up to the burst, and beyond it as fast as allowed, in both directions and of all together', async () => {
    await startRelay(1_000_000)
    const guests = [await startGuest(), await startGuest()]
    const callers = [await startRawPeer(cleanUp, { gossips: false }), await startRawPeer(cleanUp, { gossips: false })]
    const circuits = [await openCircuit(callers[0]!, guests[0]!.peer), await openCircuit(callers[1]!, guests[1]!.peer)]
    expect(circuits.map(({ status }) => status)).toEqual([STATUS.ok, STATUS.ok])
    let back = 0
    circuits[1]!.stream.addEventListener('message', ({ data }) => {
      back += data.byteLength
    })
    const startMs = performance.now()
    const each = 900_000
    const poured = [
      pour(circuits[0]!.stream, each),
      pour(circuits[1]!.stream, each),
      pour(guests[1]!.circuits[0]!, each),
    ]
    await Promise.all(poured)
    await until('that all has come', () => guests.every(({ bytes }) => bytes() === each) && back === each)
    // On each of the three ways as much as a peer sends ahead may come early.
    expect(seconds(startMs)).toBeGreaterThan((3 * each - 100_000) / 1_000_000 - 3 * 0.524_288)
  })

  it('O10.8: never hold up who asks for a place; a circuit that would have to wait is refused, until there is room again', async () => {
    await startRelay(200_000)
    const guest = await startGuest()
    const caller = await startRawPeer(cleanUp, { gossips: false })
    const { stream } = await openCircuit(caller, guest.peer)
    const others = await Promise.all(Array.from({ length: 3 }, () => openCircuit(caller, guest.peer)))
    const poured = [stream, ...others.map(({ stream: other }) => other)].map(one => pour(one, 250_000))
    await until('that the relay is busy', async () => {
      const { status, stream: one } = await openCircuit(caller, guest.peer)
      one.abort(new Error('only asked'))
      return status === STATUS.denied
    })
    const startMs = performance.now()
    expect(await reserve(await startRawPeer(cleanUp, { gossips: false }))).toBe(STATUS.ok)
    expect(seconds(startMs)).toBeLessThan(1)
    expect((await relay.client.status()).counters['circuits:busy']).toBeGreaterThan(0)
    await Promise.all(poured)
    await until('that all has come', () => guest.bytes() === 1_000_000)
    await until('that there is room again', async () => (await openCircuit(caller, guest.peer)).status === STATUS.ok)
  })

  it('O10.8: lose nothing when who sent them ends its half while the relay waits', async () => {
    await startRelay(200_000)
    const guest = await startGuest()
    const caller = await startRawPeer(cleanUp, { gossips: false })
    const { stream } = await openCircuit(caller, guest.peer)
    await pour(stream, 500_000)
    await stream.close()
    await until('that all has come', () => guest.bytes() === 500_000)
  })
})
