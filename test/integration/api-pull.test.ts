/** Pulls of a real node: nothing is missed and, with the cursor, nothing comes twice. */
import { unpack } from 'msgpackr'
import { afterEach, describe, expect, test } from 'vitest'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { signEvent } from '../../src/event/sign.ts'
import { PEOPLE, pulledEvents } from '../conformance/exchange.ts'
import { createReplayNodes, type ReplayNodes } from '../conformance/exchange-nodes.ts'

let nodes: ReplayNodes
afterEach(() => nodes.stopAll())

async function start(): Promise<void> {
  nodes = createReplayNodes()
  await nodes.start('home', { owner: PEOPLE.A.pubkey })
}

function ask(path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return fetch(`${nodes.get('home').node.clientOrigin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function publish(...contents: readonly string[]): Promise<void> {
  for (const content of contents) {
    const answer = await ask('/publish', post(content))
    expect(answer.status).toBe(200)
  }
}

/** Dated backwards, so that no order but that of receipt gives them as they came. */
let secondsAgo = 0
function post(content: string): VerifiedEvent {
  const created_at = Math.floor(Date.now() / 1000) - ++secondsAgo
  return signEvent({ kind: 1, created_at, tags: [], content }, PEOPLE.A.secretKey)
}

interface Pulled {
  readonly contents: readonly string[]
  readonly cursor: string
  readonly more: boolean
  /** Contents of what is marked as late; undefined where nothing is marked. */
  readonly late: readonly string[] | undefined
}

async function pull(filter: object): Promise<Pulled> {
  const answer = await ask('/req', { kinds: [40_000], ...filter })
  expect(answer.status).toBe(200)
  const body = Buffer.from(await answer.arrayBuffer())
  const contents = pulledEvents(body).map(({ content }) => content)
  const { Late: late } = unpack(body) as { Late?: number[] }
  return {
    contents,
    late: late?.map(place => contents[place]!),
    cursor: answer.headers.get('nostrp2p-cursor') ?? '',
    more: answer.headers.get('nostrp2p-more') === '1',
  }
}

describe('With the cursor', () => {
  test('every event comes once, in the order in which the node got it, across a restart', async () => {
    await start()
    await publish('one', 'two')
    const first = await pull({ limit: 300 })
    expect(first.contents).toEqual(['one', 'two'])
    expect(first.cursor).toMatch(/^[A-Za-z0-9._-]{1,40}$/)
    await publish('three')
    await nodes.restart('home')
    await publish('four')
    const second = await pull({ cursor: first.cursor })
    expect(second).toMatchObject({ contents: ['three', 'four'], more: false })
    const third = await pull({ cursor: second.cursor })
    expect(third).toEqual({ contents: [], late: [], cursor: second.cursor, more: false })
  })

  test('a first pull of an empty node gives one that misses nothing', async () => {
    await start()
    const { cursor } = await pull({ since: -1, until: -1, limit: 300 })
    await publish('the very first')
    expect((await pull({ cursor })).contents).toEqual(['the very first'])
  })

  test('a page is as long as asked, and says that more waits', async () => {
    await start()
    const { cursor } = await pull({})
    await publish('1', '2', '3', '4', '5')
    const pages: Pulled[] = [await pull({ cursor, limit: 2 })]
    while (pages.at(-1)!.more) pages.push(await pull({ cursor: pages.at(-1)!.cursor, limit: 2 }))
    expect(pages.map(({ contents }) => contents)).toEqual([['1', '2'], ['3', '4'], ['5']])
  })

  test('events that are published while a client reads are neither missed nor repeated', async () => {
    await start()
    let { cursor } = await pull({})
    const wanted = Array.from({ length: 60 }, (_, i) => `number ${i}`)
    const got: string[] = []
    const publishing = Promise.all(wanted.map(content => publish(content)))
    while (got.length < wanted.length) {
      const page = await pull({ cursor, limit: 7 })
      got.push(...page.contents)
      cursor = page.cursor
    }
    await publishing
    expect(got.toSorted()).toEqual(wanted.toSorted())
  })

  test('text that is none is refused, and one of another store begins anew', async () => {
    await start()
    await publish('here')
    for (const cursor of ['', 'x', 7, {}, 'a.b.c', '../..', 'x'.repeat(200)]) {
      const answer = await ask('/req', { kinds: [40_000], cursor })
      expect(answer.status, String(cursor)).toBe(400)
    }
    expect((await pull({ cursor: 'elsewhere-AAAAAAAAAA' })).contents).toEqual(['here'])
  })
})

describe('What comes late', () => {
  test('is marked for a client that uses the cursor, also at its beginning, and for no other', async () => {
    await start()
    const { cursor } = await pull({ cursor: null })
    secondsAgo = 60
    await publish('a minute old')
    secondsAgo = 180
    await publish('three minutes old')
    secondsAgo = 0
    await publish('new')
    const marked = { contents: ['a minute old', 'three minutes old', 'new'], late: ['three minutes old'] }
    expect(await pull({ cursor })).toMatchObject(marked)
    expect(await pull({ cursor: null })).toMatchObject(marked)
    for (const original of [{}, { limit: 300 }, { since: 0, until: Math.floor(Date.now() / 1000) }]) {
      expect(await pull(original)).toMatchObject({ contents: marked.contents, late: undefined })
    }
  })
})

describe('With the clock of the phone', () => {
  test.each([-3_600, -60, 0, 60, 3_600])('that is %d s off, nothing is missed', async offSeconds => {
    await start()
    const clock = () => Math.floor(Date.now() / 1000) + offSeconds
    await publish('before')
    const lastPull = clock()
    expect((await pull({ since: -1, until: -1, limit: 300 })).contents).toEqual(['before'])
    await publish('after')
    expect((await pull({ since: lastPull, until: clock(), limit: -1 })).contents).toContain('after')
  })

  test('a pull long after gives only what is new', async () => {
    await start()
    await publish('old')
    const now = Math.floor(Date.now() / 1000)
    expect((await pull({ since: now + 60, until: now })).contents).toEqual([])
  })

  test('its cursor goes on from there', async () => {
    await start()
    await publish('old')
    const now = Math.floor(Date.now() / 1000)
    const { cursor } = await pull({ since: now + 60, until: now })
    await publish('new')
    expect((await pull({ cursor })).contents).toContain('new')
  })
})
