/** `connect` at real nodes (specification/away.md, "connect"): what goes in at its port comes out at the node, and back. */
import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { type Connector, createConnector } from '../../src/connect/connector.ts'
import type { Whereabouts } from '../../src/connect/finder.ts'
import { openKept } from '../../src/connect/kept.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { silent } from '../../src/observe/log.ts'
import { type PairingCode, parsePairingCode } from '../../src/wire/pairing-code.ts'
import { pulledEvents, readExchanges, send } from '../conformance/exchange.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { freePortPair } from '../support/ports.ts'
import { connectRelay } from '../support/relay-client.ts'
import { startTestNode, type TestNode, type TestNodeOptions, temporaryDirectory } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
const running: Connector[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(one => one.stop()))
})

async function startNode(options: Partial<TestNodeOptions> = {}): Promise<TestNode> {
  const port = await freePortPair()
  return startTestNode(cleanUp, {
    owner: 'alice',
    listen: { host: '127.0.0.1', port },
    clientPort: port + 1,
    ...options,
  })
}

/** A node of a test listens on loopback, which it tells nobody: the code of this test does. */
async function codeOf({ client, config }: TestNode): Promise<PairingCode> {
  const headers = { 'Content-Type': 'application/json' }
  const answer = await client.send('/pairing', { method: 'POST', headers, body: '{}' })
  const code = parsePairingCode(((await answer.json()) as { code: string }).code)
  if ('rejected' in code) throw new Error(code.reason)
  return { ...code, home: [`http://127.0.0.1:${config.clientPort}`] }
}

async function startConnect(code: PairingCode | undefined, dataDir?: string) {
  const told: Whereabouts[] = []
  const connector = await createConnector({
    kept: await openKept(dataDir ?? (await temporaryDirectory(cleanUp))),
    code,
    name: 'laptop',
    agent: 'test',
    port: 0,
    onChange: now => void told.push(now),
    whyNot: () => 'Your node does not answer.',
    clock: systemClock,
    log: silent,
  })
  running.push(connector)
  void connector.run()
  const says = (state: Whereabouts['state']) =>
    until(`${state}: ${JSON.stringify(told)}`, () => told.at(-1)?.state === state)
  return { connector, told, says, origin: `http://127.0.0.1:${connector.port}` }
}

/** Status and text of a GET with these headers, which `fetch` would not let through. */
function get(origin: string, path: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(`${origin}${path}`, { headers, agent: false }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', more => {
        text += more
      })
      answer.once('end', () => resolve({ status: answer.statusCode!, text }))
    })
      .once('error', reject)
      .end()
  })
}

describe('connect', () => {
  it('answers the phone client of the original as the node itself does', async () => {
    const here = await startNode()
    const there = await startNode()
    const { origin, says } = await startConnect(await codeOf(there))
    await says('connected')
    const exchanges = readExchanges().filter(({ no, request: { method } }) => no < 168 && method !== 'GET')
    for (const exchange of exchanges) {
      const body = exchange.request.body ?? undefined
      const [direct, away] = await Promise.all([
        send(exchange, here.node.clientOrigin, body),
        send(exchange, origin, body),
      ])
      expect({ no: exchange.no, status: away.status, type: away.header('content-type') }).toEqual({
        no: exchange.no,
        status: direct.status,
        type: direct.header('content-type'),
      })
      if (direct.header('content-type') === 'application/octet-stream')
        expect(pulledEvents(away.body)).toEqual(pulledEvents(direct.body))
    }
  }, 60_000)

  it('carries a Nostr app, and nothing for a web page of somebody else', async () => {
    const node = await startNode()
    const { origin, says } = await startConnect(await codeOf(node))
    await says('connected')
    const app = await connectRelay(cleanUp, origin)
    expect(await app.subscribe('all', { kinds: [1] })).toEqual([])
    const post = await node.post({ content: 'live' })
    await app.gets('the post', message => message[0] === 'EVENT' && JSON.stringify(message).includes(post.id))
    const host = new URL(origin).host
    expect((await get(origin, '/status', { Host: host })).status).toBe(200)
    for (const marks of [
      { Host: host, Origin: 'https://evil.example' },
      { Host: 'evil.example' },
      { Host: host, 'Sec-Fetch-Site': 'cross-site' },
    ] as Record<string, string>[]) {
      const { status, text } = await get(origin, '/status', marks)
      expect({ marks, status }).toEqual({ marks, status: 401 })
      expect(text).not.toContain(node.node.peerId)
    }
  })

  it('says why while the node is away, goes on when it is back, and ends when the device is shut out', async () => {
    const node = await startNode()
    const dataDir = await temporaryDirectory(cleanUp)
    const { origin, says, connector } = await startConnect(await codeOf(node), dataDir)
    await says('connected')
    await node.node.stop()
    await says('away')
    const refused = await get(origin, '/status', {})
    expect(refused).toEqual({
      status: 503,
      text: JSON.stringify({ Error: 'Your node does not answer.', code: 'no-way' }),
    })
    const back = await node.restart()
    await until('that it is asked again', async () => (await get(origin, '/status', {})).status === 200)
    await connector.stop()

    // Paired once; the code is not needed again.
    const again = await startConnect(undefined, dataDir)
    await again.says('connected')
    expect(again.connector.device).toBe(connector.device)
    const { devices } = (await (await back.client.send('/devices')).json()) as {
      devices: { id: string; peer: string }[]
    }
    const own = devices.find(({ peer }) => peer === connector.device)!
    expect((await back.client.send(`/devices/${own.id}`, { method: 'DELETE' })).status).toBe(200)
    await again.says('refused')
    expect(again.told.at(-1)).toEqual({ state: 'refused', reason: 'device-unknown' })
  }, 40_000)

  it('tells a code that was used, or that nobody knows, and another node in the place of the right one', async () => {
    const node = await startNode()
    const code = await codeOf(node)
    await (await startConnect(code)).says('connected')
    const second = await startConnect(code)
    await second.says('refused')
    expect(second.told.at(-1)).toEqual({ state: 'refused', reason: 'pairing-used' })
    const unknown = await startConnect({ ...code, secret: new Uint8Array(16) })
    await unknown.says('refused')
    expect(unknown.told.at(-1)).toEqual({ state: 'refused', reason: 'pairing-unknown' })
    const other = await startNode({ owner: 'bob' })
    const stranger = await startConnect({
      ...code,
      home: [`http://127.0.0.1:${other.config.clientPort}`],
      addresses: [],
    })
    await stranger.says('away')
    expect(stranger.told.at(-1)).toMatchObject({ state: 'away', reason: 'wrong-node' })
  })
})
