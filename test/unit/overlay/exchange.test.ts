import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId, Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULTS } from '../../../src/config.ts'
import { createHost, type Host } from '../../../src/overlay/libp2p.ts'
import { answer, ask, type Bounds } from '../../../src/overlay/streams/exchange.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'
import { hostParts } from '../../support/host-parts.ts'
import { type RawPeer, startRawPeer } from '../../support/raw-peer.ts'
import { until } from '../../support/until.ts'

const PROTOCOL = '/test/echo/1'
const BOUNDS: Bounds = { maxRequestBytes: 1_000, maxReplyBytes: 2_000, maxMs: 800 }
const MAX_STREAMS = 4

const cleanUp = useCleanUp()
let host: Host
let raw: RawPeer
let node: PeerId
let served: number

/** A host of ours that echoes, and a peer that does what it likes. */
beforeEach(async () => {
  const privateKey = await generateKeyPair('Ed25519')
  const tuning = { ...DEFAULTS.tuning, maxPeers: 8 }
  host = await createHost({ ...tuning, privateKey, listen: ['/ip4/127.0.0.1/tcp/0'], agent: 'test/1' }, hostParts())
  cleanUp.add(() => host.stop())
  served = 0
  await answer(host, PROTOCOL, BOUNDS, MAX_STREAMS, async request => {
    served++
    if (request.length === 0) throw new Error('the answerer refuses')
    return [request, Uint8Array.of(0)]
  })
  await host.start()
  raw = await startRawPeer(cleanUp, { gossips: false })
  await connect()
})

/** Both sides have the connection. */
async function connect(): Promise<void> {
  node = await raw.connect(host.getMultiaddrs()[0]!.toString())
  await until('the connection', () => host.getConnections(raw.peerId).length > 0)
}

/** What the peer sees on a stream until it ends: 'reset', or how many bytes came before a clean end. */
async function endOf(stream: Stream): Promise<string> {
  if (stream.status === 'open' || stream.status === 'closing') {
    const ended = Promise.withResolvers<void>()
    stream.addEventListener('close', () => ended.resolve(), { once: true })
    stream.addEventListener('remoteCloseWrite', () => ended.resolve(), { once: true })
    await Promise.race([
      ended.promise,
      new Promise((_, fail) => setTimeout(fail, 4_000, new Error('the stream hangs'))),
    ])
  }
  return stream.status
}
const openStreams = () =>
  host.getConnections().flatMap(({ streams }) => streams.filter(s => s.protocol === PROTOCOL)).length

describe('answering (O2.4, O6.5, O8.2)', () => {
  it('reads one request and writes every reply', async () => {
    const stream = await raw.open(node, PROTOCOL)
    const frames = lpStream(stream)
    await frames.write(Buffer.from('hello'))
    expect((await frames.read()).subarray()).toEqual(Buffer.from('hello'))
    expect([...(await frames.read()).subarray()]).toEqual([0])
    await stream.close()
    await until('the stream to be gone', () => openStreams() === 0)
  })

  it.each<[string, (stream: Stream) => unknown]>([
    ['a request that the answerer refuses', stream => lpStream(stream).write(new Uint8Array(0))],
    ['a request above the bound', stream => lpStream(stream).write(new Uint8Array(1_001))],
    ['a claimed length of 2³²−1', stream => stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f))],
    ['a length that never ends', stream => stream.send(new Uint8Array(64).fill(0xff))],
    ['endless bytes', stream => stream.send(new Uint8Array(200_000).fill(0x7f))],
    ['a length of zeros that never ends', stream => stream.send(new Uint8Array(200_000).fill(0x80))],
    ['nothing at all', () => {}],
    ['half a request', stream => stream.send(Uint8Array.of(100, 1, 2, 3))],
  ])('O8.2: resets the stream after %s', async (_name, send) => {
    const stream = await raw.open(node, PROTOCOL)
    send(stream)
    expect(await endOf(stream)).toMatch(/reset|aborted|closed/)
    await until('the stream to be gone', () => openStreams() === 0)
    const next = await raw.open(node, PROTOCOL)
    await lpStream(next).write(Uint8Array.of(1))
    expect([...(await lpStream(next).read()).subarray()]).toEqual([1])
  })

  it('O8.2: ends a length without an end at once, and does not hold the event loop up with it', async () => {
    const stream = await raw.open(node, PROTOCOL)
    const startMs = cpuTimeMs()
    stream.send(new Uint8Array(250_000).fill(0xff))
    await endOf(stream)
    expect(cpuTimeMs() - startMs).toBeLessThan(200)
  })

  it('O8.2: reads lengths of one, two and more bytes', async () => {
    for (const length of [1, 127, 128, 1_000]) {
      expect(await raw.ask(node, PROTOCOL, new Uint8Array(length).fill(7))).toHaveLength(length)
    }
  })

  it('O8.2: resets the stream after a request that ends in the middle', async () => {
    const stream = await raw.open(node, PROTOCOL)
    stream.send(Uint8Array.of(100, 1, 2, 3))
    await stream.close()
    await until('the stream to be gone', () => openStreams() === 0)
    expect(served).toBe(0)
  })

  it('O8.2: takes so many streams at a time, and more when those have ended', async () => {
    const streams: Stream[] = []
    for (let i = 0; i < MAX_STREAMS; i++) streams.push(await raw.open(node, PROTOCOL))
    await until('all streams to be there', () => openStreams() === MAX_STREAMS)
    await expect(raw.ask(node, PROTOCOL, Uint8Array.of(1))).rejects.toThrow()
    for (const stream of streams) stream.abort(new Error('done'))
    await until('the streams to be gone', () => openStreams() === 0)
    expect([...(await raw.ask(node, PROTOCOL, Uint8Array.of(1)))]).toEqual([1])
  })

  it('O8.2: is not held up by a peer that reads nothing and never closes', async () => {
    for (let i = 0; i < 3; i++) await lpStream(await raw.open(node, PROTOCOL)).write(Uint8Array.of(1))
    await until('three to be served', () => served === 3)
    expect([...(await raw.ask(node, PROTOCOL, Uint8Array.of(1)))]).toEqual([1])
  })

  it('survives a peer that hangs up in the middle', async () => {
    const stream = await raw.open(node, PROTOCOL)
    stream.send(Uint8Array.of(100, 1))
    await raw.hangUp(node)
    await until('the connection to be gone', () => host.getPeers().length === 0)
    await connect()
    expect([...(await raw.ask(node, PROTOCOL, Uint8Array.of(1)))]).toEqual([1])
  })
})

describe('asking (O8.2)', () => {
  const ASKED = '/test/asked/1'
  const question = () => ask(host, raw.peerId, ASKED, Uint8Array.of(7), BOUNDS, next => next())

  it('gives what the other side replied', async () => {
    await raw.handle(ASKED, async stream => {
      const frames = lpStream(stream)
      await frames.write((await frames.read()).subarray())
      await stream.close()
    })
    expect([...(await question())]).toEqual([7])
  })

  it.each<[string, (stream: Stream) => unknown]>([
    ['says nothing', () => {}],
    ['resets the stream', stream => stream.abort(new Error('no'))],
    ['closes without a word', stream => stream.close()],
    ['sends half a reply', stream => stream.send(Uint8Array.of(9, 1))],
    ['sends more than agreed', stream => lpStream(stream).write(new Uint8Array(2_001))],
    ['sends endless bytes', stream => stream.send(new Uint8Array(100_000).fill(0xff))],
    ['claims a length of 2³²−1', stream => stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f))],
  ])('O8.2: fails in time when the peer %s, and leaves no stream behind', async (_name, act) => {
    await raw.handle(ASKED, stream => act(stream))
    const startMs = performance.now()
    await expect(question()).rejects.toThrow()
    expect(performance.now() - startMs).toBeLessThan(2_000)
    const left = () => host.getConnections().flatMap(({ streams }) => streams.filter(s => s.protocol === ASKED)).length
    await until('no stream', () => left() === 0)
  })

  it('O8.4: fails when the peer does not speak the protocol', async () => {
    await expect(question()).rejects.toThrow(/protocol/i)
  })

  it('fails when the peer is gone, without an exception that nobody catches', async () => {
    await raw.handle(ASKED, () => raw.stop())
    await expect(question()).rejects.toThrow()
    await expect(ask(host, raw.peerId, ASKED, Uint8Array.of(7), BOUNDS, next => next())).rejects.toThrow()
  })

  it('can be asked at an address that leads to another peer without being fooled', async () => {
    const other = await startRawPeer(cleanUp, { gossips: false })
    const address = multiaddr(raw.addresses()[0]!.replace(/\/p2p\/.*/, `/p2p/${other.id}`))
    await expect(host.dial(address)).rejects.toThrow()
  })
})
