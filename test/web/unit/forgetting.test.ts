/** What the page remembers has a bound: what was not shown for the longest time goes. */
import { describe, expect, it, vi } from 'vitest'
import type { Call } from '../../../src/web/node/call.ts'
import { createBook } from '../../../src/web/state/book.ts'
import { createPlaces } from '../../../src/web/state/places.ts'
import { createWays } from '../../../src/web/state/ways.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { until } from '../../support/until.ts'

const ME = strangerKey('me')
const ALICE = strangerKey('alice')
const MAX = 4_000

/** Dated so that what comes later is older, as when somebody reads on to earlier posts. */
const posts = (count: number, from = 0, pubkey = ALICE, tags: string[][] = []) =>
  Array.from({ length: count }, (_, i) =>
    unsignedEvent(pubkey, { content: `${from + i}`, created_at: 1_000_000 - from - i, tags }),
  )

describe('the book', () => {
  it('holds at most so many, whatever comes', () => {
    const onForget = vi.fn()
    const book = createBook({ owner: () => ME, max: MAX, onForget })
    for (let turn = 0; turn < 30; turn++) {
      const fresh = posts(400, turn * 400)
      expect(book.add(fresh)).toHaveLength(400)
      expect(book.size).toBeLessThanOrEqual(MAX)
      expect(book.posts().length).toBe(book.size)
    }
    expect(book.size).toBeGreaterThan(MAX / 2)
    expect(onForget.mock.calls.length).toBeGreaterThan(5)
    // The beginning of every list, and what came last.
    expect(book.posts().slice(0, 500)).toEqual(posts(500))
    expect(book.get(posts(1, 11_999)[0]!.id)).toBeDefined()
    expect(book.get(posts(1, 1_000)[0]!.id)).toBeUndefined()
  })

  it('keeps what is on the screen, what was just shown, all of the owner and what concerns them', () => {
    const book = createBook({ owner: () => ME, max: MAX })
    const own = posts(50, 500_000, ME)
    const toMe = posts(50, 600_000, ALICE, [['p', ME]])
    const [screen, lately, never] = posts(3, 700_000)
    const lists = [0, 3, 10_000].map(kind => unsignedEvent(ME, { kind, created_at: 1 }))
    book.add([...lists, ...own, ...toMe, screen!, lately!, never!])
    book.show(screen!.id)
    const leave = book.show(lately!.id)
    // Shown twice at once, as a post and as what another quotes.
    book.show(screen!.id)()
    for (let turn = 0; turn < 10; turn++) book.add(posts(400, turn * 400))
    leave()
    for (let turn = 10; turn < 13; turn++) book.add(posts(400, turn * 400))
    for (const event of [...lists, ...own, ...toMe, screen!, lately!]) expect(book.get(event.id)).toBe(event)
    expect(book.get(never!.id)).toBeUndefined()
    for (let turn = 13; turn < 40; turn++) book.add(posts(400, turn * 400))
    expect(book.get(screen!.id)).toBe(screen)
    expect(book.get(lately!.id), 'and went when it had not been shown for long').toBeUndefined()
  })

  it('lets a profile go with the last post of its author, and takes it again', () => {
    const book = createBook({ max: MAX })
    const people = Array.from({ length: 200 }, (_, i) => strangerKey(`person ${i}`))
    const profiles = people.map(pubkey => unsignedEvent(pubkey, { kind: 0 }))
    book.add(profiles)
    for (const [place, pubkey] of people.entries()) book.add(posts(5, 500_000 + place * 5, pubkey))
    for (let turn = 0; turn < 20; turn++) book.add(posts(400, turn * 400))
    expect(people.filter(pubkey => book.newest(0, pubkey) !== undefined)).toEqual([])
    expect(book.add(profiles.slice(0, 1))).toHaveLength(1)
    expect(book.newest(0, people[0]!)).toBe(profiles[0])
  })

  it('has room for profiles too: nobody crowds out the posts by many of them', () => {
    const book = createBook({ max: MAX })
    book.add(posts(600))
    for (let i = 0; i < 3 * MAX; i++) book.add([unsignedEvent(strangerKey(`person ${i}`), { kind: 0 })])
    expect(book.size).toBeLessThanOrEqual(MAX)
    expect(book.posts().slice(0, 500)).toEqual(posts(500))
  })

  it('remembers what was deleted within the bound too', () => {
    const book = createBook({ max: 600 })
    for (let i = 0; i < 100; i++) {
      const tags = Array.from({ length: 50 }, (_, j) => ['e', strangerKey(`gone ${i} ${j}`)])
      book.add([unsignedEvent(ALICE, { kind: 5, created_at: i, tags })])
    }
    const early = { ...unsignedEvent(ALICE), id: strangerKey('gone 0 0') }
    const late = { ...unsignedEvent(ALICE), id: strangerKey('gone 99 49') }
    expect(book.add([early, late])).toEqual([early])
  })
})

it('of what a list has shown only what is there is remembered', () => {
  const places = createPlaces(undefined)
  for (const id of ['a', 'b', 'c']) places.shownIn('home').add(id)
  places.keepShown(id => id === 'b')
  expect([...places.shownIn('home')]).toEqual(['b'])
})

it('of ways those are remembered that were looked at last, and all that are looked at', async () => {
  const way = { saved: null, waitsForNodes: false, passed: null, deliveries: [] }
  const call: Call = async path => {
    const ids = new URL(path, 'http://node').searchParams.get('ids')!.split(',')
    return Response.json({ ways: Object.fromEntries(ids.map(id => [id, way])) })
  }
  const ways = createWays(call, 5)
  ways.watch('first')
  for (let i = 0; i < 12; i++) {
    const leave = ways.watch(`post ${i}`)
    await until(`the way of post ${i}`, () => ways.ways.value.has(`post ${i}`))
    leave()
  }
  expect(ways.ways.value.size).toBe(5)
  expect([ways.ways.value.has('first'), ways.ways.value.has('post 11'), ways.ways.value.has('post 1')]).toEqual([
    true,
    true,
    false,
  ])
})
