/** What the page asks the node for by itself: earlier posts, missing profiles and posts. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import { newestFirst } from '../../../src/event/order.ts'
import type { Question } from '../../../src/web/node/events.ts'
import type { Trouble } from '../../../src/web/node/trouble.ts'
import { createBook } from '../../../src/web/state/book.ts'
import { createMissing } from '../../../src/web/state/missing.ts'
import { createOlder } from '../../../src/web/state/older.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'

const ALICE = strangerKey('alice')
const BOB = strangerKey('bob')

/** A node with these events. */
function nodeWith(held: readonly NostrEvent[], { knowsBehind = true } = {}) {
  const events = held.toSorted(newestFirst)
  const asked: Question[] = []
  let trouble: Trouble | undefined
  const ask = async (question: Question) => {
    asked.push(question)
    if (trouble !== undefined) return trouble
    const { until = Number.POSITIVE_INFINITY, behind = '', limit = 50, ids, kinds, authors } = question
    return events
      .filter(({ created_at }) => created_at <= until)
      .filter(({ created_at, id }) => !knowsBehind || created_at < until || id > behind)
      .filter(({ id }) => ids?.includes(id) ?? true)
      .filter(({ kind }) => kinds?.includes(kind) ?? true)
      .filter(({ pubkey }) => ids !== undefined || (authors?.includes(pubkey) ?? true))
      .slice(0, limit)
  }
  return {
    ask,
    asked,
    fail: (with_?: Trouble) => {
      trouble = with_
    },
  }
}

describe('earlier posts', () => {
  const posts = (count: number, at: (place: number) => number) =>
    Array.from({ length: count }, (_, i) => unsignedEvent(ALICE, { content: `${i}`, created_at: at(i) }))

  async function readAll(node: ReturnType<typeof nodeWith>, known: readonly NostrEvent[] = []) {
    const book = createBook()
    book.add(known)
    const older = createOlder({ ask: node.ask, book, question: { kinds: [1] } })
    while (older.state.value !== 'end') {
      await older.load()
      if (node.asked.length > 50) throw new Error('it does not end')
    }
    return { book, node, older }
  }

  it('come a page at a time until there are no more, each of them', async () => {
    const { book, node, older } = await readAll(nodeWith(posts(350, i => 1_000 + i)))
    expect(book.posts()).toHaveLength(350)
    const asked = node.asked.length
    await older.load()
    expect(node.asked).toHaveLength(asked)
  })

  it('come also where a second holds exactly a page of them', async () => {
    const { book } = await readAll(nodeWith(posts(300, i => 1_000 + Math.floor(i / 100))))
    expect(book.posts()).toHaveLength(300)
  })

  it('come also where one second holds more than a page of them, each asked for once', async () => {
    const { book, node } = await readAll(nodeWith(posts(350, i => 1_000 + Math.floor(i / 250))))
    expect(book.posts()).toHaveLength(350)
    expect(node.asked.map(({ limit }) => limit)).toEqual([100, 100, 100, 100])
    expect(node.asked.at(-1)).toEqual({
      kinds: [1],
      until: 1_000,
      behind: expect.stringMatching(/^[0-9a-f]{64}$/),
      limit: 100,
    })
  })

  it('end also at a node that does not know where to go on', async () => {
    const { book } = await readAll(
      nodeWith(
        posts(350, i => 1_000 + Math.floor(i / 250)),
        { knowsBehind: false },
      ),
    )
    expect(book.posts().filter(({ created_at }) => created_at === 1_001)).toHaveLength(100)
    expect(book.posts().some(({ created_at }) => created_at === 1_000)).toBe(true)
  })

  it('pass over what is here in larger steps, and fill a gap above what came by itself', async () => {
    const all = posts(1_500, i => 1_000 + i)
    const { book, node, older } = await readAll(nodeWith(all), [...all.slice(1_000), all[3]!])
    expect(book.posts()).toHaveLength(1_500)
    expect(node.asked.map(({ limit }) => limit).slice(0, 4)).toEqual([100, 200, 400, 100])
    expect([older.brought(all[500]!.id), older.brought(all[1_400]!.id), older.brought(all[3]!.id)]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('are not asked for twice at once, and again after trouble', async () => {
    const node = nodeWith(posts(10, i => i))
    const book = createBook()
    const older = createOlder({ ask: node.ask, book, question: {} })
    await Promise.all([older.load(), older.load()])
    expect(node.asked).toHaveLength(1)
    const other = createOlder({ ask: node.ask, book: createBook(), question: {} })
    node.fail({ trouble: 'away' })
    await other.load()
    expect(other.state.value).toBe('trouble')
    node.fail()
    await other.load()
    expect(other.state.value).toBe('end')
    expect([older.answers.value, other.answers.value]).toEqual([1, 2])
  })
})

describe('what is missing', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is asked for together, once, and again only after a while', async () => {
    const profile = unsignedEvent(ALICE, { kind: 0 })
    const post = unsignedEvent(BOB, { content: 'here' })
    const node = nodeWith([profile, post])
    const book = createBook()
    const missing = createMissing({ ask: node.ask, book })
    for (let i = 0; i < 3; i++) {
      missing.wantProfile(ALICE)
      missing.wantProfile(BOB)
      missing.wantProfile('not a key')
      missing.wantPost(post.id)
    }
    await vi.advanceTimersByTimeAsync(100)
    expect(node.asked).toEqual([
      { kinds: [0], authors: [ALICE, BOB], limit: 2 },
      { ids: [post.id], limit: 1 },
    ])
    expect([book.newest(0, ALICE), book.get(post.id)]).toEqual([profile, post])
    missing.wantProfile(BOB)
    missing.wantPost(post.id)
    await vi.advanceTimersByTimeAsync(100)
    expect(node.asked).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(60_000)
    missing.wantProfile(BOB)
    missing.wantProfile(ALICE)
    await vi.advanceTimersByTimeAsync(100)
    expect(node.asked.at(-1)).toEqual({ kinds: [0], authors: [BOB], limit: 1 })
  })

  it('is asked of its author where the node does not have it, and never more than a hundred at once', async () => {
    const node = nodeWith([])
    const missing = createMissing({ ask: node.ask, book: createBook() })
    missing.wantPost(strangerKey('post'), BOB)
    for (let i = 0; i < 150; i++) missing.wantProfile(strangerKey(`person ${i}`))
    await vi.advanceTimersByTimeAsync(500)
    expect(node.asked).toContainEqual({ kinds: [1], ids: [strangerKey('post')], authors: [BOB] })
    const sizes = node.asked.flatMap(({ kinds, authors }) => (kinds?.[0] === 0 ? authors!.length : []))
    expect(sizes).toEqual([100, 50])
  })

  it('is two requests for a hundred posts by a hundred people, and one for what is here', async () => {
    const wanted = Array.from({ length: 100 }, (_, i) => ({
      id: strangerKey(`post ${i}`),
      by: strangerKey(`by ${i % 90}`),
    }))
    const node = nodeWith([])
    const missing = createMissing({ ask: node.ask, book: createBook() })
    for (const { id, by } of wanted) missing.wantPost(id, by)
    missing.wantPost(strangerKey('by nobody'))
    await vi.advanceTimersByTimeAsync(500)
    expect(node.asked.map(({ ids, authors }) => [ids?.length, authors?.length])).toEqual([
      [100, undefined],
      [100, 100],
      [1, undefined],
    ])
    const { ids, authors } = node.asked[1]!
    expect(wanted.map(({ id }) => authors![ids!.indexOf(id)])).toEqual(wanted.map(({ by }) => by))
  })
})
