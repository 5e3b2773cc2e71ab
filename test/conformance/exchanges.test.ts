/**
 * What the original node answered to its phone client, asked again of a real node: exchanges 1 to 172, one node alone.
 * Every answer is as recorded, but for the table below and three rules that hold throughout:
 * `Content-Encoding: gzip` stands only over gzip (the original wrote it always), CORS headers go only to browsers (it
 * sent `*` to everybody), and an event carries its signature (it sent nil with single ones).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signEvent } from '../../src/event/sign.ts'
import {
  type Answer,
  type Exchange,
  PEOPLE,
  pulledEvents,
  readExchanges,
  recordedEvents,
  recordedJson,
  send,
} from './exchange.ts'
import { createReplayNodes } from './exchange-nodes.ts'

/** How this node answers instead, and why. */
interface Difference {
  readonly why: string
  readonly status?: number
  /** What the error says; a part of it. */
  readonly error?: RegExp
  /** Ids (their beginnings) of the events in the answer, in order. */
  readonly events?: readonly string[]
  /** A pull: everything that the node keeps, in the order in which it got it, the newest so many. */
  readonly newest?: number
  readonly contentType?: string
  /** `Access-Control-Allow-Private-Network`; undefined stands for none. */
  readonly privateNetwork?: string
}

const WRONG_ID = 'the id is compared with the event: the original stored any'
const FIELD = 'the first thing wrong is named; the original knew only the signature'
const PANIC = 'a sentence in place of a stack trace'
const OWNER_ONLY = 'a node publishes for its owner only'
const RECEIVE_TIME = 'since is compared with the time at which the node got the event, and these came just now'
const ORDINARY = 'an ordinary filter of NIP-01; the original had no answer'
const ALL = 10_000

const DIFFERENCES: Readonly<Record<number, Difference>> = {
  28: { why: RECEIVE_TIME, newest: ALL },
  30: { why: RECEIVE_TIME, newest: ALL },
  32: { why: `${RECEIVE_TIME}; until shows the client's clock`, newest: ALL },
  40: { why: 'without since and limit: the newest 50; the original gave nothing', newest: 50 },
  42: { why: 'since 0 is everything; the original gave nothing', newest: ALL },
  44: { why: 'all three not given: the newest 50; the original gave nothing', newest: 50 },
  48: { why: RECEIVE_TIME, newest: ALL },
  52: { why: 'a wrong type is an error, not an empty answer', status: 400, error: /since/ },
  58: { why: 'the original gave the other event of the same second', events: ['fdfe88'] },
  62: {
    why: ORDINARY,
    status: 200,
    events: ['cf5017', 'e05c0c', 'fdfe88', '7b4727', 'acb40d', 'fdf853', 'ffc0f7', '5f61c0', '3c0641'],
  },
  64: { why: PANIC, status: 400, error: /ids/ },
  66: { why: 'the owner has a profile; the original never found any', events: ['7b437a'] },
  68: { why: 'the owner has a follow list; the original never found any', events: ['a51799'] },
  70: { why: ORDINARY, status: 200, events: ['7b437a'] },
  72: { why: PANIC, status: 400, error: /authors/ },
  74: { why: ORDINARY, events: ['91ac31', '4891cb'] },
  78: {
    why: ORDINARY,
    events: [
      ...['cf5017', 'e05c0c', 'fdfe88', '7b4727', '91ac31', 'acb40d', 'fdf853', 'ffc0f7', '4891cb', '0117af'],
      ...['a51799', '5f61c0', '3c0641', '7b437a'],
    ],
  },
  80: { why: RECEIVE_TIME, newest: ALL },
  82: { why: 'a filter is an object; the original took anything', status: 400, error: /object/ },
  92: { why: 'the newest profile is found', events: ['2061bb'] },
  94: { why: 'the newest follow list is found', events: ['9bd518'] },
  96: { why: RECEIVE_TIME, newest: ALL },
  98: { why: 'a superseded profile or follow list is gone; the original kept them in pulls', newest: ALL },
  100: { why: 'it says which of the many ways to be wrong it is', error: /^Invalid Sig: / },
  101: { why: WRONG_ID, status: 400, error: /id is not the hash/ },
  102: { why: WRONG_ID, status: 400, error: /id is not the hash/ },
  103: { why: WRONG_ID, status: 400, error: /id must be 64/ },
  104: { why: PANIC, status: 400, error: /id must be 64/ },
  105: { why: 'the reason is the upper case, not the signature', error: /pubkey must be 64 lower-case/ },
  108: { why: 'no words of the Go library', error: /JSON object/ },
  110: { why: WRONG_ID, status: 400, error: /id must be 64/ },
  111: { why: FIELD, error: /pubkey/ },
  112: { why: FIELD, error: /created_at/ },
  113: { why: FIELD, error: /kind/ },
  114: { why: 'NIP-01 has no event without tags', status: 400, error: /tags/ },
  115: { why: FIELD, error: /content/ },
  116: { why: FIELD, error: /sig/ },
  117: { why: FIELD, error: /tags/ },
  119: { why: 'a kind that the node does not know is kept; the original fell over', status: 200 },
  120: { why: 'an old encrypted message stays on the node; the original fell over', status: 200 },
  121: { why: 'no words of the Go library', error: /from 0 to 65535/ },
  122: { why: 'a like without p is allowed by NIP-25 and reaches nobody; the original fell over', status: 200 },
  123: { why: PANIC, status: 400, error: /p tag/ },
  124: { why: PANIC, status: 400, error: /tag/ },
  125: { why: PANIC, status: 400, error: /p tag/ },
  126: { why: 'no words of the Go library', error: /created_at/ },
  127: { why: 'the year 2100 is more than 15 minutes ahead', status: 400, error: /15 minutes/ },
  128: { why: 'there are no negative times', status: 400, error: /created_at/ },
  129: { why: OWNER_ONLY, status: 403, error: /owner/ },
  130: { why: OWNER_ONLY, status: 403, error: /owner/ },
  131: { why: OWNER_ONLY, status: 403, error: /owner/ },
  132: { why: OWNER_ONLY, status: 403, error: /owner/ },
  136: { why: 'a body has a largest size', status: 413, error: /bytes/ },
  137: { why: 'none of the wrong ones was stored', newest: ALL },
  139: { why: 'the event of the year 2100 was refused', newest: 2 },
  141: { why: 'there are no negative times', status: 400, error: /since/ },
  145: { why: 'the status page', status: 200, contentType: 'text/html; charset=utf-8' },
  151: { why: "the phone client's own headers are allowed", status: 200 },
  152: { why: 'the private network is allowed when asked for: browsers of today insist', privateNetwork: 'true' },
  156: { why: RECEIVE_TIME, newest: ALL },
  161: {
    why: 'no JSONP: a script of another site must not read answers',
    contentType: 'application/json; charset=utf-8',
  },
  162: { why: RECEIVE_TIME, newest: ALL },
  164: { why: 'the profile is found', events: ['2061bb'] },
  166: { why: 'the follow list is found', events: ['9bd518'] },
  168: { why: 'read-only, as the manual of the original says', status: 406, error: /^Write is denied$/ },
}

const EXCHANGES = readExchanges().filter(({ no }) => no < 173)
const nodes = createReplayNodes()
/** What the node keeps of what was published, in the order in which it came. */
let kept: { id: string; kind: number }[] = []

beforeAll(async () => {
  await nodes.start('A', { owner: PEOPLE.A.pubkey })
})
afterAll(() => nodes.stopAll())

describe('Alone, the node answers the phone client as the original did', () => {
  test.each(EXCHANGES.map(exchange => [titleOf(exchange), exchange] as const))('%s', async (_title, exchange) => {
    const origin = await originOf(exchange.node)
    const body = bodyOf(exchange)
    const answer = await send(exchange, origin, body)
    const difference = DIFFERENCES[exchange.no]
    expect(answer.status).toBe(difference?.status ?? exchange.response.status)
    expectHeaders(exchange, answer, difference)
    if (answer.status === 200 && exchange.request.method === 'POST') remember(exchange, body)
    expectBody(exchange, answer, difference)
  })

  test('every difference in the table was met', () => {
    const numbers = EXCHANGES.map(({ no }) => no)
    expect(Object.keys(DIFFERENCES).filter(no => !numbers.includes(Number(no)))).toEqual([])
  })
})

function titleOf({ no, name, note }: Exchange): string {
  const difference = DIFFERENCES[no]
  return `${no} ${name}${note ? ` (${note})` : ''}${difference ? `, differs: ${difference.why}` : ''}`
}

async function originOf(name: string): Promise<string> {
  if (name === 'A') return nodes.get('A').node.clientOrigin
  if (name === 'A(restarted)') {
    if (!restarted) restarted = (await nodes.restart('A')).node.clientOrigin
    return restarted
  }
  if (!readOnly.has(name)) {
    kept = []
    const { node } = await nodes.start(name, { owner: PEOPLE.A.pubkey, writable: false })
    readOnly.set(name, node.clientOrigin)
  }
  return readOnly.get(name)!
}
let restarted = ''
const readOnly = new Map<string, string>()

function bodyOf({ no, request }: Exchange): string | undefined {
  if (no === 135) {
    const template = { kind: 1, created_at: 1_720_000_226, tags: [], content: 'a'.repeat(200_000) }
    return JSON.stringify(signEvent(template, PEOPLE.A.secretKey))
  }
  if (no === 136) return JSON.stringify({ content: 'a'.repeat(10 * 1024 * 1024) })
  if (request.bodyGenerated != null) throw new Error(`how is the body of ${no} made?`)
  return request.body ?? undefined
}

/** What this event leaves behind in the store: a newer profile or follow list takes the place of the old one. */
function remember({ request }: Exchange, body: string | undefined): void {
  if (!request.path.startsWith('/publish') || body === undefined) return
  const { id, kind } = JSON.parse(body) as { id: string; kind: number }
  if (kept.some(event => event.id === id)) return
  if (kind === 0 || kind === 3) kept = kept.filter(event => event.kind !== kind)
  kept.push({ id, kind })
}

function expectHeaders({ request, response }: Exchange, answer: Answer, difference: Difference | undefined): void {
  const recorded = (name: string) => response.headers.find(([found]) => found === name)?.[1]
  const contentType =
    difference?.contentType ?? (answer.status === response.status ? recorded('Content-Type') : undefined)
  if (contentType !== undefined) expect(answer.header('content-type')).toBe(contentType)
  expect(answer.header('content-encoding')).toBe(answer.wasGzip ? 'gzip' : undefined)
  expect(answer.header('access-control-allow-credentials')).toBeUndefined()
  const origin = request.headers.find(([name]) => name === 'Origin')?.[1]
  const isAllowed = answer.status === 200 && origin !== undefined
  expect(answer.header('access-control-allow-origin')).toBe(isAllowed ? origin : undefined)
  if (request.method !== 'OPTIONS' || answer.status !== 200) return
  expect(answer.header('access-control-allow-methods')).toBe(recorded('Access-Control-Allow-Methods') ?? 'POST,OPTIONS')
  expect(answer.header('access-control-max-age')).toBe(recorded('Access-Control-Max-Age') ?? '3600')
  expect(answer.header('access-control-allow-private-network')).toBe(difference?.privateNetwork)
  const names = answer.header('access-control-allow-headers')?.split(',') ?? []
  for (const name of recorded('Access-Control-Allow-Headers')?.split(',') ?? []) expect(names).toContain(name)
}

function expectBody(exchange: Exchange, answer: Answer, difference: Difference | undefined): void {
  const { method, path } = exchange.request
  if (method === 'HEAD' || method === 'OPTIONS') {
    if (answer.status < 400) expect(answer.body.length).toBe(0)
    return
  }
  if (answer.header('content-type')?.startsWith('text/html')) {
    expect(answer.body.toString()).toMatch(/^<!doctype html>/i)
    return
  }
  if (answer.status !== 200) expectError(exchange, answer, difference)
  else if (path === '/req') expectEvents(exchange, answer, difference)
  else expect(JSON.parse(answer.body.toString())).toMatchObject({ Status: 'SUCCESS' })
}

function expectError(exchange: Exchange, answer: Answer, difference: Difference | undefined): void {
  const { Error: text } = JSON.parse(answer.body.toString()) as { Error: string }
  if (difference?.error !== undefined) expect(text).toMatch(difference.error)
  else expect(text).toBe(recordedJson(exchange)?.Error)
  expect(text).not.toMatch(/\n|\.ts\b|\.go\b/)
}

function expectEvents(exchange: Exchange, answer: Answer, difference: Difference | undefined): void {
  const events = pulledEvents(answer.body)
  const ids = events.map(({ id }) => id)
  const recorded = recordedEvents(exchange)
  if (difference?.events !== undefined) {
    expect(ids.map(id => id.slice(0, 6))).toEqual(difference.events)
  } else if (difference?.newest !== undefined) {
    expect(ids).toEqual(kept.slice(-difference.newest).map(({ id }) => id))
  } else {
    expect(ids).toEqual(inOrderOfReceipt(recorded?.map(({ id }) => id) ?? []))
  }
  // Whatever the original gave and this node still keeps is there, field for field.
  for (const event of recorded ?? []) {
    if (difference?.events !== undefined || !kept.some(({ id }) => id === event.id)) continue
    expect(events.find(({ id }) => id === event.id)).toEqual(event)
  }
}

/** The original put what has one time in any order; here the order is that in which it came. */
function inOrderOfReceipt(ids: readonly string[]): string[] {
  const place = (id: string) => kept.findIndex(event => event.id === id)
  return ids.toSorted((a, b) => place(a) - place(b))
}
