/** Two nodes of one owner that ask each other, over real stores in memory: what they find, and what it costs (O20.3 to O20.10). */
import { beforeEach, describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../../src/event/event.ts'
import { KIND } from '../../../src/event/kinds.ts'
import { createAccept } from '../../../src/flow/accept.ts'
import { encodeCursor } from '../../../src/flow/cursor.ts'
import { createOwnAnswer, type OwnAnswer } from '../../../src/flow/own-answer.ts'
import { createOwnNodes, type OwnNodes } from '../../../src/flow/own-nodes.ts'
import { createReceive } from '../../../src/flow/receive.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import type { Mark } from '../../../src/store/mark.ts'
import type { Store, StoreOptions } from '../../../src/store/store.ts'
import {
  decodeOwnCompared,
  decodeOwnEvents,
  decodeOwnGone,
  decodeOwnIds,
  encodeOwnCompared,
  encodeOwnEvents,
  encodeOwnGone,
  encodeOwnIds,
  encodeOwnRequest,
  type OwnQuestions,
} from '../../../src/wire/own.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { NO_GUESTS } from '../../support/no-guests.ts'
import { NOW_SECONDS, openTestStore, type TestStore } from './memory-store.ts'

const OWNER = strangerKey('owner')
const FRIEND = strangerKey('friend')

const cleanUp = useCleanUp()

interface OwnNode {
  readonly name: string
  readonly test: TestStore
  readonly store: Store
  readonly nodes: OwnNodes
  readonly answers: OwnAnswer
  /** What this one asked, and the bytes of questions and answers. */
  readonly asked: string[]
  bytes: number
}

/** Whose bindings count. */
let bound: Set<string>
let all: Map<string, OwnNode>
/** Called after each answer. */
let afterAnswer: (asker: string) => void

beforeEach(() => {
  bound = new Set()
  all = new Map()
  afterAnswer = () => {}
})

async function startOwn(name: string, options: Partial<StoreOptions> = {}, old?: TestStore): Promise<OwnNode> {
  const worth = { owner: () => OWNER, isFollowed: (pubkey: string) => pubkey === FRIEND }
  const test = old ?? (await openTestStore(cleanUp, { worth, ...options }))
  const store = old === undefined ? test.store : await old.reopen()
  const { clock } = test
  const accept = createAccept({
    ...NO_GUESTS,
    events: store.events,
    verify: async event => event as VerifiedEvent,
    circumstances: () => ({ owner: OWNER, writable: true, nowSeconds: NOW_SECONDS }),
    counters: createCounters(),
  })
  const receive = createReceive({ accept, onActivity: () => {}, onDeletion: () => {} })
  const answers = createOwnAnswer({
    store: store.events,
    gone: store.gone,
    owner: () => OWNER,
    isOwn: peer => bound.has(peer) && bound.has(name),
    clock,
  })
  const nodes = createOwnNodes({
    nodes: () => (bound.has(name) ? [...bound].filter(other => other !== name) : []),
    ask: node => questions(own, node),
    takeCopy: receive.takeCopy,
    compareDeliveries: async () => {},
    events: store.events,
    cursors: store.ownCursors,
    gone: store.gone,
    onCopied: () => {},
    clock,
    log: () => {},
    counters: createCounters(),
    onActivity: () => {},
  })
  cleanUp.add(() => nodes.stop())
  const own: OwnNode = { name, test, store, nodes, answers, asked: [], bytes: 0 }
  bound.add(name)
  all.set(name, own)
  return own
}

/** As over a stream: encoded, counted, and refused to who is not bound. */
function questions(own: OwnNode, node: string): Omit<OwnQuestions, 'deliveries'> {
  const answersOf = () => all.get(node)!.answers
  const over = <T>(
    value: T | undefined,
    encode: (value: T) => Uint8Array,
    decode: (bytes: Uint8Array) => unknown,
  ): T => {
    if (value === undefined) throw new Error('the stream was reset')
    const bytes = encode(value)
    own.bytes += bytes.length
    afterAnswer(own.name)
    return decode(bytes) as T
  }
  const asks = (request: Parameters<typeof encodeOwnRequest>[0]) => {
    own.asked.push(request.want)
    own.bytes += encodeOwnRequest(request).length
  }
  return {
    async ids(cursor) {
      asks({ want: 'ids', cursor })
      return over(await answersOf().ids(own.name, cursor), encodeOwnIds, decodeOwnIds)
    },
    async events(ids) {
      asks({ want: 'events', ids })
      return over(answersOf().events(own.name, ids), encodeOwnEvents, decodeOwnEvents)
    },
    async compare(message) {
      asks({ want: 'compare', message })
      return over(await answersOf().compare(own.name, message), encodeOwnCompared, decodeOwnCompared)
    },
    async gone(cursor) {
      asks({ want: 'gone', cursor })
      return over(await answersOf().gone(own.name, cursor), encodeOwnGone, decodeOwnGone)
    },
  }
}

async function put(own: OwnNode, events: readonly VerifiedEvent[], mark: Mark = 'open'): Promise<void> {
  await Promise.all(events.map(event => own.store.events.put(event, { durable: false, mark })))
}

const posts = (count: number, name: string, pubkey = FRIEND) =>
  Array.from({ length: count }, (_, i) =>
    unsignedEvent(pubkey, { content: `${name} ${i}`, created_at: NOW_SECONDS - 10_000 + i }),
  )

const idsOf = async (own: OwnNode) => (await own.store.events.after(0, 1e6, 1e9)).map(({ event }) => event.id).sort()

/** Asks until it waits for news. */
async function catchUp(own: OwnNode): Promise<void> {
  own.nodes.seen()
  for (let idle = 0; idle < 3; ) {
    const before = own.asked.length
    await own.test.clock.pass(1_000)
    idle = own.asked.length === before ? idle + 1 : 0
  }
}

describe('a node that asks another one of its owner', () => {
  it("O20.3: that has nothing yet takes all in the order of receipt, private events too, guests' not", async () => {
    const [first, second] = [await startOwn('a1'), await startOwn('a2')]
    await put(first, posts(600, 'post'))
    await put(first, posts(3, 'note', OWNER), 'private')
    await put(first, [unsignedEvent(strangerKey('guest'), { content: 'guest' })], 'guest')
    await catchUp(second)
    expect(await idsOf(second)).toEqual(await idsOf(first))
    expect(await idsOf(second)).toHaveLength(603)
    expect(second.asked).not.toContain('compare')
  })

  it('O20.8: is answered at once after a delivery was settled between two of its questions', async () => {
    const [first, second] = [await startOwn('a1'), await startOwn('a2')]
    await put(first, posts(1, 'like', OWNER), 'private')
    const ask = async (cursor: string) => (await first.answers.ids(second.name, cursor))!
    const { ids, cursor } = await ask('')
    first.answers.settled()
    expect([ids.length, (await ask(cursor)).ids]).toEqual([1, []])
    // There is nothing to ask about any more: the next one waits.
    let isAnswered = false
    const waits = ask(cursor).then(() => {
      isAnswered = true
    })
    await first.test.clock.pass(49_000)
    expect(isAnswered).toBe(false)
    first.answers.settled()
    await first.test.clock.pass(50)
    await waits
  })

  it('O20.9: both hold the same and the cursor is of another store: a comparison of some bytes', async () => {
    const [first, second] = [await startOwn('a1'), await startOwn('a2')]
    const events = posts(5_000, 'post')
    for (const own of [first, second]) await put(own, events)
    await second.store.ownCursors.save('a1', 'events', '0011223344556677.abc')
    await catchUp(second)
    expect(second.asked.filter(want => want === 'compare')).toHaveLength(1)
    expect(second.asked).not.toContain('events')
    // A page of ids came before it was clear that the cursor is of no use.
    expect(second.bytes).toBeLessThan(10_000)
    const late = posts(1, 'late')
    await put(first, late)
    second.asked.length = 0
    // The question that waits there is answered.
    await first.test.clock.pass(60_000)
    await catchUp(second)
    expect(await idsOf(second)).toEqual(await idsOf(first))
    expect(second.asked).not.toContain('compare')
  })

  it('O20.9: both hold much that the other lacks: what is missing is what it costs, and both are complete', async () => {
    const [first, second] = [await startOwn('a1'), await startOwn('a2')]
    const events = posts(5_000, 'post')
    await put(first, [...events.slice(0, 4_900), ...posts(50, 'only first', OWNER)])
    await put(second, [...events.slice(100), ...posts(50, 'only second', OWNER)])
    await catchUp(second)
    expect(second.bytes).toBeLessThan(150 * 300 + 60_000)
    await catchUp(first)
    expect(await idsOf(second)).toEqual(await idsOf(first))
    expect(await idsOf(second)).toHaveLength(5_100)
  })

  it('O20.3: a cursor beyond what the other one has given is of no use either: that one was restored from a copy', async () => {
    const [first, second] = [await startOwn('a1'), await startOwn('a2')]
    const events = posts(400, 'post')
    for (const own of [first, second]) await put(own, events)
    const { events: given } = first.store
    const ahead = encodeCursor(given, given.lastPosition() + 5)
    await second.store.ownCursors.save('a1', 'events', ahead)
    expect(await first.answers.ids('a2', ahead)).toMatchObject({ isAnew: true })
    await catchUp(second)
    expect(second.asked).toContain('compare')
  })

  it('O20.2: gets nothing more from the moment on in which its binding ends, in the middle of a copy', async () => {
    const [first, second] = [await startOwn('a1'), await startOwn('a2')]
    await put(first, posts(2_000, 'post'))
    let answers = 0
    afterAnswer = () => {
      if (++answers === 6) bound.delete('a2')
    }
    await catchUp(second)
    expect(answers).toBe(6)
    const count = (await idsOf(second)).length
    expect(count).toBeGreaterThan(100)
    expect(count).toBeLessThan(1_500)
    for (const want of ['compare', 'gone', 'ids'] as const) {
      const asked = { compare: Uint8Array.of(0x61), gone: '', ids: '' }
      expect(await first.answers[want]('a2', asked[want] as never)).toBeUndefined()
    }
    afterAnswer = () => {}
    bound.add('a2')
    await catchUp(second)
    expect(await idsOf(second)).toEqual(await idsOf(first))
  })

  it('O20.9: one that is no proper message fails, and so does an answer that settles nothing', async () => {
    const [first] = [await startOwn('a1'), await startOwn('a2')]
    await expect(first.answers.compare('a2', Uint8Array.of(1, 2, 3))).rejects.toThrow('0x61')
  })
})

describe('O20.4: a deletion', () => {
  it('that is for everybody there is for everybody here, also where what it deletes never was; any other is not', async () => {
    const [first, second] = [await startOwn('a1'), await startOwn('a2')]
    const deletions = ['open', 'private'].map(content =>
      unsignedEvent(FRIEND, { kind: KIND.deletion, content, tags: [['e', strangerKey(content)]] }),
    )
    await put(first, [deletions[0]!], 'open')
    await put(first, [deletions[1]!], 'private')
    await catchUp(second)
    const marks = deletions.map(({ id }) => second.store.events.find(id)?.mark)
    expect(marks).toEqual(['open', 'private'])
  })
})

describe('O20.10: what was deleted', () => {
  const SMALL = { maxEvents: 20 }

  async function deleteAndForget(own: OwnNode, event: VerifiedEvent): Promise<void> {
    const tags = [['e', event.id]]
    const deletion = unsignedEvent(event.pubkey, { kind: KIND.deletion, created_at: NOW_SECONDS, tags })
    await put(own, [event, deletion])
    await put(own, posts(60, `flood of ${event.id.slice(0, 8)}`))
    expect(own.store.events.has(deletion.id)).toBe(false)
  }

  it('stays away from the other node too, when the deletion is not held any more, in every turn anew', async () => {
    const [first, second] = [await startOwn('a1', SMALL), await startOwn('a2')]
    const [one, two] = [posts(1, 'one')[0]!, posts(1, 'two')[0]!]
    await deleteAndForget(first, one)
    await catchUp(second)
    expect((await second.store.events.put(one, { durable: false })).result).toBe('deleted')
    expect((await second.store.events.put(two, { durable: false })).result).toBe('stored')
    second.nodes.stop()

    await deleteAndForget(first, two)
    const again = await startOwn('a2', {}, second.test)
    await catchUp(again)
    expect(again.store.events.isDeleted(two)).toBe(true)
    // It was held: only its author's own words take it away.
    expect(again.store.events.has(two.id)).toBe(true)
    again.asked.length = 0
    expect((await first.answers.gone('a2', again.store.ownCursors.get('a1', 'gone')!))?.rows).toEqual([])
  })

  it('is told in pages, and not twice; of addresses with their time', async () => {
    const [first, second] = [await startOwn('a1', SMALL), await startOwn('a2')]
    const version = (seconds: number, name: string) =>
      unsignedEvent(FRIEND, { kind: 30_000, created_at: seconds, tags: [['d', name]] })
    const tags = Array.from({ length: 1_500 }, (_, i) => ['a', `30000:${FRIEND}:${i}`])
    await put(first, [unsignedEvent(FRIEND, { kind: KIND.deletion, created_at: 50, tags })])
    await put(first, posts(60, 'flood'))
    await catchUp(second)
    expect(second.asked.filter(want => want === 'gone')).toHaveLength(2)
    const results = async (...events: VerifiedEvent[]) =>
      Promise.all(events.map(async event => (await second.store.events.put(event, { durable: false })).result))
    expect(await results(version(50, '0'), version(50, '1499'), version(51, '0'))).toEqual([
      'deleted',
      'deleted',
      'stored',
    ])
  })

  it('is not told while the deletion itself is held: it comes as an event', async () => {
    const [first, second] = [await startOwn('a1'), await startOwn('a2')]
    const [post] = posts(1, 'one')
    await put(first, [post!, unsignedEvent(FRIEND, { kind: KIND.deletion, tags: [['e', post!.id]] })])
    expect((await first.answers.gone('a2', ''))?.rows).toEqual([])
    await catchUp(second)
    expect(second.store.events.isDeleted(post!)).toBe(true)
  })

  it('is kept within the bounds of tombstones, and rows that are none are passed over', async () => {
    const { store } = await startOwn('a1')
    const row = (...bytes: number[]) => Uint8Array.from(bytes)
    await store.gone.add([row(), row(0, 0, 0, 1, 3, 8), row(0, 0, 0, 1, 9, 8, ...new Uint8Array(32))])
    await store.gone.add([row(0, 0, 0, 1, 0, 1, ...new Uint8Array(7)), row(0, 0, 0, 1, 0, 0, 115, 116)])
    expect((await store.gone.page('')).rows).toEqual([])
    expect(store.events.epoch).toHaveLength(16)
    for (const cursor of ['x', '..', `${store.events.epoch}.zz.yy.xx`, 'a'.repeat(160)]) {
      expect((await store.gone.page(cursor)).hasMore).toBe(false)
    }
  })
})
