/** Settings of the node, made on its page (specification/rest-api.md, R15): the whole way from the command line. */

import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { FLAGS } from '../../src/cli/flags.ts'
import { configWithPage } from '../../src/cli/settings-desk.ts'
import { npubOf } from '../../src/event/keys.ts'
import type { NodeSetting, NodeSettings } from '../../src/wire/settings.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { connectRelay, FROM_ELSEWHERE } from '../support/relay-client.ts'
import { type ServedNode, type ServedNodeOptions, serveNode } from '../support/served-node.ts'
import { startTestNode, temporaryDirectory } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { testSurroundings } from '../unit/cli/surroundings.ts'

const cleanUp = useCleanUp()
const OWNER = personFrom('oskar')
const FLAGS_OF_OWNER = ['-p', npubOf(OWNER.pubkey)]

let dataDir: string
let port: number

beforeEach(async () => {
  dataDir = join(await temporaryDirectory(cleanUp), 'data')
  port = await freePortPair()
})

const serve = (options: Partial<ServedNodeOptions> = {}) =>
  serveNode(cleanUp, { port, dataDir, flags: FLAGS_OF_OWNER, ...options })

async function settingsOf(node: ServedNode): Promise<NodeSettings> {
  return (await (await node.client.send('/settings')).json()) as NodeSettings
}

async function setting(node: ServedNode, name: string): Promise<NodeSetting> {
  return (await settingsOf(node)).settings.find(one => one.name === name)!
}

function post(node: ServedNode, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return node.client.send(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** @returns the answer of a change that is taken */
async function set(node: ServedNode, changes: Readonly<Record<string, unknown>>): Promise<NodeSettings> {
  const response = await post(node, '/settings', changes)
  const answer = await response.json()
  expect([response.status, answer]).toMatchObject([200, {}])
  return answer as NodeSettings
}

async function restart(node: ServedNode): Promise<void> {
  const before = node.starts().length
  const response = await post(node, '/restart', {})
  expect([response.status, await response.json()]).toEqual([202, { restarting: true }])
  await node.started(before + 1)
}

describe('GET /settings', () => {
  it('R15.1: has every flag of the server, its value and where it comes from', async () => {
    const node = await serve({
      env: { NOSTRP2P_RELAY_POW: '5', NOSTRP2P_BOOT_PEER_ADDR_PORT: '127.0.0.1:1 127.0.0.1:2' },
    })
    const { settings, pending, problem } = await settingsOf(node)
    expect([pending, problem]).toEqual([false, null])
    const names = FLAGS.filter(({ commands }) => commands.includes('server')).map(({ name }) => name)
    expect(settings.map(({ name }) => name)).toEqual(names.filter(name => name !== 'help' && name !== 'version'))
    const by = Object.fromEntries(settings.map(one => [one.name, one]))
    expect(by['listen-addr-port']).toMatchObject({ value: `127.0.0.1:${port}`, from: 'flag', locked: true })
    expect(by['relay-pow']).toMatchObject({ value: '5', from: 'environment', locked: true })
    expect(by['boot-peer-addr-port']).toMatchObject({ value: ['127.0.0.1:1', '127.0.0.1:2'], from: 'environment' })
    expect(by.mdns).toMatchObject({ kind: 'boolean', value: false, from: 'flag' })
    const free = { value: null, from: 'default', locked: false, pending: false }
    expect(by['max-events']).toEqual({
      ...free,
      name: 'max-events',
      kind: 'text',
      form: 'number',
      what: expect.stringContaining('How many events'),
      fallback: '102400',
      needsRestart: false,
    })
    expect(by['relay-reads']).toMatchObject({ ...free, form: 'owner|listed|anyone', needsRestart: true })
    expect(by['data-dir']).toMatchObject({ value: dataDir, locked: true })
    expect(by['public-key']).toMatchObject({ locked: true })
  })
})

describe('POST /settings', () => {
  it('R15.3: the bounds of the store hold at once, and after a restart', async () => {
    const node = await serve()
    for (let i = 0; i < 5; i++) await node.client.publish(signedEvent(OWNER, { content: `post ${i}` }))
    const answer = await set(node, { 'max-events': '200', 'max-store-mb': '16' })
    expect(answer.pending).toBe(false)
    expect(answer.settings.find(({ name }) => name === 'max-events')).toMatchObject({ value: '200', from: 'page' })
    const bounds = { maxEvents: 200, maxBytes: 16 * 1024 * 1024, guests: { maxEvents: 50 } }
    expect((await node.client.status()).store).toMatchObject(bounds)
    await node.stop()
    const again = await serve()
    expect((await again.client.status()).store).toMatchObject(bounds)
    await set(again, { 'max-events': null, 'max-store-mb': null })
    expect((await again.client.status()).store).toMatchObject({ maxEvents: 102_400 })
    expect(await setting(again, 'max-events')).toMatchObject({ value: null, from: 'default' })
    expect(JSON.parse(await readFile(join(dataDir, 'settings.json'), 'utf8'))).toEqual({ settings: {} })
  })

  it('R15.3: bootstraps are joined, and let go, while the node runs', async () => {
    const [alice, bob] = await Promise.all(['alice', 'bob'].map(owner => startTestNode(cleanUp, { owner })))
    const node = await serve()
    const bootstraps = async () => (await node.client.status()).overlay.bootstraps
    const isJoined = async (states: readonly string[]) =>
      (await bootstraps()).map(({ state }) => state).join() === states.join()
    await set(node, { 'boot-peer-addr-port': [alice!.address, '127.0.0.1:1'] })
    await until('alice', () => isJoined(['connected', 'unreachable']))
    await set(node, { 'boot-peer-addr-port': [bob!.address, alice!.address] })
    await until('bob', () => isJoined(['connected', 'connected']))
    expect((await bootstraps()).map(({ address }) => address)).toEqual([bob!.address, alice!.address])
    // The one that stayed keeps its connection, and none is dialled twice.
    const ids = (await node.client.status()).peers.map(({ id }) => id)
    expect(ids.sort()).toEqual([alice!.node.peerId, bob!.node.peerId].sort())
    await set(node, { 'boot-peer-addr-port': [] })
    expect(await bootstraps()).toEqual([])
    expect(await setting(node, 'boot-peer-addr-port')).toMatchObject({ value: null, from: 'default' })
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown name', { colour: 'red' }, /no setting "colour"/],
    ['__proto__', JSON.parse('{"__proto__": {"mdns": true}}'), /no setting "__proto__"/],
    ['a flag of another command', { days: '5' }, /no setting "days"/],
    ['a number that is none', { 'max-events': 'many' }, /max-events must be a whole number from 100/],
    ['a number as such', { 'max-events': 500 }, /"max-events" is a text/],
    ['a switch as a text', { writable: 'false' }, /"writable" is either true or false/],
    ['a list of numbers', { announce: [1] }, /"announce" is a list of texts/],
    ['an empty text', { 'tls-cert': ' ' }, /"tls-cert" needs a value/],
    ['two lines', { 'tls-cert': 'a\nb' }, /one line/],
    ['a long text', { 'tls-cert': 'x'.repeat(1_001) }, /1000 characters/],
    ['many texts', { announce: Array.from({ length: 101 }, () => '192.0.2.1:1') }, /100 values/],
    ['half a pair', { 'tls-cert': 'cert.pem' }, /--tls-cert needs --tls-key/],
    ['a circle that is none', { 'relay-reads': 'friends' }, /relay-reads must be owner, listed or anyone/],
    ['the directory', { 'data-dir': '/tmp/other' }, /on the command line only/],
    ['the owner', { 'public-key': null }, /on the command line only/],
    ['what a flag says', { 'listen-addr-port': '127.0.0.1:1' }, /was given as -l when the node was started/],
  ])('R15.2: %s is refused in a sentence, and with it all of the request', async (_what, changes, reason) => {
    const node = await serve()
    const response = await post(node, '/settings', { 'max-events': '300', ...changes })
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { Error: expect.stringMatching(reason), code: expect.stringMatching(/^(no-such-)?settings?(-|$)/) },
    ])
    expect((await settingsOf(node)).settings.filter(({ from }) => from === 'page')).toEqual([])
    expect((await node.client.status()).store.maxEvents).toBe(102_400)
    await expect(stat(join(dataDir, 'settings.json'))).rejects.toThrow('ENOENT')
  })

  it('R15.2: two requests at once both count', async () => {
    const node = await serve()
    await Promise.all([set(node, { 'max-events': '300' }), set(node, { 'relay-pow': '9' })])
    const kept = JSON.parse(await readFile(join(dataDir, 'settings.json'), 'utf8'))
    expect(kept).toEqual({ settings: { 'max-events': '300', 'relay-pow': '9' }, before: { 'max-events': '300' } })
    expect((await stat(join(dataDir, 'settings.json'))).mode & 0o777).toBe(0o600)
  })
})

describe('POST /restart', () => {
  it('R15.4: has the rest hold, in the same process; clients come back', async () => {
    const node = await serve()
    const socket = await connectRelay(cleanUp, node.origin)
    const answer = await set(node, { 'relay-reads': 'anyone', 'guest-share': '40' })
    expect(answer.pending).toBe(true)
    expect(await setting(node, 'relay-reads')).toMatchObject({ value: 'anyone', from: 'page', pending: true })
    expect((await node.client.status()).relay.reads).toBe('owner')
    const token = node.starts()[0]!.clientUrl
    await restart(node)
    expect((await socket.closed).code).toBe(1001)
    expect((await node.client.status()).relay.reads).toBe('anyone')
    expect(await settingsOf(node)).toMatchObject({ pending: false, problem: null })
    expect(node.starts()[1]!.clientUrl).toBe(token)
    const stranger = await connectRelay(cleanUp, node.origin, { headers: FROM_ELSEWHERE })
    expect(await stranger.subscribe('all', { kinds: [1] })).toEqual([])
    const kept = JSON.parse(await readFile(join(dataDir, 'settings.json'), 'utf8'))
    expect(kept).toEqual({ settings: { 'relay-reads': 'anyone', 'guest-share': '40' } })
    await restart(node)
    expect(await node.stop()).toBe(0)
  })

  it('R15.4: takes another port along, and the command line wins when it names one', async () => {
    await mkdir(dataDir, { mode: 0o700 })
    await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ settings: { 'listen-addr-port': '127.0.0.1:1' } }))
    const node = await serve()
    expect(node.starts()[0]!.clientOrigin).toBe(node.origin)
    await node.stop()
    const other = await freePortPair()
    await writeFile(
      join(dataDir, 'settings.json'),
      JSON.stringify({ settings: { 'listen-addr-port': `127.0.0.1:${other}`, 'from-the-future': 'x' } }),
    )
    const moved = await serve({ port: other, listens: false })
    expect(moved.starts()[0]!.clientOrigin).toBe(`http://127.0.0.1:${other + 1}`)
  })

  it('R15.5: goes back to what held before where the node does not start, and says so', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    cleanUp.add(() => new Promise(resolve => taken.close(resolve)))
    await new Promise(resolve => taken.once('listening', resolve))
    const { port: takenPort } = taken.address() as { port: number }
    await mkdir(dataDir, { mode: 0o700 })
    await writeFile(
      join(dataDir, 'settings.json'),
      JSON.stringify({ settings: { 'listen-addr-port': `127.0.0.1:${port}`, 'relay-reads': 'listed' } }),
    )
    const node = await serve({ listens: false })
    await set(node, { 'listen-addr-port': `127.0.0.1:${takenPort}`, 'relay-pow': '3', 'max-events': '900' })
    await restart(node)
    const { problem, pending } = await settingsOf(node)
    expect(problem).toMatch(new RegExp(`Port ${takenPort} is already used.*runs with the settings before`))
    expect(pending).toBe(false)
    expect(await setting(node, 'listen-addr-port')).toMatchObject({ value: `127.0.0.1:${port}`, from: 'page' })
    // What held at once has been tried, and stays.
    expect((await node.client.status()).store.maxEvents).toBe(900)
    expect(JSON.parse(await readFile(join(dataDir, 'settings.json'), 'utf8'))).toEqual({
      settings: { 'listen-addr-port': `127.0.0.1:${port}`, 'relay-reads': 'listed', 'max-events': '900' },
    })
    expect(node.printed.err).toContain('was given up')
    expect((await set(node, { 'relay-pow': '3' })).problem).toBeNull()
  })

  it('R15.5: the same at a start anew, as after a power cut before the restart', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    cleanUp.add(() => new Promise(resolve => taken.close(resolve)))
    await new Promise(resolve => taken.once('listening', resolve))
    const { port: takenPort } = taken.address() as { port: number }
    await mkdir(dataDir, { mode: 0o700 })
    const before = { 'listen-addr-port': `127.0.0.1:${port}` }
    const settings = { 'listen-addr-port': `127.0.0.1:${takenPort}` }
    await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ settings, before }))
    const node = await serve({ listens: false })
    expect((await settingsOf(node)).problem).toContain('already used')
    expect(JSON.parse(await readFile(join(dataDir, 'settings.json'), 'utf8'))).toEqual({ settings: before })
  })

  it.each([
    ['does not go together with the command line', JSON.stringify({ settings: { ssl: false, 'tls-key': 'key.pem' } })],
    ['is no JSON', '{"settings": {'],
    ['is something else', '[1, null]'],
  ])('R15.5: a file that %s does not keep the node from starting, and stays', async (_what, text) => {
    await mkdir(dataDir, { mode: 0o700 })
    await writeFile(join(dataDir, 'settings.json'), text)
    const node = await serve()
    expect((await node.client.status()).relay.reads).toBe('owner')
    expect(await readFile(join(dataDir, 'settings.json'), 'utf8')).toBe(text)
  })
})

describe('who may (R6.6)', () => {
  it('needs access, and from this machine without a token the own page or no browser', async () => {
    const node = await serve()
    expect((await node.client.send('/settings', { headers: FROM_ELSEWHERE })).status).toBe(401)
    const other = { Origin: 'http://localhost:8080', 'Sec-Fetch-Site': 'same-site' }
    for (const path of ['/settings', '/restart']) {
      expect([path, (await post(node, path, {}, FROM_ELSEWHERE)).status]).toEqual([path, 401])
      expect([path, (await post(node, path, {}, other)).status]).toEqual([path, 403])
      const form = { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'a=b' }
      expect([path, (await node.client.send(path, form)).status]).toEqual([path, 415])
    }
    const token = node.starts()[0]!.clientUrl.replace(/.*\/k\//, '')
    const byToken = { ...FROM_ELSEWHERE, Authorization: `Bearer ${token}` }
    expect((await post(node, '/settings', { 'max-events': '400' }, byToken)).status).toBe(200)
    expect(node.starts()).toHaveLength(1)
  })

  it('the doctor looks where the settings have the node listen', async () => {
    await mkdir(dataDir, { mode: 0o700 })
    await writeFile(
      join(dataDir, 'settings.json'),
      JSON.stringify({ settings: { 'listen-addr-port': '127.0.0.1:777' } }),
    )
    const given = new Map([['data-dir', { values: [dataDir], from: '--data-dir' }]] as const)
    expect(await configWithPage(given, testSurroundings())).toMatchObject({ dataDir, clientPort: 778 })
  })

  it('R15.6: a node that was not started by the command line has none', async () => {
    const node = await startTestNode(cleanUp, { owner: 'oskar' })
    expect((await node.client.send('/settings')).status).toBe(404)
    const headers = { 'Content-Type': 'application/json' }
    for (const path of ['/settings', '/restart']) {
      expect((await node.client.send(path, { method: 'POST', headers, body: '{}' })).status).toBe(404)
    }
  })
})
