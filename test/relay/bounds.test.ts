/** Abuse ends a connection, an honest mistake does not (specification/relay.md, N5); real sockets against the endpoint. */
import { createServer, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createReadVisit } from '../../src/api/upgrade.ts'
import type { KnownDevice } from '../../src/flow/devices.ts'
import type { Clock } from '../../src/observe/clock.ts'
import { createCounters } from '../../src/observe/counters.ts'
import { silent } from '../../src/observe/log.ts'
import type { RelayLimits } from '../../src/relay/limits.ts'
import { createRelay, type Relay } from '../../src/relay/relay.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent, strangerKey } from '../support/events.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { connectRelay, FROM_ELSEWHERE } from '../support/relay-client.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { openTestStore } from '../unit/flow/memory-store.ts'

const cleanUp = useCleanUp()

type FakeClock = ReturnType<typeof createFakeClock>

interface Endpoint {
  readonly origin: string
  readonly relay: Relay
  readonly clock: FakeClock
  readonly told: ((news: never) => void)[]
}

/** The endpoint by itself, so that bounds can be small and the time is ours. Who may read: everybody. */
async function start(
  limits: Partial<RelayLimits>,
  blocked: () => boolean = () => false,
  device?: KnownDevice,
): Promise<Endpoint> {
  const { store } = await openTestStore(cleanUp)
  const clock = createFakeClock(Date.now())
  const told: ((news: never) => void)[] = []
  const changed: (() => void)[] = []
  const relay = createRelay({
    access: {
      visitor: ({ pubkeys, address }) => ({ role: 'guest', pubkeys, address }),
      mayAsk: () => undefined,
      viewOf: () => undefined,
      isBlocked: blocked,
      onChange: listener => {
        changed.push(listener)
        return () => {}
      },
    },
    publish: async () => ({ id: '', result: 'stored', route: { broadcast: false, to: [] }, note: '' }),
    events: store.events,
    askForMissing: () => undefined,
    listen: listener => {
      told.push((news: never) => listener(news, 'deliver'))
      return () => {}
    },
    isOwnUrl: () => true,
    verify: async event => event as never,
    clock: clock satisfies Clock,
    counters: createCounters(),
    log: silent,
    limits,
  })
  const readVisit = createReadVisit({
    devices: { find: token => (token === undefined ? undefined : device), findPeer: () => undefined },
    claimToken: () => undefined,
  })
  const server: Server = createServer()
  server.on('upgrade', (request, socket, head) => {
    const visit = readVisit(request)
    if ('status' in visit) socket.destroy()
    else relay.upgrade(request, socket, head, visit)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanUp.add(() => new Promise(resolve => void server.close(resolve).closeAllConnections()))
  cleanUp.add(() => relay.stop())
  const { port } = server.address() as { port: number }
  return { origin: `http://127.0.0.1:${port}`, relay, clock, told }
}

/** A WebSocket by hand: nothing is answered unless the test does it. */
async function rawSocket(origin: string): Promise<Socket> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  cleanUp.add(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const answer = await new Promise<Buffer>(resolve => socket.once('data', resolve))
  expect(String(answer)).toMatch(/^HTTP\/1.1 101/)
  return socket
}

/** A short text frame as a client sends it, masked with zeros. */
function maskedFrame(message: readonly unknown[]): Buffer {
  const text = Buffer.from(JSON.stringify(message))
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text])
}

describe('messages of somebody without the token', () => {
  const LIMITS = { connectionBurst: 5, connectionRate: 1, maxRefused: 3 }

  it('beyond the rate are refused by their own answers, and go again when time has passed', async () => {
    const { origin, clock } = await start(LIMITS)
    const client = await connectRelay(cleanUp, origin, { headers: FROM_ELSEWHERE })
    for (let i = 0; i < 5; i++) client.send('REQ', `s${i}`, { limit: 0 })
    await client.gets('the fifth', ([type, id]) => type === 'EOSE' && id === 's4')
    await expect(client.subscribe('one more', {})).rejects.toThrow(/^rate-limited: /)
    const event = signedEvent(personFrom('alice'))
    expect(await client.publish(event)).toEqual({ ok: false, text: expect.stringMatching(/^rate-limited: /) })
    await clock.pass(2_000)
    expect(await client.subscribe('later', {})).toEqual([])
  })

  it('beyond the rate end what was open under their id, as they are told, and nothing else', async () => {
    const { origin, told } = await start({ connectionBurst: 2, connectionRate: 1, maxRefused: 3 })
    const client = await connectRelay(cleanUp, origin, { headers: FROM_ELSEWHERE })
    for (const id of ['again', 'other']) await client.subscribe(id, { limit: 0 })
    await expect(client.subscribe('again', {})).rejects.toThrow(/^rate-limited: /)
    const event = signedEvent(personFrom('alice'))
    for (const listener of told) listener({ result: 'stored', event, position: Number.MAX_SAFE_INTEGER } as never)
    await client.gets('it', ([type]) => type === 'EVENT')
    expect([client.idsOf('again'), client.idsOf('other')]).toEqual([[], [event.id]])
  })

  it('end the connection of who does not stop', async () => {
    const { origin } = await start(LIMITS)
    const client = await connectRelay(cleanUp, origin, { headers: FROM_ELSEWHERE })
    for (let i = 0; i < 20; i++) client.send('COUNT', `c${i}`, {})
    expect(await client.closed).toEqual({ code: 1008, reason: expect.stringMatching(/^rate-limited: /) })
  })

  it('count more when they are long, and for all connections of one address together', async () => {
    const { origin } = await start({ addressBurst: 10, addressRate: 1, bytesPerToken: 1_000 })
    const one = await connectRelay(cleanUp, origin, { headers: FROM_ELSEWHERE })
    one.send('REQ', 'long', { '#t': ['x'.repeat(8_000)] })
    await one.gets('EOSE', ([type]) => type === 'EOSE')
    const other = await connectRelay(cleanUp, origin, { headers: FROM_ELSEWHERE })
    await expect(
      (async () => {
        for (let i = 0; i < 3; i++) await other.subscribe(`s${i}`, {})
      })(),
    ).rejects.toThrow(/^rate-limited: /)
    const third = await connectRelay(cleanUp, origin, { headers: { 'x-forwarded-for': '198.51.100.1' } })
    expect(await third.subscribe('a', {})).toEqual([])
  })

  it('of this machine have no rate', async () => {
    const { origin } = await start(LIMITS)
    const client = await connectRelay(cleanUp, origin)
    for (let i = 0; i < 100; i++) client.send('REQ', `s${i}`, { limit: 0 })
    await client.gets('the last', ([type, id]) => type === 'EOSE' && id === 's99')
  })
})

describe('connections', () => {
  it('of one address, and in all, are bounded; this machine has its own bound', async () => {
    const { origin, relay } = await start({
      maxConnectionsOfAddress: 2,
      maxRemoteConnections: 3,
      maxLocalConnections: 1,
    })
    const from = (address: string) => connectRelay(cleanUp, origin, { headers: { 'x-forwarded-for': address } })
    const first = await from('203.0.113.1')
    await from('203.0.113.1')
    await expect(from('203.0.113.1')).rejects.toThrow('503')
    await from('203.0.113.2')
    await expect(from('203.0.113.3')).rejects.toThrow('503')
    await connectRelay(cleanUp, origin)
    await expect(connectRelay(cleanUp, origin)).rejects.toThrow('503')
    first.close()
    await first.closed
    await until('a place', () => relay.figures().connections === 3)
    await from('203.0.113.3')
  })

  it('that do not answer a ping are ended; those that do stay', async () => {
    const { origin, relay, clock } = await start({})
    const dead = await rawSocket(origin)
    const alive = await connectRelay(cleanUp, origin)
    const pinged = new Promise(resolve => alive.socket.once('ping', resolve))
    const deadGotPing = new Promise<Buffer>(resolve => dead.once('data', resolve))
    await clock.pass(50_000)
    await Promise.all([pinged, deadGotPing])
    await alive.settled()
    const ended = new Promise(resolve => dead.once('close', resolve))
    await clock.pass(50_000)
    await ended
    await until('one left', () => relay.figures().connections === 1)
    expect(await alive.subscribe('a', {})).toEqual([])
  })

  it('R13.6: with a device of the owner at the other end note each sign of life', async () => {
    let signs = 0
    const { signal: revoked } = new AbortController()
    const { origin, clock } = await start({}, () => false, { id: 'phone', revoked, seen: () => void signs++ })
    const device = await connectRelay(cleanUp, `${origin}/k/its-token`)
    await connectRelay(cleanUp, origin)
    for (const round of [1, 2]) {
      await clock.pass(50_000)
      await until('the pong', () => signs === round)
    }
    device.close()
  })

  it('that end halfway, or break, are over at once, and their subscriptions with them', async () => {
    const { origin, relay } = await start({})
    const [half, broken] = [await rawSocket(origin), await rawSocket(origin)]
    for (const socket of [half, broken]) socket.write(maskedFrame(['REQ', 'a', {}]))
    await until('both subscriptions', () => relay.figures().subscriptions === 2)
    // A FIN without the closing handshake of RFC 6455: the client could still be read to.
    const ended = new Promise(resolve => half.once('close', resolve))
    half.end()
    await ended
    broken.resetAndDestroy()
    await until('nobody', () => relay.figures().connections === 0)
    expect(relay.figures().subscriptions).toBe(0)
  })

  it('without subscription that say nothing for ten minutes are closed, those with one are not', async () => {
    const { origin, clock } = await start({})
    const [idle, waiting, local] = [
      await connectRelay(cleanUp, origin, { headers: FROM_ELSEWHERE }),
      await connectRelay(cleanUp, origin, { headers: FROM_ELSEWHERE }),
      await connectRelay(cleanUp, origin),
    ]
    await waiting!.subscribe('a', { limit: 0 })
    for (let passed = 0; passed < 600; passed += 50) {
      const answered = [idle, waiting, local].map(
        client => new Promise(resolve => client!.socket.once('ping', resolve)),
      )
      await clock.pass(50_000)
      if (passed < 550) await Promise.all(answered)
      await Promise.all([waiting!.settled(), local!.settled()])
    }
    expect((await idle!.closed).code).toBe(1000)
    expect(await waiting!.subscribe('b', {})).toEqual([])
    expect(await local!.subscribe('b', {})).toEqual([])
  })

  it('of an address that the owner blocks are not taken', async () => {
    const { origin } = await start({}, () => true)
    await expect(connectRelay(cleanUp, origin)).rejects.toThrow('403')
  })

  it('are closed when the node stops, with a word, within its time', async () => {
    const { node } = await startTestNode(cleanUp, { owner: 'alice' })
    const client = await connectRelay(cleanUp, node.clientOrigin)
    const silentOne = await rawSocket(node.clientOrigin)
    const ended = new Promise(resolve => silentOne.once('close', resolve))
    await node.stop()
    expect(await client.closed).toEqual({ code: 1001, reason: 'The node is stopping.' })
    await ended
  })
})

describe('a reader that does not read', () => {
  it('is cut off when live events pile up, and the others get them all', async () => {
    const { origin, relay, told } = await start({ maxPendingBytes: 4 * 1024 * 1024 })
    const stuck = await connectRelay(cleanUp, origin)
    const reader = await connectRelay(cleanUp, origin)
    await Promise.all([stuck.subscribe('all', {}), reader.subscribe('all', {})])
    stuck.socket.pause()
    const event = signedEvent(personFrom('alice'), { content: 'x'.repeat(200_000) })
    let sent = 0
    await until('the end of the one that does not read', async () => {
      for (const listener of told) listener({ result: 'stored', event, position: Number.MAX_SAFE_INTEGER } as never)
      sent += 1
      await reader.settled()
      return relay.figures().connections === 1
    })
    await until('all of them', () => reader.idsOf('all').length === sent)
  })

  it('is cut off when its stored events do not go out for a minute', async () => {
    const { origin, relay, clock, told } = await start({ pauseBytes: 100 })
    const socket = await rawSocket(origin)
    socket.pause()
    socket.write(maskedFrame(['REQ', 'a', {}]))
    const event = signedEvent(personFrom('alice'), { content: 'x'.repeat(200_000) })
    let more = 20
    await until('that it is asked to wait', () => {
      if (more-- > 0)
        for (const listener of told) listener({ result: 'stored', event, position: Number.MAX_SAFE_INTEGER } as never)
      return more < -5
    })
    for (let i = 0; i < 3; i++) await clock.pass(50_000)
    await until('its end', () => relay.figures().connections === 0)
  })
})

describe('filters', () => {
  it('may list so many values on one connection, and so many by all strangers together', async () => {
    const { origin } = await start({ maxFilterValues: 100, maxStrangersFilterValues: 150 })
    const authors = (count: number, what: string) => ({
      authors: Array.from({ length: count }, (_, i) => strangerKey(`${what} ${i}`)),
    })
    const one = await connectRelay(cleanUp, origin, { headers: FROM_ELSEWHERE })
    await one.subscribe('a', authors(90, 'a'))
    await expect(one.subscribe('b', authors(20, 'b'))).rejects.toThrow(/^rate-limited: .*100 values/)
    const other = await connectRelay(cleanUp, origin, { headers: FROM_ELSEWHERE })
    await expect(other.subscribe('a', authors(70, 'a'))).rejects.toThrow(/^rate-limited: /)
    const local = await connectRelay(cleanUp, origin)
    await local.subscribe('a', authors(70, 'a'))
    one.close()
    await one.closed
    await until('room', () => other.subscribe('a', authors(70, 'a')))
  })
})
