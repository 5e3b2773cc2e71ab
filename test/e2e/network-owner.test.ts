/** Whose node it is: two nodes with one owner, bindings, and a node that is claimed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../src/event/binding.ts'
import { npubOf } from '../../src/event/keys.ts'
import { draft } from '../support/drafts.ts'
import { personFrom } from '../support/events.ts'
import { createNodeClient, signNow } from '../support/node-client.ts'
import { createProcesses, type NodeProcess, type Processes } from '../support/processes.ts'
import { until } from '../support/until.ts'

let processes: Processes

beforeEach(async () => {
  processes = await createProcesses()
})

afterEach(() => processes?.endAll())

const sam = personFrom('sam')

/** A node of sam's and the client of sam's that talks to it. */
async function samsNode(name: string, boot: NodeProcess) {
  const node = await processes.started(name, { boot: [boot], owner: ['-p', npubOf(sam.pubkey)] })
  const client = createNodeClient(sam, node.origin)
  const { node: peerId } = await client.status()
  return { node, client, peerId }
}

async function knows(node: NodeProcess, count: number): Promise<void> {
  await until(`that ${node.name} knows ${count}`, async () => (await node.client.status()).knownNodes === count)
}

async function ackedBy(node: NodeProcess, event: { id: string }): Promise<readonly string[]> {
  const { outbox } = await node.client.status()
  return outbox.deliveries.find(delivery => delivery.event === event.id)?.ackedBy ?? []
}

describe('two nodes with one owner', () => {
  it('both get every unicast, also one that was away; each client sees it once', async () => {
    const ann = await processes.started('ann')
    const home = await samsNode('home', ann)
    const server = await samsNode('server', ann)
    await knows(ann, 2)
    const post = await home.client.publish(draft.post('from home'))
    await ann.client.gets(post)
    await server.client.gets(post)

    const like = await ann.client.publish(draft.like(post))
    await home.client.gets(like)
    await server.client.gets(like)
    const both = [home.peerId, server.peerId].sort()
    await until('that both have it', async () => `${[...(await ackedBy(ann, like))].sort()}` === `${both}`)

    await server.node.end()
    await until('that ann notices', async () =>
      (await ann.client.status()).peers.every(({ id }) => id !== server.peerId),
    )
    const reply = await ann.client.publish(draft.reply(post, [sam.pubkey], 'for you alone'))
    await home.client.gets(reply)
    await until('that one has it', async () => `${await ackedBy(ann, reply)}` === home.peerId)
    await server.node.start()
    await server.client.gets(reply)
    await until('that both have it', async () => `${[...(await ackedBy(ann, reply))].sort()}` === `${both}`)

    // The clients' pulls throw when an event comes twice.
    for (const { client } of [home, server]) expect((await client.pull()).length).toBe(3)
  })

  it('and a binding for one of them: what is addressed to the owner goes to that one alone', async () => {
    const ann = await processes.started('ann')
    const home = await samsNode('home', ann)
    const impostor = await samsNode('impostor', ann)
    await knows(ann, 2)
    const post = await home.client.publish(draft.post('who am I?'))
    await ann.client.gets(post)

    const answer = await home.client.tryPublish(
      signNow(sam, bindingTemplate(home.peerId, Math.floor(Date.now() / 1000))),
    )
    expect(answer.status).toBe(200)
    expect((await home.client.status()).bindingExpires).not.toBeNull()
    await until('that ann sees the proof', async () =>
      (await ann.client.status()).peers.some(({ id, proven }) => id === home.peerId && proven),
    )

    const like = await ann.client.publish(draft.like(post))
    await home.client.gets(like)
    await until('that it is delivered', async () => `${await ackedBy(ann, like)}` === home.peerId)
    const marker = await ann.client.publish(draft.post('for everybody'))
    await impostor.client.gets(marker)
    expect(await impostor.client.ask({ ids: [like.id] })).toEqual([])
  })
})

describe('a node without an owner', () => {
  const claimUrlOf = (text: string) => /^ {2}claim +(\S+)$/m.exec(text)?.[1]

  it('says what to do, belongs to whoever claims it, and stays theirs', async () => {
    const ann = await processes.started('ann')
    const node = await processes.started('new', { owner: [], boot: [ann] })
    const client = createNodeClient(sam, node.origin)
    const early = await client.tryPublish(signNow(sam, draft.post('too early')))
    expect(early.status).toBe(403)
    expect(early.body.Error).toMatch(/no owner yet.*claim address/)
    await expect(client.ask({ kinds: [40_000] })).rejects.toThrow(/403.*no owner yet/s)

    const { node: peerId } = await client.status()
    const binding = signNow(sam, bindingTemplate(peerId, Math.floor(Date.now() / 1000)))
    expect((await client.tryPublish(binding)).status).toBe(403)
    const claimUrl = claimUrlOf(node.run().stdout())!
    const wrongUrl = claimUrl.replace(/[^/]+$/, '0'.repeat(32))
    expect((await createNodeClient(sam, wrongUrl).tryPublish(binding)).status).toBe(403)
    expect((await createNodeClient(sam, claimUrl).tryPublish(signNow(sam, draft.post('no')))).status).toBe(400)
    expect((await createNodeClient(sam, claimUrl).tryPublish(binding)).status).toBe(200)
    await node.run().says(/claimed: this node belongs to npub1/)
    const post = await client.publish(draft.post('mine now'))
    await ann.client.gets(post)

    // Spent: neither another owner nor a reader gets in with it, before or after a restart.
    const thief = personFrom('thief')
    const theft = signNow(thief, bindingTemplate(peerId, Math.floor(Date.now() / 1000)))
    const steal = async () => (await createNodeClient(thief, claimUrl).tryPublish(theft)).status
    const read = async () => {
      const response = await fetch(`${claimUrl}/status`, { headers: { 'x-forwarded-for': '203.0.113.7' } })
      return response.status
    }
    expect([await steal(), await read()]).toEqual([403, 401])
    await node.end()
    await node.start()
    expect(node.run().stdout()).toContain(npubOf(sam.pubkey))
    expect(node.run().stdout()).toMatch(/claimed, binding valid until \d{4}-\d\d-\d\d/)
    expect(claimUrlOf(node.run().stdout())).toBeUndefined()
    expect([await steal(), await read()]).toEqual([403, 401])
    await client.gets(post)
    await client.publish(draft.post('still mine'))
  })
})
