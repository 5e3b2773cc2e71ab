/** Every message and its odd cases (specification/relay.md, N2): each gets an answer, and the connection stays. */
import { get, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { beforeEach, describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent, strangerKey } from '../support/events.ts'
import { signNow } from '../support/node-client.ts'
import { connectRelay, FROM_ELSEWHERE, type RelayClient } from '../support/relay-client.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')
const NOW = Math.floor(Date.now() / 1000)

let at: TestNode
let client: RelayClient

beforeEach(async () => {
  at = await startTestNode(cleanUp, { owner: 'alice' })
  client = await connectRelay(cleanUp, at.node.clientOrigin)
})

/** Posts of the owner, one a second back from now: `[0]` is the newest. */
async function posts(count: number, fields: Parameters<typeof signedEvent>[1] = {}): Promise<VerifiedEvent[]> {
  const events = Array.from({ length: count }, (_, i) =>
    signedEvent(alice, { created_at: NOW - i, content: `post ${i}`, ...fields }),
  )
  for (const event of events) expect(await client.publish(event)).toEqual({ ok: true, text: '' })
  return events
}

async function answerTo(text: string): Promise<unknown[]> {
  const before = client.messages.length
  client.sendText(text)
  const answer = await client.gets(`an answer to ${text}`, message => client.messages.indexOf(message) >= before)
  return [...answer]
}

describe('what is no message', () => {
  it.each([
    ['no JSON', 'hello'],
    ['an object', '{"EVENT":1}'],
    ['an empty array', '[]'],
    ['an unknown type', '["PING"]'],
    ['a type that is no text', '[1, 2]'],
    ['only a type', '["REQ"]'],
    ['a deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['an event that is none', '["EVENT", 5]'],
    ['an event without id', '["EVENT", {"kind": 1}]'],
    ['an empty id', '["REQ", "", {}]'],
    ['an id that is no text', '["REQ", {}, {}]'],
    ['an id of 65 characters', `["REQ", "${'a'.repeat(65)}", {}]`],
    ['half a surrogate pair as id', '["REQ", "\\ud800", {}]'],
  ])('gets a notice: %s', async (_, text) => {
    const [type, reason] = await answerTo(text)
    expect(type).toBe('NOTICE')
    expect(reason).toMatch(/^invalid: \w/)
    expect(await client.subscribe('still here', {})).toEqual([])
  })

  it('gets a notice when the frame is binary', async () => {
    client.socket.send(Buffer.from(JSON.stringify(['REQ', 'a', {}])), { binary: true })
    expect((await client.gets('a notice', ([type]) => type === 'NOTICE'))[1]).toMatch(/^invalid: .*binary/)
  })

  it('ends the connection when it is too large', async () => {
    client.sendText(`["REQ", "a", {"#t": ["${'x'.repeat(600_000)}"]}]`)
    expect((await client.closed).code).toBe(1009)
  })

  it('ends the connection when a text frame is not UTF-8', async () => {
    client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
    expect((await client.closed).code).toBe(1007)
  })
})

describe('EVENT', () => {
  it.each([
    ['a wrong id', { id: 'a'.repeat(64) }, /^invalid: /],
    ['a wrong signature', { sig: 'b'.repeat(128) }, /^invalid: /],
    ['a kind that is none', { kind: -1 }, /^invalid: /],
    ['a time that is none', { created_at: 1.5 }, /^invalid: /],
    ['tags that are none', { tags: 'p' }, /^invalid: /],
    ['tags within tags', { tags: [['p', ['x']]] }, /^invalid: /],
    ['ten thousand tags', { tags: Array.from({ length: 10_000 }, () => ['t', 'x']) }, /^invalid: .*2000 tags/],
    ['no content', { content: null }, /^invalid: /],
  ])('is refused with %s', async (_, fault, reason) => {
    const event = { ...signNow(alice, { content: 'fine' }), ...fault }
    const { ok, text } = await client.publish(event as VerifiedEvent)
    expect({ ok, text }).toEqual({ ok: false, text: expect.stringMatching(reason) })
  })

  it('is refused when it is from the future, expired or a proof', async () => {
    const refusals = [
      signNow(alice, { created_at: NOW + 3_600 }),
      signNow(alice, { content: 'gone', tags: [['expiration', String(NOW - 10)]] }),
      signNow(alice, { kind: 22242, content: 'x' }),
    ]
    for (const event of refusals) {
      expect(await client.publish(event)).toEqual({ ok: false, text: expect.stringMatching(/^invalid: /) })
    }
  })

  it('of another author is refused to whoever is not the owner', async () => {
    const stranger = await connectRelay(cleanUp, at.node.clientOrigin, { headers: { via: '1.1 proxy' } })
    const { ok, text } = await stranger.publish(signNow(personFrom('bob'), { content: 'hi' }))
    expect(ok).toBe(false)
    expect(text).toMatch(/^(auth-required|restricted): /)
  })

  it('is replaced, deleted and not brought back', async () => {
    const old = signNow(alice, { kind: 0, content: '{"name":"old"}', created_at: NOW - 10 })
    const fresh = signNow(alice, { kind: 0, content: '{"name":"new"}' })
    await client.publish(old)
    await client.publish(fresh)
    expect(await client.subscribe('profile', { kinds: [0] })).toEqual([fresh])
    expect(await client.publish(old)).toEqual({ ok: true, text: expect.stringMatching(/^duplicate: a newer/) })

    const [post] = await posts(1)
    const deletion = signNow(alice, { kind: 5, tags: [['e', post!.id]] })
    expect((await client.publish(deletion)).ok).toBe(true)
    expect(await client.subscribe('gone', { ids: [post!.id] })).toEqual([])
    expect(await client.publish(post!)).toEqual({ ok: false, text: expect.stringMatching(/^blocked: .*deleted/) })
  })

  it('that is ephemeral goes to who listens, once, and is not stored', async () => {
    const other = await connectRelay(cleanUp, at.node.clientOrigin)
    await other.subscribe('all', { kinds: [20_001] })
    const event = signNow(alice, { kind: 20_001, content: 'now' })
    for (let i = 0; i < 3; i++) expect((await client.publish(event)).ok).toBe(true)
    await other.gets('it', ([type]) => type === 'EVENT')
    await other.settled()
    expect(other.idsOf('all')).toEqual([event.id])
    expect(await client.subscribe('later', { kinds: [20_001] })).toEqual([])
  })
})

describe('REQ', () => {
  it.each([
    ['no filter', [], /^invalid: .*needs a filter/],
    ['a filter that is none', [5], /^invalid: /],
    ['an array for a filter', [[]], /^invalid: /],
    ['ids that are none', [{ ids: ['abc'] }], /^invalid: ids/],
    ['authors in upper case', [{ authors: ['A'.repeat(64)] }], /^invalid: authors/],
    ['a kind that is none', [{ kinds: ['1'] }], /^invalid: kinds/],
    ['a limit that is none', [{ limit: -5 }], /^invalid: limit/],
    ['a time that is none', [{ since: 1.5 }], /^invalid: since/],
    ['a tag of two letters', [{ '#ab': ['x'] }], /^invalid: /],
    ['one bad filter of two', [{}, { ids: 'x' }], /^invalid: ids/],
    ['65 filters', Array.from({ length: 65 }, () => ({})), /^invalid: .*64 filters/],
    ['too many values', [{ '#t': Array.from({ length: 5_001 }, (_, i) => `${i}`) }], /^invalid: .*5000 values/],
  ])('with %s is CLOSED', async (_, filters, reason) => {
    await expect(client.subscribe('odd', ...(filters as object[]))).rejects.toThrow(reason)
    expect(await client.subscribe('still here', {})).toEqual([])
  })

  it('gives the stored ones newest first, those of one second by id, as many as each limit says, each once', async () => {
    const events = await posts(6)
    const same = await posts(1, { created_at: NOW - 2, content: 'of the same second' })
    const [older, newer] = [events[2]!, same[0]!].sort((a, b) => (a.id < b.id ? -1 : 1))
    const all = [events[0]!, events[1]!, older!, newer!, ...events.slice(3)]
    expect(await client.subscribe('all', {})).toEqual(all)
    expect(await client.subscribe('limit', { limit: 3 })).toEqual(all.slice(0, 3))
    expect(await client.subscribe('two', { limit: 2 }, { kinds: [1], limit: 4 }, { ids: [all[6]!.id] })).toEqual([
      ...all.slice(0, 4),
      all[6],
    ])
    expect(await client.subscribe('times', { since: NOW - 3, until: NOW - 1 })).toEqual(all.slice(1, 5))
  })

  it.each<[string, object]>([
    ['since after until', { since: 20, until: 10 }],
    ['an empty list', { authors: [] }],
    ['a limit of 0', { limit: 0 }],
    ['what is not there', { authors: [strangerKey('nobody')] }],
  ])('with %s gives EOSE at once', async (_, filter) => {
    await posts(1)
    expect(await client.subscribe('nothing', filter)).toEqual([])
  })

  it('with a limit of 0 still gets what is new; unknown fields and -1 are passed over', async () => {
    await client.subscribe('live', { kinds: [1], limit: 0, colour: 'red', since: -1 })
    const [event] = await posts(1)
    await client.settled()
    expect(client.idsOf('live')).toEqual([event!.id])
  })

  it('says at EOSE whether there is more (NIP-67)', async () => {
    const events = await posts(5)
    const hints: [object[], unknown][] = [
      [[{}], ['finish']],
      [[{ limit: 5 }], ['finish']],
      [[{ limit: 4 }], ['more']],
      [[{ limit: 2 }, { kinds: [1] }], ['more']],
      [[{ ids: [events[0]!.id, strangerKey('none')] }], ['finish']],
      [[{ kinds: [7] }], ['finish']],
    ]
    for (const [i, [filters, hint]] of hints.entries()) {
      await client.subscribe(`hint ${i}`, ...filters)
      const end = client.messages.find(([type, id]) => type === 'EOSE' && id === `hint ${i}`)!
      if (end.length > 2) expect({ filters, hint: end[2] }).toEqual({ filters, hint })
      else expect(filters).not.toEqual([{}])
    }
  })

  it.each<[string, number]>([
    ['1790000000000', 2],
    ['1790000000000v', 2],
    ['1790000000000a5', 2],
    ['1790000000000a5b', 3],
    ['1790000000000w', 3],
    ['179000000000a', 3],
  ])('under the id %s ends with %i elements: nostr-fetch takes no third one', async (id, elements) => {
    await client.subscribe(id, { kinds: [7] })
    expect(client.messages.find(([type]) => type === 'EOSE')).toHaveLength(elements)
  })

  it('with 1,000 ids finds those that are here', async () => {
    const events = await posts(3)
    const ids = [...Array.from({ length: 997 }, (_, i) => strangerKey(`${i}`)), ...events.map(({ id }) => id)]
    expect(await client.subscribe('many', { ids })).toEqual(events)
  })

  it('with an id in use takes its place: 64 times one id is one subscription', async () => {
    for (let i = 0; i < 63; i++) client.send('REQ', 'same', { kinds: [i] })
    await client.subscribe('same', { kinds: [1] })
    const [event] = await posts(1)
    await client.settled()
    expect(client.idsOf('same')).toEqual([event!.id])
  })

  it('that is refused ends what was open under its id, as it says; a COUNT does not', async () => {
    for (const id of ['replaced', 'counted']) await client.subscribe(id, { kinds: [1] })
    await expect(client.subscribe('replaced', { ids: 'x' })).rejects.toThrow(/^invalid: /)
    client.send('COUNT', 'counted', { ids: 'x' })
    await client.gets('CLOSED', ([type, id]) => type === 'CLOSED' && id === 'counted')
    const [event] = await posts(1)
    await client.settled()
    expect([client.idsOf('replaced'), client.idsOf('counted')]).toEqual([[], [event!.id]])
  })

  it('takes ids of any 64 characters and gives them back as they are', async () => {
    const id = `"\\\n${'é'.repeat(30)}${'x'.repeat(31)}`
    const [event] = await posts(1)
    expect(await client.subscribe(id, {})).toEqual([event])
  })

  it('beyond 1,024 subscriptions is CLOSED, and goes again after a CLOSE', async () => {
    for (let i = 0; i < 1_024; i++) client.send('REQ', `s${i}`, { ids: [strangerKey(`${i}`)], limit: 0 })
    await expect(client.subscribe('one more', {})).rejects.toThrow(/^rate-limited: .*1024/)
    client.send('CLOSE', 's5')
    expect(await client.subscribe('one more', {})).toEqual([])
  })
})

describe('CLOSE', () => {
  it('ends a subscription, also in the middle of its stored events', async () => {
    await posts(20)
    client.send('REQ', 'a', {})
    client.send('CLOSE', 'a')
    client.send('CLOSE', 'never opened')
    await client.settled()
    const seen = client.idsOf('a').length
    await posts(1, { content: 'later' })
    await client.settled()
    expect(client.idsOf('a')).toHaveLength(seen)
    expect(client.messages.filter(([type]) => type === 'CLOSED' || type === 'NOTICE')).toEqual([])
  })
})

describe('COUNT', () => {
  it('counts what matches any filter, once, whatever the limits', async () => {
    await posts(7)
    expect(await client.count({})).toBe(7)
    expect(await client.count({ limit: 2 }, { kinds: [1] })).toBe(7)
    expect(await client.count({ since: NOW - 2 })).toBe(3)
    await expect(client.count({ ids: 'x' })).rejects.toThrow(/^invalid: /)
  })
})

describe('a connection from elsewhere', () => {
  it('compresses what is long, in both directions, and still keeps to the size of a message', async () => {
    const { token, clientOrigin } = at.node
    const connect = () =>
      connectRelay(cleanUp, `${clientOrigin}/k/${token}`, { headers: FROM_ELSEWHERE, perMessageDeflate: true })
    const remote = await connect()
    expect(remote.socket.extensions).toBe('permessage-deflate')
    const event = signedEvent(alice, { created_at: NOW, content: 'so long '.repeat(20_000) })
    const socket = (remote.socket as unknown as { readonly _socket: Socket })._socket
    expect((await remote.publish(event)).ok).toBe(true)
    expect(await remote.subscribe('a', {})).toEqual([event])
    expect(socket.bytesRead).toBeLessThan(20_000)
    expect(socket.bytesWritten).toBeLessThan(20_000)
    const bomb = await connect()
    bomb.sendText(`["REQ", "a", {"#t": ["${'x'.repeat(20_000_000)}"]}]`)
    expect((await bomb.closed).code).toBe(1009)
  })

  it.each([
    ['permessage-deflate; client_max_window_bits', /client_max_window_bits=12/],
    ['permessage-deflate', /^permessage-deflate(?!.*client_max)/],
    ['permessage-deflate; client_max_window_bits=9', undefined],
    ['permessage-deflate; server_max_window_bits=8', undefined],
    ['x-other, permessage-deflate; client_max_window_bits', /client_max_window_bits=12/],
    ['"nonsense', undefined],
  ])('that offers %s is taken, compressed or not', async (offer, answer) => {
    const headers = { ...FROM_ELSEWHERE, 'sec-websocket-extensions': offer }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const upgrade = { connection: 'Upgrade', upgrade: 'websocket' }
      const key = { 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
      const request = get(at.node.clientOrigin, { headers: { ...headers, ...upgrade, ...key } }, reject)
      request.on('upgrade', (message, socket) => {
        socket.destroy()
        resolve(message)
      })
      request.on('error', reject)
    })
    const accepted = response.headers['sec-websocket-extensions']
    if (answer === undefined) expect(accepted).toBeUndefined()
    else expect(accepted).toMatch(answer)
  })

  it('that offers another protocol is answered as if it did not', async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAoAAA' }
      get(`${at.node.clientOrigin}/healthz`, { headers }, resolve).on('error', reject)
    })
    response.resume()
    expect(response.statusCode).toBe(200)
  })
})
