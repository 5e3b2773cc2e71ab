/** What others than the owner may write, and what becomes of it (relay-access.md, A4 and A5). */
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import {
  alice,
  bob,
  bring,
  carol,
  dave,
  momentaryKeys,
  OPEN,
  ownersClient,
  relayTerms,
  startAlice,
  visitor,
} from '../support/access-world.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { createNodeClient, signNow } from '../support/node-client.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()

describe('a relay as it comes', () => {
  it('takes of a stranger what the owner has signed, and nothing else', async () => {
    const node = await startAlice(cleanUp, { relay: relayTerms() })
    const stranger = await visitor(cleanUp, node)
    expect(await stranger.publish(signNow(dave, { content: 'x' }))).toEqual({
      ok: false,
      text: expect.stringMatching(/^restricted: This node takes events of its owner only/),
    })
    const own = signNow(alice, { content: 'hello' })
    expect(await stranger.publish(own)).toEqual({ ok: true, text: '' })
    expect(await (await ownersClient(cleanUp, node)).subscribe('a', {})).toEqual([own])
  })

  it('does not say whether it holds what a stranger brings', async () => {
    const node = await startAlice(cleanUp, { relay: relayTerms() })
    const reply = signNow(bob, { tags: [['p', alice.pubkey]] })
    await bring(await ownersClient(cleanUp, node), reply)
    expect((await (await visitor(cleanUp, node)).publish(reply)).text).toMatch(/^restricted: /)
  })

  it('shows a stranger and a guest nothing, and says what would help', async () => {
    const node = await startAlice(cleanUp, { relay: relayTerms() })
    const [stranger, guest] = [await visitor(cleanUp, node), await visitor(cleanUp, node, dave)]
    await expect(stranger.subscribe('a', {})).rejects.toThrow(/^auth-required: /)
    await expect(stranger.count({})).rejects.toThrow(/^auth-required: /)
    await expect(guest.subscribe('a', {})).rejects.toThrow(/^restricted: /)
  })

  it('with -w false takes nothing from anybody', async () => {
    const node = await startAlice(cleanUp, { writable: false })
    for (const client of [await ownersClient(cleanUp, node), await visitor(cleanUp, node)]) {
      for (const keys of [alice, dave]) {
        expect((await client.publish(signNow(keys, { content: 'x' }))).text).toBe('restricted: Write is denied')
      }
    }
  })
})

describe("others' events that the owner's client brings (A4)", () => {
  it('are kept when they concern the owner, and the answer says that they go nowhere', async () => {
    const node = await startAlice(cleanUp, { relay: relayTerms() })
    const client = await ownersClient(cleanUp, node)
    await bring(client, signNow(alice, { kind: 3, tags: [['p', carol.pubkey]] }))
    const post = await bring(client, signNow(alice, { content: 'post' }))
    const pointedAt = signNow(dave, { content: 'worth a repost' })
    await bring(client, signNow(alice, { kind: 6, tags: [['e', pointedAt.id]] }))
    const concerning = {
      'by somebody followed': signNow(carol, { content: 'x' }),
      'names the owner': signNow(dave, { tags: [['p', alice.pubkey]] }),
      'answers a post': signNow(dave, { kind: 1111, tags: [['E', post.id]] }),
      'quotes a post': signNow(dave, { tags: [['q', post.id]] }),
      'about an address of the owner': signNow(dave, { kind: 1111, tags: [['a', `30023:${alice.pubkey}:x`]] }),
      'is pointed at by the owner': pointedAt,
      'a gift wrap for the owner': signNow(momentaryKeys(), { kind: 1059, tags: [['p', alice.pubkey]] }),
    }
    for (const [name, event] of Object.entries(concerning)) {
      expect([name, await client.publish(event)]).toEqual([
        name,
        { ok: true, text: 'kept for you, and not passed on: it is not yours' },
      ])
      expect([name, await client.subscribe('one', { ids: [event.id] })]).toEqual([name, [event]])
    }
    const { ok, text } = await client.publish(signNow(dave, { content: 'whatever' }))
    expect([ok, text]).toEqual([false, expect.stringMatching(/^restricted: This event is not by you/)])
    // Whom the owner follows no more is nobody from now on.
    const now = Math.floor(Date.now() / 1000)
    await bring(client, signNow(alice, { kind: 3, created_at: now + 1, tags: [['p', dave.pubkey]] }))
    expect((await client.publish(signNow(carol, { content: 'later' }))).text).toMatch(/^restricted: /)
    await bring(client, signNow(dave, { content: 'followed now' }))
    const pulled = createNodeClient(alice, node.node.clientOrigin)
    expect((await pulled.pull()).map(({ id }) => id)).toContain(pointedAt.id)
    expect(node.activities.filter(({ what }) => what === 'published')).toHaveLength(4)
    expect((await node.client.status()).outbox).toMatchObject({ waiting: 0 })
  })

  it('are not gossiped, whereas a gift wrap for somebody goes to their node, and to them alone', async () => {
    const node = await startAlice(cleanUp)
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [node.address], relay: OPEN })
    await until('the two to know each other', async () => (await node.client.status()).knownNodes === 1)
    const [alices, bobsClient] = [await ownersClient(cleanUp, node), await ownersClient(cleanUp, bobs)]
    const [strangerHere, strangerThere] = [await visitor(cleanUp, node), await visitor(cleanUp, bobs)]
    for (const client of [bobsClient, strangerHere, strangerThere]) await client.subscribe('live', {})

    const others = await bring(
      alices,
      signNow(dave, {
        content: 'of Dave',
        tags: [
          ['q', 'x'],
          ['p', alice.pubkey],
        ],
      }),
    )
    const wrap = await bring(
      alices,
      signNow(momentaryKeys(), { kind: 1059, content: 'sealed', tags: [['p', bob.pubkey]] }),
    )
    const passing = await bring(alices, signNow(momentaryKeys(), { kind: 21_059, tags: [['p', bob.pubkey]] }))
    const public_ = await bring(alices, signNow(alice, { content: 'for all' }))
    for (const { id } of [wrap, passing, public_]) {
      await bobsClient.gets(`${id} at Bob's`, ([type, , event]) => type === 'EVENT' && (event as NostrEvent).id === id)
    }
    expect(new Set(bobsClient.idsOf('live'))).toEqual(new Set([wrap.id, passing.id, public_.id]))
    await strangerThere.gets('the post', ([type]) => type === 'EVENT')
    expect(strangerThere.idsOf('live')).toEqual([public_.id])
    await strangerHere.settled()
    expect(strangerHere.idsOf('live')).toEqual([others.id, public_.id])
    expect(await (await visitor(cleanUp, bobs, bob)).subscribe('mine', { kinds: [1059] })).toEqual([wrap])
  })
})

describe("guests' events (A5)", () => {
  it('are stored and shown, but gossiped, delivered, pulled and copied they are not', async () => {
    const node = await startAlice(cleanUp)
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [node.address], relay: OPEN })
    await until('the two to know each other', async () => (await node.client.status()).knownNodes === 1)
    const guest = await visitor(cleanUp, node)
    const events = [
      signNow(dave, { content: 'a post' }),
      signNow(dave, { kind: 0, content: '{}' }),
      signNow(dave, { content: 'to Alice', tags: [['p', alice.pubkey]] }),
      signNow(dave, { content: 'to Bob', tags: [['p', bob.pubkey]] }),
      signNow(dave, { kind: 7, tags: [['p', alice.pubkey]] }),
      signNow(dave, { kind: 30_078, tags: [['d', 'x']] }),
    ]
    const text = 'kept at this relay, and not passed on to other nodes'
    for (const event of events) expect(await guest.publish(event)).toEqual({ ok: true, text })
    const last = await bring(await ownersClient(cleanUp, node), signNow(alice, { content: 'last' }))
    await bobs.holds(last.id)

    const ids = [last, ...events].map(({ id }) => id).sort()
    for (const reader of [guest, await visitor(cleanUp, node, bob), await ownersClient(cleanUp, node)]) {
      expect((await reader.subscribe('all', {})).map(({ id }) => id).sort()).toEqual(ids)
    }
    expect(await (await ownersClient(cleanUp, bobs)).subscribe('all', {})).toEqual([last])
    expect((await node.client.pull({ since: 0 })).events.map(({ id }) => id)).toEqual([last.id])
    expect(await node.client.req({ kinds: [0] })).toEqual([])
    expect(node.activities.filter(({ what }) => what === 'received')).toEqual([])
  })

  it('for named people are shown to those only, not even to the owner', async () => {
    const node = await startAlice(cleanUp)
    const guest = await visitor(cleanUp, node, dave)
    const letter = await bring(guest, signNow(dave, { kind: 4, tags: [['p', carol.pubkey]] }))
    const wrap = await bring(guest, signNow(momentaryKeys(), { kind: 1059, tags: [['p', carol.pubkey]] }))
    const toAlice = await bring(guest, signNow(momentaryKeys(), { kind: 1059, tags: [['p', alice.pubkey]] }))
    const seen = async (reader: Awaited<ReturnType<typeof visitor>>) =>
      new Set((await reader.subscribe('all', {})).map(({ id }) => id))
    expect(await seen(guest)).toEqual(new Set([letter.id]))
    expect(await seen(await visitor(cleanUp, node))).toEqual(new Set())
    expect(await seen(await visitor(cleanUp, node, carol))).toEqual(new Set([letter.id, wrap.id]))
    expect(await seen(await ownersClient(cleanUp, node))).toEqual(new Set([toAlice.id]))
    await expect((await visitor(cleanUp, node)).subscribe('wraps', { kinds: [1059] })).rejects.toThrow(
      /^auth-required: /,
    )
  })

  it('become what they are when they come by the overlay', async () => {
    const node = await startAlice(cleanUp)
    const reply = signNow(bob, { content: 'to Alice', tags: [['p', alice.pubkey]] })
    const stranger = await visitor(cleanUp, node)
    await bring(stranger, reply)
    expect(await stranger.count({ ids: [reply.id] })).toBe(1)
    const bobs = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [node.address] })
    expect((await bobs.client.publish(reply)).status).toBe(200)
    await node.waitFor('received', ({ event }) => event.id === reply.id)
    expect((await node.client.pull({ since: 0 })).events.map(({ id }) => id)).toEqual([reply.id])
    expect(await stranger.count({ ids: [reply.id] })).toBe(0)
    expect((await stranger.publish(reply)).text).toMatch(/^duplicate: /)
  })

  it('are refused when they have expired, or are protected and not by who is there', async () => {
    const node = await startAlice(cleanUp)
    const [stranger, guest] = [await visitor(cleanUp, node), await visitor(cleanUp, node, dave)]
    const now = Math.floor(Date.now() / 1000)
    expect((await stranger.publish(signNow(dave, { tags: [['expiration', `${now - 1}`]] }))).text).toMatch(/^invalid: /)
    const protectedPost = signNow(dave, { content: 'mine', tags: [['-']] })
    expect((await stranger.publish(protectedPost)).text).toMatch(/^auth-required: /)
    expect((await (await visitor(cleanUp, node, carol)).publish(protectedPost)).text).toMatch(/^restricted: /)
    expect((await (await ownersClient(cleanUp, node)).publish(protectedPost)).ok).toBe(false)
    expect((await guest.publish(protectedPost)).ok).toBe(true)
  })

  it('are deleted by their author, and by nobody else (NIP-09)', async () => {
    const node = await startAlice(cleanUp)
    const guest = await visitor(cleanUp, node)
    const event = await bring(guest, signNow(dave, { content: 'x' }))
    await bring(guest, signNow(carol, { kind: 5, tags: [['e', event.id]] }))
    expect(await guest.count({ ids: [event.id] })).toBe(1)
    await bring(guest, signNow(dave, { kind: 5, tags: [['e', event.id]] }))
    expect(await guest.count({ ids: [event.id] })).toBe(0)
    expect((await guest.publish(event)).text).toMatch(/^blocked: /)
  })

  it('need work where the operator asks for it (NIP-13)', async () => {
    const node = await startAlice(cleanUp, { relay: relayTerms({ writes: 'anyone', reads: 'anyone', pow: 8 }) })
    const guest = await visitor(cleanUp, node)
    let [lazy, mined]: (NostrEvent | undefined)[] = []
    for (let nonce = 0; mined === undefined || lazy === undefined; nonce++) {
      const event = signNow(dave, { tags: [['nonce', `${nonce}`, '8']] })
      if (event.id.startsWith('00')) mined = event
      else lazy = event
    }
    expect((await guest.publish(lazy)).text).toMatch(/^pow: This relay asks for 8 bits/)
    expect((await guest.publish(mined)).ok).toBe(true)
    await bring(await ownersClient(cleanUp, node), signNow(alice, { content: 'no work' }))
  })
})
