import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProtected, type NostrEvent } from '../../../src/event/event.ts'
import { KIND } from '../../../src/event/kinds.ts'
import { routeOf } from '../../../src/flow/route.ts'
import type { Source } from '../../../src/flow/source.ts'
import { type Bans, markOf, markOfForm, viewOf } from '../../../src/flow/visibility.ts'
import type { Role, Visitor } from '../../../src/flow/visitor.ts'
import type { Mark } from '../../../src/store/mark.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'

const [ALICE, BOB, CAROL] = ['alice', 'bob', 'carol'].map(strangerKey) as [string, string, string]
const noBan: Bans = { has: () => false, areThere: () => false }
const allBanned: Bans = { has: () => true, areThere: () => true }
const visitor = (role: Role, pubkeys: readonly string[] = []): Visitor => ({
  role,
  pubkeys: new Set(pubkeys),
  address: undefined,
})
const marked = (event: NostrEvent, via: Source['via'], held: readonly NostrEvent[] = []): Mark => {
  const lookUp = (id: string) => held.find(one => one.id === id)
  return markOf(event, routeOf(event, lookUp), via, lookUp)
}
const sees = (reader: Visitor, event: NostrEvent, mark: Mark | undefined) => viewOf(reader, ALICE, noBan)(event, mark)
const to = (pubkey: string) => [['p', pubkey]]

describe('whose an event is (A2)', () => {
  it.each<[number, string[][], Mark]>([
    [0, [], 'open'],
    [1, [], 'open'],
    [1, to(ALICE), 'open'],
    [1, to(BOB), 'private'],
    [1, [...to(BOB), ['q', 'x']], 'open'],
    [3, to(BOB), 'open'],
    [4, to(BOB), 'private'],
    [5, [], 'private'],
    [6, to(BOB), 'open'],
    [7, to(BOB), 'private'],
    [7, [], 'private'],
    [13, [], 'private'],
    [14, to(BOB), 'private'],
    [15, to(BOB), 'private'],
    [16, to(BOB), 'open'],
    [62, [['relay', 'ALL_RELAYS']], 'open'],
    [1059, to(BOB), 'private'],
    [1111, to(BOB), 'open'],
    [1234, [], 'private'],
    [1984, to(BOB), 'open'],
    [7374, [], 'private'],
    [7375, [], 'private'],
    [7376, [], 'private'],
    [9734, to(BOB), 'private'],
    [9735, to(BOB), 'open'],
    [10_000, [], 'open'],
    [10_002, [], 'open'],
    [10_013, [], 'private'],
    [10_050, [], 'open'],
    [17_375, [], 'private'],
    [20_001, [], 'open'],
    [20_001, to(BOB), 'private'],
    [21_059, to(BOB), 'private'],
    [22_242, [], 'private'],
    [24_133, to(BOB), 'private'],
    [27_235, [], 'private'],
    [30_023, [], 'open'],
    [30_078, [['d', 'settings']], 'private'],
    [30_078, [['d', 'nostrp2p/node/12D3KooW']], 'open'],
    [31_234, [['d', 'x']], 'private'],
  ])("A2.2: of the owner's own, kind %i with tags %j is %s", (kind, tags, mark) => {
    const event = unsignedEvent(ALICE, { kind, tags })
    expect(marked(event, 'client')).toBe(mark)
    expect(marked(event, 'own-node')).toBe(mark)
    // Without a mark it counts as no more open than with one.
    expect(markOfForm(event)).toBe(mark)
  })

  it('A2.3: what was delivered is private, what was gossiped is open', () => {
    for (const kind of [1, 5, 7, 1059, 20_001]) {
      const event = unsignedEvent(BOB, { kind, tags: to(ALICE) })
      expect(marked(event, 'deliver')).toBe('private')
    }
    expect(marked(unsignedEvent(BOB), 'gossip')).toBe('open')
    expect(marked(unsignedEvent(BOB, { kind: 5, tags: [['e', 'f'.repeat(64)]] }), 'gossip')).toBe('open')
  })

  it('A2.4: a deletion is as open as all that it names', () => {
    const post = unsignedEvent(ALICE, { content: 'a' })
    const reply = unsignedEvent(ALICE, { tags: to(BOB) })
    const others = unsignedEvent(BOB, { content: 'a' })
    const deletion = (...ids: string[]) => unsignedEvent(ALICE, { kind: 5, tags: ids.map(id => ['e', id]) })
    const held = [post, reply, others]
    expect(marked(deletion(post.id), 'client', held)).toBe('open')
    expect(marked(deletion(reply.id), 'client', held)).toBe('private')
    expect(marked(deletion(post.id, reply.id), 'client', held)).toBe('private')
    expect(marked(deletion('f'.repeat(64)), 'client', held)).toBe('private')
    expect(marked(deletion(others.id), 'client', held)).toBe('private')
    const ofAddress = (text: string) => unsignedEvent(ALICE, { kind: 5, tags: [['a', text]] })
    expect(marked(ofAddress(`30023:${ALICE}:x`), 'client')).toBe('open')
    expect(marked(ofAddress(`30078:${ALICE}:x`), 'client')).toBe('private')
    expect(marked(ofAddress(`30078:${ALICE}:nostrp2p/node/x`), 'client')).toBe('open')
  })

  it("A2.5: a guest's event is a guest's, whomever it names", () => {
    for (const kind of [0, 1, 3, 5, 7, 62, 20_001, 30_078]) {
      expect(marked(unsignedEvent(BOB, { kind, tags: to(ALICE) }), 'guest')).toBe('guest')
    }
    for (const kind of [4, 13, 14, 15, 1059, 21_059]) {
      expect(marked(unsignedEvent(BOB, { kind, tags: to(ALICE) }), 'guest')).toBe('guest-closed')
    }
  })
})

describe('who is shown what (A3)', () => {
  const others = [visitor('stranger'), visitor('guest', [CAROL]), visitor('listed', [CAROL])]

  it('A3.1: the table', () => {
    const post = unsignedEvent(BOB)
    for (const reader of [...others, visitor('owner')]) {
      const isOwner = reader.role === 'owner'
      expect([sees(reader, post, 'open'), sees(reader, post, 'private'), sees(reader, post, 'guest')]).toEqual([
        true,
        isOwner,
        true,
      ])
      expect(sees(reader, unsignedEvent(BOB, { kind: 4, tags: to(strangerKey('dave')) }), 'guest-closed')).toBe(false)
    }
  })

  it('A3.2: a gift wrap is shown to the person that it names, when they have proved their key', () => {
    for (const kind of [KIND.giftWrap, KIND.ephemeralGiftWrap]) {
      for (const mark of ['private', 'guest-closed'] as const) {
        const wrap = unsignedEvent(BOB, { kind, tags: to(CAROL) })
        expect(others.map(reader => sees(reader, wrap, mark))).toEqual([false, true, true])
        // The key that signed it is nobody's.
        expect(sees(visitor('guest', [BOB]), wrap, mark)).toBe(false)
      }
    }
  })

  it("A3.3: guests' letters are shown to their author and to those named", () => {
    for (const kind of [4, 13, 14, 15]) {
      const letter = unsignedEvent(BOB, { kind, tags: to(CAROL) })
      expect(others.map(reader => sees(reader, letter, 'guest-closed'))).toEqual([false, true, true])
      expect(sees(visitor('guest', [BOB]), letter, 'guest-closed')).toBe(true)
      expect(sees(visitor('owner'), letter, 'guest-closed')).toBe(false)
      // By this machine too: the owner is a party of what names the owner.
      expect(sees(visitor('owner'), unsignedEvent(BOB, { kind, tags: to(ALICE) }), 'guest-closed')).toBe(true)
      // The owner's own letters are not even shown to whom they name: those have them from their own node.
      expect(sees(visitor('guest', [CAROL]), letter, 'private')).toBe(false)
    }
  })

  it("A3.4: what is banned is shown to nobody else, and a guest's not to the owner either", () => {
    const banned = (reader: Visitor, mark: Mark) => viewOf(reader, ALICE, allBanned)(unsignedEvent(BOB), mark)
    for (const reader of others) {
      for (const mark of ['open', 'private', 'guest', 'guest-closed'] as const) expect(banned(reader, mark)).toBe(false)
    }
    expect((['open', 'private', 'guest'] as const).map(mark => banned(visitor('owner'), mark))).toEqual([
      true,
      true,
      false,
    ])
  })

  const kind = fc.oneof(
    fc.integer({ min: 0, max: 65_535 }),
    fc.constantFrom(
      0,
      1,
      3,
      4,
      5,
      6,
      7,
      13,
      14,
      15,
      16,
      1059,
      1234,
      7375,
      9734,
      20_001,
      21_059,
      24_133,
      30_078,
      31_234,
    ),
  )
  const tag = fc.constantFrom(
    ...[ALICE, BOB, CAROL].map(pubkey => ['p', pubkey]),
    ['q', 'x'],
    ['-'],
    ['e', 'f'.repeat(64)],
  )
  const event = fc
    .record({ kind, tags: fc.array(tag, { maxLength: 3 }), pubkey: fc.constantFrom(ALICE, BOB, CAROL) })
    .map(({ pubkey, ...fields }) => unsignedEvent(pubkey, fields))
  const via = fc.constantFrom<Source['via']>('client', 'offer', 'guest', 'deliver', 'own-node', 'fetch')

  it('whatever is sent to somebody is shown to nobody else but the owner', () => {
    fc.assert(
      fc.property(event, via, fc.subarray([BOB, CAROL]), (one, way, keys) => {
        const route = routeOf(one, () => undefined)
        if (way === 'guest' || (!route.to.length && way !== 'deliver')) return
        const reader = visitor(keys.length > 0 ? 'guest' : 'stranger', keys)
        const isMyWrap =
          [1059, 21_059].includes(one.kind) && one.tags.some(([n, v]) => n === 'p' && keys.includes(v ?? ''))
        // A quote and a repost name people and are for everybody; a deletion may go several ways.
        if (route.broadcast && way !== 'deliver') return
        expect(sees(reader, one, marked(one, way))).toBe(isMyWrap)
        expect(sees(visitor('owner'), one, marked(one, way))).toBe(true)
      }),
      { seed: SEED, numRuns: 3_000 },
    )
  })

  it('a glance says what a look at the event says, or nothing', () => {
    const mark = fc.constantFrom<Mark | undefined>(undefined, 'open', 'private', 'guest', 'guest-closed')
    const role = fc.constantFrom<Role>('owner', 'listed', 'guest', 'stranger')
    const someBanned: Bans = { has: ({ pubkey }) => pubkey === BOB, areThere: () => true }
    fc.assert(
      fc.property(event, mark, role, fc.subarray([BOB, CAROL]), fc.constantFrom(noBan, someBanned), (...all) => {
        const [one, marked, as, keys, bans] = all
        const view = viewOf(visitor(as, keys), ALICE, bans)
        const glance = view.glance!(one.kind, marked, isProtected(one))
        expect([view(one, marked), undefined]).toContain(glance)
        if (marked === 'open' && bans === noBan) expect(glance).toBe(true)
      }),
      { seed: SEED, numRuns: 3_000 },
    )
  })

  it('nobody is shown more by proving nothing, and an unmarked event is never more open than a marked one', () => {
    fc.assert(
      fc.property(event, via, fc.subarray([BOB, CAROL]), (one, way, keys) => {
        const mark = marked(one, way)
        const stranger = sees(visitor('stranger'), one, mark)
        expect(stranger && !sees(visitor('guest', keys), one, mark)).toBe(false)
        expect(sees(visitor('listed', keys), one, mark)).toBe(sees(visitor('guest', keys), one, mark))
        if (way === 'client' && markOfForm(one) === 'open') expect(mark).toBe('open')
      }),
      { seed: SEED, numRuns: 3_000 },
    )
  })
})
