import { beforeEach, describe, expect, it } from 'vitest'
import { isRejection } from '../../../src/event/rejection.ts'
import { createSpreader, type Spreader } from '../../../src/flow/spread.ts'
import { startUpkeep } from '../../../src/flow/upkeep.ts'
import { createReadWays } from '../../../src/flow/ways.ts'
import type { Activity } from '../../../src/observe/activity.ts'
import { decodeEvent } from '../../../src/wire/event-codec.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { personFrom, unsignedEvent } from '../../support/events.ts'
import { openTestStore, type TestStore } from './memory-store.ts'

const ALICE = personFrom('alice').pubkey
const BOB = personFrom('bob').pubkey

const cleanUp = useCleanUp()
let test: TestStore
let neighbours: string[]
let sent: string[]
let now: string[]
let passed: string[]
let activities: Activity[]
let warnings: number
let spreader: Spreader

beforeEach(async () => {
  test = await openTestStore(cleanUp)
  neighbours = []
  sent = []
  now = []
  passed = []
  activities = []
  warnings = 0
  spreader = createSpreader({
    outbox: test.store.outbox,
    async broadcast(bytes) {
      const event = decodeEvent(bytes)
      if (isRejection(event)) throw new Error(event.reason)
      if (neighbours.length > 0) sent.push(event.id)
      return [...neighbours]
    },
    isConnected: node => neighbours.includes(node),
    deliver: {
      now: owner => void now.push(owner),
      pass: (event, owner) => void passed.push(`${event.id} ${owner}`),
      start() {},
      stop() {},
    },
    clock: test.clock,
    log: () => void warnings++,
    onActivity: activity => activities.push(activity),
  })
})

let made = 0
async function publish(): Promise<string> {
  const event = unsignedEvent(ALICE, { content: `post ${++made}` })
  await test.put(event, { broadcast: true })
  const { position } = (await test.store.outbox.unsent(1_000)).at(-1)!
  spreader.spread({ result: 'stored', mark: 'open', event, route: { broadcast: true, to: [] }, position })
  await test.clock.pass(0)
  return event.id
}
const unsent = async () => (await test.store.outbox.unsent(1_000)).map(({ event }) => event.id)

describe('a public event', () => {
  it('O5.5: counts as sent when a neighbour that got it is still there five seconds later', async () => {
    neighbours = ['n1', 'n2']
    const post = await publish()
    expect(sent).toEqual([post])
    expect(activities).toMatchObject([{ what: 'broadcast', peers: 2 }])
    await test.clock.pass(4_999)
    expect(await unsent()).toEqual([post])
    neighbours = ['n2']
    await test.clock.pass(1)
    expect(await unsent()).toEqual([])
  })

  it('R14.1: its way is told at once, and stays known over a restart', async () => {
    const ways = createReadWays({ owner: () => ALICE, ...test.store, passing: spreader.passing })
    const alone = await publish()
    const wayOf = async (id: string, read = ways) => (await read([id])).ways[id]
    expect(await wayOf(alone)).toMatchObject({ passed: null, waitsForNodes: true })
    const saved = new Date(test.clock.nowMs()).toISOString()
    neighbours = ['n1', 'n2']
    const post = await publish()
    const way = { saved, passed: { nodes: 2, at: saved }, waitsForNodes: false, deliveries: [] }
    expect(await wayOf(post)).toEqual(way)
    await test.clock.pass(5_000)
    expect(spreader.passing((await test.store.events.after(0, 9, 1e6))[1]!.position)).toBeUndefined()
    expect(await wayOf(post)).toEqual(way)
    const again = await test.reopen()
    const readAgain = createReadWays({ owner: () => ALICE, ...again, passing: () => undefined })
    expect(await wayOf(post, readAgain)).toEqual(way)
    expect(await wayOf(alone, readAgain)).toMatchObject({ passed: null, waitsForNodes: true })
  })

  it('O5.5: sent to neighbours that all went away within five seconds is sent again to the next one', async () => {
    neighbours = ['n1']
    const post = await publish()
    neighbours = []
    await test.clock.pass(5_000)
    expect(await unsent()).toEqual([post])
    neighbours = ['n2']
    await spreader.flush()
    expect(sent).toEqual([post, post])
    await test.clock.pass(5_000)
    expect(await unsent()).toEqual([])
  })

  it('O5.5: settles by its own time, not by that of one sent before it', async () => {
    neighbours = ['n1']
    const first = await publish()
    await test.clock.pass(4_000)
    const second = await publish()
    await test.clock.pass(1_000)
    expect(await unsent()).toEqual([second])
    expect(first).not.toBe(second)
    await test.clock.pass(4_000)
    expect(await unsent()).toEqual([])
  })

  it('O5.5: published while nobody was there goes out, in order, when a neighbour appears', async () => {
    const posts = [await publish(), await publish(), await publish()]
    expect(sent).toEqual([])
    expect(activities).toEqual([])
    neighbours = ['n1']
    await Promise.all([spreader.flush(), spreader.flush()])
    expect(sent).toEqual(posts)
    await spreader.flush()
    expect(sent).toEqual(posts)
  })

  it('O5.5: goes out after a restart too, however many wait', async () => {
    const posts: string[] = []
    for (let i = 0; i < 600; i++) {
      const event = unsignedEvent(ALICE, { content: `post ${++made}` })
      await test.put(event, { broadcast: true })
      posts.push(event.id)
    }
    neighbours = ['n1']
    await spreader.flush()
    expect(sent).toEqual(posts)
  })

  it('O5.5: is tried every 11 minutes, and expired events are swept then', async () => {
    const until = Math.floor(test.clock.nowMs() / 1000) + 60
    const brief = unsignedEvent(ALICE, { tags: [['expiration', `${until}`]] })
    await test.put(brief)
    const post = await publish()
    const stop = startUpkeep({
      events: test.store.events,
      flush: spreader.flush,
      clock: test.clock,
      log: () => void warnings++,
    })
    neighbours = ['n1']
    await test.clock.pass(11 * 60_000 - 1)
    expect(sent).toEqual([])
    expect(test.store.events.has(brief.id)).toBe(true)
    await test.clock.pass(1)
    expect(sent).toEqual([post])
    expect(test.store.events.has(brief.id)).toBe(false)
    await test.clock.pass(22 * 60_000)
    expect(warnings).toBe(0)
    stop()
    expect(test.clock.waiting()).toBe(0)
  })

  it('that cannot be sent because the disk fails is a warning and stays unsent', async () => {
    const broken = createSpreader({
      outbox: {
        unsent: () => Promise.reject(new Error('no such disk')),
        markSent: () => Promise.reject(new Error('no such disk')),
      },
      broadcast: async () => ['n1'],
      isConnected: () => true,
      deliver: { now() {}, pass() {}, start() {}, stop() {} },
      clock: test.clock,
      log: () => void warnings++,
      onActivity: () => {},
    })
    await broken.flush()
    expect(warnings).toBe(1)
    const event = unsignedEvent(ALICE)
    broken.spread({ result: 'stored', mark: 'open', event, route: { broadcast: true, to: [] }, position: 1 })
    await test.clock.pass(5_000)
    expect(warnings).toBe(2)
  })

  it('of a node that stops settles no more', async () => {
    neighbours = ['n1']
    const post = await publish()
    spreader.stop()
    await test.clock.pass(10_000)
    expect(await unsent()).toEqual([post])
    expect(test.clock.waiting()).toBe(0)
  })
})

describe('a unicast', () => {
  it('wakes the deliveries to everybody it names, and is not gossiped', async () => {
    neighbours = ['n1']
    const event = unsignedEvent(ALICE, { tags: [['p', BOB]] })
    spreader.spread({
      result: 'stored',
      mark: 'open',
      event,
      route: { broadcast: false, to: [BOB, ALICE] },
      position: 1,
    })
    await test.clock.pass(0)
    expect(now).toEqual([BOB, ALICE])
    expect(sent).toEqual([])
  })

  it('that is ephemeral is handed over at once, since no outbox holds it', async () => {
    const event = unsignedEvent(ALICE, { kind: 20_001, tags: [['p', BOB]] })
    spreader.spread({ result: 'passed', mark: 'open', event, route: { broadcast: false, to: [BOB] } })
    expect(passed).toEqual([`${event.id} ${BOB}`])
    expect(now).toEqual([])
  })
})

it('a public ephemeral event is gossiped once, and not again later', async () => {
  neighbours = ['n1']
  const event = unsignedEvent(ALICE, { kind: 20_001 })
  spreader.spread({ result: 'passed', mark: 'open', event, route: { broadcast: true, to: [] } })
  await test.clock.pass(60_000)
  await spreader.flush()
  expect(sent).toEqual([event.id])
})
