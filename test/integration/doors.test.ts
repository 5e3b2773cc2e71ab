/** Browsers come in at a node: real WebSockets and real WebRTC on loopback (specification/away.md, D). */
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { lpStream } from '@libp2p/utils'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { isRejection } from '../../src/event/rejection.ts'
import { openAnnouncement } from '../../src/overlay/announce.ts'
import { VERSION } from '../../src/version.ts'
import { PAGE_API } from '../../src/wire/version.ts'
import { startBrowserPeer } from '../support/browser-peer.ts'
import { encodeConnect, HOP, hopStatusOf, RESERVE, STATUS } from '../support/circuit-wire.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { freePortPair } from '../support/ports.ts'
import { startTestNode, type TestNode, temporaryDirectory } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { selfSigned } from './api-certificate.ts'

const cleanUp = useCleanUp()

const ON = { when: 'on', port: 0 } as const
const AUTO = { when: 'auto', port: 0 } as const

function doorsOf({ node }: TestNode): Promise<{ ws: string; direct: string }> {
  return until('both doors in the addresses', () => {
    const addresses = node.overlayAddresses()
    const ws = addresses.find(address => /\/tcp\/\d+\/ws\/p2p\//.test(address))
    const direct = addresses.find(address => address.includes('/webrtc-direct/certhash/'))
    return ws !== undefined && direct !== undefined ? { ws, direct } : undefined
  })
}

/** @returns the status that the relay answers */
async function askRelay(relay: Connection, question: Uint8Array): Promise<number> {
  const stream = await relay.newStream(HOP)
  const frames = lpStream(stream)
  const signal = AbortSignal.timeout(5_000)
  await frames.write(question, { signal })
  const reply = (await frames.read({ signal })).subarray()
  // At once: a relay takes 16 of them at a time.
  stream.abort(new Error('answered'))
  return hopStatusOf(reply)
}

test('D1.1, D3.2: a peer comes in by each door, and after a restart by the same addresses', {
  timeout: 60_000,
}, async () => {
  const first = await startTestNode(cleanUp, { owner: 'alice', browsers: ON })
  const before = await doorsOf(first)
  for (const address of [before.ws, before.direct]) {
    const browser = await startBrowserPeer(cleanUp)
    const connection = await browser.dial(address)
    expect(connection.remotePeer.toString()).toBe(first.node.peerId)
    expect(connection.limits).toBeUndefined()
    await until('the node sees who came', async () =>
      (await first.node.status()).peers.some(({ id, direction }) => id === browser.id && direction === 'inbound'),
    )
    await browser.host.stop()
  }
  expect((await stat(join(first.config.dataDir, 'browsers.pem'))).mode & 0o777).toBe(0o600)
  const port = Number(/\/tcp\/(\d+)\/ws/.exec(before.ws)?.[1])
  const again = await first.restart({ browsers: { when: 'on', port } })
  const once = await doorsOf(again)
  const more = await again.restart({ browsers: { when: 'on', port } })
  const after = await doorsOf(more)
  expect(after).toEqual(once)
  expect(after.ws).toBe(before.ws)
  expect(/certhash\/[\w-]+/.exec(after.direct)?.[0]).toBe(/certhash\/[\w-]+/.exec(before.direct)?.[0])
  const browser = await startBrowserPeer(cleanUp)
  await browser.dial(after.direct)
})

describe('where others get in (D1, D4, D5)', () => {
  async function startPublic(name: string, changes: Partial<Parameters<typeof startTestNode>[1]> = {}) {
    const port = await freePortPair()
    const listen = { host: '127.0.0.1', port }
    const announce = [`/ip4/127.0.0.1/tcp/${port}`]
    return startTestNode(cleanUp, { owner: name, listen, announce, browsers: AUTO, servePage: 'auto', ...changes })
  }

  test('D1.1, D1.4: doors open by themselves, lead to nodes through circuits, and hold no place for a page', {
    timeout: 60_000,
  }, async () => {
    const relay = await startPublic('rita')
    const { ws, direct } = await doorsOf(relay)
    const home = await startTestNode(cleanUp, {
      owner: 'alice',
      bootstraps: [relay.address],
      tuning: { reach: 'never' },
    })
    expect(home.node.overlayAddresses().filter(address => /\/ws|webrtc-direct/.test(address))).toEqual([])
    await until('a place', async () => (await home.node.status()).reachability.relays.length === 1)
    for (const door of [ws, direct]) {
      const browser = await startBrowserPeer(cleanUp)
      const toRelay = await browser.dial(door)
      await expect(askRelay(toRelay, RESERVE)).resolves.toBe(STATUS.denied)
      const circuit = await browser.dial(`${door}/p2p-circuit/p2p/${home.node.peerId}`)
      expect(circuit.remotePeer.toString()).toBe(home.node.peerId)
      expect(circuit.limits).toBeDefined()
      await browser.host.stop()
    }
    const counted = (await relay.node.status()).counters
    expect(counted['doors:let in']).toBeGreaterThanOrEqual(2)
    expect(counted['circuits:opened']).toBeGreaterThanOrEqual(2)
  })

  test('D1.4: circuits are taken from the stock of the host too, for keys cost a page nothing', {
    timeout: 60_000,
  }, async () => {
    const relay = await startPublic('rita')
    const { ws } = await doorsOf(relay)
    const home = await startTestNode(cleanUp, {
      owner: 'alice',
      bootstraps: [relay.address],
      tuning: { reach: 'never' },
    })
    await until('a place', async () => (await home.node.status()).reachability.relays.length === 1)
    const to = peerIdFromString(home.node.peerId)
    const answers: number[] = []
    for (const count of [40, 30]) {
      const browser = await startBrowserPeer(cleanUp)
      const toRelay = await browser.dial(ws)
      for (let i = 0; i < count; i++) answers.push(await askRelay(toRelay, encodeConnect(to)))
    }
    expect(answers.slice(0, 60)).toEqual(Array(60).fill(STATUS.ok))
    expect(answers.slice(60)).toContain(STATUS.denied)
  })

  test('D4.1, D5.1: everybody is told where a node is, in its own signed words, and what the page is', {
    timeout: 60_000,
  }, async () => {
    const relay = await startPublic('rita')
    await doorsOf(relay)
    const home = await startTestNode(cleanUp, {
      owner: 'alice',
      bootstraps: [relay.address],
      tuning: { reach: 'never' },
    })
    const ask = (path: string, from = '203.0.113.9') =>
      fetch(relay.node.clientOrigin + path, { headers: { Origin: 'https://page.example', 'X-Forwarded-For': from } })
    let tries = 0
    const circuits = await until('the way through the relay', async () => {
      // Each try from somewhere else: one asker has 20.
      const response = await ask(`/where/${home.node.peerId}`, `203.0.113.${100 + (tries++ % 100)}`)
      if (response.status !== 200) return undefined
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      const opened = await openAnnouncement(
        new Uint8Array(await response.arrayBuffer()),
        Math.floor(Date.now() / 1_000),
      )
      if (isRejection(opened)) throw new Error(opened.reason)
      expect(opened.peer.toString()).toBe(home.node.peerId)
      const through = opened.addresses.filter(address => address.includes(`${relay.node.peerId}/p2p-circuit`))
      return through.length > 0 ? through : undefined
    })
    expect(circuits[0]).toContain('/p2p-circuit')
    const own = await ask(`/where/${relay.node.peerId}`)
    const opened = await openAnnouncement(new Uint8Array(await own.arrayBuffer()), undefined)
    expect(isRejection(opened) ? [] : opened.addresses.join()).toContain('/webrtc-direct/certhash/')
    const stranger = (await startBrowserPeer(cleanUp)).id
    const unknown = await ask(`/where/${stranger}`)
    expect([unknown.status, await unknown.json()]).toEqual([404, { Error: expect.stringContaining('not heard') }])
    expect((await ask('/where/nobody')).status).toBe(400)
    const version = await ask('/version')
    const { peerId } = relay.node
    expect(await version.json()).toMatchObject({ node: peerId, program: VERSION, api: PAGE_API, isPublicPage: true })
    const atHome = (query: string) => fetch(`${home.node.clientOrigin}/version${query}`).then(answer => answer.json())
    expect(await atHome('')).toMatchObject({ node: null, isPublicPage: false })
    expect(await atHome(`?node=${relay.node.peerId}`)).toMatchObject({ node: null })
    expect(await atHome(`?node=${home.node.peerId}`)).toMatchObject({ node: home.node.peerId })
    const statuses = await Promise.all(Array.from({ length: 30 }, async () => (await ask(`/where/${stranger}`)).status))
    expect(new Set(statuses)).toEqual(new Set([404, 429]))
  })
})

test('D2.2: with a certificate the same port speaks TLS too, and the address says its name', {
  timeout: 60_000,
}, async () => {
  const dataDir = await temporaryDirectory(cleanUp)
  const tls = { certFile: join(dataDir, 'cert.pem'), keyFile: join(dataDir, 'key.pem') }
  const { cert, key } = selfSigned('one')
  await Promise.all([writeFile(tls.certFile, cert), writeFile(tls.keyFile, key)])
  const node = await startTestNode(cleanUp, { owner: 'alice', browsers: ON, tls })
  const secure = await until('the address by name', () =>
    node.node.overlayAddresses().find(address => address.includes('/tls/ws/')),
  )
  const { ws } = await doorsOf(node)
  const port = Number(/\/tcp\/(\d+)\/ws/.exec(ws)?.[1])
  expect(secure).toBe(`/dns/localhost/tcp/${port}/tls/ws/p2p/${node.node.peerId}`)
  const hello = Buffer.from('\x13/multistream/1.0.0\n')
  const names: string[] = []
  for (const url of [`wss://localhost:${port}`, `ws://127.0.0.1:${port}`]) {
    const socket = new WebSocket(url, { ca: cert })
    cleanUp.add(() => socket.terminate())
    await once(socket, 'open')
    socket.send(hello)
    const [answer] = (await once(socket, 'message')) as [Buffer]
    names.push(answer.toString())
  }
  expect(names).toEqual([hello.toString(), hello.toString()])
})

test('D3.2: a certificate that a hand has spoilt is kept aside, and the node goes on with a new one', {
  timeout: 60_000,
}, async () => {
  const dataDir = await temporaryDirectory(cleanUp)
  await writeFile(join(dataDir, 'browsers.pem'), 'nothing of the kind')
  const node = await startTestNode(cleanUp, { owner: 'alice', browsers: ON, dataDir })
  const { direct } = await doorsOf(node)
  expect(await readFile(join(dataDir, 'browsers.pem.unread'), 'utf8')).toBe('nothing of the kind')
  await (await startBrowserPeer(cleanUp)).dial(direct)
})

test('D1.3: a port that somebody else has keeps the node from nothing', { timeout: 60_000 }, async () => {
  const first = await startTestNode(cleanUp, { owner: 'alice', browsers: ON })
  const { ws } = await doorsOf(first)
  const port = Number(/\/tcp\/(\d+)\/ws/.exec(ws)?.[1])
  const said: string[] = []
  const log = (level: string, message: string) => void (level === 'warn' && said.push(message))
  const second = await startTestNode(cleanUp, { owner: 'bob', browsers: { when: 'on', port }, log })
  await until('a word in the log', () => said.some(message => message.includes('browsers cannot come in by WebSocket')))
  expect(second.node.overlayAddresses().filter(address => address.includes('/ws'))).toEqual([])
})
