/** What two real nodes exchange, and what a stranger gets who asks for all (specification/sync.md, Y1 and Y2). */
import { afterEach, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { isRejection } from '../../src/event/rejection.ts'
import type { SyncScope } from '../../src/flow/sync.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { decodeEvent } from '../../src/wire/event-codec.ts'
import { idSetOf } from '../../src/wire/id-set.ts'
import { MAX_SYNC_FRAME_EVENTS, MAX_SYNC_MESSAGE_BYTES } from '../../src/wire/limits.ts'
import { answerMessage, readAnswer } from '../../src/wire/negentropy.ts'
import {
  alice,
  bob,
  bring,
  dave,
  openEvents,
  ownersClient,
  privateEvents,
  startAlice,
  visitor,
} from '../support/access-world.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { signNow } from '../support/node-client.ts'
import { type RawPeer, startRawPeer } from '../support/raw-peer.ts'
import { answerRaw, rawAsker } from '../support/raw-sync.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = createCleanUp()
afterEach(() => cleanUp.run())

const NOW = Math.floor(Date.now() / 1000)
const WINDOW = { since: NOW - 3_600, until: NOW + 900 }
const ONLY_WHEN_ASKED = { tuning: { repairMs: 0 } }

describe('two nodes that compare (Y1)', () => {
  it('hold the same afterwards, and both tell their clients', async () => {
    const ann = await startTestNode(cleanUp, { owner: 'ann', ...ONLY_WHEN_ASKED })
    let bea = await startTestNode(cleanUp, { owner: 'bea', ...ONLY_WHEN_ASKED })
    const theirs = await ann.post({ content: 'before anybody was there', created_at: NOW - 600 })
    const mine = await bea.post({ content: 'likewise', created_at: NOW - 1_200 })
    bea = await bea.restart({ bootstraps: [ann.address] })
    await bea.waitFor('peer-connected')
    const report = await bea.node.sync.run(ann.node.peerId, WINDOW)
    expect(report).toMatchObject({ isComplete: true, roundTrips: 1, refused: 0 })
    await bea.holds(theirs.id)
    await ann.holds(mine.id)
    const again = await bea.node.sync.run(ann.node.peerId, WINDOW)
    expect(again).toMatchObject({ isComplete: true, roundTrips: 1, learned: 0, sent: 0 })
    expect(again.bytes).toBeLessThan(1024)
  })

  it('a deletion that travels deletes, and what was deleted does not come back', async () => {
    const ann = await startTestNode(cleanUp, { owner: 'ann', ...ONLY_WHEN_ASKED })
    let bea = await startTestNode(cleanUp, { owner: 'bea', bootstraps: [ann.address], ...ONLY_WHEN_ASKED })
    await bea.waitFor('peer-connected')
    const post = await ann.post({ content: 'soon gone' })
    await bea.holds(post.id)
    await bea.node.stop()
    const deletion = await ann.post({ kind: 5, tags: [['e', post.id]] })
    bea = await bea.restart()
    await bea.waitFor('peer-connected')
    expect(await bea.node.sync.run(ann.node.peerId, WINDOW)).toMatchObject({ isComplete: true })
    await bea.holds(deletion.id)
    for (const node of [ann, bea]) expect(await node.client.req({ ids: [post.id] })).toEqual([])
  })
})

describe('what a stranger gets (Y2)', () => {
  /** All that a node shows somebody who holds nothing. */
  async function allOf(raw: RawPeer, node: TestNode, scope: SyncScope): Promise<string[]> {
    const nothing = idSetOf([])
    const asker = await rawAsker(raw, await raw.connect(node.address))
    let listed = 0
    for (let reply = await asker.open(scope); ; ) {
      if (reply.type !== 'message') throw new Error(`the node answered ${reply.type}`)
      const found = readAnswer(nothing, reply.message, MAX_SYNC_MESSAGE_BYTES)
      if (isRejection(found)) throw new Error(found.reason)
      listed += found.listed
      if (found.next === undefined) break
      reply = await asker.ask({ type: 'message', message: found.next })
    }
    const ids: string[] = []
    for (let place = 0; place < listed; ) {
      const places = Array.from({ length: Math.min(MAX_SYNC_FRAME_EVENTS, listed - place) }, (_, i) => place + i)
      const reply = await asker.ask({ type: 'want', places })
      if (reply.type !== 'events') throw new Error(`the node answered ${reply.type}`)
      place += reply.events.length
      ids.push(...reply.events.flatMap(bytes => (bytes === null ? [] : [idOf(bytes)])))
    }
    await asker.close()
    return ids.sort()
  }

  /** All that a node gives somebody whom it asks and who holds nothing. */
  async function givenBy(raw: RawPeer, node: TestNode, scope: SyncScope): Promise<string[]> {
    const nothing = idSetOf([])
    const seen = await answerRaw(raw, request => {
      if (request.type === 'events') return { type: 'taken', count: request.events.length }
      if (request.type === 'want') throw new Error('nothing was offered')
      const message = answerMessage(nothing, request.message, MAX_SYNC_MESSAGE_BYTES)
      if (isRejection(message)) throw new Error(message.reason)
      return { type: 'message', message }
    })
    expect(await node.node.sync.run(raw.id, scope)).toMatchObject({ isComplete: true })
    return seen.flatMap(request => (request.type === 'events' ? request.events.map(idOf) : [])).sort()
  }

  function idOf(bytes: Uint8Array): string {
    const event = decodeEvent(bytes)
    if (isRejection(event)) throw new Error(event.reason)
    return event.id
  }

  it('is what is public, whichever scope is asked for: no letters, settings, guests, protected or expired posts', async () => {
    let offsetMs = 0
    const clock = { nowMs: () => Date.now() + offsetMs, after: systemClock.after }
    const node = await startAlice(cleanUp, { ...ONLY_WHEN_ASKED, clock })
    const client = await ownersClient(cleanUp, node)
    const post = await bring(client, signNow(alice, { content: 'for everybody' }))
    for (const event of Object.values(privateEvents(post))) await bring(client, event)
    const open = openEvents(post)
    for (const event of Object.values(open)) await bring(client, event)
    await node.post({ content: 'not to be passed on', tags: [['-']] })
    await bring(client, signNow(alice, { content: 'short', tags: [['expiration', `${NOW + 200}`]] }))
    const guests = await visitor(cleanUp, node, dave)
    await bring(guests, signNow(dave, { content: 'a guest of this relay' }))
    await bring(guests, signNow(dave, { kind: 1059, content: 'x', tags: [['p', bob.pubkey]] }))
    offsetMs = 300_000

    const spread: readonly NostrEvent[] = [
      post,
      open.quote!,
      open.profile!,
      open.repost!,
      open['deletion of an article']!,
    ]
    const expected = spread.map(({ id }) => id).sort()
    const raw = await startRawPeer(cleanUp, { gossips: false })
    const authors = [alice, bob, dave].map(({ pubkey }) => pubkey)
    for (const scope of [WINDOW, { authors }]) {
      expect(await allOf(raw, node, scope)).toEqual(expected)
      await until('the stream to end', async () => (await node.client.status()).counters['sync_answers:answered']! > 0)
      expect(await givenBy(raw, node, scope)).toEqual(expected)
    }
    expect(await allOf(raw, node, { authors: [bob.pubkey, dave.pubkey] })).toEqual([])
  })
})
