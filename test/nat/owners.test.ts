/** Whose node it is, across the Internet: a thief gets nothing, and the nodes of one owner are one. */
import { describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../src/event/binding.ts'
import type { NostrEvent } from '../../src/event/event.ts'
import { draft } from '../support/drafts.ts'
import { until } from '../support/until.ts'
import { gather, gets, talk, tell } from './lab/conversation.ts'
import { type LabNode, startAll } from './lab/lab-node.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const stage = useStage()

/** The owner signs that this is a node of theirs. */
async function bind(node: LabNode): Promise<void> {
  await node.client.publish(bindingTemplate(node.peerId(), Math.floor(Date.now() / 1000)))
}

/** `viewer` has seen the owner's word for that node. */
async function seesProof(viewer: LabNode, node: LabNode): Promise<void> {
  const id = node.peerId()
  await until(`that ${viewer.name} sees the proof of ${node.name}`, async () =>
    (await viewer.status()).peers.some(peer => peer.id === id && peer.proven),
  )
}

async function has(node: LabNode, event: NostrEvent): Promise<boolean> {
  return (await node.client.ask({ ids: [event.id] })).length > 0
}

describe.skipIf(WHY_NOT)("a thief's node with the key of another owner", () => {
  it('gets nothing once the owner has bound a node, whether it was there first or not', async () => {
    const hub = await stage().publicNode('hub')
    const thief = await stage().home('thief', { owner: 'ann' })
    const [ann, ben] = [await stage().home('ann'), await stage().home('ben')]
    await hub.start()
    await startAll(thief, ben)
    await startAll(ann)
    await gather(hub, thief, ann, ben)
    await talk(ann, ben, [hub, thief])
    await bind(ann)
    await seesProof(ben, ann)
    const post = await ann.client.publish(draft.post('this is me'))
    await Promise.all([ben, thief].map(node => gets(node, post, 'the post')))
    const like = await tell(ben, ann, draft.like(post), 'the like')
    const reply = await tell(ben, ann, draft.reply(post, [post.pubkey], 'for you alone'), 'the reply')
    await thief.end()
    await thief.start()
    const second = await stage().home('second', { owner: 'ann' })
    await second.start()
    await gather(hub, thief, ben, second)
    const last = await tell(ben, ann, draft.reply(post, [post.pubkey], 'and this'), 'the last reply')
    const marker = await ben.client.publish(draft.post('for everybody'))
    for (const node of [thief, second]) {
      await gets(node, marker, 'the post for everybody')
      expect(await Promise.all([like, reply, last].map(event => has(node, event)))).toEqual([false, false, false])
    }
  })
})

describe.skipIf(WHY_NOT)('two nodes of one owner', () => {
  it('on different networks have the same, also what came and what was published while one was down', async () => {
    const hub = await stage().publicNode('hub')
    const server = await stage().publicNode('server', { owner: 'ann', boot: [hub] })
    const [laptop, ben] = [await stage().home('laptop', { owner: 'ann' }), await stage().home('ben')]
    await hub.start()
    await startAll(server, laptop, ben)
    await gather(hub, server, laptop, ben)
    await bind(server)
    await bind(laptop)
    await talk(laptop, ben, [hub, server])
    const post = await ben.client.publish(draft.post('hello, both of you'))
    await Promise.all([server, laptop].map(node => gets(node, post, 'the post')))
    const like = await tell(ben, laptop, { kind: 7, content: '+', tags: [['p', laptop.client.keys.pubkey]] })
    const own = await laptop.client.publish(draft.reply(post, [post.pubkey], 'from the laptop'))
    await gets(server, like, 'the like')
    await gets(server, own, 'the reply that was published at the laptop')

    await laptop.end()
    const missed = await tell(ben, server, draft.reply(post, [server.client.keys.pubkey], 'while you are away'))
    const fromServer = await server.client.publish(draft.reply(post, [post.pubkey], 'from the server'))
    const follows = await server.client.publish(draft.follows([ben.client.keys.pubkey]))
    await gets(ben, fromServer, 'the reply that was published at the server')
    await laptop.start()
    for (const event of [missed, fromServer, follows]) await gets(laptop, event, 'what it missed')
  })
})
