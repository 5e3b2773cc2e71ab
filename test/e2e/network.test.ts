/** The four nodes of the README as four processes: every kind of event, and who may see it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { npubOf } from '../../src/event/keys.ts'
import { draft } from '../support/drafts.ts'
import { createProcesses, type NodeProcess, type Processes } from '../support/processes.ts'
import { until } from '../support/until.ts'

let processes: Processes
let alice: NodeProcess
let bob: NodeProcess
let carol: NodeProcess
let dave: NodeProcess
let all: NodeProcess[]

beforeAll(async () => {
  processes = await createProcesses()
  // As in the README: the second joins through the first, the third through the second, the fourth through the first.
  alice = await processes.started('alice', { host: '0.0.0.0' })
  bob = await processes.started('bob', { host: '0.0.0.0', boot: [alice] })
  carol = await processes.started('carol', { host: '0.0.0.0', boot: [bob] })
  dave = await processes.started('dave', { host: '0.0.0.0', boot: [alice] })
  all = [alice, bob, carol, dave]
  for (const node of all) {
    await until(`that ${node.name} knows the others`, async () => (await node.client.status()).knownNodes === 3)
  }
}, 60_000)

afterAll(() => processes?.endAll())

/** Everybody but this one. */
function others(...here: readonly NodeProcess[]): NodeProcess[] {
  return all.filter(node => !here.includes(node))
}

/** Each of these gets it into a pull. */
async function reaches(event: NostrEvent, nodes: readonly NodeProcess[]): Promise<void> {
  await Promise.all(nodes.map(async node => expect(await node.client.gets(event)).toEqual(event)))
}

/** A later public post has arrived everywhere, and these have nothing of the event, however they ask. */
async function staysAwayFrom(event: NostrEvent, nodes: readonly NodeProcess[], sender: NodeProcess): Promise<void> {
  const marker = await sender.client.publish(draft.post(`after ${event.id}`))
  await reaches(marker, nodes)
  for (const { client } of nodes) {
    expect((await client.pull()).map(({ id }) => id)).not.toContain(event.id)
    expect(await client.ask({ ids: [event.id] })).toEqual([])
  }
}

async function deliveriesOf(node: NodeProcess, event: NostrEvent) {
  return (await node.client.status()).outbox.deliveries.filter(delivery => delivery.event === event.id)
}

async function isDelivered(node: NodeProcess, event: NostrEvent, to: readonly NodeProcess[]): Promise<void> {
  const wanted = to.map(({ client }) => `${npubOf(client.keys.pubkey)} delivered`).sort()
  await until(`the delivery from ${node.name}`, async () => {
    const states = (await deliveriesOf(node, event)).map(delivery => `${delivery.to} ${delivery.state}`)
    return JSON.stringify(states.sort()) === JSON.stringify(wanted)
  })
}

describe('four nodes on one network', () => {
  it('show a post of each owner to the three others', async () => {
    for (const node of all) {
      const post = await node.client.publish(draft.post(`a post of ${node.name}`))
      await reaches(post, all)
    }
  })

  it('carry a like to the liked author alone, past the node in the middle', async () => {
    const post = await carol.client.publish(draft.post('like me'))
    await reaches(post, others(carol))
    // dave — alice — bob — carol: two nodes stand between them.
    const like = await dave.client.publish(draft.like(post))
    await reaches(like, [carol, dave])
    await isDelivered(dave, like, [carol])
    await staysAwayFrom(like, [alice, bob], dave)
    await dave.run().says(/like delivered to .*'s node/)
    await carol.run().says(/like from .* on your post "like me"/)
  })

  it('carry a reply to the people it names and to nobody else', async () => {
    const post = await alice.client.publish(draft.post('who is there?'))
    await reaches(post, others(alice))
    const people = [alice, dave].map(({ client }) => client.keys.pubkey)
    const reply = await bob.client.publish(draft.reply(post, people, 'the two of us'))
    await reaches(reply, [alice, dave, bob])
    await isDelivered(bob, reply, [alice, dave])
    await staysAwayFrom(reply, [carol], bob)
  })

  it('show profiles, quotes and reposts to everybody', async () => {
    const post = await bob.client.publish(draft.post('worth repeating'))
    await reaches(post, others(bob))
    await reaches(await carol.client.publish(draft.profile('Carol')), all)
    await reaches(await dave.client.publish(draft.quote(post, 'he says it well')), all)
    await reaches(await alice.client.publish(draft.repost(post)), all)
  })

  it('keep a follow list at home until somebody asks for it', async () => {
    const list = await alice.client.publish(draft.follows([bob, carol].map(({ client }) => client.keys.pubkey)))
    await staysAwayFrom(list, others(alice), alice)
    const question = { kinds: [3], authors: [alice.client.keys.pubkey] }
    expect(await dave.client.ask(question)).toEqual([])
    await until("alice's follow list at dave's", async () => (await dave.client.ask(question))[0]?.id === list.id)
    expect((await dave.client.gets(list)).tags).toEqual(list.tags)
  })

  it('let a deletion go the way of what it deletes', async () => {
    const post = await dave.client.publish(draft.post('a slip'))
    await reaches(post, all)
    await reaches(await dave.client.publish(draft.deletion([post])), all)
    for (const { client } of all) expect(await client.ask({ ids: [post.id] })).toEqual([])

    const kept = await bob.client.publish(draft.post('this one stays'))
    await reaches(kept, all)
    const like = await alice.client.publish(draft.like(kept))
    await reaches(like, [bob])
    const unlike = await alice.client.publish(draft.deletion([like]))
    await reaches(unlike, [bob])
    expect(await bob.client.ask({ ids: [like.id] })).toEqual([])
    await staysAwayFrom(unlike, [carol, dave], alice)
    expect(await bob.client.ask({ ids: [kept.id] })).toEqual([kept])
  })

  it('hand a gift wrap to the person it is for', async () => {
    const wrap = await carol.client.publish(draft.giftWrap(alice.client.keys.pubkey))
    await reaches(wrap, [alice])
    await staysAwayFrom(wrap, [bob, dave], carol)
  })

  it('pass on an ephemeral event without keeping it', async () => {
    const typing = await alice.client.publish({ kind: 20_001, content: 'typing …' })
    await bob.run().says(/event of kind 20001 from/)
    await staysAwayFrom(typing, all, alice)
  })

  it('refuse an event that is not by the owner, and say whose node it is', async () => {
    const foreign = await alice.client.publish(draft.post('mine'))
    const answer = await bob.client.tryPublish(foreign)
    expect(answer.status).toBe(403)
    expect(answer.body.Error).toContain(npubOf(bob.client.keys.pubkey))
  })

  it('give a latecomer the old posts and profiles, and from their authors what only these keep', async () => {
    const profile = await dave.client.publish(draft.profile('Dave'))
    const post = await dave.client.publish(draft.post('long ago'))
    const follows = await dave.client.publish(draft.follows([alice.client.keys.pubkey]))
    await reaches(post, all)
    const erin = await processes.started('erin', { host: '0.0.0.0', boot: [carol] })
    await reaches(post, [erin])
    await reaches(profile, [erin])
    expect((await erin.client.pull()).some(({ id }) => id === follows.id)).toBe(false)
    await until('that erin knows the others', async () => (await erin.client.status()).knownNodes === 4)
    // At once what is there, which is nothing; in a later pull what was asked for.
    expect(await erin.client.ask({ kinds: [3], authors: [dave.client.keys.pubkey] })).toEqual([])
    await reaches(follows, [erin])
    await reaches(await erin.client.publish(draft.post('and here I am')), all)
  })
})
