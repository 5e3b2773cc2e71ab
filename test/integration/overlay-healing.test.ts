import { describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/observe/clock.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { startCuttableProxy } from '../support/cuttable-proxy.ts'
import { freePortPair } from '../support/ports.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()

/** Ten times as fast as the one on the wall, for all nodes alike. */
const startMs = Date.now()
const FAST = 10
const fastClock: Clock = {
  nowMs: () => startMs + (Date.now() - startMs) * FAST,
  after: (delayMs, task) => systemClock.after(delayMs / FAST, task),
}

const peersOf = async ({ client }: TestNode) => (await client.status()).peers.map(({ id }) => id)

describe('a network that an outage has split (O1.7)', () => {
  it('O1.7: heals when the line is back, though each half has connections enough and nobody names a bootstrap of the other', async () => {
    const port = await freePortPair()
    const line = await startCuttableProxy(cleanUp, () => port)
    const proxied = `/ip4/127.0.0.1/tcp/${line.port}`
    // Enough connections with one: neither half looks for more.
    const common = { clock: fastClock, tuning: { wantedPeers: 1 } }
    const ann = await startTestNode(cleanUp, {
      ...common,
      owner: 'ann',
      listen: { host: '127.0.0.1', port },
      announce: [proxied],
      // Its own address is not told: who is not beside it knows the line alone.
      tuning: { wantedPeers: 1, reach: 'never' },
    })
    const direct = `/ip4/127.0.0.1/tcp/${port}`
    const abe = await startTestNode(cleanUp, { ...common, owner: 'abe', bootstraps: [direct] })
    await abe.waitFor('peer-connected')

    // Ben knows ann from an earlier start, over the line.
    const before = await startTestNode(cleanUp, { ...common, owner: 'ben', bootstraps: [proxied] })
    await before.waitFor('peer-connected')
    const ben = await before.restart({ bootstraps: [] })
    await ben.waitFor('peer-connected', ({ peer }) => peer === ann.node.peerId)
    const bea = await startTestNode(cleanUp, { ...common, owner: 'bea', bootstraps: [ben.address] })
    await bea.waitFor('peer-connected')
    await bea.holds((await abe.post({ content: 'before' })).id)

    line.cut()
    await until('the halves to be apart', async () => {
      return !(await peersOf(ben)).includes(ann.node.peerId) && !(await peersOf(ann)).includes(ben.node.peerId)
    })
    const away = await abe.post({ content: 'nobody over there hears this now' })
    await ann.holds(away.id)
    expect((await peersOf(bea)).length).toBeGreaterThan(0)
    expect(await bea.client.req({ ids: [away.id] })).toEqual([])

    line.mend()
    await until('the halves to meet', async () => (await peersOf(ben)).includes(ann.node.peerId))
    for (const [from, to] of [
      [abe, bea],
      [bea, abe],
    ] as const) {
      await until('a post to get over', async () => {
        const post = await from.post({ content: `after ${performance.now()}` })
        await until('it to arrive', async () => (await to.client.req({ ids: [post.id] })).length > 0, 1_000)
        return true
      })
    }
  })

  it('O1.7: a node with connections enough visits one more that it knows, and leaves it for the next', async () => {
    const hub = await startTestNode(cleanUp, { owner: 'hub', clock: fastClock })
    const others: TestNode[] = []
    for (const owner of ['one', 'two']) {
      others.push(
        await startTestNode(cleanUp, {
          owner,
          clock: fastClock,
          bootstraps: [hub.address],
          tuning: { wantedPeers: 0 },
        }),
      )
    }
    await Promise.all(others.map(other => other.waitFor('peer-connected')))
    const visitor = await startTestNode(cleanUp, {
      owner: 'visitor',
      clock: { ...fastClock, after: (ms, task) => systemClock.after(ms / 600, task) },
      bootstraps: [hub.address],
      tuning: { wantedPeers: 1 },
    })
    const visited = new Set<string>()
    await until('both to be visited', async () => {
      const peers = (await peersOf(visitor)).filter(id => id !== hub.node.peerId)
      expect(peers.length).toBeLessThanOrEqual(2)
      for (const id of peers) visited.add(id)
      return others.every(({ node }) => visited.has(node.peerId))
    })
  })
})
