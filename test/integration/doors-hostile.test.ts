/** Floods at the doors for browsers: half-open handshakes cost bounded places, and neither browsers nor nodes stay out. */
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { DOOR_LIMITS } from '../../src/overlay/doors/doors.ts'
import { startBrowserPeer } from '../support/browser-peer.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { startRawPeer } from '../support/raw-peer.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()

async function startWithDoors() {
  const node = await startTestNode(cleanUp, { owner: 'alice', browsers: { when: 'on', port: 0 } })
  const direct = await until('the doors', () =>
    node.node.overlayAddresses().find(address => address.includes('/webrtc-direct/certhash/')),
  )
  const ws = node.node.overlayAddresses().find(address => /\/ws\/p2p\//.test(address))!
  const counted = async (end: string) => (await node.node.status()).counters[`doors:${end}`] ?? 0
  return { node, ws, direct, portOf: (address: string) => Number(/\/(?:tcp|udp)\/(\d+)/.exec(address)?.[1]), counted }
}

/** Opens a TCP connection from that address of this machine, and says so much. */
function opened(port: number, from: string, text: string): Socket {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from })
  socket.on('error', () => {})
  if (text !== '') socket.write(text)
  cleanUp.add(() => socket.destroy())
  return socket
}

const HALF_REQUESTS = [
  '',
  'G',
  'GET / HTTP/1.1\r\nHost: x\r\n',
  '\x16\x03\x01\x02',
  '\x13/multistream/1.0.0\n',
  '\xff\xff',
]

test('D2.4: thousands of WebSockets that never prove a key keep nobody out', { timeout: 60_000 }, async () => {
  const { node, ws, portOf, counted } = await startWithDoors()
  const port = portOf(ws)
  const before = process.memoryUsage().rss
  for (let i = 0; i < 2_000; i++) {
    // From one host first, then from many.
    const from = i < 800 ? '127.0.0.2' : `127.0.${1 + (i % 100)}.${1 + (i % 7)}`
    const text = HALF_REQUESTS[i % HALF_REQUESTS.length]!
    const socket = opened(port, from, text)
    if (i % 20 === 19) await new Promise(resolve => socket.once('close', resolve).once('connect', resolve))
  }
  const browser = await startBrowserPeer(cleanUp)
  expect((await browser.dial(ws)).remotePeer.toString()).toBe(node.node.peerId)
  const peer = await startRawPeer(cleanUp)
  await expect(peer.connect(node.address)).resolves.toBeDefined()
  expect(await counted('too many')).toBeGreaterThan(500)
  expect(await counted('let in')).toBe(1)
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
})

test('D2.3: what is no libp2p, and frames beyond the bound, end the connection', { timeout: 60_000 }, async () => {
  const { node, ws, portOf, counted } = await startWithDoors()
  const answers = await Promise.all(
    ['GET /status HTTP/1.1\r\nHost: x\r\n\r\n', 'NONSENSE\r\n\r\n', '\x16nonsense'].map(text => {
      const socket = opened(portOf(ws), '127.0.0.3', text)
      const { promise, resolve } = Promise.withResolvers<string>()
      let heard = ''
      socket.on('data', chunk => {
        heard += chunk.toString()
      })
      socket.once('close', () => resolve(heard))
      return promise
    }),
  )
  expect(answers[0]).toMatch(/^HTTP\/1.1 426 /)
  expect(answers.slice(1)).toEqual(['', ''])
  const address = ws.replace(/\/p2p\/.*/, '')
  const url = `ws://127.0.0.1:${portOf(address)}`
  const webSocket = new WebSocket(url)
  const closed = new Promise(resolve => webSocket.addEventListener('close', resolve))
  await new Promise(resolve => webSocket.addEventListener('open', resolve))
  webSocket.send(Buffer.alloc(2 * 1024 * 1024))
  await closed
  await until('that it is counted', async () => (await counted('failed')) === 1)
  expect((await node.node.status()).peers).toEqual([])
})

/** A binding request as a browser's first packet (RFC 8489), with this name on both sides; its proof is none. */
function binding(ufrag: string): Buffer {
  const attributes = Buffer.concat([
    attribute(0x0006, Buffer.from(`${ufrag}:${ufrag}`)),
    attribute(0x0008, randomBytes(20)),
  ])
  const head = Buffer.alloc(8)
  head.writeUInt16BE(0x0001)
  head.writeUInt16BE(attributes.length, 2)
  head.writeUInt32BE(0x2112a442, 4)
  return Buffer.concat([head, randomBytes(12), attributes])
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
}

test('D3.4: thousands of WebRTC dials that lead nowhere keep nobody out', { timeout: 60_000 }, async () => {
  const { node, direct, portOf, counted } = await startWithDoors()
  const port = portOf(direct)
  const packets = (i: number): Buffer => {
    if (i % 10 === 0) return randomBytes(1 + (i % 600))
    if (i % 10 === 1) return binding('short')
    return binding(`libp2p+webrtc+v1/${randomBytes(12).toString('hex')}`)
  }
  for (let host = 0; host < 20; host++) {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => void socket.bind(0, `127.0.2.${1 + host}`, resolve))
    for (let i = 0; i < 200; i++) await new Promise(resolve => void socket.send(packets(i), port, '127.0.0.1', resolve))
    socket.close()
  }
  await until('most of them refused', async () => (await counted('too many')) > 1_000)
  const browser = await startBrowserPeer(cleanUp)
  expect((await browser.dial(direct)).remotePeer.toString()).toBe(node.node.peerId)
  expect(await counted('let in')).toBe(1)
  // Six of each host, and not more than the stock of all hosts together and what came in since.
  expect(await counted('failed')).toBeLessThanOrEqual(20 * DOOR_LIMITS.webRtc.maxOfHost)
})
