/** The faults of the fault test are real: nodes notice them, and what is put right works again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { draft } from '../support/drafts.ts'
import { personFrom } from '../support/events.ts'
import { createNodeClient, type NodeClient, signNow } from '../support/node-client.ts'
import { freePortPair } from '../support/ports.ts'
import { builtCommand } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { createNetwork, type Network } from './links.ts'
import { createFaultyNode, type FaultyNode } from './nodes.ts'

let home: string
let network: Network
let ann: FaultyNode
let ben: FaultyNode
let annsClient: NodeClient
let bensClient: NodeClient
const crashes: string[] = []

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'nostrp2p-faults-'))
  const launch = await builtCommand()
  const ports = [await freePortPair(), await freePortPair()]
  network = await createNetwork(ports)
  const [first, second] = ['ann', 'ben'].map((name, node) =>
    createFaultyNode({
      ...{ name, owner: personFrom(name).pubkey, home, launch, port: ports[node]!, links: network.linksFrom(node) },
      ...{ boot: ports.slice(0, node), wantsDisk: false, onCrash: text => void crashes.push(text) },
    }),
  )
  ann = first!
  ben = second!
  annsClient = createNodeClient(personFrom('ann'), ann.origin)
  bensClient = createNodeClient(personFrom('ben'), ben.origin)
  await ann.start()
  await ben.start()
  await hasPeers(1)
}, 60_000)

afterAll(async () => {
  await Promise.all([ann, ben].map(node => node?.dispose()))
  network?.close()
  await rm(home, { recursive: true, force: true })
  expect(crashes).toEqual([])
})

function hasPeers(count: number): Promise<true> {
  const look = async () => (await bensClient.status()).peers.length === count && true
  return until(`that ben has ${count} peers`, look)
}

describe('a fault', () => {
  it('cuts every connection between two nodes, and takes none, until it ends', async () => {
    const end = network.hinder([0], { how: 'cut' })
    await hasPeers(0)
    const lost = await annsClient.publish(draft.post('nobody hears this'))
    await until(
      'a try that failed',
      async () => (await bensClient.status()).overlay.bootstraps[0]?.state === 'unreachable',
    )
    expect(await bensClient.ask({ ids: [lost.id] })).toEqual([])
    end()
    await hasPeers(1)
    await bensClient.gets(await annsClient.publish(draft.post('and now')))
  })

  it('lets nothing pass for a while, and then what was under way', async () => {
    const end = network.hinder([1], { how: 'mute' })
    const held = await annsClient.publish(draft.post('held up'))
    // The client side goes another way, and works meanwhile.
    await annsClient.gets(held)
    expect(await bensClient.ask({ ids: [held.id] })).toEqual([])
    expect((await bensClient.status()).peers).toHaveLength(1)
    end()
    await bensClient.gets(held)
  })

  it('sets the clock of one node', async () => {
    const post = () => signNow(annsClient.keys, draft.post(`at ${performance.now()}`))
    const status = async () => (await annsClient.tryPublish(post())).status
    ann.setClock(-3_600_000)
    await until('a refusal', async () => (await status()) === 400)
    ann.setClock(0)
    await until('a welcome', async () => (await status()) === 200)
  })

  it('takes what was written since from a node', async () => {
    const before = await annsClient.publish(draft.post('before'))
    await ann.keepData()
    const after = await annsClient.publish(draft.post('after'))
    await ben.end('SIGTERM')
    await ann.end('SIGKILL')
    await ann.putBackData()
    await ann.start()
    expect(await annsClient.ask({ ids: [before.id, after.id] })).toEqual([before])
  })
})
