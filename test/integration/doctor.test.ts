/** `nostrp2p doctor` and other nodes, on loopback (specification/doctor.md): the network's side. */
import { chmod } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { lpStream } from '@libp2p/utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { npubOf } from '../../src/event/keys.ts'
import { encodeReachReply } from '../../src/wire/reach.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { bind, clockAhead, doctorLines, freePlace, listening, placedNode, publicNode } from '../support/doctor.ts'
import { personFrom } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { startRawPeer } from '../support/raw-peer.ts'
import { temporaryDirectory } from '../support/test-node.ts'

const cleanUp = useCleanUp()
let boot: Awaited<ReturnType<typeof publicNode>>

beforeEach(async () => {
  boot = await publicNode(cleanUp)
})

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
  'browsers',
  'relays',
  'binding',
]

describe('beside a running node', () => {
  it('finds a healthy one well, in a fixed order, and ends with 0', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice', bootstraps: [boot.address] })
    await node.waitFor('peer-connected')
    expect((await bind(node)).status).toBe(200)
    const { code, all, of } = await doctorLines(node.args)
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
    const node = await placedNode(cleanUp, { owner: 'alice', dataDir: join(xdg, 'nostrp2p', npub) })
    const { code, of } = await doctorLines(['-l', `127.0.0.1:${node.port}`], { env: { XDG_DATA_HOME: xdg } })
    expect(of('node')).toMatchObject({ details: { running: true, node: node.node.peerId } })
    expect(code).toBe(0)
  })

  it('tells the node of another data directory from the one that is meant', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice' })
    const other = await freePlace(cleanUp)
    const { code, of } = await doctorLines(['-l', `127.0.0.1:${node.port}`, '--data-dir', other.dataDir])
    expect(of('node')).toMatchObject({ state: 'warn', details: { running: false, atPort: node.node.peerId } })
    expect(of('ports')).toMatchObject({
      state: 'fail',
      finding: `port ${node.port} is already used by another node`,
      advice: `Start with -l 127.0.0.1:${node.port + 100}, or stop that node.`,
    })
    expect(code).toBe(1)
  })

  it('says when the data directory is in use by a node at another port', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice' })
    const other = await freePlace(cleanUp)
    const { code, of } = await doctorLines(['-l', `127.0.0.1:${other.port}`, '--data-dir', node.config.dataDir])
    expect(of('data-directory')).toMatchObject({ state: 'fail', finding: expect.stringContaining('in use by another') })
    expect(code).toBe(1)
  })

  it('warns when the node is alone', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice' })
    const { code, of } = await doctorLines(node.args)
    expect(of('node')).toMatchObject({ state: 'warn', details: { peers: 0 } })
    expect(of('bootstrap')).toMatchObject({ state: 'warn', finding: 'none given' })
    expect(of('clock')).toMatchObject({ state: 'warn', advice: expect.stringContaining('bootstrap') })
    expect(code).toBe(0)
  })

  it('leaves no trace with the nodes that it visits', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice', bootstraps: [boot.address] })
    await node.waitFor('peer-connected')
    const before = (await boot.client.status()).knownNodes
    await doctorLines(node.args)
    expect((await boot.client.status()).knownNodes).toBe(before)
    expect(boot.activities.filter(({ what }) => what === 'peer-connected')).toHaveLength(1)
  })
})

describe('without a running node', () => {
  it('checks what a start would need, and makes nothing', async () => {
    const place = await freePlace(cleanUp)
    const { code, of } = await doctorLines([...place.args, '-b', `127.0.0.1:${boot.port}`])
    expect(of('node')).toMatchObject({ state: 'warn', details: { running: false } })
    expect(of('clock')).toMatchObject({ state: 'pass' })
    expect(of('data-directory')).toMatchObject({ state: 'pass', details: { state: 'missing' } })
    expect(of('ports')).toMatchObject({ state: 'pass', details: { client: { state: 'free' } } })
    expect(of('bootstrap')).toMatchObject({ state: 'pass' })
    expect(code).toBe(0)
    await expect(chmod(place.dataDir, 0o700)).rejects.toThrow('ENOENT')
  })

  it('asks the nodes that were known before when no bootstrap is given', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice', bootstraps: [boot.address] })
    await node.waitFor('peer-connected')
    await node.node.stop()
    const { of } = await doctorLines(node.args)
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
    const other = await publicNode(cleanUp, { clock: clockAhead(aheadMs) })
    const place = await freePlace(cleanUp)
    const { code, of } = await doctorLines([...place.args, '-b', `127.0.0.1:${other.port}`])
    expect(of('clock')).toMatchObject({ state, finding: expect.stringContaining(words) })
    expect(Math.abs((of('clock').details.offsetMs as number) + aheadMs)).toBeLessThan(3_000)
    expect(code).toBe(state === 'fail' ? 1 : 0)
  })

  it('one wrong clock among three is outvoted', async () => {
    const wrong = await publicNode(cleanUp, { clock: clockAhead(86_400_000) })
    const third = await publicNode(cleanUp)
    const place = await freePlace(cleanUp)
    const boots = [wrong, third, boot].flatMap(({ port }) => ['-b', `127.0.0.1:${port}`])
    expect((await doctorLines([...place.args, ...boots])).of('clock')).toMatchObject({
      state: 'pass',
      details: { nodes: 3 },
    })
  })
})

describe('bootstraps', () => {
  it('one that is away is a warning while another answers, and a failure when none does', async () => {
    const place = await freePlace(cleanUp)
    const away = `127.0.0.1:${await freePortPair()}`
    const one = await doctorLines([...place.args, '-b', away, '-b', `127.0.0.1:${boot.port}`])
    const [first, second] = one.all.filter(({ check }) => check === 'bootstrap')
    expect(first).toMatchObject({ state: 'warn', subject: away, details: { reason: 'nothing listens there' } })
    expect(second).toMatchObject({ state: 'pass' })
    expect(one.code).toBe(0)

    const none = await doctorLines([...place.args, '-b', away, '-b', 'nowhere.invalid'])
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
    const ports = await Promise.all([silent, web].map(server => listening(cleanUp, server)))
    const place = await freePlace(cleanUp)
    const startMs = performance.now()
    const { all } = await doctorLines([...place.args, ...ports.flatMap(port => ['-b', `127.0.0.1:${port}`])])
    expect(performance.now() - startMs).toBeLessThan(12_000)
    const [mute, other] = all.filter(({ check }) => check === 'bootstrap')
    expect(mute).toMatchObject({ state: 'fail', details: { reason: 'no answer' } })
    expect(other).toMatchObject({ state: 'fail', details: { reason: 'no node answers there' } })
  })

  it('the node itself is no bootstrap', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice' })
    const { of } = await doctorLines([...node.args, '-b', `127.0.0.1:${node.port}`])
    expect(of('bootstrap')).toMatchObject({ state: 'warn', finding: 'is this node itself' })
  })
})

describe('the way to the node', () => {
  it('of a node that does not run is tried by a bootstrap, which comes in at its port', async () => {
    const place = await freePlace(cleanUp)
    const second = await publicNode(cleanUp)
    const args = [...place.args, '-b', `127.0.0.1:${boot.port}`, '-b', `127.0.0.1:${second.port}`]
    const { code, of } = await doctorLines([...args, '--port-mapping', 'false'])
    expect(of('reachability')).toMatchObject({
      state: 'warn',
      finding: `nodes of this network get in at 127.0.0.1:${place.port}; nobody outside has tried`,
      details: { state: 'local', addresses: [`/ip4/127.0.0.1/tcp/${place.port}`] },
    })
    expect(of('nat')).toMatchObject({ state: 'warn', details: { kind: 'local', asked: 2 } })
    expect(of('relays')).toMatchObject({ state: 'pass', details: { offering: { length: 2 } } })
    expect(of('port-mapping')).toMatchObject({ state: 'pass', finding: expect.stringContaining('switched off') })
    expect(code).toBe(0)
  })

  it('of a node whose port is taken is not known, and the relays are counted', async () => {
    const place = await freePlace(cleanUp)
    await listening(cleanUp, createServer(), place.port)
    const { of } = await doctorLines([...place.args, '-b', `127.0.0.1:${boot.port}`])
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
    const place = await freePlace(cleanUp)
    const { of } = await doctorLines([...place.args, '-b', liar.addresses()[0]!])
    expect([of('bootstrap'), of('reachability')]).toMatchObject([
      { state: 'pass' },
      { state: 'warn', details: { state: 'shut', seen: ['127.0.0.1'] } },
    ])
  })

  it('of a running node is told as the node knows it', async () => {
    expect((await doctorLines(boot.args)).of('reachability')).toMatchObject({
      state: 'pass',
      details: { state: 'public' },
    })
    const hidden = { owner: 'alice', tuning: { reach: 'never' } } as const
    const node = await placedNode(cleanUp, { ...hidden, bootstraps: [boot.address] })
    await node.waitFor('reachability', ({ state }) => state === 'relayed')
    const relayed = await doctorLines(node.args)
    expect(relayed.of('reachability')).toMatchObject({ state: 'pass', details: { relays: [boot.node.peerId] } })
    expect(relayed.of('relays')).toMatchObject({ state: 'warn', details: { held: [boot.node.peerId] } })
    expect(relayed.of('ports')).toMatchObject({ state: 'pass' })
    expect(relayed.code).toBe(0)

    const alone = await placedNode(cleanUp, { ...hidden, owner: 'bob' })
    const { code, of } = await doctorLines(alone.args)
    expect(of('reachability')).toMatchObject({ state: 'fail', details: { state: 'unreachable' } })
    expect(of('relays')).toMatchObject({ state: 'fail' })
    expect(code).toBe(1)
  })
})
