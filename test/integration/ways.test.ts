/** How far the owner's events got (specification/rest-api.md, R14), at real nodes. */
import { beforeEach, expect, it } from 'vitest'
import type { Way, Ways } from '../../src/wire/ways.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { FROM_ELSEWHERE } from '../support/relay-client.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
let alice: TestNode

beforeEach(async () => {
  alice = await startTestNode(cleanUp, { owner: 'alice' })
})

async function waysOf(node: TestNode, ...ids: string[]): Promise<Ways['ways']> {
  const response = await node.client.send(`/ways?ids=${ids.join(',')}`)
  expect(response.status).toBe(200)
  return ((await response.json()) as Ways).ways
}

/** The way of an event once it is as wanted. */
function wayOf(node: TestNode, id: string, fits: (way: Way) => boolean): Promise<Way> {
  return until('the way', async () => {
    const way = (await waysOf(node, id))[id]
    return way !== undefined && fits(way) && way
  })
}

it('R14.1: a post waits while nobody is there, and is passed on when somebody comes', async () => {
  const beforeMs = Date.now()
  const post = await alice.post()
  expect(await waysOf(alice, post.id)).toEqual({
    [post.id]: { saved: expect.any(String), passed: null, waitsForNodes: true, deliveries: [] },
  })
  const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
  const { saved, passed } = await wayOf(alice, post.id, way => way.passed !== null)
  expect(passed!.nodes).toBe(1)
  expect([saved, passed!.at].map(Date.parse).every(ms => ms >= beforeMs && ms <= Date.now())).toBe(true)
  await bob.holds(post.id)
})

it('R14.2: a reply has its deliveries; a like and a deletion too', async () => {
  const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
  const post = await bob.post({ content: 'what do you think?' })
  await alice.holds(post.id)
  const reply = await alice.post(draft.reply(post, [bob.owner.pubkey], 'a lot'))
  const like = await alice.post(draft.like(post))
  for (const { id } of [reply, like]) {
    const { passed, waitsForNodes, deliveries } = await wayOf(
      alice,
      id,
      way => way.deliveries[0]?.state === 'delivered',
    )
    expect([passed, waitsForNodes]).toEqual([null, false])
    expect(deliveries).toMatchObject([{ event: id, ackedBy: [bob.node.peerId], nextTry: null }])
  }
  const deletion = await alice.post(draft.deletion([reply]))
  await wayOf(alice, deletion.id, way => way.deliveries[0]?.state === 'delivered')
  expect(Object.keys(await waysOf(alice, reply.id, deletion.id, like.id))).toEqual([deletion.id, like.id])
})

it('R14.3: what is not by the owner, or not here, is left out; what is no question is refused', async () => {
  const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
  const [theirs, own] = [await bob.post(), await alice.post()]
  await alice.holds(theirs.id)
  expect(Object.keys(await waysOf(alice, theirs.id, own.id, 'ab'.repeat(32), own.id))).toEqual([own.id])
  for (const query of ['', '?ids=', '?ids=abc', `?ids=${own.id},`, `?ids=${own.id.toUpperCase()}`]) {
    expect([query, (await alice.client.send(`/ways${query}`)).status]).toEqual([query, 400])
  }
  const many = Array.from({ length: 101 }, (_, i) => i.toString(16).padStart(64, '0'))
  expect((await alice.client.send(`/ways?ids=${many.join(',')}`)).status).toBe(400)
  expect((await alice.client.send(`/ways?ids=${many.slice(1).join(',')}`)).status).toBe(200)
  expect((await alice.client.send(`/ways?ids=${own.id}`, { headers: FROM_ELSEWHERE })).status).toBe(401)
})
