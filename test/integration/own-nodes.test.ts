/** Two nodes of one owner and a third person: the two keep each other complete, over proven identities and only so (O20). */
import { cp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lpStream } from '@libp2p/utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { bindingTemplate, withdrawalTemplate } from '../../src/event/binding.ts'
import type { NostrEvent } from '../../src/event/event.ts'
import { nowSeconds, systemClock } from '../../src/observe/clock.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { encodeHello } from '../../src/wire/hello.ts'
import { decodeOwnIds, encodeOwnRequest } from '../../src/wire/own.ts'
import { bind, seesProven } from '../support/bindings.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { HELLO, NOBODY, startRawPeer } from '../support/raw-peer.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const OWN = '/nostrp2p/own/1'
const cleanUp = useCleanUp()
const ann = personFrom('ann')
let hub: TestNode
let home: TestNode
let server: TestNode

const now = () => nowSeconds(systemClock)
const id = ({ node }: TestNode) => node.peerId

/** sam's two nodes, both connected to ann's, and to each other once they need to be. */
async function startBoth(): Promise<void> {
  hub = await startTestNode(cleanUp, { owner: 'ann' })
  home = await startTestNode(cleanUp, { owner: 'sam', bootstraps: [hub.address] })
  server = await startTestNode(cleanUp, { owner: 'sam', bootstraps: [hub.address] })
  await until('both to be known', async () => (await hub.client.status()).knownNodes === 2)
}

async function bindBoth(): Promise<void> {
  await bind(home)
  await bind(server)
  await seesProven(hub, id(home))
  await seesProven(hub, id(server))
}

/** Everything that the owner's client sees at a node. */
async function allOf({ client }: TestNode): Promise<string[]> {
  const { events } = await client.pull({ since: 0 })
  return events.map(event => event.id).sort()
}

async function areComplete(...events: readonly NostrEvent[]): Promise<void> {
  for (const event of events) for (const node of [home, server]) await node.holds(event.id)
  await until('both to hold the same', async () => `${await allOf(home)}` === `${await allOf(server)}`)
}

async function waits(node: TestNode): Promise<number> {
  return (await node.client.status()).outbox.waiting
}

describe('two bound nodes of one owner (O20)', () => {
  beforeEach(async () => {
    await startBoth()
    await bindBoth()
  })

  it('O20.1: hold the same, whatever is published at either: public, sent, kept, private, deleted, replaced', async () => {
    const post = await hub.post({ content: 'by ann' })
    const atHome = [
      await home.post(draft.post('from home')),
      await home.post(draft.like(post)),
      await home.post(draft.reply(post, [ann.pubkey], 'only you')),
      await home.post(draft.follows([ann.pubkey])),
      await home.post({ kind: 30_078, tags: [['d', 'settings']], content: '{"theme":"dark"}' }),
      await home.post({ kind: 4, tags: [['p', ann.pubkey]], content: 'never leaves the owner' }),
    ]
    const atServer = [await server.post(draft.post('from the server')), await server.post(draft.giftWrap(ann.pubkey))]
    await areComplete(...atHome, ...atServer)

    const early = await home.post({ ...draft.profile('sam'), created_at: now() - 10 })
    await areComplete(early)
    const late = await server.post(draft.profile('samuel'))
    const deletion = await server.post(draft.deletion([atHome[0]!, atHome[1]!]))
    await areComplete(late, deletion)
    for (const node of [home, server]) {
      expect(await node.client.req({ ids: [early.id, atHome[0]!.id, atHome[1]!.id] })).toEqual([])
    }
    await until('the like to be gone', async () => (await hub.client.req({ kinds: [7] })).length === 0)
  })

  it('O20.6: what one of them sends is not sent by the other as well, and each recipient has it once', async () => {
    const post = await hub.post({ content: 'like me' })
    await home.holds(post.id)
    const like = await home.post(draft.like(post))
    await hub.holds(like.id)
    await areComplete(like)
    for (const node of [home, server]) {
      await until('that it shows the like as delivered', async () => {
        const [delivery, ...others] = (await node.client.status()).outbox.deliveries
        expect(others).toEqual([])
        return delivery?.event === like.id && delivery.state === 'delivered'
      })
    }
    const attempts = async (node: TestNode) => (await node.client.status()).outbox.deliveries[0]?.attempts
    expect([await attempts(home), await attempts(server)]).toEqual([1, 0])
  })

  it('O20.1: one that was away gets what came to the other, also what was for the owner alone', async () => {
    const server2 = server
    await server.node.stop()
    const post = await home.post(draft.post('while you were out'))
    await hub.holds(post.id)
    const like = await hub.post(draft.like(post))
    const kept = await home.post(draft.follows([ann.pubkey]))
    await home.holds(like.id)
    await until('the like to be settled', async () => (await waits(hub)) === 0)
    server = await server2.restart()
    await areComplete(post, like, kept)
  })

  it('O20.1: hundreds of events in few questions', async () => {
    await server.node.stop()
    const events: NostrEvent[] = []
    for (let i = 0; i < 600; i++) events.push(signedEvent(home.owner, { created_at: now(), content: `post ${i}` }))
    await Promise.all(events.map(event => home.client.publish(event)))
    server = await server.restart()
    await areComplete(...events.slice(-1))
    expect((await allOf(server)).length).toBeGreaterThanOrEqual(600)
    // Three pages of ids, ten of events, and those that found the other side busy: not one for each event.
    const { counters } = await server.client.status()
    expect(counters['own_questions:answered']).toBeLessThan(60)
  })

  it('O20.5: a copy does not keep gossip from passing: nodes behind the copier still get the post', async () => {
    const far = await startTestNode(cleanUp, {
      owner: 'carol',
      bootstraps: [server.address],
      tuning: { wantedPeers: 0 },
    })
    await far.waitFor('peer-connected')
    const post = await home.post(draft.post('for everybody'))
    await far.holds(post.id)
    await areComplete(post)
  })

  it('O20.1: one that was put back to an old copy of its data has all again, and nothing that was deleted since', async () => {
    const deleted = await home.post(draft.post('to be deleted'))
    const old = await home.post({ ...draft.profile('old'), created_at: now() - 10 })
    await areComplete(deleted, old)
    const { dataDir } = server.config
    await server.node.stop()
    await cp(dataDir!, `${dataDir}.copy`, { recursive: true })
    server = await server.restart()
    const here = await server.post({ kind: 30_078, tags: [['d', 'here']], content: 'made at the server' })
    const news = [await home.post(draft.profile('new')), await home.post({ kind: 4, content: 'private' })]
    await areComplete(here, ...news)
    await home.post(draft.deletion([deleted]))
    await until('the deletion to be at both', async () => (await server.client.req({ ids: [deleted.id] })).length === 0)

    await server.node.stop()
    await rm(dataDir!, { recursive: true })
    await rename(`${dataDir}.copy`, dataDir!)
    server = await server.restart()
    await areComplete(here, ...news)
    for (const { client } of [home, server]) expect(await client.req({ ids: [deleted.id, old.id] })).toEqual([])
    const after = await server.post({ kind: 4, content: 'and the other way round' })
    await areComplete(after)
  })

  it('O20.1: one that lost its store has all again once it is bound', async () => {
    const events = [await home.post(draft.post('public')), await server.post({ kind: 4, content: 'private' })]
    await areComplete(...events)
    await server.node.stop()
    await rm(join(server.config.dataDir!, 'store'), { recursive: true })
    server = await server.restart()
    await bind(server)
    await areComplete(...events)
    await areComplete(await server.post({ kind: 4, content: 'of the new store' }))
  })

  it('O20.2: ends when one of them is withdrawn, at once and for what is addressed to the owner too', async () => {
    const before = await home.post(draft.post('still together'))
    await areComplete(before)
    await home.post(withdrawalTemplate(home.owner.pubkey, id(server), now()))
    await seesProven(hub, id(server), false)
    const secret = await home.post({ kind: 4, tags: [], content: 'not for that one' })
    const like = await hub.post(draft.like(before))
    await home.holds(like.id)
    await until('the like to be settled', async () => (await waits(hub)) === 0)
    expect((await hub.client.status()).outbox.deliveries[0]?.ackedBy).toEqual([id(home)])
    expect(await server.client.req({ ids: [secret.id, like.id] })).toEqual([])
  })
})

describe('nodes with the same key', () => {
  it('O20.2: without bindings copy nothing: each gets the unicasts, and no more', async () => {
    await startBoth()
    const post = await home.post(draft.post('public'))
    await server.holds(post.id)
    const kept = await home.post(draft.follows([ann.pubkey]))
    const like = await hub.post(draft.like(post))
    await home.holds(like.id)
    await server.holds(like.id)
    expect(await server.client.req({ ids: [kept.id] })).toEqual([])
    expect((await server.client.status()).counters['own_questions:answered']).toBeUndefined()
  })

  it('O20.2: of which one is bound: the other one is a thief as far as anybody can tell, and copies nothing', async () => {
    await startBoth()
    await bind(home)
    await seesProven(hub, id(home))
    const kept = await home.post(draft.follows([ann.pubkey]))
    const marker = await home.post(draft.post('public'))
    await server.holds(marker.id)
    expect(await server.client.req({ ids: [kept.id] })).toEqual([])
    await bind(server)
    await server.holds(kept.id)
  })

  it('O20.2: a stranger that asks gets no answer, nor does one that claims the key', async () => {
    await startBoth()
    await bind(home)
    const raw = await startRawPeer(cleanUp)
    const peer = await raw.connect(home.address)
    const ask = () => raw.ask(peer, OWN, encodeOwnRequest({ want: 'ids', cursor: '' }))
    await expect(ask()).rejects.toThrow()
    await raw.sayHello(peer, { owner: home.owner.pubkey })
    await expect(ask()).rejects.toThrow()
    await expect(raw.ask(peer, OWN, encodeOwnRequest({ want: 'events', ids: [] }))).rejects.toThrow()
    await expect(raw.ask(peer, OWN, Uint8Array.of(0x90))).rejects.toThrow()
  })
})

describe('the messages (O20.3)', () => {
  it('O20.3: a proven node is told ids in receive order, and waits when there is nothing new', async () => {
    await startBoth()
    await bind(home)
    const raw = await startRawPeer(cleanUp)
    const peer = await raw.connect(home.address)
    const binding = encodeEvent(signedEvent(home.owner, bindingTemplate(raw.id, now())))
    const hello = { ...NOBODY, owner: home.owner.pubkey, binding }
    await raw.handle(HELLO, async stream => {
      const frames = lpStream(stream)
      await frames.read()
      await frames.write(encodeHello(hello))
      await stream.close()
    })
    await raw.sayHello(peer, hello)
    const ask = async (cursor: string) => {
      const page = decodeOwnIds(await raw.ask(peer, OWN, encodeOwnRequest({ want: 'ids', cursor })))
      if ('rejected' in page) throw new Error(page.reason)
      return page
    }
    const first = await home.post(draft.post('one'))
    const start = await ask('')
    expect(start.ids.at(-1)).toBe(first.id)
    const held = ask(start.cursor)
    const second = await home.post(draft.post('two'))
    expect((await held).ids).toEqual([second.id])
  })
})
