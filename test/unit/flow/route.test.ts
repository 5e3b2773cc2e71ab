import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import { KIND } from '../../../src/event/kinds.ts'
import { routeOf } from '../../../src/flow/route.ts'

const [ALICE, BOB, CAROL] = ['a', 'b', 'c'].map(letter => letter.repeat(64)) as [string, string, string]
const ID = '1'.repeat(64)

let made = 0
/** An event by Alice. */
function event(kind: number, tags: string[][] = [], fields: Partial<NostrEvent> = {}): NostrEvent {
  const id = (++made).toString(16).padStart(64, '0')
  return { id, pubkey: ALICE, created_at: 100, kind, tags, content: '', sig: '0'.repeat(128), ...fields }
}
const nothing = () => undefined

const EVERYBODY = { broadcast: true, to: [] }
const KEPT = { broadcast: false, to: [] }
const only = (...to: string[]) => ({ broadcast: false, to })

describe('the way of an event (E6.2)', () => {
  it.each<[string, NostrEvent, { broadcast: boolean; to: string[] }]>([
    ['profile', event(0), EVERYBODY],
    ['profile that names somebody', event(0, [['p', BOB]]), EVERYBODY],
    ['post', event(1), EVERYBODY],
    ['post with a p tag of its own author only', event(1, [['p', ALICE]]), EVERYBODY],
    ['post with a p tag that is no key', event(1, [['p', 'bob'], ['p'], ['p', BOB.toUpperCase()]]), EVERYBODY],
    [
      'reply to oneself',
      event(1, [
        ['e', ID, '', 'root'],
        ['p', ALICE],
      ]),
      EVERYBODY,
    ],
    [
      'reply',
      event(1, [
        ['e', ID, '', 'root'],
        ['p', BOB],
      ]),
      only(BOB),
    ],
    [
      'mention of two, one of them twice, and oneself',
      event(1, [
        ['p', BOB],
        ['p', ALICE],
        ['p', CAROL],
        ['p', BOB],
      ]),
      only(BOB, CAROL),
    ],
    ['quote as the phone client writes it', event(1, [['e', ID, '', 'mention'], ['p', BOB], ['q']]), EVERYBODY],
    [
      'quote of NIP-18',
      event(1, [
        ['q', ID, '', BOB],
        ['p', BOB],
      ]),
      EVERYBODY,
    ],
    [
      'repost',
      event(6, [
        ['e', ID, ''],
        ['p', BOB],
      ]),
      EVERYBODY,
    ],
    [
      'generic repost',
      event(16, [
        ['e', ID, ''],
        ['p', BOB],
        ['k', '30023'],
      ]),
      EVERYBODY,
    ],
    [
      'reaction',
      event(7, [
        ['e', ID],
        ['p', BOB],
      ]),
      only(BOB),
    ],
    [
      'reaction with several p tags: the last is the liked author',
      event(7, [
        ['p', CAROL],
        ['e', ID],
        ['p', BOB],
      ]),
      only(BOB),
    ],
    [
      'reaction to oneself',
      event(7, [
        ['e', ID],
        ['p', ALICE],
      ]),
      KEPT,
    ],
    [
      'reaction whose last p tag is oneself',
      event(7, [
        ['p', BOB],
        ['p', ALICE],
      ]),
      KEPT,
    ],
    ['reaction without p tag', event(7, [['e', ID]]), KEPT],
    ['reaction whose p tag is no key', event(7, [['p', 'bob']]), KEPT],
    ['follow list', event(3, [['p', BOB]]), KEPT],
    ['gift wrap', event(1059, [['p', BOB]]), only(BOB)],
    ['ephemeral gift wrap', event(21_059, [['p', BOB]]), only(BOB)],
    ['gift wrap for nobody', event(1059), KEPT],
    ['ephemeral event for everybody', event(20_001), EVERYBODY],
    ['ephemeral event for one', event(20_001, [['p', BOB]]), only(BOB)],
    ['direct message of NIP-04', event(4, [['p', BOB]]), KEPT],
    ['seal', event(13), KEPT],
    ['chat message', event(14, [['p', BOB]]), KEPT],
    ['file message', event(15, [['p', BOB]]), KEPT],
    ['proof of identity towards a relay', event(22_242, [['relay', 'wss://x']]), KEPT],
    ['proof of identity towards a web server', event(27_235, [['u', 'https://x']]), KEPT],
    ['binding', event(KIND.appData, [['d', 'nostrp2p/node/x']]), KEPT],
    [
      'article',
      event(30_023, [
        ['d', 'x'],
        ['p', BOB],
      ]),
      KEPT,
    ],
    ['kind that nobody knows', event(60_000, [['p', BOB]]), KEPT],
  ])('%s', (_name, sent, route) => {
    expect(routeOf(sent, nothing)).toEqual(route)
  })
})

describe('the way of a deletion (E6.3)', () => {
  const post = event(1)
  const reply = event(1, [['p', BOB]])
  const like = event(7, [['p', CAROL]])
  const follows = event(3)
  const deletion = event(5, [['e', post.id]])
  const bobs = event(1, [], { pubkey: BOB })
  const held = new Map([post, reply, like, follows, deletion, bobs].map(known => [known.id, known]))
  const lookUp = (id: string) => held.get(id)
  const of = (...ids: string[]) =>
    routeOf(
      event(
        5,
        ids.map(id => ['e', id]),
      ),
      lookUp,
    )

  it('of something broadcast is a broadcast', () => {
    expect(of(post.id)).toEqual(EVERYBODY)
  })

  it('of something unicast goes to whoever got it, and to nobody else', () => {
    expect(of(reply.id)).toEqual(only(BOB))
    expect(of(reply.id, like.id, reply.id)).toEqual(only(BOB, CAROL))
  })

  it('of something kept is kept', () => {
    expect(of(follows.id)).toEqual(KEPT)
  })

  it('of both goes both ways', () => {
    expect(of(post.id, reply.id)).toEqual({ broadcast: true, to: [BOB] })
  })

  it('of an event that this node does not hold is a broadcast', () => {
    expect(of(ID)).toEqual(EVERYBODY)
    expect(of(ID, like.id)).toEqual({ broadcast: true, to: [CAROL] })
  })

  it('of a deletion, which has no effect, goes nowhere', () => {
    expect(of(deletion.id)).toEqual(KEPT)
  })

  it('of an address goes the way of the kind', () => {
    expect(routeOf(event(5, [['a', `0:${ALICE}:`]]), lookUp)).toEqual(EVERYBODY)
    expect(routeOf(event(5, [['a', `30023:${ALICE}:x`]]), lookUp)).toEqual(KEPT)
    expect(routeOf(event(5, [['a', `0:${BOB}:`]]), lookUp)).toEqual(KEPT)
  })

  it('that names nothing is kept', () => {
    expect(routeOf(event(5), lookUp)).toEqual(KEPT)
    expect(
      routeOf(
        event(5, [
          ['p', BOB],
          ['e', 'x'],
        ]),
        lookUp,
      ),
    ).toEqual(KEPT)
  })
})

describe('a protected event (E9.2)', () => {
  it('is never broadcast', () => {
    for (const kind of [0, 1, 6, 16, 20_001]) expect(routeOf(event(kind, [['-']]), nothing)).toEqual(KEPT)
    expect(routeOf(event(1, [['q', ID], ['p', BOB], ['-']]), nothing)).toEqual(KEPT)
    expect(routeOf(event(5, [['e', ID], ['-']]), nothing)).toEqual(KEPT)
  })

  it('still goes to those it names', () => {
    expect(routeOf(event(1, [['p', BOB], ['-']]), nothing)).toEqual(only(BOB))
    expect(routeOf(event(7, [['p', BOB], ['-']]), nothing)).toEqual(only(BOB))
    expect(routeOf(event(1059, [['p', BOB], ['-']]), nothing)).toEqual(only(BOB))
  })
})
