/** `nostrp2p doctor` against real nodes on loopback (specification/doctor.md). */
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { lpStream } from '@libp2p/utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { doctor } from '../../src/cli/doctor/doctor.ts'
import { parseInvocation } from '../../src/cli/parse.ts'
import { isMisuse } from '../../src/cli/surroundings.ts'
import { bindingTemplate } from '../../src/event/binding.ts'
import { npubOf } from '../../src/event/keys.ts'
import { type Clock, systemClock } from '../../src/observe/clock.ts'
import { encodeReachReply } from '../../src/wire/reach.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { startRawPeer } from '../support/raw-peer.ts'
import { startTestNode, type TestNode, type TestNodeOptions, temporaryDirectory } from '../support/test-node.ts'
import { testSurroundings } from '../unit/cli/surroundings.ts'

const cleanUp = useCleanUp()
const DAY_SECONDS = 86_400
const now = () => Math.floor(Date.now() / 1000)
const ahead = (ms: number): Clock => ({ ...systemClock, nowMs: () => Date.now() + ms })

interface Line {
  readonly check: string
  readonly subject: string | null
  readonly state: 'pass' | 'warn' | 'fail'
  readonly finding: string
  readonly advice: string | null
  readonly details: Record<string, unknown>
}

interface Visit {
  readonly code: number
  readonly text: string
}

/** The command with these arguments, in this process. */
async function run(args: readonly string[], clock: Clock = systemClock): Promise<Visit> {
  const surroundings = testSurroundings({ args: ['doctor', ...args] })
  const invocation = parseInvocation(surroundings.args, {})
  if (isMisuse(invocation)) throw new Error(invocation.misuse)
  const code = await doctor(invocation.settings, surroundings, { clock })
  if (isMisuse(code)) throw new Error(code.misuse)
  return { code, text: surroundings.printed.out }
}

async function lines(
  args: readonly string[],
  clock?: Clock,
): Promise<{ code: number; all: Line[]; of(check: string): Line }> {
  const { code, text } = await run([...args, '--json'], clock)
  const all = text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Line)
  return { code, all, of: check => all.find(line => line.check === check)! }
}

/** A node at a place that `doctor` can be told. */
async function placed(options: TestNodeOptions): Promise<TestNode & { port: number; args: string[] }> {
  const port = await freePortPair()
  const node = await startTestNode(cleanUp, { listen: { host: '127.0.0.1', port }, clientPort: port + 1, ...options })
  return { ...node, port, args: ['-l', `127.0.0.1:${port}`, '--data-dir', node.config.dataDir] }
}

const placeOf = ({ config: { listen, dataDir } }: TestNode) => [
  '-l',
  `${listen.host}:${listen.port}`,
  '--data-dir',
  dataDir,
]

async function freePlace(): Promise<{ port: number; dataDir: string; args: string[] }> {
  const port = await freePortPair()
  const dataDir = join(await temporaryDirectory(cleanUp), 'node')
  return { port, dataDir, args: ['-l', `127.0.0.1:${port}`, '--data-dir', dataDir] }
}

/** By what it announces it believes that others get in, and so serves as public nodes do. */
async function publicNode(options: Partial<TestNodeOptions> = {}): Promise<TestNode & { port: number }> {
  const port = await freePortPair()
  const announce = [`/ip4/127.0.0.1/tcp/${port}`]
  const place = { listen: { host: '127.0.0.1', port }, clientPort: port + 1, announce }
  const node = await startTestNode(cleanUp, { owner: null, writable: false, ...place, ...options })
  return { ...node, port }
}

let boot: TestNode & { port: number }
beforeEach(async () => {
  boot = await publicNode()
})
const bind = (node: TestNode, seconds?: number) =>
  node.client.publish(signedEvent(node.owner, bindingTemplate(node.node.peerId, now(), seconds)))

describe('beside a running node', () => {
  it('finds a healthy one well, in a fixed order, and ends with 0', async () => {
    const node = await placed({ owner: 'alice', bootstraps: [boot.address] })
    await node.waitFor('peer-connected')
    expect((await bind(node)).status).toBe(200)
    const { code, all, of } = await lines(node.args)
    expect(code).toBe(0)
    expect(all.map(({ check }) => check)).toEqual(CHECKS)
    expect(of('node')).toMatchObject({ state: 'pass', details: { running: true, node: node.node.peerId, peers: 1 } })
    expect(of('clock')).toMatchObject({ state: 'pass', advice: null, details: { nodes: 1 } })
    expect(of('data-directory')).toMatchObject({ state: 'pass' })
    expect(of('ports')).toMatchObject({ state: 'pass', details: { overlay: { port: node.port } } })
    expect(of('bootstrap')).toMatchObject({
      state: 'pass',
      subject: `127.0.0.1:${boot.port}`,
      details: { node: boot.node.peerId },
    })
    expect(of('binding')).toMatchObject({
      state: 'pass',
      details: { owner: npubOf(node.owner.pubkey), state: 'valid' },
    })
  })

  it('finds the node of -p without being told its owner', async () => {
    const xdg = await temporaryDirectory(cleanUp)
    const npub = npubOf(personFrom('alice').pubkey)
    const node = await placed({ owner: 'alice', dataDir: join(xdg, 'nostrp2p', npub) })
    const surroundings = testSurroundings({ env: { XDG_DATA_HOME: xdg } })
    const invocation = parseInvocation(['doctor', '-l', `127.0.0.1:${node.port}`, '--json'], surroundings.env)
    if (isMisuse(invocation)) throw new Error(invocation.misuse)
    expect(await doctor(invocation.settings, surroundings)).toBe(0)
    expect(JSON.parse(surroundings.printed.out.split('\n')[0]!)).toMatchObject({
      check: 'node',
      details: { running: true, node: node.node.peerId },
    })
  })

  it('tells the node of another data directory from the one that is meant', async () => {
    const node = await placed({ owner: 'alice' })
    const other = await freePlace()
    const { code, of } = await lines(['-l', `127.0.0.1:${node.port}`, '--data-dir', other.dataDir])
    expect(of('node')).toMatchObject({ state: 'warn', details: { running: false, atPort: node.node.peerId } })
    expect(of('ports')).toMatchObject({
      state: 'fail',
      finding: `port ${node.port} is already used by another node`,
      advice: `Start with -l 127.0.0.1:${node.port + 100}, or stop that node.`,
    })
    expect(code).toBe(1)
  })

  it('says when the data directory is in use by a node at another port', async () => {
    const node = await placed({ owner: 'alice' })
    const other = await freePlace()
    const { code, of } = await lines(['-l', `127.0.0.1:${other.port}`, '--data-dir', node.config.dataDir])
    expect(of('data-directory')).toMatchObject({ state: 'fail', finding: expect.stringContaining('in use by another') })
    expect(code).toBe(1)
  })

  it('warns when the node is alone', async () => {
    const node = await placed({ owner: 'alice' })
    const { code, of } = await lines(node.args)
    expect(of('node')).toMatchObject({ state: 'warn', details: { peers: 0 } })
    expect(of('bootstrap')).toMatchObject({ state: 'warn', finding: 'none given' })
    expect(of('clock')).toMatchObject({ state: 'warn', advice: expect.stringContaining('bootstrap') })
    expect(code).toBe(0)
  })

  it('leaves no trace with the nodes that it visits', async () => {
    const node = await placed({ owner: 'alice', bootstraps: [boot.address] })
    await node.waitFor('peer-connected')
    const before = (await boot.client.status()).knownNodes
    await lines(node.args)
    expect((await boot.client.status()).knownNodes).toBe(before)
    expect(boot.activities.filter(({ what }) => what === 'peer-connected')).toHaveLength(1)
  })
})

describe('without a running node', () => {
  it('checks what a start would need, and makes nothing', async () => {
    const place = await freePlace()
    const { code, of } = await lines([...place.args, '-b', `127.0.0.1:${boot.port}`])
    expect(of('node')).toMatchObject({ state: 'warn', details: { running: false } })
    expect(of('clock')).toMatchObject({ state: 'pass' })
    expect(of('data-directory')).toMatchObject({ state: 'pass', details: { state: 'missing' } })
    expect(of('ports')).toMatchObject({ state: 'pass', details: { client: { state: 'free' } } })
    expect(of('bootstrap')).toMatchObject({ state: 'pass' })
    expect(code).toBe(0)
    await expect(chmod(place.dataDir, 0o700)).rejects.toThrow('ENOENT')
  })

  it('asks the nodes that were known before when no bootstrap is given', async () => {
    const node = await placed({ owner: 'alice', bootstraps: [boot.address] })
    await node.waitFor('peer-connected')
    await node.node.stop()
    const { of } = await lines(node.args)
    expect(of('clock')).toMatchObject({ state: 'pass', details: { nodes: 1 } })
    expect(of('bootstrap')).toMatchObject({ state: 'pass', finding: expect.stringContaining('knows others') })
  })
})

describe('clock', () => {
  it.each([
    ['an hour behind', 3_600_000, 'fail', '60 minutes behind'],
    ['an hour ahead', -3_600_000, 'fail', '60 minutes ahead of'],
    ['five minutes behind', 300_000, 'warn', '5 minutes behind'],
  ])('%s of a bootstrap is told', async (_, aheadMs, state, words) => {
    const other = await publicNode({ clock: ahead(aheadMs) })
    const place = await freePlace()
    const { code, of } = await lines([...place.args, '-b', `127.0.0.1:${other.port}`])
    expect(of('clock')).toMatchObject({ state, finding: expect.stringContaining(words) })
    expect(Math.abs((of('clock').details.offsetMs as number) + aheadMs)).toBeLessThan(3_000)
    expect(code).toBe(state === 'fail' ? 1 : 0)
  })

  it('one wrong clock among three is outvoted', async () => {
    const wrong = await publicNode({ clock: ahead(86_400_000) })
    const third = await publicNode()
    const place = await freePlace()
    const boots = [wrong, third, boot].flatMap(({ port }) => ['-b', `127.0.0.1:${port}`])
    expect((await lines([...place.args, ...boots])).of('clock')).toMatchObject({ state: 'pass', details: { nodes: 3 } })
  })
})

describe('bootstraps', () => {
  it('one that is away is a warning while another answers, and a failure when none does', async () => {
    const place = await freePlace()
    const away = `127.0.0.1:${await freePortPair()}`
    const one = await lines([...place.args, '-b', away, '-b', `127.0.0.1:${boot.port}`])
    const [first, second] = one.all.filter(({ check }) => check === 'bootstrap')
    expect(first).toMatchObject({ state: 'warn', subject: away, details: { reason: 'nothing listens there' } })
    expect(second).toMatchObject({ state: 'pass' })
    expect(one.code).toBe(0)

    const none = await lines([...place.args, '-b', away, '-b', 'nowhere.invalid'])
    const failed = none.all.filter(({ check }) => check === 'bootstrap')
    expect(failed.map(({ state, subject }) => [state, subject])).toEqual([
      ['fail', away],
      ['fail', 'nowhere.invalid:20000'],
    ])
    expect(failed[1]!.finding).toContain('that name is not known')
    expect(none.code).toBe(1)
  })

  it('a program that is no node and one that never answers are told apart, with an end', async () => {
    const silent = createServer()
    const web = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const ports = await Promise.all([silent, web].map(listening))
    const place = await freePlace()
    const startMs = performance.now()
    const { all } = await lines([...place.args, ...ports.flatMap(port => ['-b', `127.0.0.1:${port}`])])
    expect(performance.now() - startMs).toBeLessThan(12_000)
    const [mute, other] = all.filter(({ check }) => check === 'bootstrap')
    expect(mute).toMatchObject({ state: 'fail', details: { reason: 'no answer' } })
    expect(other).toMatchObject({ state: 'fail', details: { reason: 'no node answers there' } })
  })

  it('the node itself is no bootstrap', async () => {
    const node = await placed({ owner: 'alice' })
    const { of } = await lines([...node.args, '-b', `127.0.0.1:${node.port}`])
    expect(of('bootstrap')).toMatchObject({ state: 'warn', finding: 'is this node itself' })
  })
})

describe('ports', () => {
  it('one that another program has is a failure with what to do', async () => {
    const place = await freePlace()
    const taken = createServer()
    await listening(taken, place.port + 1)
    const { code, of } = await lines(place.args)
    expect(of('ports')).toMatchObject({
      state: 'fail',
      finding: `port ${place.port + 1} is already used by another program`,
      advice: `Start with -l 127.0.0.1:${place.port + 100}, or stop that program.`,
      details: { overlay: { state: 'free' }, client: { state: 'in-use' } },
    })
    expect(code).toBe(1)
  })

  it('an address that this machine does not have is a failure', async () => {
    const { port, dataDir } = await freePlace()
    const { of } = await lines(['-l', `203.0.113.7:${port}`, '--data-dir', dataDir])
    expect(of('ports')).toMatchObject({ state: 'fail', finding: 'this machine has no address 203.0.113.7' })
  })
})

describe('the way to the node', () => {
  it('of a node that does not run is tried by a bootstrap, which comes in at its port', async () => {
    const place = await freePlace()
    const second = await publicNode()
    const args = [...place.args, '-b', `127.0.0.1:${boot.port}`, '-b', `127.0.0.1:${second.port}`]
    const { code, of } = await lines([...args, '--port-mapping', 'false'])
    expect(of('reachability')).toMatchObject({
      state: 'pass',
      details: { state: 'public', addresses: [`/ip4/127.0.0.1/tcp/${place.port}`] },
    })
    expect(of('nat')).toMatchObject({ state: 'pass', details: { kind: 'none', asked: 2 } })
    expect(of('relays')).toMatchObject({ state: 'pass', finding: 'none needed: others get in directly' })
    expect(of('port-mapping')).toMatchObject({ state: 'pass', finding: expect.stringContaining('switched off') })
    expect(code).toBe(0)
  })

  it('of a node whose port is taken is not known, and the relays are counted', async () => {
    const place = await freePlace()
    await listening(createServer(), place.port)
    const { of } = await lines([...place.args, '-b', `127.0.0.1:${boot.port}`])
    expect(of('reachability')).toMatchObject({ state: 'warn', finding: `not known: port ${place.port} is not free` })
    expect(of('relays')).toMatchObject({ state: 'pass', details: { offering: [boot.node.peerId] } })
  })

  it('of one that says it got in and did not is not believed', async () => {
    const liar = await startRawPeer(cleanUp)
    await liar.handle('/nostrp2p/reach/1', async stream => {
      const frames = lpStream(stream)
      await frames.read()
      await frames.write(encodeReachReply({ seen: '127.0.0.1', open: [true] }))
      await stream.close()
    })
    const place = await freePlace()
    const { of } = await lines([...place.args, '-b', liar.addresses()[0]!])
    expect([of('bootstrap'), of('reachability')]).toMatchObject([
      { state: 'pass' },
      { state: 'warn', details: { state: 'shut', seen: ['127.0.0.1'] } },
    ])
  })

  it('of a running node is told as the node knows it', async () => {
    expect((await lines(placeOf(boot))).of('reachability')).toMatchObject({
      state: 'pass',
      details: { state: 'public' },
    })
    const hidden = { owner: 'alice', tuning: { reach: 'never' } } as const
    const node = await placed({ ...hidden, bootstraps: [boot.address] })
    await node.waitFor('reachability', ({ state }) => state === 'relayed')
    const relayed = await lines(node.args)
    expect(relayed.of('reachability')).toMatchObject({ state: 'pass', details: { relays: [boot.node.peerId] } })
    expect(relayed.of('relays')).toMatchObject({ state: 'warn', details: { held: [boot.node.peerId] } })
    expect(relayed.of('ports')).toMatchObject({ state: 'pass' })
    expect(relayed.code).toBe(0)

    const alone = await placed({ ...hidden, owner: 'bob' })
    const { code, of } = await lines(alone.args)
    expect(of('reachability')).toMatchObject({ state: 'fail', details: { state: 'unreachable' } })
    expect(of('relays')).toMatchObject({ state: 'fail' })
    expect(code).toBe(1)
  })
})

describe('data directory', () => {
  it('a file in its place is a failure', async () => {
    const { dataDir, args } = await freePlace()
    await writeFile(dataDir, '')
    expect((await lines(args)).of('data-directory')).toMatchObject({
      state: 'fail',
      finding: expect.stringContaining('is not a directory'),
    })
  })

  it('a key that others can read is a failure with the command that mends it', async () => {
    const node = await placed({ owner: 'alice' })
    await node.node.stop()
    const key = join(node.config.dataDir, 'node.key')
    await chmod(key, 0o644)
    const { code, of } = await lines(node.args)
    expect(of('data-directory')).toMatchObject({ state: 'fail', advice: `Run: chmod 600 ${key}` })
    expect(code).toBe(1)
  })

  it('a key file that holds no key is a failure', async () => {
    const { dataDir, args } = await freePlace()
    await mkdir(dataDir, { mode: 0o700 })
    await writeFile(join(dataDir, 'node.key'), 'nothing', { mode: 0o600 })
    expect((await lines(args)).of('data-directory')).toMatchObject({
      state: 'fail',
      finding: expect.stringContaining('holds no key'),
    })
  })

  it('less room than the store may grow to is a warning', async () => {
    const { args } = await freePlace()
    const { of } = await lines([...args, '--max-store-mb', '1048576'])
    expect(of('data-directory')).toMatchObject({ state: 'warn', advice: expect.stringContaining('--max-store-mb') })
  })

  it.skipIf(process.geteuid?.() !== 0)('one of another user is a warning for the superuser', async () => {
    const { dataDir, args } = await freePlace()
    await mkdir(dataDir, { mode: 0o700 })
    await chown(dataDir, 65_534, 65_534)
    expect((await lines(args)).of('data-directory')).toMatchObject({
      state: 'warn',
      finding: expect.stringContaining('belongs to another user (id 65534; you are 0)'),
    })
  })

  it('one that was never started is not opened, one that is damaged is told', async () => {
    const node = await placed({ owner: 'alice' })
    await node.node.stop()
    await writeFile(join(node.config.dataDir, 'store', 'CURRENT'), 'MANIFEST-999999\n')
    await expect(lines(node.args)).resolves.toMatchObject({ code: expect.any(Number) })
  })
})

describe('binding', () => {
  it('missing, ending soon, valid', async () => {
    const node = await placed({ owner: 'alice' })
    expect((await lines(node.args)).of('binding')).toMatchObject({ state: 'warn', details: { state: 'none' } })
    await bind(node, 10 * DAY_SECONDS)
    const soon = (await lines(node.args)).of('binding')
    expect(soon).toMatchObject({ state: 'warn', details: { state: 'expires-soon' } })
    expect(soon.finding).toContain('ends in 10 days')
  })

  it('ended, of a node that does not run', async () => {
    const node = await placed({ owner: 'alice' })
    await bind(node, 20 * DAY_SECONDS)
    await node.node.stop()
    expect((await lines(node.args)).of('binding')).toMatchObject({ state: 'warn', details: { state: 'expires-soon' } })
    const { code, of } = await lines(node.args, ahead(21 * DAY_SECONDS * 1000))
    expect(of('binding')).toMatchObject({ state: 'fail', details: { state: 'expired' } })
    expect(of('binding').advice).toContain('nostrp2p bind')
    expect(code).toBe(1)
  })

  it('is not asked of a node that belongs to nobody', async () => {
    const { of } = await lines([...placeOf(boot), '-w', 'false'])
    expect(of('binding')).toMatchObject({ state: 'pass' })
  })
})

describe('as text', () => {
  it('is one line a finding, with what to do below, and a last line that sums up', async () => {
    const place = await freePlace()
    const away = `127.0.0.1:${await freePortPair()}`
    const { code, text } = await run([...place.args, '-b', away])
    expect(code).toBe(1)
    expect(text).toMatch(
      new RegExp(`^FAIL  bootstrap +${away} cannot be reached: nothing listens there\\n +Ask its`, 'm'),
    )
    expect(text).toMatch(/^pass {2}ports +\d+ \(other nodes\) and \d+ \(clients\) are free$/m)
    expect(text).toMatch(/\n\n1 thing to mend, \d+ to look at\.\n$/)
    expect(text.split('\n').every(line => line.length <= 120)).toBe(true)
  })
})

function listening(server: ReturnType<typeof createServer>, port = 0): Promise<number> {
  cleanUp.add(() => server.close())
  return new Promise(resolve => {
    server.listen({ port, host: '127.0.0.1' }, () => resolve((server.address() as { port: number }).port))
  })
}

const CHECKS = [
  'node',
  'clock',
  'data-directory',
  'ports',
  'addresses',
  'bootstrap',
  'nat',
  'port-mapping',
  'reachability',
  'relays',
  'binding',
]
