import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import type { Filter } from '../../../src/event/filter.ts'
import type { Trouble } from '../../../src/web/node/trouble.ts'
import { createBook } from '../../../src/web/state/book.ts'
import { createFollows } from '../../../src/web/state/follows.ts'
import type { Draft } from '../../../src/web/state/publish.ts'
import { personFrom, signedEvent, strangerKey } from '../../support/events.ts'

const alice = personFrom('alice')
const [bob, carol, dave] = ['bob', 'carol', 'dave'].map(strangerKey) as [string, string, string]

/** A page of alice's; `node` is what her node answers each time. */
function page(node: (filter: Filter) => readonly NostrEvent[] | Trouble) {
  const book = createBook()
  const published: Draft[] = []
  const follows = createFollows({
    owner: () => alice.pubkey,
    book,
    ask: async filter => node(filter),
    async publish(draft) {
      published.push(draft)
      const event = signedEvent(alice, { ...draft, created_at: draft.created_at ?? 0 })
      book.add([event])
      return event
    },
    pause: async () => {},
  })
  return { book, follows, published }
}

const list = (tags: readonly (readonly string[])[], created_at = 1_700_000_000) =>
  signedEvent(alice, { kind: 3, content: '{"wss://old.example":{}}', tags, created_at })

describe('the follow list', () => {
  it('keeps everybody, all other tags and the content when somebody is added', async () => {
    const before = list([
      ['p', bob, 'wss://r.example', 'bobby'],
      ['t', 'x'],
      ['p', 'not a key'],
    ])
    const { follows, published } = page(() => [before])
    await follows.follow([carol, bob, carol])
    expect(published).toEqual([
      { kind: 3, created_at: expect.any(Number), content: before.content, tags: [...before.tags, ['p', carol]] },
    ])
    expect([...follows.of()!]).toEqual([bob, carol])
    await follows.unfollow(bob)
    expect(published[1]!.tags).toEqual([
      ['t', 'x'],
      ['p', 'not a key'],
      ['p', carol],
    ])
  })

  it('is changed by one after the other, not by both at once', async () => {
    const { follows, published } = page(() => [list([['p', bob]])])
    await Promise.all([follows.follow([carol]), follows.follow([dave])])
    expect(published.at(-1)!.tags).toEqual([
      ['p', bob],
      ['p', carol],
      ['p', dave],
    ])
    expect(published[1]!.created_at!).toBeGreaterThan(published[0]!.created_at!)
  })

  it('is dated later than the one before, whatever the clock says', async () => {
    const ahead = Math.floor(Date.now() / 1000) + 600
    const { follows, published } = page(() => [list([], ahead)])
    await follows.follow([bob])
    expect(published[0]!.created_at).toBe(ahead + 1)
  })

  it('is not touched while nobody knows what is in it', async () => {
    const { follows, published } = page(() => ({ trouble: 'away' }))
    expect(await follows.follow([bob])).toEqual({ trouble: 'away' })
    expect(published).toEqual([])
  })

  it('is looked for once more where the node had to ask others', async () => {
    let asked = 0
    const { follows, published } = page(() => (asked++ === 0 ? [] : [list([['p', bob]])]))
    await follows.follow([carol])
    expect(published[0]!.tags).toEqual([
      ['p', bob],
      ['p', carol],
    ])
  })

  it('begins empty for a new key', async () => {
    const { follows, published } = page(() => [])
    expect(follows.of()).toBeUndefined()
    await follows.follow([bob])
    expect(published[0]).toMatchObject({ tags: [['p', bob]], content: '' })
  })

  it('is not written again when nothing changes', async () => {
    const { follows, published } = page(() => [list([['p', bob]])])
    expect(await follows.follow([bob])).toBeUndefined()
    expect(await follows.unfollow(carol)).toBeUndefined()
    expect(published).toEqual([])
  })
})
