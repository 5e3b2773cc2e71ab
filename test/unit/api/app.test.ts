import { gunzipSync, gzipSync } from 'node:zlib'
import { unpack } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { bindingTemplate } from '../../../src/event/binding.ts'
import { npubOf } from '../../../src/event/keys.ts'
import { signEvent } from '../../../src/event/sign.ts'
import { MAX_BODY_BYTES, MAX_INFLATED_BODY_BYTES } from '../../../src/wire/limits.ts'
import {
  CLAIM_TOKEN,
  type ClientSide,
  createClientSide,
  ELSEWHERE,
  NODE_ID,
  NOW_SECONDS,
  OWNER,
  PULL,
  post,
  STRANGER,
} from './client-side.ts'

async function errorOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { Error: string }).Error
}

async function pulled(answer: Response): Promise<string[]> {
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const plain = answer.headers.get('content-encoding') === 'gzip' ? gunzipSync(bytes) : bytes
  return (unpack(plain) as { Evts: { Content: string }[] }).Evts.map(({ Content }) => Content)
}

describe('Publishing', () => {
  test('a post is answered as the original does, with what the node did beside it', async () => {
    const event = post('hello')
    const answer = await createClientSide().send('/publish', { body: event })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const text = await answer.text()
    expect(text.startsWith('{\n  "Status": "SUCCESS"')).toBe(true)
    expect(JSON.parse(text)).toEqual({ Status: 'SUCCESS', id: event.id, result: 'stored', broadcast: true, to: [] })
  })

  test('the recipients of a reply are named by npub', async () => {
    const template = { kind: 1, created_at: NOW_SECONDS, tags: [['p', STRANGER.pubkey]], content: 'to you' }
    const answer = await createClientSide().send('/publish', { body: signEvent(template, OWNER.secretKey) })
    expect(await answer.json()).toMatchObject({ broadcast: false, to: [npubOf(STRANGER.pubkey)] })
  })

  test('a rejection gets its status and its sentence', async () => {
    const side = createClientSide()
    const template = { kind: 1, created_at: NOW_SECONDS, tags: [], content: 'by another' }
    const foreign = await side.send('/publish', { body: signEvent(template, STRANGER.secretKey) })
    expect(foreign.status).toBe(403)
    expect(await errorOf(foreign)).toContain('owner')
    const forged = await side.send('/publish', { body: { ...post('a'), sig: post('b').sig } })
    expect(forged.status).toBe(400)
    expect(side.events).toHaveLength(0)
  })

  test('a node that refuses writes says so before it looks at anything', async () => {
    const side = createClientSide({ writable: false })
    for (const body of [post('a'), '{"broken', undefined]) {
      const answer = await side.send('/publish', { body, headers: { 'content-type': 'text/plain' } })
      expect(answer.status).toBe(406)
      expect(await answer.text()).toBe('{\n  "Error": "Write is denied"\n}')
    }
  })

  test('own fields named __proto__ and constructor change nothing', async () => {
    const side = createClientSide()
    const event = post('polluted?')
    const text = JSON.stringify(event).replace('{', '{"__proto__":{"polluted":1,"content":"x"},"constructor":{},')
    expect((await side.send('/publish', { body: text })).status).toBe(200)
    expect(side.events[0]).toEqual(event)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('Pulling', () => {
  test('the answer is MessagePack with a cursor, plain to a client that does not ask for gzip', async () => {
    const side = createClientSide()
    for (const content of ['one', 'two', 'three']) await side.send('/publish', { body: post(content) })
    const answer = await side.send('/req', { body: { ...PULL, limit: 2 } })
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(answer.headers.get('content-encoding')).toBeNull()
    expect(answer.headers.get('nostrp2p-cursor')).toBe('AAAAAAAAAAAAAAAA')
    expect(answer.headers.get('nostrp2p-more')).toBe('1')
    expect(await pulled(answer)).toEqual(['two', 'three'])
    const all = await side.send('/req', { body: PULL })
    expect(all.headers.get('nostrp2p-more')).toBeNull()
  })

  test('gzip is used when it is accepted and shorter, and named only then', async () => {
    const side = createClientSide()
    await side.send('/publish', { body: post('a'.repeat(2_000)) })
    const packed = await side.send('/req', { body: PULL, headers: { 'accept-encoding': 'gzip, deflate' } })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(packed.headers.get('vary')).toBe('Accept-Encoding')
    expect((await pulled(packed))[0]).toHaveLength(2_000)
    for (const accept of ['br', 'gzip;q=0', 'identity', '*;q=0', '']) {
      const plain = await side.send('/req', { body: PULL, headers: { 'accept-encoding': accept } })
      expect(plain.headers.get('content-encoding'), accept).toBeNull()
    }
    const empty = await createClientSide().send('/req', { body: PULL, headers: { 'accept-encoding': 'gzip' } })
    expect(empty.headers.get('content-encoding')).toBeNull()
    expect(Buffer.from(await empty.arrayBuffer()).toString('hex')).toBe('81a44576747390')
  })

  test('a wrong filter gets 400 and the reason', async () => {
    const answer = await createClientSide().send('/req', { body: { kinds: [40_000], since: 'x' } })
    expect(answer.status).toBe(400)
    expect(await errorOf(answer)).toContain('since')
  })
})

describe('A body', () => {
  const cases: readonly (readonly [string, SendInitOf, number, string | RegExp])[] = [
    ['that is empty', { body: '' }, 400, 'JSON payload is empty'],
    ['that is missing', {}, 400, 'JSON payload is empty'],
    ['that ends in the middle', { body: '{"kinds":[40000' }, 400, 'unexpected end of JSON input'],
    ['that ends in a string', { body: '{"kin' }, 400, 'unexpected end of JSON input'],
    ['that ends after a colon', { body: '{"id":' }, 400, 'unexpected end of JSON input'],
    ['with something behind it', { body: '{}garbage' }, 400, "invalid character 'g' after top-level value"],
    ['that is no JSON', { body: 'kinds=40000' }, 400, 'The body is not valid JSON.'],
    ['with invalid UTF-8', { body: Uint8Array.of(0x22, 0xff, 0xfe, 0x22) }, 400, 'The body is not UTF-8.'],
    ['that is one byte too long', { body: ' '.repeat(MAX_BODY_BYTES + 1) }, 413, /bytes/],
    ['of a simple type', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415, /Bad Content-Type/],
    ['of no type', { body: '{}', headers: { 'content-type': undefined } }, 415, /Bad Content-Type/],
    ['in Latin-1', { body: '{}', headers: { 'content-type': 'application/json; charset=latin1' } }, 415, /charset/],
    ['of a type that begins like JSON', { body: '{}', headers: { 'content-type': 'application/jsonp' } }, 415, /Bad/],
    ['with brotli', { body: '{}', headers: { 'content-encoding': 'br' } }, 415, /gzip/],
    ['that only says it is gzip', { body: '{}', headers: { 'content-encoding': 'gzip' } }, 400, /not gzip/],
    [
      'that is a gzip bomb',
      { body: gzipSync(Buffer.alloc(MAX_INFLATED_BODY_BYTES + 1)), headers: { 'content-encoding': 'gzip' } },
      413,
      /unpacked/,
    ],
    [
      'with half a gzip stream',
      { body: gzipSync('{"kinds":[40000]}').subarray(0, 20), headers: { 'content-encoding': 'gzip' } },
      400,
      /cut short/,
    ],
  ]

  test.each(cases)('%s is refused on both paths', async (_name, init, status, text) => {
    for (const path of ['/req', '/publish']) {
      const side = createClientSide()
      const answer = await side.send(path, init)
      expect(answer.status).toBe(status)
      expect(await errorOf(answer)).toMatch(text)
      expect(side.events).toHaveLength(0)
    }
  })

  test('in gzip is taken as if it were plain', async () => {
    const side = createClientSide()
    const event = post('packed')
    const body = gzipSync(JSON.stringify(event))
    const answer = await side.send('/publish', { body, headers: { 'content-encoding': 'gzip' } })
    expect(answer.status).toBe(200)
    expect(side.events[0]?.id).toBe(event.id)
  })

  test('at the very limit is read', async () => {
    const answer = await createClientSide().send('/req', {
      body: `${JSON.stringify(PULL)}${' '.repeat(MAX_BODY_BYTES - JSON.stringify(PULL).length)}`,
    })
    expect(answer.status).toBe(200)
  })

  test('that lies about its length is still held to the limit', async () => {
    const headers = { 'content-length': '10' }
    const answer = await createClientSide().send('/req', { body: ' '.repeat(MAX_BODY_BYTES + 1), headers })
    expect(answer.status).toBe(413)
  })

  test('that its transport did not hold to its length is still held to the limit', async () => {
    const headers = { 'content-length': '10' }
    const connection = { remoteAddress: '127.0.0.1', exactLength: true }
    const body = ' '.repeat(MAX_BODY_BYTES + 1)
    expect((await createClientSide().send('/req', { body, headers, connection })).status).toBe(413)
  })

  test('without an end is refused as soon as it is too long', async () => {
    let given = 0
    const piece = new Uint8Array(64 * 1024)
    const body = new ReadableStream({
      pull(controller) {
        given += piece.length
        controller.enqueue(piece)
      },
    })
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' }
    const answer = await createClientSide().app.request('http://localhost/publish', init as RequestInit)
    expect(answer.status).toBe(413)
    expect(given).toBeLessThan(MAX_BODY_BYTES + 4 * piece.length)
  })

  test('that never comes is given up when its time is over', async () => {
    const side = createClientSide()
    const body = new ReadableStream({ start: controller => controller.enqueue(new TextEncoder().encode('{"kinds"')) })
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', host: 'localhost' },
      body,
      duplex: 'half',
    }
    const answer = side.app.request('http://localhost/publish', init as RequestInit, { remoteAddress: '127.0.0.1' })
    while (side.time.waiting() === 0) await Promise.resolve()
    side.time.fireAll()
    expect((await answer).status).toBe(408)
    expect(side.time.waiting()).toBe(0)
  })
})

type SendInitOf = Parameters<ClientSide['send']>[1] & object

describe('Too much at once', () => {
  test('is refused with 503 while the places are taken, and taken again afterwards; strangers and home apart', async () => {
    const gate = Promise.withResolvers<{ events: []; more: false }>()
    const side = createClientSide({ query: () => gate.promise, limits: { maxLocalRequests: 2, maxRemoteRequests: 1 } })
    const slow = [side.send('/req', { body: PULL }), side.send('/req', { body: PULL })]
    const refused = await side.send('/healthz', { method: 'GET' })
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect((await side.send('/healthz', { method: 'GET', connection: ELSEWHERE })).status).toBe(200)
    gate.resolve({ events: [], more: false })
    for (const answer of await Promise.all(slow)) expect(answer.status).toBe(200)
    expect((await side.send('/healthz', { method: 'GET' })).status).toBe(200)
  })

  test('bodies that together are too large wait outside', async () => {
    const side = createClientSide({ limits: { maxBodiesBytes: 1_000 } })
    const headers = { 'content-length': '2000' }
    expect((await side.send('/req', { body: ' '.repeat(2_000), headers })).status).toBe(503)
    const small = { body: JSON.stringify(PULL), headers: { 'content-length': String(JSON.stringify(PULL).length) } }
    for (let i = 0; i < 50; i++) expect((await side.send('/req', small)).status).toBe(200)
  })
})

describe('A fault of the node', () => {
  test('is a plain sentence to the client and a line in the log, never a stack trace', async () => {
    const lines: string[] = []
    const side = createClientSide({
      publish: async () => {
        throw new Error('disk on fire at /home/owner/secret')
      },
      log: (level, message, fields) => lines.push(`${level} ${message} ${fields?.reason}`),
    })
    const answer = await side.send('/publish', { body: post('x') })
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toMatch(/fire|secret|at .*\.ts/)
    expect(lines).toEqual(['error a client request failed disk on fire at /home/owner/secret'])
  })
})

describe('Paths and methods', () => {
  test.each([
    ['GET', '/publish', 405, 'Method not allowed'],
    ['GET', '/req', 405, 'Method not allowed'],
    ['PUT', '/publish', 405, 'Method not allowed'],
    ['PUT', '/', 405, 'Method not allowed'],
    ['DELETE', '/status', 405, 'Method not allowed'],
    ['OPTIONS', '/publish', 405, 'Method not allowed'],
    ['POST', '/nope', 404, 'Resource not found'],
    ['GET', '/publish/', 404, 'Resource not found'],
    ['GET', '/__proto__', 404, 'Resource not found'],
    ['GET', '/k/token/nope', 404, 'Resource not found'],
  ])('%s %s is %d', async (method, path, status, text) => {
    const answer = await createClientSide().send(path, { method, ...(method === 'PUT' && { body: {} }) })
    expect(answer.status).toBe(status)
    expect(await answer.text()).toBe(`{\n  "Error": "${text}"\n}`)
  })

  test('a method that a path does not know is told which it does', async () => {
    const answer = await createClientSide().send('/publish', { method: 'GET' })
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS')
  })

  test('HEAD has the status of GET and no body', async () => {
    for (const [path, status] of [
      ['/status', 200],
      ['/req', 405],
      ['/', 200],
    ] as const) {
      const answer = await createClientSide().send(path, { method: 'HEAD' })
      expect(answer.status).toBe(status)
      expect(await answer.text()).toBe('')
    }
  })

  test('requests are counted by class of status', async () => {
    const side = createClientSide()
    for (const path of ['/healthz', '/nope', '/status']) await side.send(path, { method: 'GET' })
    const counted = [...side.counters.entries()].map(({ name, label, value }) => `${name} ${label} ${value}`)
    expect(counted).toEqual(['http_requests 2xx 2', 'http_requests 4xx 1'])
  })
})

describe('An unclaimed node', () => {
  const claim = () => signEvent(bindingTemplate(NODE_ID, NOW_SECONDS), OWNER.secretKey)

  test('refuses reads and writes with a text that says what to do', async () => {
    const side = createClientSide({ claimed: false })
    for (const [path, body] of [
      ['/req', PULL],
      ['/publish', post('x')],
      ['/publish', claim()],
    ] as const) {
      const answer = await side.send(path, { body })
      expect(answer.status).toBe(403)
      expect(await errorOf(answer)).toMatch(/claim address|-p/)
    }
  })

  test('becomes the node of the author of a binding that comes with the claim token', async () => {
    for (const [path, headers] of [
      [`/k/${CLAIM_TOKEN}/publish`, {}],
      ['/publish', { authorization: `Bearer ${CLAIM_TOKEN}` }],
    ] as const) {
      const side = createClientSide({ claimed: false })
      const answer = await side.send(path, { body: claim(), headers, connection: ELSEWHERE })
      expect(answer.status).toBe(200)
      expect((await side.send('/req', { body: PULL })).status).toBe(200)
      expect((await side.send('/publish', { body: post('mine') })).status).toBe(200)
    }
  })

  test('takes nothing but a binding, and the token only once', async () => {
    const side = createClientSide({ claimed: false })
    expect((await side.send(`/k/${CLAIM_TOKEN}/publish`, { body: post('x') })).status).toBe(400)
    expect((await side.send(`/k/${CLAIM_TOKEN}x/publish`, { body: claim() })).status).toBe(403)
    expect((await side.send(`/k/${CLAIM_TOKEN}/publish`, { body: claim() })).status).toBe(200)
    const thief = signEvent(bindingTemplate(NODE_ID, NOW_SECONDS), STRANGER.secretKey)
    expect((await side.send(`/k/${CLAIM_TOKEN}/publish`, { body: thief })).status).toBe(403)
    const status = await side.send(`/k/${CLAIM_TOKEN}/status`, { method: 'GET', connection: ELSEWHERE })
    expect(status.status).toBe(401)
  })

  test('shows its state to who holds the claim token, for a client needs the node peer ID to sign', async () => {
    const side = createClientSide({ claimed: false })
    const answer = await side.send(`/k/${CLAIM_TOKEN}/status`, { method: 'GET', connection: ELSEWHERE })
    expect(await answer.json()).toMatchObject({ node: NODE_ID, owner: null })
  })

  test('has a page that says what to do', async () => {
    const text = await (await createClientSide({ claimed: false }).send('/', { method: 'GET' })).text()
    expect(text).toContain('no owner yet')
    expect(text).toContain('nostrp2p genkey')
    const readOnly = await createClientSide({ claimed: false, writable: false }).send('/', { method: 'GET' })
    expect(await readOnly.text()).toContain('needs no owner')
  })
})

describe('Status, page and metrics', () => {
  test('the status is JSON', async () => {
    const answer = await createClientSide().send('/status', { method: 'GET' })
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await answer.json()).toMatchObject({ node: NODE_ID, store: { events: 0 } })
  })

  test('the page holds no script, loads nothing, and escapes what comes from the network', async () => {
    const answer = await createClientSide().send('/', { method: 'GET' })
    const text = await answer.text()
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(text).not.toMatch(/<script|https?:\/\/|<b>evil/)
    expect(text).toContain('&#60;b&#62;evil')
    expect(text).toContain('Connected to one other node.')
    expect(text).not.toContain('Guests')
  })

  test('the metrics are Prometheus text: counters, store, peers, process', async () => {
    const side = createClientSide()
    side.counters.add('accepted', 'stored', 3)
    for (let asked = 0; asked < 2; asked++) {
      const text = await (await side.send('/metrics', { method: 'GET' })).text()
      expect(text).toContain('nostrp2p_accepted_total{by="stored"} 3\n')
      expect(text).toContain('nostrp2p_store_events 0\n')
      expect(text).toContain('nostrp2p_peers{direction="outbound",transport="tcp"} 1\n')
      expect(text).toContain('nostrp2p_outbox{by="delivered"} 2\n')
      expect(text).toContain('nostrp2p_used{of="tombstones"} 5\n')
      expect(text).toContain('nostrp2p_limit{of="tombstones"} 50\n')
      expect(text).toContain('process_resident_memory_bytes')
    }
  })
})
