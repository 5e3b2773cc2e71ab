import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONSEQUENCES } from '../../src/event/rejection.ts'
import { type Clock, systemClock } from '../../src/observe/clock.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { hostileEvents } from '../support/hostile-events.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { MAX_LAG_MS, type Vitals, watchVitals } from '../support/vitals.ts'

const cleanUp = createCleanUp()
const NOW = Math.floor(Date.now() / 1000)
const MiB = 1024 * 1024

/** Timers that run twenty times as fast: the ten seconds that a body may take are half of one. */
const hurried: Clock = { nowMs: systemClock.nowMs, after: (ms, task) => systemClock.after(ms / 20, task) }

let node: TestNode
let honest: TestNode
let vitals: Vitals

beforeAll(async () => {
  node = await startTestNode(cleanUp, { owner: 'alice', clock: hurried })
  honest = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [node.address] })
  await honest.waitFor('peer-connected')
  vitals = watchVitals()
})

afterAll(() => cleanUp.run())

const JSON_HEADERS = { 'Content-Type': 'application/json' }

/** A body as `fetch` takes it. */
type Payload = string | Uint8Array

interface Answer {
  readonly status: number
  readonly text: string
}

async function send(path: string, body: Payload, headers: Record<string, string> = JSON_HEADERS): Promise<Answer> {
  const response = await node.client.send(path, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : new Uint8Array(body),
  })
  return { status: response.status, text: await response.text() }
}

/** What no answer may show: paths, stack frames, names of errors of the runtime. */
function expectPlainWords(text: string): void {
  expect(text).not.toMatch(/^\s*at /m)
  expect(text).not.toMatch(/node:|\.ts\b|\.js\b|\/src\/|TypeError|RangeError|SyntaxError/)
}

function expectError({ status, text }: Answer, expected: number, words?: RegExp): void {
  expect([status, text.slice(0, 200)]).toEqual([expected, expect.any(String)])
  const { Error: error, ...rest } = JSON.parse(text) as Record<string, unknown>
  expect(error).toEqual(expect.any(String))
  expect(rest).toEqual({})
  if (words !== undefined) expect(error).toMatch(words)
  expectPlainWords(text)
}

describe('POST /publish', () => {
  it.each(hostileEvents('alice', NOW))('refuses: $name ($code)', async ({ event, code }) => {
    const body = JSON.stringify(event)
    // Beyond the bound of a body nobody looks at what is in it.
    const status = body.length > 512 * 1024 ? 413 : CONSEQUENCES[code].status
    expectError(await send('/publish', body), status)
  })

  it("refuses somebody else's event in words that name both", async () => {
    const event = signedEvent(personFrom('bob'), { created_at: NOW, content: 'not mine' })
    expectError(await send('/publish', JSON.stringify(event)), 403, /npub1.*npub1/s)
  })

  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const bomb = gzipSync(Buffer.alloc(100 * MiB))
  const gzip = { ...JSON_HEADERS, 'Content-Encoding': 'gzip' }
  it.each<[string, Payload, number, RegExp, Record<string, string>?]>([
    ['nothing', '', 400, /empty/],
    ['half of an object', '{"id":', 400, /unexpected end/],
    ['no JSON', 'hello', 400, /not valid JSON/],
    ['two objects', '{} {}', 400, /after top-level value/],
    ['a number', '7', 400, /JSON object/],
    ['null', 'null', 400, /JSON object/],
    ['an array', '[]', 400, /JSON object/],
    ['an array of events', JSON.stringify([signedEvent(personFrom('alice'))]), 400, /JSON object/],
    ['100,000 brackets', deep(50_000), 400, /JSON/],
    ['200,000 opening brackets', '['.repeat(200_000), 400, /JSON/],
    ['an object inside objects', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`, 400, /64 lower-case hex/],
    ['__proto__ as the event', '{"__proto__":{"id":"x","kind":1}}', 400, /64 lower-case hex/],
    ['constructor and prototype', '{"constructor":{"prototype":{"admin":true}}}', 400, /64 lower-case hex/],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0xfe, 0x22), 400, /UTF-8/],
    ['an overlong form of UTF-8', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 400, /UTF-8/],
    ['a surrogate in UTF-8', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 400, /UTF-8/],
    ['UTF-16', Buffer.from('{"id":"x"}', 'utf16le'), 400, /JSON/],
    ['MessagePack', Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff), 400, /UTF-8/],
    ['600 KiB', ' '.repeat(600 * 1024), 413, /may have/],
    ['a form', 'id=x', 415, /Content-Type/, { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['text', '{}', 415, /Content-Type/, { 'Content-Type': 'text/plain' }],
    ['an unknown coding', 'x', 415, /gzip/, { ...JSON_HEADERS, 'Content-Encoding': 'br' }],
    ['a gzip bomb of 100 MiB', bomb, 413, /unpacked/, gzip],
    ['gzip of gzip', gzipSync(gzipSync(Buffer.from('{}'))), 400, /UTF-8/, gzip],
    ['gzip that is cut short', gzipSync(Buffer.alloc(5_000)).subarray(0, 20), 400, /gzip/, gzip],
    ['gzip that is none', 'hello', 400, /gzip/, gzip],
  ])('refuses a body of %s', async (_name, body, status, words, headers) => {
    expectError(await send('/publish', body, headers), status, words)
  })

  it('has learned nothing from __proto__', () => {
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('POST /req', () => {
  const hex = 'a'.repeat(64)
  it.each<[string, unknown]>([
    ['a string', 'x'],
    ['null', null],
    ['an array', []],
    ['ids that are no array', { ids: hex }],
    ['ids in capitals', { ids: [hex.toUpperCase()] }],
    ['ids that are cut', { ids: ['abc'] }],
    ['ids that are numbers', { ids: [1] }],
    ['authors with null', { authors: [null] }],
    ['kinds of text', { kinds: ['1'] }],
    ['a kind of a fraction', { kinds: [1.5] }],
    ['a since of text', { since: 'now' }],
    ['an until of infinity', { until: '1e999' }],
    ['a limit of text', { limit: '5' }],
    ['a tag filter that is no array', { '#p': hex }],
    ['a tag filter with objects', { '#e': [{}] }],
    ['100,000 ids', { ids: Array(7_000).fill(hex) }],
    ['a cursor that is none', { kinds: [40_000], cursor: '../../etc/passwd' }],
    ['a cursor that is an object', { kinds: [40_000], cursor: { __proto__: null } }],
  ])('refuses %s', async (_name, filter) => {
    const answer = await send('/req', JSON.stringify(filter))
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expectError(answer, answer.status)
  })

  it.each<[string, string]>([
    ['__proto__ in the filter', '{"__proto__":{"kinds":[40000]},"kinds":[9]}'],
    ['a limit of 2⁵³', '{"kinds":[9],"limit":9007199254740991}'],
    ['unknown fields', '{"kinds":[9],"search":"x","constructor":1}'],
  ])('is not confused by %s', async (_name, body) => {
    const answer = await send('/req', body)
    expectPlainWords(answer.text)
    expect([200, 400]).toContain(answer.status)
  })
})

describe('the address', () => {
  it.each<[string, string, number]>([
    ['GET', '/publish', 405],
    ['DELETE', '/req', 405],
    ['POST', '/nothing', 404],
    ['GET', '/../../etc/passwd', 404],
    ['GET', '/%2e%2e/%2e%2e/etc/passwd', 404],
    ['GET', '/%00', 404],
    ['GET', '/__proto__', 404],
    ['GET', '/constructor', 404],
    ['GET', '/devices/first', 405],
    ['DELETE', '/devices/__proto__', 404],
    ['DELETE', '/devices/%2e%2e%2ftoken', 404],
    ['DELETE', '/devices/%00', 404],
    ['DELETE', '/devices/first/first', 404],
    ['GET', '/ways?ids=__proto__', 400],
    ['GET', '/restart', 405],
    ['GET', `/${'x'.repeat(8_000)}`, 404],
  ])('%s %s is answered in plain words', async (method, path, status) => {
    const response = await node.client.send(path, { method })
    const text = await response.text()
    expect(response.status).toBe(status)
    expectPlainWords(text)
  })
})

describe('slow and broken bodies', () => {
  /** Sends text over a bare socket and gives what came back until the node hung up. */
  function rawRequest(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(node.node.clientOrigin)
      const socket = connect(Number(port), hostname, () => socket.write(text))
      let answer = ''
      socket.setTimeout(5_000, () => reject(new Error('the node keeps the connection')))
      socket.on('data', data => {
        answer += data.toString()
        if (answer.includes('\r\n\r\n')) socket.end()
      })
      socket.on('error', reject)
      socket.on('close', () => resolve(answer))
    })
  }
  const head = (length: string) =>
    `POST /publish HTTP/1.1\r\nHost: ${new URL(node.node.clientOrigin).host}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`

  it('a body that does not come is given up (408), and others are answered meanwhile', async () => {
    const slow = Array.from({ length: 20 }, () => rawRequest(`${head('Content-Length: 500')}{"id":`))
    let isGivenUp = false
    for (const request of slow) {
      void request.then(() => {
        isGivenUp = true
      })
    }
    expect((await node.client.send('/healthz')).status).toBe(200)
    expect(isGivenUp).toBe(false)
    for (const answer of await Promise.all(slow)) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /)
      expectPlainWords(answer.split('\r\n\r\n')[1] ?? '')
    }
  })

  it.each<[string, () => string, RegExp]>([
    ['claims 4 GiB', () => `${head('Content-Length: 4294967295')}x`, /^HTTP\/1\.1 413 /],
    ['claims a negative length', () => `${head('Content-Length: -1')}x`, /^HTTP\/1\.1 400 /],
    ['claims two lengths', () => `${head('Content-Length: 1\r\nContent-Length: 2')}xx`, /^HTTP\/1\.1 400 /],
    ['comes in chunks that are none', () => `${head('Transfer-Encoding: chunked')}zz\r\nhello`, /^HTTP\/1\.1 400 /],
    [
      'comes in more chunks than fit',
      () => `${head('Transfer-Encoding: chunked')}a0000\r\n${'x'.repeat(0xa0000)}\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 413 /,
    ],
    ['is no HTTP', () => '\u0016\u0003\u0001\u0000\u0000\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['has headers without end', () => `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ])('a request that %s is refused', async (_name, text, expected) => {
    const answer = await rawRequest(text())
    expect(answer).toMatch(expected)
    expectPlainWords(answer.split('\r\n\r\n')[1] ?? '')
  })
})

describe('afterwards', () => {
  it('nothing is stored, nothing was passed on, and the node works as before', async () => {
    expect((await node.client.pull({ limit: 5_000 })).events).toEqual([])
    const status = await node.client.status()
    expect([status.store.events, status.outbox.waiting]).toEqual([0, 0])
    expect(honest.activities.filter(({ what }) => what === 'received')).toEqual([])
    const post = await node.post({ content: 'as ever' })
    await honest.holds(post.id)
    expect((await honest.client.pull()).events).toEqual([post])
  })

  it('the event loop was never long blocked, and the memory is what it was', async () => {
    await until('bodies to be let go', async () => (await node.client.send('/healthz')).status === 200)
    const { lagP99Ms, grownBytes } = vitals.read()
    expect(lagP99Ms).toBeLessThan(MAX_LAG_MS)
    expect(grownBytes).toBeLessThan(40 * MiB)
  })
})
