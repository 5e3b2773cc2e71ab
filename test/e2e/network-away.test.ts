/** Nodes that are away for a while: what is addressed to them waits, and goes out as soon as they are back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { draft } from '../support/drafts.ts'
import { createProcesses, type NodeProcess, type Processes } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** A tenth of the wait until the first retry by the schedule (5 min). */
const AT_ONCE_MS = 30_000

let processes: Processes

beforeEach(async () => {
  processes = await createProcesses()
})

afterEach(() => processes?.endAll())

async function knows(node: NodeProcess, count: number): Promise<void> {
  await until(`that ${node.name} knows ${count}`, async () => (await node.client.status()).knownNodes === count)
}

async function hasPeers(node: NodeProcess, count: number): Promise<void> {
  const look = async () => new Set((await node.client.status()).peers.map(({ id }) => id)).size === count
  await until(`that ${node.name} has ${count} peers`, look)
}

async function stateOf(node: NodeProcess, event: NostrEvent): Promise<string | undefined> {
  const { outbox } = await node.client.status()
  return outbox.deliveries.find(delivery => delivery.event === event.id)?.state
}

async function becomes(node: NodeProcess, event: NostrEvent, state: string, patienceMs?: number): Promise<void> {
  await until(`that it is ${state}`, async () => (await stateOf(node, event)) === state, patienceMs)
}

/** hub in the middle; ann and ben know each other through it. */
async function threeNodes(): Promise<{ hub: NodeProcess; ann: NodeProcess; ben: NodeProcess }> {
  const hub = await processes.started('hub')
  const ann = await processes.started('ann', { boot: [hub] })
  const ben = await processes.started('ben', { boot: [hub] })
  await knows(ann, 2)
  await knows(ben, 2)
  return { hub, ann, ben }
}

/** ben's node is gone, and ann's has noticed. */
async function goes(ben: NodeProcess, ...remaining: readonly NodeProcess[]): Promise<void> {
  await ben.end()
  for (const node of remaining) await hasPeers(node, remaining.length - 1)
  // A node says when it announced itself in whole seconds: one that is back within the same one says nothing new.
  const second = Math.floor(Date.now() / 1000)
  await until('the next second', () => Math.floor(Date.now() / 1000) > second)
}

describe('a recipient that is away', () => {
  it('gets its likes when it is back, at once', async () => {
    const { hub, ann, ben } = await threeNodes()
    const post = await ben.client.publish(draft.post('see you later'))
    await ann.client.gets(post)
    await goes(ben, hub, ann)

    const like = await ann.client.publish(draft.like(post))
    await becomes(ann, like, 'waiting')
    await ann.run().says(/'s node is away: 1 like waits, next try \d\d:\d\d or when it returns/)
    const [delivery] = (await ann.client.status()).outbox.deliveries
    const minutes = (Date.parse(delivery!.nextTry!) - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(4)
    expect(minutes).toBeLessThan(6)
    expect(delivery!.lastError).not.toBe('')

    await ben.start()
    expect(await ben.client.gets(like, AT_ONCE_MS)).toEqual(like)
    await becomes(ann, like, 'delivered')
    await ann.run().says(/like delivered to .*'s node/)
    await ben.run().says(/like from .*/)
    // They met through the hub, which saw nothing of it.
    expect(await hub.client.ask({ ids: [like.id] })).toEqual([])
  })

  it('gets them also from a sender that was killed and started again meanwhile', async () => {
    const { hub, ann, ben } = await threeNodes()
    const post = await ben.client.publish(draft.post('back in an hour'))
    await ann.client.gets(post)
    await goes(ben, hub, ann)

    const likes: NostrEvent[] = []
    for (const created_at of [1, 2, 3]) {
      likes.push(await ann.client.publish({ ...draft.like(post), created_at: post.created_at + created_at }))
    }
    await ann.end()
    await ann.start()
    for (const like of likes) expect(await stateOf(ann, like)).toBe('waiting')
    await ben.start()
    for (const like of likes) {
      await ben.client.gets(like, AT_ONCE_MS)
      await becomes(ann, like, 'delivered')
    }
    const { outbox } = await ann.client.status()
    expect({ waiting: outbox.waiting, delivered: outbox.delivered, expired: outbox.expired }).toEqual({
      waiting: 0,
      delivered: 3,
      expired: 0,
    })
  })
})

describe('a node without any neighbour', () => {
  it('takes posts and likes, and sends them when somebody connects', async () => {
    const ann = await processes.started('ann')
    const posts: NostrEvent[] = []
    for (const content of ['one', 'two', 'three']) posts.push(await ann.client.publish(draft.post(content)))
    await ann.run().says(/post by you saved; it goes out when another node is connected: "three"/)
    const ben = await processes.node('ben', { boot: [ann] })
    const like = await ann.client.publish({ kind: 7, content: '+', tags: [['p', ben.client.keys.pubkey]] })
    await becomes(ann, like, 'waiting')
    await ben.start()
    for (const post of posts) await ben.client.gets(post)
    await ann.run().says(/post by you sent to 1 node: "three"/)
    await ben.client.gets(like)
    await becomes(ann, like, 'delivered')
  })

  it('still has them to send after it was killed', async () => {
    const ann = await processes.started('ann')
    const post = await ann.client.publish(draft.post('into the void'))
    await ann.end()
    await ann.start()
    const ben = await processes.started('ben', { boot: [ann] })
    await ben.client.gets(post)
  })
})
