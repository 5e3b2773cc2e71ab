/** R18 of specification/rest-api.md at real nodes: everything of an owner from one node to another. */
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { MAX_IMPORT_LINE_BYTES } from '../../src/api/limits.ts'
import type { NostrEvent } from '../../src/event/event.ts'
import { KIND } from '../../src/event/kinds.ts'
import { nowSeconds, systemClock } from '../../src/observe/clock.ts'
import type { ImportEnd, ImportLine, ImportProgress, RefusedLine } from '../../src/wire/transfer.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { readLines } from '../support/lines.ts'
import { startTestNode, type TestNode, type TestNodeOptions } from '../support/test-node.ts'

const cleanUp = createCleanUp()
afterEach(() => cleanUp.run())

const LINES = { 'Content-Type': 'application/x-ndjson' }
const DAY = 86_400
const bob = personFrom('bob')
const carl = personFrom('carl')

const start = (owner: string, options: Partial<TestNodeOptions> = {}) =>
  startTestNode(cleanUp, { owner, tuning: { repairMs: 0 }, ...options })

const ago = (seconds: number) => nowSeconds(systemClock) - seconds

async function exported({ client }: TestNode, query = ''): Promise<{ count: number; events: NostrEvent[] }> {
  const response = await client.send(`/export${query}`)
  expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
  const count = Number(response.headers.get('nostrp2p-events'))
  return { count, events: await readLines(response).rest<NostrEvent>() }
}

async function imported({ client }: TestNode, lines: readonly (NostrEvent | string)[]) {
  const body = lines.map(line => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
  const response = await client.send('/import', { method: 'POST', headers: LINES, body })
  expect(response.status).toBe(200)
  const answer = await readLines(response).rest<ImportLine>()
  const end = answer.at(-1) as ImportEnd
  return { end, refused: answer.filter((line): line is RefusedLine => 'line' in line), answer }
}

const idsOf = (events: readonly NostrEvent[]) => events.map(({ id }) => id).toSorted()
const kept = (stored: number, more: Partial<ImportEnd> = {}) => ({
  read: stored,
  stored,
  had: 0,
  refused: 0,
  unnamed: 0,
  done: true,
  reason: null,
  code: null,
  ...more,
})

/** Ann has lived here: what she wrote, and what came for her. */
async function livedIn(): Promise<{ old: TestNode; friend: TestNode; own: NostrEvent[]; letters: NostrEvent[] }> {
  const old = await start('ann')
  const friend = await start('bob', { bootstraps: [old.address] })
  await old.waitFor('peer-connected')
  const gone = await old.post({ content: 'never mind', created_at: ago(5 * DAY) })
  const own = [
    await old.post({ ...draft.profile('ann'), created_at: ago(30 * DAY) }),
    await old.post({ ...draft.follows([bob.pubkey]), created_at: ago(20 * DAY) }),
    await old.post({ content: 'first', created_at: ago(10 * DAY), tags: [['t', 'Grüße\u2028\u0001']] }),
    await old.post({ content: 'to bob', created_at: ago(4 * DAY), tags: [['p', bob.pubkey]] }),
    await old.post({ ...draft.deletion([gone]), created_at: ago(2 * DAY) }),
  ]
  const reply = await friend.post({ ...draft.reply(own[2]!, [old.owner.pubkey], 'welcome'), created_at: ago(DAY) })
  const like = await friend.post({ ...draft.like(own[2]!), created_at: ago(DAY) })
  await old.holds(reply.id)
  await old.holds(like.id)
  return { old, friend, own, letters: [reply, like] }
}

describe('moving to another node', () => {
  test('takes along what is by the owner and what is for the owner alone, and no more', async () => {
    const { old, friend, own, letters } = await livedIn()
    const news = await friend.post({ content: 'for everybody' })
    await old.holds(news.id)
    const { count, events } = await exported(old)
    expect(idsOf(events)).toEqual(idsOf([...own, ...letters]))
    expect(count).toBe(events.length)
    const fresh = await start('ann')
    const { end, refused } = await imported(fresh, events)
    expect([end, refused]).toEqual([kept(events.length), []])
    expect(idsOf((await fresh.client.pull({ limit: 100 })).events)).toEqual(idsOf(events))
    expect(idsOf((await exported(fresh)).events)).toEqual(idsOf(events))
    expect(await fresh.waitFor('imported')).toMatchObject({ stored: events.length })
    // Again, as after a break: nothing is new.
    expect((await imported(fresh, events)).end).toEqual(kept(0, { read: events.length, had: events.length }))
  })

  test('with everything takes along what others wrote, as far as it is of use to the owner', async () => {
    const { old, friend, own, letters } = await livedIn()
    const stranger = await start('carl', { bootstraps: [old.address] })
    const news = [await friend.post({ content: 'bob, whom ann follows' }), await stranger.post({ content: 'carl' })]
    for (const { id } of news) await old.holds(id)
    const { count, events } = await exported(old, '?what=all')
    expect(idsOf(events)).toEqual(idsOf([...own, ...letters, ...news]))
    expect(count).toBe(events.length)
    // The owner's come first, and with them whom the owner follows.
    expect(events.slice(0, own.length).every(({ pubkey }) => pubkey === old.owner.pubkey)).toBe(true)
    const fresh = await start('ann')
    const { end, refused } = await imported(fresh, events)
    expect(end).toMatchObject({ stored: events.length - 1, refused: 1 })
    expect(refused).toMatchObject([
      { line: 1 + events.findIndex(({ pubkey }) => pubkey === carl.pubkey), refused: 'not-for-us' },
    ])
    expect((await old.client.send('/export?what=nothing')).status).toBe(400)
  })

  test('sends what is still news, once, and nothing older', async () => {
    const friend = await start('bob')
    const ann = personFrom('ann')
    const young = [
      signedEvent(ann, { content: 'yesterday', created_at: ago(DAY) }),
      signedEvent(ann, { content: 'bob?', created_at: ago(DAY), tags: [['p', bob.pubkey]] }),
    ]
    const old = [
      signedEvent(ann, { content: 'long ago', created_at: ago(9 * DAY) }),
      signedEvent(ann, { content: 'bob!', created_at: ago(9 * DAY), tags: [['p', bob.pubkey]] }),
    ]
    const fresh = await start('ann', { bootstraps: [friend.address] })
    await fresh.waitFor('peer-connected')
    expect((await imported(fresh, [...old, ...young])).end).toEqual(kept(4))
    for (const { id } of young) await friend.holds(id)
    await fresh.waitFor('delivered', ({ event }) => event.id === young[1]!.id)
    expect(await friend.client.req({ ids: old.map(({ id }) => id) })).toEqual([])
    expect((await fresh.client.status()).outbox).toMatchObject({ waiting: 0, delivered: 1 })
    const published = fresh.activities.filter(({ what }) => what === 'published')
    expect(published).toEqual([])
  })
})

describe('an import', () => {
  test('names each line that it does not take, and takes the others', async () => {
    const node = await start('ann')
    const good = signedEvent(node.owner, { content: 'good' })
    const forged = { ...signedEvent(node.owner, { content: 'forged' }), sig: good.sig }
    const lines = [
      good,
      '',
      '{"id":',
      '{}',
      forged,
      signedEvent(carl, { content: 'not hers' }),
      signedEvent(node.owner, { kind: 20_001 }),
      signedEvent(node.owner, { content: 'late', tags: [['expiration', '1700000001']] }),
      'x'.repeat(MAX_IMPORT_LINE_BYTES + 1),
      signedEvent(node.owner, { kind: KIND.httpAuth }),
      good,
    ]
    const { end, refused } = await imported(node, lines)
    expect(end).toEqual(kept(1, { read: 10, had: 1, refused: 8 }))
    expect(
      refused.map(({ line, refused: code }) => [line, code]).toSorted(([a], [b]) => Number(a) - Number(b)),
    ).toEqual([
      [3, 'malformed'],
      [4, 'malformed'],
      [5, 'bad-signature'],
      [6, 'not-for-us'],
      [7, 'malformed'],
      [8, 'expired'],
      [9, 'too-large'],
      [10, 'malformed'],
    ])
    for (const { reason } of refused) expect(reason).toMatch(/^[A-Z].*\.$/)
  })

  test('names a thousand refusals and counts the others', async () => {
    const node = await start('ann')
    const { end, refused, answer } = await imported(node, Array<string>(2_500).fill('no'))
    expect([refused.length, end]).toEqual([1_000, kept(0, { read: 2_500, refused: 2_500, unnamed: 1_500 })])
    const progress = answer.filter((line): line is ImportProgress => !('line' in line) && !('done' in line))
    expect(progress.every(({ read }) => read % 1_000 === 0)).toBe(true)
  })

  test('may be larger than other bodies', async () => {
    const node = await start('ann')
    const long = 'x'.repeat(100_000)
    const events = Array.from({ length: 30 }, (_, n) => signedEvent(node.owner, { content: `${n} ${long}` }))
    const { end } = await imported(node, events)
    expect(end).toEqual(kept(30))
    expect((await exported(node)).count).toBe(30)
  })

  test('goes on although nobody reads its answer', async () => {
    const node = await start('ann')
    const { port } = new URL(node.node.clientOrigin)
    const good = signedEvent(node.owner, { content: 'the last line' })
    const body = `${'no\n'.repeat(300_000)}${JSON.stringify(good)}`
    const head = [
      'POST /import HTTP/1.1',
      'Host: 127.0.0.1',
      `Content-Type: ${LINES['Content-Type']}`,
      `Content-Length: ${body.length}`,
    ]
    const socket = connect(Number(port), '127.0.0.1')
    cleanUp.add(() => void socket.destroy())
    socket.pause()
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    expect(await node.waitFor('imported')).toMatchObject({ stored: 1, refused: 300_000 })
  })

  test('is for who may change the node, one at a time, and needs an owner and its type', async () => {
    const node = await start('ann')
    const post = (init: RequestInit) => node.client.send('/import', { method: 'POST', body: '{}\n', ...init })
    expect((await post({ headers: { 'Content-Type': 'application/json' } })).status).toBe(415)
    expect((await post({ headers: { ...LINES, 'Content-Encoding': 'gzip' } })).status).toBe(415)
    expect((await post({ headers: { ...LINES, Origin: 'http://localhost:9999' } })).status).toBe(403)
    expect((await post({ headers: { ...LINES, 'X-Forwarded-For': '203.0.113.9' } })).status).toBe(401)
    const held = Promise.withResolvers<void>()
    const slow = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from('\n'))
        await held.promise
        controller.close()
      },
    })
    const first = node.client.send('/import', { method: 'POST', headers: LINES, body: slow, duplex: 'half' })
    await expect.poll(async () => (await post({ headers: LINES })).status).toBe(409)
    held.resolve()
    expect((await first).status).toBe(200)
    expect((await post({ headers: LINES })).status).toBe(200)
    const nobody = await startTestNode(cleanUp, { owner: null })
    expect((await nobody.client.send('/import', { method: 'POST', headers: LINES, body: '{}' })).status).toBe(403)
    expect((await nobody.client.send('/export')).status).toBe(403)
    const shut = await start('ann', { writable: false })
    expect((await shut.client.send('/import', { method: 'POST', headers: LINES, body: '{}' })).status).toBe(406)
  })

  test('that breaks off keeps what came, and goes on when it is sent again', async () => {
    const node = await start('ann')
    const events = Array.from({ length: 5 }, (_, n) => signedEvent(node.owner, { content: `${n}` }))
    const [first, ...rest] = events.map(event => `${JSON.stringify(event)}\n`)
    const gone = new AbortController()
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from(`${first}${rest[0]}${rest[1]!.slice(0, 80)}`))
        await node.holds(events[1]!.id)
        gone.abort()
      },
    })
    const broken = node.client.send('/import', {
      method: 'POST',
      headers: LINES,
      body,
      duplex: 'half',
      signal: gone.signal,
    })
    await expect(broken.then(async response => readLines(response).rest())).rejects.toThrow()
    expect(await node.waitFor('imported')).toMatchObject({ stored: 2 })
    expect((await imported(node, events)).end).toEqual(kept(3, { read: 5, had: 2 }))
  })
})
