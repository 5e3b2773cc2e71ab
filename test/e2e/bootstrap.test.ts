/** Bootstraps that go away: for a while, for ever, or were never there. */
import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { draft } from '../support/drafts.ts'
import { createProcesses, type NodeProcess, type Processes } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** First redials come after one, two and four seconds. */
const REJOIN_MS = 30_000

let processes: Processes

beforeEach(async () => {
  processes = await createProcesses()
})

afterEach(() => processes?.endAll())

async function threeNodes(): Promise<{ hub: NodeProcess; ann: NodeProcess; ben: NodeProcess }> {
  const hub = await processes.started('hub')
  const ann = await processes.started('ann', { boot: [hub] })
  const ben = await processes.started('ben', { boot: [hub] })
  for (const node of [ann, ben]) {
    await until(`that ${node.name} knows the others`, async () => (await node.client.status()).knownNodes === 2)
  }
  return { hub, ann, ben }
}

async function bootstrapIs(node: NodeProcess, state: string): Promise<void> {
  await until(
    `that the bootstrap of ${node.name} is ${state}`,
    async () => (await node.client.status()).overlay.bootstraps[0]?.state === state,
    REJOIN_MS,
  )
}

/** Nobody has more connections to the same node than the two of nodes that dialled each other at the same moment. */
async function expectNoPilesOfConnections(...nodes: readonly NodeProcess[]): Promise<void> {
  for (const { client } of nodes) {
    const ways = (await client.status()).peers.map(({ id, direction }) => `${direction} ${id}`)
    expect(ways).toEqual([...new Set(ways)])
  }
}

/** A post of each is in the pulls of all. */
async function talk(...nodes: readonly NodeProcess[]): Promise<void> {
  for (const node of nodes) {
    const post = await node.client.publish(draft.post(`${node.name} at ${performance.now()}`))
    await Promise.all(nodes.map(other => other.client.gets(post, REJOIN_MS)))
  }
}

describe('a bootstrap that goes away', () => {
  it('is joined again by the others when it is back on the same address', async () => {
    const { hub, ann, ben } = await threeNodes()
    await hub.end()
    for (const node of [ann, ben]) await bootstrapIs(node, 'unreachable')
    await hub.start()
    for (const node of [ann, ben]) await bootstrapIs(node, 'connected')
    await talk(hub, ann, ben)
    await expectNoPilesOfConnections(hub, ann, ben)
  })

  it('is joined again even if it has lost its data and comes back as another node', async () => {
    const { hub, ann, ben } = await threeNodes()
    await hub.end()
    for (const node of [ann, ben]) await bootstrapIs(node, 'unreachable')
    // It knows nobody now: only the others can have made these connections.
    await rm(hub.dataHome, { recursive: true })
    await hub.start()
    for (const node of [ann, ben]) await bootstrapIs(node, 'connected')
    await talk(hub, ann, ben)
  })

  it('is not missed: running nodes go on, and restarted ones meet again through the peers that they knew', async () => {
    const { hub, ann, ben } = await threeNodes()
    await hub.end()
    await talk(ann, ben)
    await ann.end()
    await talk(ben)
    // Both were killed: nobody who still knows where the other is could help.
    await ben.end()
    await ben.start()
    await ann.start()
    await ann.run().says(new RegExp(`${hub.address} cannot be reached`))
    await until('that they meet again', async () => (await ann.client.status()).peers.length > 0, REJOIN_MS)
    await talk(ann, ben)
  })
})

describe('a node that starts again', () => {
  it('joins through its bootstrap and the peers that it knew, without piling connections up', async () => {
    const { hub, ann, ben } = await threeNodes()
    await ben.end()
    await ben.start()
    await bootstrapIs(ben, 'connected')
    await talk(ben, hub, ann)
    await expectNoPilesOfConnections(ben, hub, ann)
  })
})

describe('a bootstrap that is not there yet', () => {
  it('is reported once, tried again, and joined when it appears; the node works meanwhile', async () => {
    const hub = await processes.node('hub')
    const ann = await processes.started('ann', { boot: [hub] })
    await ann.run().says(new RegExp(`bootstrap ${hub.address} cannot be reached \\(nothing listens there\\)`))
    const early = await ann.client.publish(draft.post('anybody?'))
    await ann.client.gets(early)
    await hub.start()
    await ann.run().says(new RegExp(`bootstrap ${hub.address} connected`), REJOIN_MS)
    await hub.client.gets(early)
    await talk(hub, ann)
    const complaints =
      ann
        .run()
        .stdout()
        .match(/bootstrap .* cannot be reached/g) ?? []
    expect(complaints).toHaveLength(1)
  })
})
