/**
 * The recorded exchanges from 173 on, between four real nodes over loopback TCP. The events are signed anew by the same
 * keys with times of the last twenty minutes; a pull's `since` and `until`, which are readings of the client's clock,
 * become the start of the replay and now; the original's pauses become waiting for what they gave time for.
 *
 * Two rules hold throughout. A pull compares `since` with the time at which the node got an event, so it may give more
 * than recorded: everything that came since the start, but only what its owner may see. And an event that the original
 * gave is given, field for field.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { signEvent } from '../../src/event/sign.ts'
import { type Exchange, PEOPLE, pulledEvents, readExchanges, recordedEvents, send } from './exchange.ts'
import { createReplayNodes } from './exchange-nodes.ts'

type Person = 'A' | 'B' | 'C' | 'D'
type EventName = keyof typeof EVENTS

const EVERYBODY: readonly Person[] = ['A', 'B', 'C', 'D']
const OWNERS: Readonly<Record<string, Person>> = { N1: 'A', N2: 'B', N3: 'C', N4: 'D' }

/** The exchange that published each event, and who may ever see it. B asks for the follow list, C and D do not. */
const EVENTS = {
  'post of A': { no: 173, for: EVERYBODY },
  'profile of A': { no: 176, for: EVERYBODY },
  'like of B': { no: 183, for: ['A', 'B'] },
  'reply of B': { no: 184, for: ['A', 'B'] },
  'repost of B': { no: 185, for: EVERYBODY },
  'quote of B': { no: 186, for: EVERYBODY },
  'follows of A': { no: 189, for: ['A', 'B'] },
  'post of C': { no: 208, for: EVERYBODY },
  'like of D': { no: 215, for: ['C', 'D'] },
  'mention by D': { no: 220, for: ['B', 'C', 'D'] },
  'post of X': { no: 227, for: [] },
} as const satisfies Record<string, { no: number; for: readonly Person[] }>

interface Case {
  /** Events that must have reached the asked node before it is asked. */
  readonly after?: readonly EventName[]
  /** Why the answer is not the recorded one. */
  readonly why?: string
  readonly status?: number
  /** What is answered instead. */
  readonly events?: readonly EventName[]
  /** May be in the answer to a first question: gossip is quick, and what is not there comes in the background. */
  readonly perhaps?: readonly EventName[]
}

const ARRIVES = 'the original asked in the background and never found it'
const BY_GOSSIP = 'it came by gossip; the original found nothing before it had asked'

const CASES: Readonly<Record<number, Case>> = {
  174: { after: ['post of A'] },
  177: { after: ['profile of A'], why: BY_GOSSIP, events: ['profile of A'] },
  179: { why: BY_GOSSIP, events: ['profile of A'] },
  187: { after: ['like of B', 'reply of B', 'repost of B', 'quote of B'] },
  192: { after: ['follows of A'], why: ARRIVES, events: ['follows of A'] },
  194: { why: ARRIVES, events: ['follows of A'] },
  196: { perhaps: ['profile of A'] },
  198: { after: ['profile of A'], why: ARRIVES, events: ['profile of A'] },
  202: { perhaps: ['post of A'] },
  204: { after: ['post of A'], why: ARRIVES, events: ['post of A'] },
  209: { after: ['post of C'] },
  211: { after: ['post of C'] },
  213: { after: ['post of C'] },
  216: { after: ['like of D'] },
  223: { after: ['mention by D'] },
  225: { after: ['mention by D'] },
  227: { why: 'a node publishes for its owner only', status: 403 },
  228: { why: 'the post of somebody without a node was refused', events: [] },
}

const EXCHANGES = readExchanges().filter(({ no }) => no >= 173)
const START_SECONDS = Math.floor(Date.now() / 1000)
/** The recording's first second; its last is 1,130 s later. */
const RECORDED_SECONDS = 1_720_000_000
const REPLAYED_SECONDS = START_SECONDS - 1_200

const nodes = createReplayNodes()
/** Recorded id → the event of the replay. */
const replayed = new Map<string, NostrEvent>()

beforeAll(async () => {
  await join('N1')
  await join('N2', 'N1')
})
afterAll(() => nodes.stopAll())

describe('Four nodes answer their phone clients as the original did', () => {
  test.each(EXCHANGES.map(exchange => [titleOf(exchange), exchange] as const))('%s', async (_title, exchange) => {
    const here = CASES[exchange.no] ?? {}
    // C comes when A and B have posted, D after that.
    if (exchange.no === 196) await join('N3', 'N2')
    if (exchange.no === 206) await join('N4', 'N1')
    const { node, seen } = nodes.get(exchange.node)
    for (const name of here.after ?? []) {
      await seen(activity => activity.what === 'received' && activity.event.id === eventNamed(name).id)
    }
    const answer = await send(exchange, node.clientOrigin, bodyOf(exchange))
    expect(answer.status).toBe(here.status ?? exchange.response.status)
    if (answer.status !== 200) expect(JSON.parse(answer.body.toString())).toHaveProperty('Error')
    else if (exchange.request.path === '/publish') {
      expect(JSON.parse(answer.body.toString())).toMatchObject({ Status: 'SUCCESS' })
    } else expectEvents(exchange, answer.body, here)
  })
})

function titleOf({ no, node, name, note }: Exchange): string {
  const why = CASES[no]?.why
  return `${no} ${name} at ${node}${note ? ` (${note})` : ''}${why ? `, differs: ${why}` : ''}`
}

/** Starts a node and waits until it knows the nodes that its bootstrap knows. */
async function join(name: string, bootstrap?: string): Promise<void> {
  const others = Object.keys(OWNERS).indexOf(name)
  const bootstraps = bootstrap === undefined ? [] : nodes.get(bootstrap).node.overlayAddresses().slice(0, 1)
  const { node } = await nodes.start(name, { owner: PEOPLE[OWNERS[name]!].pubkey, bootstraps })
  const knowsAll = async () => expect((await node.status()).knownNodes).toBeGreaterThanOrEqual(others)
  await vi.waitFor(knowsAll, { timeout: 20_000, interval: 20 })
}

function eventNamed(name: EventName): NostrEvent {
  const exchange = EXCHANGES.find(({ no }) => no === EVENTS[name].no)!
  return replayed.get((JSON.parse(exchange.request.body!) as NostrEvent).id)!
}

function bodyOf({ request }: Exchange): string {
  const recorded = JSON.parse(request.body!) as NostrEvent & { ids?: string[]; since?: number; until?: number }
  if (request.path === '/publish') return JSON.stringify(signedAnew(recorded))
  return JSON.stringify({
    ...recorded,
    ...(recorded.ids !== undefined && { ids: recorded.ids.map(id => replayed.get(id)?.id ?? id) }),
    ...(recorded.since !== undefined && { since: START_SECONDS }),
    ...(recorded.until !== undefined && { until: Math.floor(Date.now() / 1000) }),
  })
}

/** The same event by the same key, with a time of today and the new ids of what it refers to. */
function signedAnew(recorded: NostrEvent): NostrEvent {
  const key = Object.values(PEOPLE).find(({ pubkey }) => pubkey === recorded.pubkey)!
  const quoted = recorded.kind === 6 ? replayed.get((JSON.parse(recorded.content) as NostrEvent).id) : undefined
  const template = {
    kind: recorded.kind,
    created_at: REPLAYED_SECONDS + recorded.created_at - RECORDED_SECONDS,
    tags: recorded.tags.map(tag => tag.map(element => replayed.get(element)?.id ?? element)),
    content: quoted === undefined ? recorded.content : JSON.stringify(quoted),
  }
  const event = signEvent(template, key.secretKey)
  replayed.set(recorded.id, event)
  return event
}

function expectEvents(exchange: Exchange, body: Buffer, here: Case): void {
  const found = pulledEvents(body)
  const names = Object.keys(EVENTS) as EventName[]
  const nameOf = (id: string) => names.find(name => eventNamed(name)?.id === id) ?? id
  const recorded = recordedEvents(exchange)?.map(({ id }) => nameOf(replayed.get(id)?.id ?? id)) ?? []
  const wanted = here.events ?? recorded
  const given = found.map(({ id }) => nameOf(id))
  const isPull = exchange.request.body!.includes('40000')
  const owner = OWNERS[exchange.node]!
  const allowed = isPull
    ? names.filter(name => (EVENTS[name].for as readonly Person[]).includes(owner))
    : [...wanted, ...(here.perhaps ?? [])]
  expect(given).toEqual(expect.arrayContaining([...wanted]))
  expect(given.filter(name => !(allowed as readonly string[]).includes(name))).toEqual([])
  expect(new Set(given).size).toBe(given.length)
  for (const { id, pubkey, createdAt, kind, tags, content } of found) {
    const { sig: _, created_at, ...event } = eventNamed(nameOf(id) as EventName)
    expect({ id, pubkey, kind, tags, content }).toEqual(event)
    expect(createdAt).toBe(created_at)
  }
}
