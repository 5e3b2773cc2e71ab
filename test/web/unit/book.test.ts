import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deletionTargets } from '../../../src/event/deletion.ts'
import type { NostrEvent } from '../../../src/event/event.ts'
import { addressOf, newestFirst } from '../../../src/event/order.ts'
import { createBook } from '../../../src/web/state/book.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'

const ALICE = strangerKey('alice')
const BOB = strangerKey('bob')

/** What the book is to hold, found slowly: nothing of it depends on an order. */
function naive(events: readonly NostrEvent[]): Set<string> {
  const deletions = events.filter(({ kind }) => kind === 5)
  const isDeleted = (event: NostrEvent) =>
    event.kind !== 5 &&
    deletions.some(deletion => {
      const { ids, addresses } = deletionTargets(deletion)
      const own = addressOf(event)
      return (
        deletion.pubkey === event.pubkey &&
        (ids.includes(event.id) ||
          (own !== undefined &&
            event.created_at <= deletion.created_at &&
            addresses.some(({ kind, d }) => kind === own.kind && d === own.d)))
      )
    })
  const keyOf = (event: NostrEvent) => JSON.stringify(addressOf(event))
  const isNewest = (event: NostrEvent) =>
    addressOf(event) === undefined ||
    events.every(other => keyOf(other) !== keyOf(event) || other.id === event.id || newestFirst(event, other) < 0)
  return new Set(events.filter(event => isNewest(event) && !isDeleted(event)).map(({ id }) => id))
}

/** A few people, kinds, dates and names, so that much meets: versions, deletions before and after what they name. */
const history = fc
  .array(
    fc.record({
      pubkey: fc.constantFrom(ALICE, BOB),
      kind: fc.constantFrom(0, 1, 1, 3, 6, 7, 5, 5, 30_078),
      created_at: fc.integer({ min: 1, max: 6 }),
      d: fc.constantFrom('a', 'b'),
      names: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map(all => {
    const events: NostrEvent[] = []
    for (const [place, { pubkey, kind, created_at, d, names }] of all.entries()) {
      const tags: string[][] = names.flatMap(name =>
        events.length > 0 ? [['e', events[name % events.length]!.id]] : [],
      )
      if (kind === 30_078) tags.push(['d', d])
      if (kind === 5 && names.length % 2 === 0) tags.push(['a', `30078:${pubkey}:${d}`], ['a', `0:${pubkey}:`])
      events.push(unsignedEvent(pubkey, { kind, created_at, tags, content: `${place}` }))
    }
    return events
  })

describe('the book', () => {
  it(`holds the same whatever the order and the portions in which events come (SEED=${SEED})`, () => {
    const portions = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 })
    const mixed = history.chain(events =>
      fc.record({
        events: fc.constant(events),
        order: fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
        portions,
      }),
    )
    fc.assert(
      fc.property(mixed, ({ events, order, portions }) => {
        const book = createBook()
        for (let at = 0, turn = 0; at < order.length; turn++) {
          const size = portions[turn % portions.length]!
          book.add(order.slice(at, at + size))
          at += size
        }
        const expected = naive(events)
        expect(new Set(events.filter(({ id }) => book.get(id) !== undefined).map(({ id }) => id))).toEqual(expected)
        expect(book.size).toBe(expected.size)
        const posts = events.filter(({ id, kind }) => expected.has(id) && (kind === 1 || kind === 6)).sort(newestFirst)
        expect(book.posts()).toEqual(posts)
        for (const { id } of events) {
          const naming = events.filter(one => expected.has(one.id) && one.tags.some(tag => tag[1] === id))
          expect(new Set(book.naming(id))).toEqual(new Set(naming))
        }
      }),
      { seed: SEED, numRuns: 400 },
    )
  })

  it('says what was new and stays, and that something changed only when it did', () => {
    const book = createBook()
    const post = unsignedEvent(ALICE, { kind: 1 })
    expect(book.add([post, post])).toEqual([post])
    expect(book.version.value).toBe(1)
    expect(book.add([post])).toEqual([])
    expect(book.version.value).toBe(1)
    const old = unsignedEvent(ALICE, { kind: 0, created_at: 1 })
    const young = unsignedEvent(ALICE, { kind: 0, created_at: 2 })
    expect(book.add([old, young])).toEqual([young])
    expect(book.newest(0, ALICE)).toBe(young)
    expect(book.add([old])).toEqual([])
  })

  it('takes the deletion of somebody else for nothing', () => {
    const book = createBook()
    const post = unsignedEvent(ALICE, { kind: 1 })
    const deletion = unsignedEvent(BOB, {
      kind: 5,
      tags: [
        ['e', post.id],
        ['a', `0:${ALICE}:`],
      ],
    })
    book.add([deletion, post])
    expect(book.posts()).toEqual([post])
  })
})
