/** Who gets in, and how they show who they are (specification/relay.md, N4): tokens, NIP-42, NIP-70, claiming, blocking. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULTS } from '../../src/config.ts'
import { bindingTemplate } from '../../src/event/binding.ts'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { selfSigned } from '../integration/api-certificate.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { signNow } from '../support/node-client.ts'
import { authEvent, connectRelay, FROM_ELSEWHERE, type RelayClient } from '../support/relay-client.ts'
import { startTestNode, type TestNode, temporaryDirectory } from '../support/test-node.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')
const bob = personFrom('bob')
const NOW = Math.floor(Date.now() / 1000)

function elsewhere({ node }: TestNode, headers: Readonly<Record<string, string>> = FROM_ELSEWHERE) {
  return connectRelay(cleanUp, node.clientOrigin, { headers })
}

async function challengeOf(client: RelayClient): Promise<string> {
  return String((await client.gets('a challenge', ([type]) => type === 'AUTH'))[1])
}

describe('a reader', () => {
  it('of this machine needs nothing, and is not asked for a signature', async () => {
    const at = await startTestNode(cleanUp, { owner: 'alice' })
    const client = await connectRelay(cleanUp, at.node.clientOrigin)
    expect(await client.subscribe('a', {})).toEqual([])
    expect(client.messages.filter(([type]) => type === 'AUTH')).toEqual([])
  })

  it.each<[string, Readonly<Record<string, string>>]>([
    ['behind a proxy', FROM_ELSEWHERE],
    ['on a web page of somebody else', { origin: 'https://evil.example' }],
    ['with a rebound name', { host: 'evil.example:20001' }],
  ])('%s is asked to prove who they are, and gets nothing before', async (_, headers) => {
    const at = await startTestNode(cleanUp, { owner: 'alice' })
    const event = await at.post()
    const client = await elsewhere(at, headers)
    await expect(client.subscribe('a', {})).rejects.toThrow(/^auth-required: /)
    await expect(client.count({})).rejects.toThrow(/^auth-required: /)
    client.send('NEG-OPEN', 'n', {}, '61000000')
    expect((await client.gets('an error', ([type]) => type === 'NEG-ERR'))[2]).toMatch(/^auth-required: /)
    await at.post({ content: 'live' })
    expect(client.messages.filter(([type]) => type === 'EVENT')).toEqual([])

    expect(await client.authenticate(alice, at.node.clientOrigin)).toEqual({ ok: true, text: '' })
    expect((await client.subscribe('a', {})).map(({ id }) => id)).toContain(event.id)
  })

  it('with the token, in the path or as bearer, needs no proof; with a wrong one there is no connection', async () => {
    const at = await startTestNode(cleanUp, { owner: 'alice' })
    const event = await at.post()
    const { token, clientOrigin } = at.node
    const ways = [
      connectRelay(cleanUp, `${clientOrigin}/k/${token}`, { headers: FROM_ELSEWHERE }),
      connectRelay(cleanUp, `${clientOrigin}/k/${token}/`, { headers: FROM_ELSEWHERE }),
      elsewhere(at, { ...FROM_ELSEWHERE, authorization: `Bearer ${token}` }),
    ]
    for (const client of await Promise.all(ways)) {
      expect(await client.subscribe('a', {})).toEqual([event])
      expect(client.messages.filter(([type]) => type === 'AUTH')).toEqual([])
    }
    const wrong = connectRelay(cleanUp, `${clientOrigin}/k/${'0'.repeat(token.length)}`, { headers: FROM_ELSEWHERE })
    await expect(wrong).rejects.toThrow('401')
  })

  it('finds no WebSocket elsewhere', async () => {
    const at = await startTestNode(cleanUp, { owner: 'alice' })
    await expect(connectRelay(cleanUp, `${at.node.clientOrigin}/req`)).rejects.toThrow('404')
  })
})

describe('AUTH', () => {
  it.each<[string, (url: string, challenge: string) => VerifiedEvent, RegExp]>([
    ['another relay', (_, challenge) => authEvent(alice, 'wss://evil.example', challenge), /another relay/],
    ['another port', (url, challenge) => authEvent(alice, url.replace(/\d+$/, '1'), challenge), /another relay/],
    ['another challenge', url => authEvent(alice, url, 'a'.repeat(32)), /another challenge/],
    [
      'no relay',
      (_, challenge) => signNow(alice, { kind: 22242, tags: [['challenge', challenge]] }) as VerifiedEvent,
      /relay/,
    ],
    [
      'another time',
      (url, challenge) =>
        signedEvent(alice, {
          kind: 22242,
          created_at: NOW - 700,
          tags: [
            ['relay', url],
            ['challenge', challenge],
          ],
        }),
      /600 s/,
    ],
    ['another kind', url => signNow(alice, { kind: 1, content: url }) as VerifiedEvent, /22242/],
    [
      'a wrong signature',
      (url, challenge) => ({ ...authEvent(alice, url, challenge), sig: 'a'.repeat(128) }) as VerifiedEvent,
      /Sig/,
    ],
  ])('for %s proves nothing', async (_, make, reason) => {
    const at = await startTestNode(cleanUp, { owner: 'alice' })
    const client = await elsewhere(at)
    const event = make(at.node.clientOrigin.replace(/^http/, 'ws'), await challengeOf(client))
    client.send('AUTH', event)
    const answer = await client.gets('an answer', ([type]) => type === 'OK')
    expect(answer.slice(1)).toEqual([event.id, false, expect.stringMatching(reason)])
    expect(answer[3]).toMatch(/^invalid: /)
    await expect(client.subscribe('a', {})).rejects.toThrow(/^auth-required: /)
  })

  it('of another connection does not count here', async () => {
    const at = await startTestNode(cleanUp, { owner: 'alice' })
    const [one, other] = [await elsewhere(at), await elsewhere(at)]
    const proof = authEvent(alice, at.node.clientOrigin, await challengeOf(one))
    await challengeOf(other)
    other.send('AUTH', proof)
    expect((await other.gets('an answer', ([type]) => type === 'OK'))[2]).toBe(false)
  })

  it('for the address that an evil relay came with is refused', async () => {
    const at = await startTestNode(cleanUp, { owner: 'alice' })
    const evil = await elsewhere(at, { host: 'evil.example' })
    expect(await evil.authenticate(alice, 'wss://evil.example/')).toEqual({
      ok: false,
      text: expect.stringMatching(/^invalid: .*another relay/),
    })
  })

  it('takes every way to write the own address, and those that the operator has named', async () => {
    const relay = { ...DEFAULTS.relay, urls: ['wss://relay.example.org/nostr'] }
    const at = await startTestNode(cleanUp, { owner: 'alice', relay })
    const port = new URL(at.node.clientOrigin).port
    const urls = [
      `ws://127.0.0.1:${port}`,
      `WS://LOCALHOST:${port}/`,
      `http://[::1]:${port}/k/sometoken/`,
      'wss://relay.example.org',
      'wss://RELAY.example.org:443/other',
    ]
    for (const url of urls) {
      const client = await elsewhere(at)
      expect(await client.authenticate(alice, url)).toEqual({ ok: true, text: '' })
    }
  })

  it('by somebody whom the owner has not listed gives no reading right', async () => {
    const at = await startTestNode(cleanUp, { owner: 'alice' })
    const client = await elsewhere(at)
    expect((await client.authenticate(bob, at.node.clientOrigin)).ok).toBe(true)
    await expect(client.subscribe('a', {})).rejects.toThrow(/^restricted: /)
  })

  it('may prove 16 keys and no more', async () => {
    const at = await startTestNode(cleanUp, { owner: 'alice' })
    const client = await elsewhere(at)
    for (let i = 0; i < 16; i++) {
      expect((await client.authenticate(personFrom(`key ${i}`), at.node.clientOrigin)).ok).toBe(true)
    }
    const { ok, text } = await client.authenticate(alice, at.node.clientOrigin)
    expect({ ok, text }).toEqual({ ok: false, text: expect.stringMatching(/^restricted: /) })
  })
})

describe('a protected event (NIP-70)', () => {
  it('is taken from its author, who has proved to be that, and from nobody else', async () => {
    const at = await startTestNode(cleanUp, { owner: 'alice' })
    const client = await connectRelay(cleanUp, at.node.clientOrigin)
    const event = signNow(alice, { content: 'mine', tags: [['-']] })
    const refused = await client.publish(event)
    expect(refused).toEqual({ ok: false, text: expect.stringMatching(/^auth-required: /) })
    expect((await client.authenticate(bob, at.node.clientOrigin)).ok).toBe(true)
    expect(await client.publish(event)).toEqual({ ok: false, text: expect.stringMatching(/^restricted: /) })
    expect((await client.authenticate(alice, at.node.clientOrigin)).ok).toBe(true)
    expect((await client.publish(event)).ok).toBe(true)
  })
})

describe('a node without owner', () => {
  it('says what to do, and is claimed over its claim address', async () => {
    const at = await startTestNode(cleanUp, { owner: null })
    const client = await connectRelay(cleanUp, at.node.clientOrigin)
    await expect(client.subscribe('a', {})).rejects.toThrow(/^restricted: .*no owner/)
    const post = signNow(alice, { content: 'first' })
    expect(await client.publish(post)).toEqual({ ok: false, text: expect.stringMatching(/^restricted: .*Claim it/) })

    const claiming = await connectRelay(cleanUp, `${at.node.clientOrigin}/k/${at.node.claimToken()}`)
    const binding = signNow(alice, bindingTemplate(at.node.peerId, NOW))
    expect((await claiming.publish(binding)).ok).toBe(true)
    expect(at.node.owner()).toBe(alice.pubkey)
    expect(await claiming.publish(post)).toEqual({ ok: true, text: '' })
  })
})

describe('a node with TLS', () => {
  it('is reached by wss, and by the names of its certificate', async () => {
    const dir = await temporaryDirectory(cleanUp)
    const tls = { certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') }
    const { cert, key } = selfSigned('node')
    await Promise.all([writeFile(tls.certFile, cert), writeFile(tls.keyFile, key)])
    const at = await startTestNode(cleanUp, { owner: 'alice', tls })
    expect(at.node.clientOrigin).toMatch(/^https:/)
    const client = await connectRelay(cleanUp, at.node.clientOrigin, { headers: FROM_ELSEWHERE, ca: cert })
    expect((await client.authenticate(alice, at.node.clientOrigin.replace(/^https/, 'wss'))).ok).toBe(true)
    const event = signNow(alice, { content: 'over TLS' })
    expect((await client.publish(event)).ok).toBe(true)
    expect(await client.subscribe('a', {})).toEqual([event])
    const { relay } = await at.node.status()
    expect(relay).toMatchObject({ connections: 1, subscriptions: 1 })
  })
})
