/** Access through the app: tokens, NIP-98, and what somebody without either learns. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { signEvent } from '../../../src/event/sign.ts'
import {
  ACCESS_TOKEN,
  type ClientSide,
  createClientSide,
  ELSEWHERE,
  NOW_SECONDS,
  OWNER,
  PULL,
  post,
  STRANGER,
} from './client-side.ts'

const HOST = 'node.example:20001'
const BODY = JSON.stringify(PULL)
const BODY_HASH = createHash('sha256').update(BODY).digest('hex')

interface ProofChanges {
  readonly kind?: number
  readonly at?: number
  readonly u?: string
  readonly method?: string
  readonly payload?: string | null
  readonly by?: Uint8Array
}

function proof({ kind = 27_235, at = NOW_SECONDS, u, method = 'POST', payload, by }: ProofChanges = {}): string {
  const tags = [
    ['u', u ?? `http://${HOST}/req`],
    ['method', method],
  ]
  if (payload !== null) tags.push(['payload', payload ?? BODY_HASH])
  const event = signEvent({ kind, created_at: at, tags, content: '' }, by ?? OWNER.secretKey)
  return `Nostr ${Buffer.from(JSON.stringify(event)).toString('base64')}`
}

function pullFrom(side: ClientSide, headers: Record<string, string>, path = '/req'): Promise<Response> {
  return side.send(path, { headers: { host: HOST, ...headers }, body: BODY, connection: ELSEWHERE })
}

describe('The access token', () => {
  test('opens the node from elsewhere as a bearer token and as a path', async () => {
    const side = createClientSide()
    expect((await pullFrom(side, { authorization: `Bearer ${ACCESS_TOKEN}` })).status).toBe(200)
    expect((await pullFrom(side, {}, `/k/${ACCESS_TOKEN}/req`)).status).toBe(200)
    expect((await pullFrom(side, {}, `/k/${ACCESS_TOKEN}//req`)).status).toBe(200)
    for (const path of ['', '/', '/relay', '/status', '/metrics', '/healthz']) {
      const answer = await side.send(`/k/${ACCESS_TOKEN}${path}`, { method: 'GET', connection: ELSEWHERE })
      expect(answer.status, path).toBe(200)
    }
  })

  test.each([
    ['none', {}, '/req'],
    ['a wrong bearer', { authorization: `Bearer ${ACCESS_TOKEN}x` }, '/req'],
    ['a shorter bearer', { authorization: `Bearer ${ACCESS_TOKEN.slice(0, -1)}` }, '/req'],
    ['an empty bearer', { authorization: 'Bearer ' }, '/req'],
    ['a basic password', { authorization: `Basic ${ACCESS_TOKEN}` }, '/req'],
    ['a wrong path', {}, '/k/wrong/req'],
    ['a token in the query', {}, `/req?token=${ACCESS_TOKEN}`],
    ['the token twice in the path', {}, `/k/wrong/k/${ACCESS_TOKEN}/req`],
  ])('%s does not open it', async (_name, headers, path) => {
    const side = createClientSide()
    await side.send('/publish', { body: post('secret plan') })
    const answer = await pullFrom(side, headers as Record<string, string>, path)
    expect([401, 404]).toContain(answer.status)
    expect(await answer.text()).not.toContain('secret plan')
  })

  test('somebody without it is told how to get in, and nothing about the node', async () => {
    const side = createClientSide()
    for (const path of ['/', '/relay', '/status', '/metrics']) {
      const answer = await side.send(path, { method: 'GET', connection: ELSEWHERE })
      const text = await answer.text()
      expect(answer.status, path).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      expect(text).toContain('access token')
      expect(text).not.toMatch(/npub1|12D3Koo|0\.1\.0/)
    }
  })

  test('a transport that says nothing of its other end is a stranger', async () => {
    const { app } = createClientSide()
    const headers = { host: '127.0.0.1:20001' }
    expect((await app.request('http://127.0.0.1:20001/status', { headers })).status).toBe(401)
    const withToken = await app.request(`http://127.0.0.1:20001/k/${ACCESS_TOKEN}/status`, { headers })
    expect(withToken.status).toBe(200)
  })

  test('the health check is open to everyone and says only that the node answers', async () => {
    const answer = await createClientSide().send('/healthz', { method: 'GET', connection: ELSEWHERE })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ Status: 'OK' })
  })

  test('writing needs no token: the signature is proof enough', async () => {
    const side = createClientSide()
    const answer = await side.send('/publish', { body: post('hello'), connection: ELSEWHERE })
    expect(answer.status).toBe(200)
    expect(side.events).toHaveLength(1)
  })
})

describe("The owner's signature (NIP-98)", () => {
  test('opens the node once, for the request it was made for', async () => {
    const side = createClientSide()
    const authorization = proof()
    expect((await pullFrom(side, { authorization })).status).toBe(200)
    const again = await pullFrom(side, { authorization })
    expect(again.status).toBe(401)
    expect(await again.text()).toContain('used before')
  })

  test('two requests with one proof at the same time get one answer', async () => {
    const side = createClientSide()
    const authorization = proof()
    const answers = await Promise.all([pullFrom(side, { authorization }), pullFrom(side, { authorization })])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
  })

  test('a proof is remembered as long as its own time would let it pass', async () => {
    const side = createClientSide()
    const authorization = proof({ at: NOW_SECONDS + 60 })
    expect((await pullFrom(side, { authorization })).status).toBe(200)
    side.time.nowSeconds += 120
    // Another proof makes the node forget what is over.
    expect((await pullFrom(side, { authorization: proof({ at: side.time.nowSeconds }) })).status).toBe(200)
    expect(await (await pullFrom(side, { authorization })).text()).toContain('used before')
    side.time.nowSeconds += 1
    expect(await (await pullFrom(side, { authorization })).text()).toContain('clock')
  })

  test('behind a proxy that ends the TLS, https in the proof is as good as http', async () => {
    const answer = await pullFrom(createClientSide(), { authorization: proof({ u: `https://${HOST}/req` }) })
    expect(answer.status).toBe(200)
  })

  test('names the node by an address of its own, whatever the request calls it by', async () => {
    const side = createClientSide()
    const own = ['http://127.0.0.1:20001/req', 'https://named.example/req', `http://${HOST}/k/${ACCESS_TOKEN}/req`]
    for (const u of own) {
      const answer = await pullFrom(side, { authorization: proof({ u }), host: 'other.example' })
      expect([u, answer.status]).toEqual([u, 200])
    }
    // What somebody signed for another server, which passes it on.
    const passedOn = { authorization: proof({ u: 'http://other.example/req' }), host: 'other.example' }
    const answer = await pullFrom(side, passedOn)
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain('--relay-url')
  })

  test('opens what has no body without a hash', async () => {
    const authorization = proof({ u: `http://${HOST}/status?full=1`, method: 'GET', payload: null })
    const headers = { host: HOST, authorization }
    const answer = await createClientSide().send('/status?full=1', { method: 'GET', headers, connection: ELSEWHERE })
    expect(answer.status).toBe(200)
  })

  test.each<[string, ProofChanges]>([
    ['by somebody else', { by: STRANGER.secretKey }],
    ['of another kind', { kind: 1 }],
    ['of a minute and a second ago', { at: NOW_SECONDS - 61 }],
    ['of a minute and a second ahead', { at: NOW_SECONDS + 61 }],
    ['for another path', { u: `http://${HOST}/status` }],
    ['for another host', { u: 'http://other.example/req' }],
    ['for another port', { u: 'http://node.example:20002/req' }],
    ['for no address', { u: 'req' }],
    ['for another query', { u: `http://${HOST}/req?a=1` }],
    ['for another method', { method: 'GET' }],
    ['for another body', { payload: 'ab'.repeat(32) }],
    ['for no body', { payload: null }],
  ])('a proof %s is refused', async (_name, changes) => {
    expect((await pullFrom(createClientSide(), { authorization: proof(changes) })).status).toBe(401)
  })

  test('a broken proof is refused with a sentence', async () => {
    const forged = JSON.parse(Buffer.from(proof().slice(6), 'base64').toString()) as { sig: string; id: string }
    const other = proof({ at: NOW_SECONDS - 1 })
    const sig = (JSON.parse(Buffer.from(other.slice(6), 'base64').toString()) as { sig: string }).sig
    const broken = [
      'Nostr',
      'Nostr !!!',
      `Nostr ${Buffer.from('{}').toString('base64')}`,
      `Nostr ${Buffer.from('[1').toString('base64')}`,
      `Nostr ${Buffer.from(JSON.stringify({ ...forged, sig })).toString('base64')}`,
      `Nostr ${Buffer.from(JSON.stringify({ ...forged, id: 'ab'.repeat(32) })).toString('base64')}`,
      `Nostr ${'A'.repeat(9_000)}`,
    ]
    for (const authorization of broken) {
      const answer = await pullFrom(createClientSide(), { authorization })
      expect(answer.status, authorization.slice(0, 40)).toBe(401)
      expect(((await answer.json()) as { Error: string }).Error.length).toBeGreaterThan(20)
    }
  })
})
