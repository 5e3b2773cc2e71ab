/** NIP-86 over real HTTP at a real node: who may, what it does, and that it stays (relay-access.md, A7). */
import { beforeEach, describe, expect, it } from 'vitest'
import {
  alice,
  bob,
  bring,
  carol,
  dave,
  OPEN,
  ownersClient,
  relayTerms,
  relayUrl,
  startAlice,
  visitor,
} from '../support/access-world.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { signNow } from '../support/node-client.ts'
import { type CallOptions, manage, proofOf, RPC_TYPE, sha256 } from '../support/relay-manager.ts'
import type { TestNode } from '../support/test-node.ts'

const cleanUp = useCleanUp()
let node: TestNode
beforeEach(async () => {
  node = await startAlice(cleanUp)
})

const BODY = JSON.stringify({ method: 'listallowedpubkeys', params: [] })
const payload = ['payload', sha256(BODY)]
const method = ['method', 'POST']

describe('who may manage (A7.1)', () => {
  const call = (options: CallOptions = {}, keys = alice) => manage(node, keys, '', [], { body: BODY, ...options })

  it('the owner, by a proof that names the relay by any URL of its own', async () => {
    for (const url of [node.node.clientOrigin, `${node.node.clientOrigin}/`, relayUrl(node), `${relayUrl(node)}/`]) {
      expect(await call({ tags: [['u', url], method, payload] })).toEqual({ status: 200, result: [] })
    }
    const path = `/k/${node.node.token}/`
    expect(await call({ path, tags: [['u', `${relayUrl(node)}${path}`], method, payload] })).toMatchObject({
      status: 200,
    })
  })

  it.each<[string, () => CallOptions, RegExp]>([
    ['no proof', () => ({ headers: { Authorization: '' } }), /needs a proof/],
    ['the access token', () => ({ headers: { Authorization: `Bearer ${node.node.token}` } }), /needs a proof/],
    [
      'the access token in the path',
      () => ({ path: `/k/${node.node.token}/`, headers: { Authorization: '' } }),
      /needs a proof/,
    ],
    ['another method', () => ({ tags: [['u', relayUrl(node)], ['method', 'GET'], payload] }), /another method/],
    ['no method', () => ({ tags: [['u', relayUrl(node)], payload] }), /another method/],
    ['another path', () => ({ tags: [['u', `${relayUrl(node)}/req`], method, payload] }), /another address/],
    ['another host', () => ({ tags: [['u', 'https://evil.example/'], method, payload] }), /another address/],
    ['another port', () => ({ tags: [['u', 'http://127.0.0.1:1/'], method, payload] }), /another address/],
    ['no address', () => ({ tags: [method, payload] }), /another address/],
    ['no payload', () => ({ tags: [['u', relayUrl(node)], method] }), /payload/],
    ['another payload', () => ({ tags: [['u', relayUrl(node)], method, ['payload', sha256('x')]] }), /payload/],
    ['an old proof', () => ({ createdAt: Math.floor(Date.now() / 1000) - 61 }), /time/],
    ['a later proof', () => ({ createdAt: Math.floor(Date.now() / 1000) + 65 }), /time/],
    ['nonsense', () => ({ headers: { Authorization: 'Nostr nonsense' } }), /base64/],
  ])('not with %s', async (_, options, reason) => {
    const answer = await call(options())
    expect(answer).toMatchObject({ status: 401, error: expect.stringMatching(reason) })
    expect(answer.result).toBeUndefined()
  })

  it('nobody but the owner, not even who is listed', async () => {
    await manage(node, alice, 'allowpubkey', [carol.pubkey])
    for (const keys of [bob, carol]) expect(await call({}, keys)).toMatchObject({ status: 401 })
  })

  it('not somebody who calls the relay by a name of theirs: a proof made for them is no proof here', async () => {
    const url = 'http://evil.example/'
    const headers = { Host: 'evil.example' }
    expect(await call({ tags: [['u', url], method, payload], headers })).toMatchObject({ status: 401 })
  })

  it('each proof once', async () => {
    const headers = { Authorization: proofOf(alice, [['u', relayUrl(node)], method, payload]) }
    expect(await call({ headers })).toMatchObject({ status: 200 })
    expect(await call({ headers })).toMatchObject({ status: 401, error: expect.stringMatching(/used before/) })
  })

  it('by a name that the operator has given it', async () => {
    const named = await startAlice(cleanUp, { relay: relayTerms({ urls: ['wss://relay.example.org'] }) })
    const tags = [['u', 'https://relay.example.org/'], method, payload]
    expect(await manage(named, alice, '', [], { body: BODY, tags })).toMatchObject({ status: 200 })
  })
})

describe('what is no call', () => {
  it.each<[string, number]>([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    ['5', 400],
    ['{"params":[]}', 400],
    ['{"method":5}', 400],
    ['{"method":"banpubkey","params":{}}', 400],
  ])('%s is answered with %i', async (body, status) => {
    const answer = await manage(node, alice, '', [], { body })
    expect(answer).toEqual({ status, error: expect.any(String) })
  })

  it('an unknown method and a wrong parameter are errors of a call', async () => {
    expect(await manage(node, alice, 'formatdisk')).toEqual({ status: 200, error: expect.stringMatching(/no method/) })
    expect(await manage(node, alice, 'banpubkey', ['x'])).toEqual({ status: 200, error: expect.stringMatching(/hex/) })
  })

  it('another content type is no call', async () => {
    const headers = { 'Content-Type': 'application/json' }
    const response = await fetch(`${node.node.clientOrigin}/`, { method: 'POST', headers, body: BODY })
    expect(response.status).toBe(415)
    expect(response.headers.get('content-type')).not.toContain(RPC_TYPE)
  })
})

describe('what it does (A7.3)', () => {
  it('a banned key neither writes nor reads nor is seen; unbanned it is', async () => {
    const event = signNow(dave, { content: 'spam' })
    const writer = await visitor(cleanUp, node)
    await bring(writer, event)
    await manage(node, alice, 'banpubkey', [dave.pubkey, 'spam'])
    expect(await writer.publish(signNow(dave, { content: 'more' }))).toEqual({
      ok: false,
      text: expect.stringMatching(/^blocked: /),
    })
    expect(await writer.subscribe('a', { ids: [event.id] })).toEqual([])
    const authenticated = await visitor(cleanUp, node, dave)
    await expect(authenticated.subscribe('a', {})).rejects.toThrow(/^blocked: /)
    await manage(node, alice, 'unbanpubkey', [dave.pubkey])
    expect(await writer.subscribe('a', { ids: [event.id] })).toEqual([event])
    expect(await authenticated.subscribe('a', { ids: [event.id] })).toEqual([event])
  })

  it('banned events, of the owner too, are shown to nobody else and not taken', async () => {
    const owner = await ownersClient(cleanUp, node)
    const own = await bring(owner, signNow(alice, { content: 'a slip' }))
    const reader = await visitor(cleanUp, node)
    const banned = signNow(dave, { content: 'banned' })
    for (const { id } of [own, banned]) await manage(node, alice, 'banevent', [id])
    expect(await reader.subscribe('a', { ids: [own.id] })).toEqual([])
    expect(await reader.count({ ids: [own.id] })).toBe(0)
    expect(await owner.subscribe('a', { ids: [own.id] })).toEqual([own])
    expect((await reader.publish(banned)).text).toMatch(/^blocked: /)
    await manage(node, alice, 'allowevent', [banned.id])
    expect((await reader.publish(banned)).ok).toBe(true)
  })

  it('kinds that are not allowed are not taken of guests; of the owner they are', async () => {
    const guest = await visitor(cleanUp, node)
    await manage(node, alice, 'disallowkind', [7])
    expect((await guest.publish(signNow(dave, { kind: 7 }))).text).toMatch(/^blocked: /)
    await bring(guest, signNow(dave, { content: 'post' }))
    await bring(await ownersClient(cleanUp, node), signNow(alice, { kind: 7, tags: [['p', bob.pubkey]] }))
  })

  it('listed keys write and read where only they may', async () => {
    const listed = await node.restart({ relay: relayTerms({ writes: 'listed', reads: 'listed' }) })
    const event = signNow(carol, { content: 'hello' })
    const before = await visitor(cleanUp, listed, carol)
    expect((await before.publish(event)).text).toMatch(/^restricted: /)
    await expect(before.subscribe('a', {})).rejects.toThrow(/^restricted: /)
    await manage(listed, alice, 'allowpubkey', [carol.pubkey])
    const after = await visitor(cleanUp, listed, carol)
    await bring(after, event)
    expect(await after.subscribe('a', {})).toEqual([event])
    await expect((await visitor(cleanUp, listed)).subscribe('a', {})).rejects.toThrow(/^auth-required: /)
  })
})

it('A7.5: from a blocked address nobody is served, however it is spelled, and who is there is cut off', async () => {
  const at = (address: string) => visitor(cleanUp, node, undefined, address)
  const [here, other] = [await at('::ffff:192.0.2.9'), await at('2001:db8:0:0::7')]
  await manage(node, alice, 'blockip', ['192.0.2.9', 'flood'])
  expect(await here.closed).toEqual({ code: 1008, reason: expect.stringMatching(/^blocked: /) })
  await expect(at('192.0.2.9')).rejects.toThrow('403')
  expect(await other.subscribe('a', {})).toEqual([])
  await manage(node, alice, 'blockip', ['2001:DB8::7'])
  expect((await other.closed).code).toBe(1008)
  await manage(node, alice, 'unblockip', ['192.0.2.9'])
  expect(await (await at('::FFFF:192.0.2.9')).subscribe('a', {})).toEqual([])
})

it('A7.4: all of it is there after a restart', async () => {
  await manage(node, alice, 'allowpubkey', [carol.pubkey, 'a friend'])
  await manage(node, alice, 'banpubkey', [dave.pubkey])
  await manage(node, alice, 'disallowkind', [7])
  await manage(node, alice, 'blockip', ['192.0.2.9', 'flood'])
  await manage(node, alice, 'changerelayname', ["Alice's"])
  const again = await node.restart({ relay: OPEN })
  const ask = async (name: string) => (await manage(again, alice, name)).result
  expect(await ask('listallowedpubkeys')).toEqual([{ pubkey: carol.pubkey, reason: 'a friend' }])
  expect(await ask('listbannedpubkeys')).toEqual([{ pubkey: dave.pubkey }])
  expect(await ask('listdisallowedkinds')).toEqual([7])
  expect(await ask('listblockedips')).toEqual([{ ip: '192.0.2.9', reason: 'flood' }])
  const guest = await visitor(cleanUp, again)
  expect((await guest.publish(signNow(dave, { content: 'x' }))).text).toMatch(/^blocked: /)
})
