import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../src/event/binding.ts'
import { npubOf } from '../../src/event/keys.ts'
import { StartError, startNode } from '../../src/node.ts'
import { silent } from '../../src/observe/log.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { startRawPeer } from '../support/raw-peer.ts'
import { startTestNode, temporaryDirectory, testConfig } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()

async function occupy(port = 0): Promise<{ port: number; server: Server }> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const free = () => new Promise(resolve => server.close(resolve))
  cleanUp.add(free)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, server }
}
async function freePort(): Promise<number> {
  const { port, server } = await occupy()
  await new Promise(resolve => server.close(resolve))
  return port
}
const portOf = (address: string) => Number(/\/tcp\/(\d+)/.exec(address)?.[1])

/** Throws when somebody listens there. */
async function expectFree(port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  await new Promise(resolve => server.close(resolve))
}

describe('finding the overlay (O1)', () => {
  it('O1.3: a bootstrap without peer ID will do', async () => {
    const boot = await startTestNode(cleanUp, { owner: 'alice' })
    const node = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [boot.address.replace(/\/p2p\/.*/, '')] })
    await node.waitFor('bootstrap', ({ state }) => state === 'connected')
    await boot.waitFor('peer-connected', ({ peer }) => peer === node.node.peerId)
  })

  it('O1.3: a bootstrap that is not there yet is tried again until it is, and that is told once', async () => {
    const port = await freePort()
    const address = `/ip4/127.0.0.1/tcp/${port}`
    const node = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [address] })
    const { reason } = await node.waitFor('bootstrap', ({ state }) => state === 'unreachable')
    expect(reason).not.toBe('')
    await until('some tries', async () => performance.now() > 0 && (await node.node.status()).uptimeSeconds >= 1)
    expect((await node.client.status()).overlay.bootstraps).toMatchObject([{ address, state: 'unreachable' }])
    await startTestNode(cleanUp, { owner: 'alice', listen: { host: '127.0.0.1', port } })
    await node.waitFor('bootstrap', ({ state }) => state === 'connected')
    expect(node.activities.filter(({ what }) => what === 'bootstrap')).toHaveLength(2)
  })

  it('O1.3: a bootstrap that goes and comes back on the same address is found again, and posts flow', async () => {
    const boot = await startTestNode(cleanUp, { owner: 'alice' })
    const node = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [boot.address] })
    await node.waitFor('peer-connected')
    await boot.node.stop()
    await node.waitFor('peer-disconnected')
    const post = await node.post({ content: 'while you were away' })
    const back = await boot.restart()
    await back.holds(post.id)
    expect(back.node.peerId).toBe(boot.node.peerId)
  })

  it('O1.5: a restarted node finds the others without its bootstrap', async () => {
    const boot = await startTestNode(cleanUp, { owner: 'alice' })
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [boot.address] })
    const carols = await startTestNode(cleanUp, { owner: 'carol', bootstraps: [boot.address] })
    const knowsCarol = async () => (await bobs.client.status()).peers.some(({ id }) => id === carols.node.peerId)
    await bobs.waitFor('peer-connected')
    await carols.waitFor('peer-connected')
    await boot.node.stop()
    // Without its only neighbour each node dials whom it knows at once (O1.4).
    await until('bob to dial carol', knowsCarol)
    const again = await bobs.restart({ bootstraps: [] })
    await again.waitFor('peer-connected', ({ peer }) => peer === carols.node.peerId)
    const post = await again.post()
    await carols.holds(post.id)
  })

  it('O1.8: two nodes in one LAN find each other without a bootstrap, unless they were told not to', async () => {
    const alone = await startTestNode(cleanUp, { owner: 'carol' })
    const first = await startTestNode(cleanUp, { owner: 'alice', mdns: true })
    const second = await startTestNode(cleanUp, { owner: 'bob', mdns: true })
    await first.waitFor('peer-connected', ({ peer }) => peer === second.node.peerId)
    await second.holds((await first.post()).id)
    expect((await alone.client.status()).peers).toEqual([])
  })

  it('O1.6: a bootstrap by name is looked up, and told as it was typed', async () => {
    const boot = await startTestNode(cleanUp, { owner: 'alice' })
    const named = boot.address.replace('/ip4/127.0.0.1', '/dns4/localhost')
    const node = await startTestNode(cleanUp, { owner: 'bob', bootstraps: ['/dns4/no-such-host.invalid/tcp/1', named] })
    await node.waitFor('bootstrap', ({ address, state }) => address === named && state === 'connected')
    const { reason } = await node.waitFor('bootstrap', ({ state }) => state === 'unreachable')
    expect(reason).toBe('that name is not known')
  })

  it('a bootstrap that accepts and hangs up does not count as connected', async () => {
    const { port, server } = await occupy()
    let dials = 0
    server.on('connection', socket => {
      dials++
      socket.destroy()
    })
    const node = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [`/ip4/127.0.0.1/tcp/${port}`] })
    await node.waitFor('bootstrap', ({ state }) => state === 'unreachable')
    await until('more tries', () => dials >= 3)
    expect((await node.client.status()).peers).toEqual([])
  })

  it('a bootstrap that says nothing does not hold up start or stop, and no socket to it stays open', async () => {
    const { port, server } = await occupy()
    let open = 0
    server.on('connection', socket => {
      open++
      socket.on('close', () => open--)
      socket.on('error', () => {})
      socket.resume()
    })
    const node = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [`/ip4/127.0.0.1/tcp/${port}`] })
    await until('the dial', () => open === 1)
    await node.post()
    const startMs = performance.now()
    await node.node.stop()
    expect(performance.now() - startMs).toBeLessThan(4_000)
    await until('the socket to be closed', () => open === 0, 2_000)
  })
})

describe('starting and stopping', () => {
  it('a node is restarted in one process, with the same key, token, events and owner', async () => {
    const first = await startTestNode(cleanUp, { owner: 'alice' })
    const post = await first.post()
    const { cursor } = await first.client.pull()
    let node = first
    for (let i = 0; i < 3; i++) node = await node.restart({ owner: null })
    expect(node.node.peerId).toBe(first.node.peerId)
    expect([node.node.token, node.node.owner()]).toEqual([first.node.token, first.owner.pubkey])
    expect((await node.client.req({ ids: [post.id] }))[0]).toEqual(post)
    expect((await node.client.pull({ cursor: cursor! })).events).toEqual([])
  })

  it('stop is idempotent, quick, and leaves nothing open', async () => {
    const boot = await startTestNode(cleanUp, { owner: 'alice' })
    const node = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [boot.address] })
    await node.waitFor('peer-connected')
    const startMs = performance.now()
    await Promise.all([node.node.stop(), node.node.stop()])
    await node.node.stop()
    expect(performance.now() - startMs).toBeLessThan(3_000)
    await expectFree(portOf(node.address))
    await expectFree(Number(new URL(node.node.clientOrigin).port))
  })

  it('stop is quick beside a peer that holds streams open and reads nothing', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const raw = await startRawPeer(cleanUp)
    const peer = await raw.connect(node.address)
    for (const protocol of ['hello', 'deliver', 'fetch']) await raw.open(peer, `/nostrp2p/${protocol}/1`)
    const startMs = performance.now()
    await node.node.stop()
    expect(performance.now() - startMs).toBeLessThan(4_000)
  })

  it('a start that fails for the client port leaves the overlay port and the directory free', async () => {
    const { port: taken } = await occupy()
    const port = await freePort()
    const dataDir = await temporaryDirectory(cleanUp)
    const config = testConfig({ owner: 'alice', dataDir, listen: { host: '127.0.0.1', port }, clientPort: taken })
    await expect(startNode(config, { log: silent })).rejects.toThrow(`Port ${taken} is already used`)
    await expectFree(port)
    const node = await startNode({ ...config, clientPort: 0 }, { log: silent })
    await node.stop()
  })

  it('a start that fails for the overlay port leaves the directory free', async () => {
    const { port: taken, server } = await occupy()
    const dataDir = await temporaryDirectory(cleanUp)
    const config = testConfig({ owner: 'alice', dataDir, listen: { host: '127.0.0.1', port: taken } })
    await expect(startNode(config, { log: silent })).rejects.toThrow(`Port ${taken} is already used`)
    await new Promise(resolve => server.close(resolve))
    const node = await startNode(config, { log: silent })
    await node.stop()
  })

  it.each([
    ['node.key', 'holds no key'],
    ['token', 'holds no access token'],
    ['owner', 'holds no public key'],
  ])('a file %s that is damaged is a sentence, not a crash', async (file, words) => {
    const dataDir = await temporaryDirectory(cleanUp)
    await writeFile(join(dataDir, file), 'x', { mode: 0o600 })
    const failure = startNode(testConfig({ owner: 'alice', dataDir }), { log: silent })
    await expect(failure).rejects.toThrow(words)
    await expect(failure).rejects.toBeInstanceOf(StartError)
  })

  it('a directory of another owner is refused, and stays theirs', async () => {
    const dataDir = await temporaryDirectory(cleanUp)
    const node = await startNode(testConfig({ owner: 'alice', dataDir }), { log: silent })
    await node.stop()
    const failure = startNode(testConfig({ owner: 'bob', dataDir }), { log: silent })
    await expect(failure).rejects.toThrow(`belongs to ${npubOf(personFrom('alice').pubkey)}`)
    const again = await startNode(testConfig({ owner: null, dataDir }), { log: silent })
    expect(again.owner()).toBe(personFrom('alice').pubkey)
    await again.stop()
  })
})

describe('claiming a node', () => {
  it("makes it the claimer's for good: neighbours are told, a restart keeps it, and the token is spent", async () => {
    const other = await startTestNode(cleanUp, { owner: 'alice' })
    const node = await startTestNode(cleanUp, { owner: null, bootstraps: [other.address] })
    await node.waitFor('peer-connected')
    const bob = personFrom('bob')
    const [mine, theirs] = [bob, personFrom('mallory')].map(person =>
      signedEvent(person, bindingTemplate(node.node.peerId, Math.floor(Date.now() / 1000))),
    )
    const claim = (event: unknown) =>
      node.client.send(`/k/${node.node.claimToken()}/publish`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(event),
      })
    const answers = await Promise.all([claim(mine), claim(theirs)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403])
    const owner = node.node.owner()
    expect(node.node.claimToken()).toBeUndefined()
    await until('the neighbour to know', async () => {
      const [peer] = (await other.client.status()).peers
      return peer?.proven === true && peer.owner === npubOf(owner!)
    })
    const again = await node.restart()
    expect([again.node.owner(), again.node.claimToken()]).toEqual([owner, undefined])
    expect(again.node.bindingExpires()).toBeDefined()
  })
})
