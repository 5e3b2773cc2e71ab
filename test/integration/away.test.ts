/** The owner's devices over the overlay (specification/away.md), at real nodes and real streams. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection, Stream } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { isRejection } from '../../src/event/rejection.ts'
import type { Away, Pairing } from '../../src/wire/away.ts'
import type { Device } from '../../src/wire/devices.ts'
import { MAX_CIRCUIT_BODY_BYTES, MAX_CIRCUIT_EVENTS } from '../../src/wire/limits.ts'
import { parsePairingCode } from '../../src/wire/pairing-code.ts'
import { type AwayPeer, socketOf, startAwayPeer } from '../support/away-peer.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { signedEvent } from '../support/events.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { freePortPair } from '../support/ports.ts'
import { decodePullBody } from '../support/rest-client.ts'
import { startTestNode, type TestNode, temporaryDirectory } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { selfSigned } from './api-certificate.ts'

const cleanUp = useCleanUp()

/** `POST /pairing` at home. */
async function makeCode(node: TestNode, page?: string): Promise<Pairing> {
  const headers = { 'Content-Type': 'application/json' }
  const response = await node.client.send('/pairing', { method: 'POST', headers, body: JSON.stringify({ page }) })
  expect(response.status).toBe(201)
  return (await response.json()) as Pairing
}

function secretOf({ code }: Pairing): string {
  const parsed = parsePairingCode(code)
  if (isRejection(parsed)) throw new Error(parsed.reason)
  return Buffer.from(parsed.secret).toString('base64url')
}

async function pairedPeer(node: TestNode, connect: (peer: AwayPeer) => Promise<Connection>) {
  const peer = await startAwayPeer(cleanUp)
  const to = await connect(peer)
  const secret = secretOf(await makeCode(node))
  const answer = await peer.ask(to, '/pair', { method: 'POST', body: { secret, name: 'phone' } })
  expect(answer.status).toBe(201)
  return { peer, to, device: answer.json() as { id: string; token: string; away: Away } }
}

const directly = (node: TestNode) => pairedPeer(node, peer => peer.dial(node.address))
/** ICE over the loopback of a busy machine does not always succeed at once. */
const dialDirectly = (peer: AwayPeer, address: string) =>
  until('a WebRTC connection', () => peer.dial(address).catch(() => undefined))
const counted = async (node: TestNode, name: string) => (await node.client.status()).counters[name] ?? 0

/** A public node and one that is reached through it alone. */
async function behindRelay() {
  const port = await freePortPair()
  const listen = { host: '127.0.0.1', port }
  const relay = await startTestNode(cleanUp, { owner: 'rita', listen, announce: [`/ip4/127.0.0.1/tcp/${port}`] })
  const home = await startTestNode(cleanUp, {
    owner: 'alice',
    bootstraps: [relay.address],
    tuning: { reach: 'never' },
  })
  await until('a place on the relay', async () => (await home.client.status()).reachability.relays.length === 1)
  const circuit = `${relay.address}/p2p-circuit`
  return {
    relay,
    home,
    circuit: `${circuit}/p2p/${home.node.peerId}`,
    webRtc: `${circuit}/webrtc/p2p/${home.node.peerId}`,
  }
}

describe('a device that is away', () => {
  it('W3.1, W3.5, W4.4: is nobody before it is paired, and the owner afterwards', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const peer = await startAwayPeer(cleanUp)
    const to = await peer.dial(node.address)
    for (const path of ['/status', '/away', '/devices', '/metrics', '/', '/export', `/k/${node.node.token}/status`]) {
      const refused = await peer.ask(to, path)
      expect([path, refused.status, refused.json().code]).toEqual([path, 401, 'device-unknown'])
    }
    const byToken = { Authorization: `Bearer ${node.node.token}` }
    expect((await peer.ask(to, '/status', { headers: byToken })).status).toBe(401)
    expect((await peer.ask(to, '/version')).status).toBe(200)
    expect(await counted(node, 'away:unknown device')).toBe(8)

    const made = await makeCode(node, 'https://page.example/np/')
    expect(made.url).toMatch(/^https:\/\/page\.example\/np\/#\/pair\/[\w-]+$/)
    const paired = await peer.ask(to, '/pair', { method: 'POST', body: { secret: secretOf(made), name: 'phone' } })
    const { id, away } = paired.json() as { id: string; away: Away }
    expect([paired.status, away]).toEqual([
      201,
      { node: node.node.peerId, owner: node.owner.pubkey, addresses: [], home: [], version: expect.any(String) },
    ])
    expect((await peer.ask(to, '/away')).json()).toEqual(away)
    const { devices } = (await peer.ask(to, '/devices')).json() as { devices: Device[] }
    expect(devices.map(({ id, name, peer, isThis }) => ({ id, name, peer, isThis }))).toEqual([
      { id: 'first', name: '', peer: null, isThis: false },
      { id, name: 'phone', peer: peer.id, isThis: true },
    ])
    // It is no node, and is not shown as one.
    expect((await node.client.status()).peers).toEqual([])
  })

  it('W4.1, W4.2, W4.6: posts, pulls and follows what comes, on streams as on connections', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const { peer, to } = await directly(node)
    const socket = peer.webSocket(to)
    await once(socket, 'open')
    const heard: unknown[][] = []
    socket.on('message', data => heard.push(JSON.parse(String(data)) as unknown[]))
    socket.send('["REQ","live",{"kinds":[1]}]')
    await until('the end of what is stored', () => heard.some(([type]) => type === 'EOSE'))
    const event = signedEvent(node.owner, { content: 'grüße von unterwegs '.repeat(500) })
    const posted = await peer.ask(to, '/publish', { method: 'POST', body: event })
    expect(posted.json()).toMatchObject({ Status: 'SUCCESS' })
    await until('the post', () =>
      heard.some(([type, , got]) => type === 'EVENT' && (got as typeof event).id === event.id),
    )
    const pulled = await peer.ask(to, '/req', { method: 'POST', body: { kinds: [40_000], cursor: null } })
    expect(decodePullBody(pulled.body).map(({ id }) => id)).toEqual([event.id])
    // A body without a length is none in HTTP/1.1: the node says so, and waits for nothing.
    const stream = socketOf(await peer.open(to), to)
    stream.write('POST /publish HTTP/1.1\r\nHost: x.libp2p\r\nContent-Type: application/json\r\n\r\n')
    const closed = once(stream, 'close')
    expect(String((await once(stream, 'data'))[0])).toMatch(/^HTTP\/1\.1 400 [\s\S]*JSON payload is empty/)
    // The same stream carries the next request, and one whose sender has closed its side behind it.
    stream.end('GET /healthz HTTP/1.1\r\nHost: x.libp2p\r\n\r\n')
    expect(String((await once(stream, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /)
    await closed
  })

  it('W3.4: registers its key when it is at home, and is let in by it elsewhere and after a restart', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const peer = await startAwayPeer(cleanUp)
    const register = (given: unknown, token: string | undefined, to = node) =>
      to.client.send(`${token === undefined ? '' : `/k/${token}`}/devices/this`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ peer: given }),
      })
    expect((await register(peer.id, undefined)).status).toBe(404)
    const wrong = await register('12D3KooWnot', node.node.token)
    expect([wrong.status, await wrong.json()]).toEqual([400, { Error: expect.any(String), code: 'peer-id' }])
    const known = await register(peer.id, node.node.token)
    expect([known.status, await known.json()]).toMatchObject([200, { id: 'first', peer: peer.id, isThis: true }])
    expect((await peer.ask(await peer.dial(node.address), '/status')).status).toBe(200)
    const again = await node.restart()
    await until('that the old connection is gone', () => peer.host.getConnections().length === 0)
    expect((await peer.ask(await peer.dial(again.address), '/status')).status).toBe(200)
  })

  it('W4.5: is cut off at once when it is revoked, and is nobody from then on', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const { peer, to, device } = await directly(node)
    const other = await directly(node)
    const socket = peer.webSocket(to)
    await once(socket, 'open')
    const idle = socketOf(await peer.open(to), to)
    socket.on('error', () => {})
    const gone = Promise.all([socket, idle].map(end => new Promise(resolve => void end.once('close', resolve))))
    expect((await node.client.send(`/devices/${device.id}`, { method: 'DELETE' })).status).toBe(200)
    await gone
    await until('that the connection is closed', () => to.status !== 'open')
    const refused = await peer.ask(await peer.dial(node.address), '/status')
    expect([refused.status, refused.json().code]).toEqual([401, 'device-unknown'])
    const turned = peer.webSocket(await peer.dial(node.address))
    expect(String((await once(turned, 'error'))[0])).toContain('401')
    expect((await other.peer.ask(other.to, '/status')).status).toBe(200)
  })

  it('W4.4: what another page has its browser send through the device is refused', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const { peer, to, device } = await directly(node)
    const marks: Record<string, string>[] = [
      { Origin: 'https://evil.example' },
      { Host: 'evil.example' },
      { 'X-Forwarded-For': '203.0.113.9' },
      { 'Sec-Fetch-Site': 'cross-site' },
    ]
    for (const headers of marks) {
      const refused = await peer.ask(to, '/status', { headers })
      expect([headers, refused.status, refused.json().code]).toEqual([headers, 401, 'token-needed'])
      expect(String((await once(peer.webSocket(to, '/', headers), 'error'))[0])).toContain('401')
      // The owner gave that page the address with the token.
      expect((await peer.ask(to, `/k/${device.token}/status`, { headers })).status).toBe(200)
    }
    const near = { Host: '127.0.0.1:20001', Origin: 'http://localhost:5173' }
    expect((await peer.ask(to, '/status', { headers: near })).status).toBe(200)
    const change = await peer.ask(to, '/devices', { method: 'POST', body: { name: 'x' }, headers: near })
    expect([change.status, change.json().code]).toEqual([403, 'other-page'])
  })

  it('W4.1: with TLS for clients there is no second TLS on a stream', async () => {
    const dir = await temporaryDirectory(cleanUp)
    const { cert, key } = selfSigned('away')
    const tls = { certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') }
    await writeFile(tls.certFile, cert)
    await writeFile(tls.keyFile, key)
    const node = await startTestNode(cleanUp, { owner: 'alice', tls })
    const peer = await startAwayPeer(cleanUp)
    expect((await peer.ask(await peer.dial(node.address), '/version')).status).toBe(200)
  })
})

describe('over a direct connection', () => {
  it('W5.3: 20 MB come in and go out, over TCP and over WebRTC', async () => {
    const { relay, home, webRtc } = await behindRelay()
    const overWebRtc = await pairedPeer(home, peer => dialDirectly(peer, webRtc))
    expect(overWebRtc.to.limits).toBeUndefined()
    const overTcp = await directly(relay)
    for (const [node, { peer, to }] of [
      [home, overWebRtc],
      [relay, overTcp],
    ] as const) {
      const lines = Array.from({ length: 85 }, (_, i) => `${JSON.stringify(big(node, i))}\n`).join('')
      expect(lines.length).toBeGreaterThan(20e6)
      const headers = { 'Content-Type': 'application/x-ndjson' }
      const brought = await peer.ask(to, '/import', { method: 'POST', body: Buffer.from(lines), headers })
      expect([brought.status, brought.body.toString()]).toMatchObject([200, expect.stringContaining('"stored":85')])
      const exported = await peer.ask(to, '/export')
      expect(exported.body.toString().trimEnd().split('\n').length).toBe(85)
    }
  })
})

describe('over a circuit', () => {
  it('W5.1, W5.2: what is small is answered, what is large waits for the direct connection', async () => {
    const { home, circuit } = await behindRelay()
    const { peer, to } = await pairedPeer(home, one => one.dial(circuit))
    expect(to.limits).toBeDefined()
    const large = Buffer.from(JSON.stringify(big(home, 0)))
    for (const ask of [
      peer.ask(to, '/export'),
      peer.ask(to, '/import', { method: 'POST', body: 'x' }),
      peer.ask(to, '/publish', { method: 'POST', body: large }),
    ]) {
      const { status, headers, body } = await ask
      const code = headers['nostrp2p-code'] ?? (JSON.parse(body.toString()) as { code: string }).code
      expect([status, code]).toEqual([413, 'direct-needed'])
    }
    expect(large.length).toBeGreaterThan(MAX_CIRCUIT_BODY_BYTES)
    const lines = Array.from({ length: MAX_CIRCUIT_EVENTS + 50 }, (_, i) =>
      JSON.stringify(signedEvent(home.owner, { content: `${i}`, created_at: 1_700_000_000 + i })),
    )
    const headers = { 'Content-Type': 'application/x-ndjson' }
    await (await home.client.send('/import', { method: 'POST', headers, body: lines.join('\n') })).text()
    const first = await peer.ask(to, '/req', { method: 'POST', body: { kinds: [40_000], since: 1, limit: 5_000 } })
    expect(decodePullBody(first.body).length).toBe(MAX_CIRCUIT_EVENTS)
    const begin = await home.client.pull({ limit: 1, since: 1, cursor: null })
    const pulls = await peer.ask(to, '/req', {
      method: 'POST',
      body: { kinds: [40_000], cursor: begin.cursor },
    })
    expect(decodePullBody(pulls.body).length + begin.events.length).toBeLessThanOrEqual(MAX_CIRCUIT_EVENTS + 1)

    const socket = peer.webSocket(to)
    await once(socket, 'open')
    let events = 0
    socket.on('message', data => {
      if (String(data).startsWith('["EVENT"')) events += 1
    })
    socket.send('["REQ","all",{"limit":5000}]')
    await until('the stored events', () => events === MAX_CIRCUIT_EVENTS)
    const closed = once(socket, 'close')
    socket.send(JSON.stringify(['EVENT', big(home, 1)]))
    expect((await closed)[0]).toBe(1009)
    expect((await peer.ask(to, '/healthz')).status).toBe(200)
  })
})

describe('strangers', () => {
  it('W4.3: thousands of half-open streams take no place of the devices, end by themselves, and are counted', async () => {
    const clock = createFakeClock(Date.now())
    const node = await startTestNode(cleanUp, { owner: 'alice', clock, tuning: { maxPeers: 64 } })
    const { peer, to } = await directly(node)
    const strangers = await Promise.all(Array.from({ length: 20 }, () => startAwayPeer(cleanUp)))
    let held: Stream[] = []
    let refused = 0
    for (let round = 0; round < 8; round++) {
      for (const stranger of strangers) {
        const connection = stranger.host.getConnections()[0] ?? (await stranger.dial(node.address))
        const opened = await Promise.allSettled(Array.from({ length: 13 }, () => stranger.open(connection)))
        for (const result of opened) {
          if (result.status === 'fulfilled') held.push(result.value)
          else refused += 1
        }
      }
      held = held.filter(({ status }) => status === 'open')
    }
    const open = () => held.filter(({ status }) => status === 'open').length
    await until('that what is too much is closed', () => open() <= 64)
    expect(open()).toBe(64)
    const ended = (await counted(node, 'away:too many strangers')) + (await counted(node, 'away:half-open'))
    expect(ended).toBe(8 * 20 * 13 - 64 - refused)
    expect((await peer.ask(to, '/status')).status).toBe(200)
    // In the middle of it somebody comes to pair: the oldest of those that wait goes.
    const late = await startAwayPeer(cleanUp)
    const body = { secret: secretOf(await makeCode(node)), name: 'late' }
    const paired = await late.ask(await late.dial(node.address), '/pair', { method: 'POST', body })
    expect([paired.status, open()]).toEqual([201, 63])
    // One says half of a request, and one waits with its body.
    held.find(({ status }) => status === 'open')!.send(Buffer.from('POST /pair HTTP/1.1\r\nHost: x'))
    await until('that it was read', async () => {
      await clock.pass(1_000)
      return open() === 0
    })
    expect(await counted(node, 'away:half-open')).toBe(ended - (await counted(node, 'away:too many strangers')) + 63)
    expect(await counted(node, 'away:slow')).toBe(1)
  })

  it('W5.4: silent circuits through a relay leave room for the devices', async () => {
    const { home, circuit } = await behindRelay()
    const strangers = await Promise.all(Array.from({ length: 24 }, () => startAwayPeer(cleanUp)))
    const circuits: Connection[] = []
    for (const stranger of strangers) circuits.push(await stranger.dial(circuit))
    const open = () => circuits.filter(({ status }) => status === 'open').length
    await until('that the oldest are closed', () => open() === 16)
    expect(await counted(home, 'away:idle circuits')).toBe(8)
    const { peer, to } = await pairedPeer(home, one => one.dial(circuit))
    expect((await peer.ask(to, '/status')).status).toBe(200)
  })

  it('W3.2, W3.3: a code lets one in, once, and the node says why another try fails', async () => {
    const clock = createFakeClock(Date.now())
    const node = await startTestNode(cleanUp, { owner: 'alice', clock })
    const peer = await startAwayPeer(cleanUp)
    const to = await peer.dial(node.address)
    const pair = async (secret: string, name: unknown = 'phone') => {
      const { status, json } = await peer.ask(to, '/pair', { method: 'POST', body: { secret, name } })
      return [status, json().code ?? null]
    }
    const [one, two, three] = [await makeCode(node), await makeCode(node), await makeCode(node)]
    expect(await pair('AAAAAAAAAAAAAAAAAAAAAA')).toEqual([403, 'pairing-unknown'])
    expect(await pair(secretOf(one), '')).toEqual([400, 'device-name'])
    expect(await pair('x'.repeat(8_000))).toEqual([413, 'too-large'])
    const both = await Promise.all([pair(secretOf(one)), pair(secretOf(one))])
    expect(both.toSorted()).toEqual(
      [
        [201, null],
        [403, 'pairing-used'],
      ].toSorted(),
    )
    expect((await node.client.send(`/pairing/${two.id}`, { method: 'DELETE' })).status).toBe(200)
    expect((await node.client.send(`/pairing/${two.id}`, { method: 'DELETE' })).status).toBe(404)
    expect(await pair(secretOf(two))).toEqual([403, 'pairing-unknown'])
    await clock.pass(10 * 60_000)
    expect(await pair(secretOf(three))).toEqual([403, 'pairing-expired'])
    expect(await counted(node, 'pairings:tried unknown')).toBe(2)
    expect(await counted(node, 'pairings:paired')).toBe(1)
  })
})

function big(node: TestNode, i: number) {
  return signedEvent(node.owner, { content: `${i} `.padEnd(240_000, 'long '), created_at: 1_700_000_000 + i })
}
