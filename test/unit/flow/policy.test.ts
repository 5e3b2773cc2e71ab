import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import { KIND } from '../../../src/event/kinds.ts'
import type { RejectionCode } from '../../../src/event/rejection.ts'
import { type Circumstances, judge } from '../../../src/flow/policy.ts'
import { isShared, routeOf } from '../../../src/flow/route.ts'
import type { Source } from '../../../src/flow/source.ts'
import { personFrom, strangerKey, unsignedEvent } from '../../support/events.ts'

const NOW = 1_700_000_000
const DAY = 24 * 3600
const [ALICE, BOB, CAROL] = ['alice', 'bob', 'carol'].map(name => personFrom(name).pubkey) as [string, string, string]

/** At Alice's node. */
const HERE: Circumstances = { owner: ALICE, writable: true, nowSeconds: NOW }
const UNCLAIMED = { ...HERE, owner: undefined }

const CLIENT: Source = { via: 'client' }
const GOSSIP: Source = { via: 'gossip', peer: 'p' }
const DELIVER: Source = { via: 'deliver', peer: 'p' }
const fetched = (filter: Extract<Source, { via: 'fetch' }>['filter']): Source => ({ via: 'fetch', peer: 'p', filter })
const ANYTHING = fetched({})

const by = (pubkey: string, fields: Partial<NostrEvent> = {}) =>
  unsignedEvent(pubkey, { created_at: NOW, content: 'x', ...fields })
const to = (...people: string[]) => people.map(pubkey => ['p', pubkey])
const many = (count: number) => to(...Array.from({ length: count }, (_, i) => strangerKey(`${i}`)))

type Case = [name: string, event: NostrEvent, source: Source, expected: RejectionCode | undefined, here?: Circumstances]

const CASES: Case[] = [
  ['a post of the owner from the client', by(ALICE), CLIENT, undefined],
  ['a post of somebody else from the client', by(BOB), CLIENT, 'not-owner'],
  ['any write at a node that takes none', by(ALICE), CLIENT, 'write-denied', { ...HERE, writable: false }],
  ['a write of a stranger at a node that takes none', by(BOB), CLIENT, 'write-denied', { ...HERE, writable: false }],
  ['gossip at a node that takes no writes', by(BOB), GOSSIP, undefined, { ...HERE, writable: false }],
  [
    'a delivery at a node that takes no writes',
    by(BOB, { tags: to(ALICE) }),
    DELIVER,
    undefined,
    { ...HERE, writable: false },
  ],
  ['a write at an unclaimed node', by(ALICE), CLIENT, 'unclaimed', UNCLAIMED],
  ['a delivery at an unclaimed node', by(BOB, { tags: to(ALICE) }), DELIVER, 'unclaimed', UNCLAIMED],
  ['gossip at an unclaimed node', by(BOB), GOSSIP, undefined, UNCLAIMED],
  ['an answer at an unclaimed node', by(BOB), ANYTHING, undefined, UNCLAIMED],

  ['15 minutes ahead', by(BOB, { created_at: NOW + 900 }), GOSSIP, undefined],
  ['15 minutes and a second ahead', by(BOB, { created_at: NOW + 901 }), GOSSIP, 'from-future'],
  ['the same from the client', by(ALICE, { created_at: NOW + 901 }), CLIENT, 'from-future'],
  ['expired this second', by(BOB, { tags: [['expiration', `${NOW}`]] }), GOSSIP, 'expired'],
  ['expiring next second', by(BOB, { tags: [['expiration', `${NOW + 1}`]] }), GOSSIP, undefined],
  ['an expired one from the client', by(ALICE, { tags: [['expiration', '1']] }), CLIENT, 'expired'],
  ['ancient from the client', by(ALICE, { created_at: 0 }), CLIENT, undefined],
  ['ancient and delivered', by(BOB, { created_at: 0, tags: to(ALICE) }), DELIVER, undefined],
  ['a week old in gossip', by(BOB, { created_at: NOW - 7 * DAY }), GOSSIP, undefined],
  ['a second older in gossip', by(BOB, { created_at: NOW - 7 * DAY - 1 }), GOSSIP, 'too-old'],

  ['a reply to a misspelt key', by(ALICE, { tags: to('ALICE') }), CLIENT, 'malformed'],
  ['a reply to nobody', by(ALICE, { tags: [['p']] }), CLIENT, 'malformed'],
  ['a reply to a key in capitals', by(ALICE, { tags: to(BOB.toUpperCase()) }), CLIENT, 'malformed'],
  ['the same in gossip', by(BOB, { tags: to('ALICE') }), GOSSIP, 'malformed'],
  ['a like with a misspelt key', by(ALICE, { kind: KIND.reaction, tags: to('x') }), CLIENT, 'malformed'],
  ['a gift wrap for a misspelt key', by(ALICE, { kind: KIND.giftWrap, tags: to('x') }), CLIENT, 'malformed'],
  ['an ephemeral event for a misspelt key', by(ALICE, { kind: 20_001, tags: to('x') }), CLIENT, 'malformed'],
  ['a follow list with a misspelt key', by(ALICE, { kind: KIND.follows, tags: to('x') }), CLIENT, undefined],
  ['a reply to 100 people', by(ALICE, { tags: many(100) }), CLIENT, undefined],
  ['a reply to 101 people', by(ALICE, { tags: many(101) }), CLIENT, 'too-large'],
  ['a quote that names 101 people', by(ALICE, { tags: [['q', 'a'], ...many(101)] }), CLIENT, undefined],

  ['an empty post from the client', by(ALICE, { content: '' }), CLIENT, 'malformed'],
  ['an empty post in gossip', by(BOB, { content: '' }), GOSSIP, undefined],
  ['an empty deletion from the client', by(ALICE, { kind: KIND.deletion, content: '' }), CLIENT, undefined],
  ['a proof for a relay from the client', by(ALICE, { kind: KIND.clientAuth }), CLIENT, 'malformed'],
  ['a proof for a web server from the client', by(ALICE, { kind: KIND.httpAuth }), CLIENT, 'malformed'],
  ['a seal from the client', by(ALICE, { kind: KIND.seal }), CLIENT, undefined],
  ['a direct message from the client', by(ALICE, { kind: KIND.encryptedMessage, tags: to(BOB) }), CLIENT, undefined],
  ['a kind that nobody knows from the client', by(ALICE, { kind: 12_345 }), CLIENT, undefined],

  ['a profile in gossip', by(BOB, { kind: KIND.profile }), GOSSIP, undefined],
  ['a repost in gossip', by(BOB, { kind: KIND.repost, tags: to(CAROL) }), GOSSIP, undefined],
  ['a quote in gossip', by(BOB, { tags: [['q'], ['p', ALICE]] }), GOSSIP, undefined],
  ['a reply in gossip', by(BOB, { tags: to(ALICE) }), GOSSIP, 'not-public'],
  ['a like in gossip', by(BOB, { kind: KIND.reaction, tags: to(ALICE) }), GOSSIP, 'not-public'],
  ['a gift wrap in gossip', by(BOB, { kind: KIND.giftWrap, tags: to(ALICE) }), GOSSIP, 'not-public'],
  ['a follow list in gossip', by(BOB, { kind: KIND.follows }), GOSSIP, 'not-public'],
  ['a direct message in gossip', by(BOB, { kind: KIND.encryptedMessage }), GOSSIP, 'not-public'],
  ['a protected post in gossip', by(BOB, { tags: [['-']] }), GOSSIP, 'not-public'],
  ['a kind that nobody knows in gossip', by(BOB, { kind: 12_345 }), GOSSIP, 'not-public'],
  ['an ephemeral event in gossip', by(BOB, { kind: 20_001 }), GOSSIP, undefined],
  ['a deletion in gossip', by(BOB, { kind: KIND.deletion, tags: [['e', strangerKey('e')]] }), GOSSIP, undefined],
  [
    'a protected deletion in gossip',
    by(BOB, { kind: KIND.deletion, tags: [['e', strangerKey('e')], ['-']] }),
    GOSSIP,
    'not-public',
  ],
  ['a deletion of nothing in gossip', by(BOB, { kind: KIND.deletion }), GOSSIP, 'not-public'],
  ['gossip of the owner, from another node of theirs', by(ALICE), GOSSIP, undefined],

  ['a reply to the owner, delivered', by(BOB, { tags: to(ALICE) }), DELIVER, undefined],
  ['a reply to the owner and another, delivered', by(BOB, { tags: to(CAROL, ALICE) }), DELIVER, undefined],
  ['a protected reply to the owner, delivered', by(BOB, { tags: [['p', ALICE], ['-']] }), DELIVER, undefined],
  ['a reply to somebody else, delivered', by(BOB, { tags: to(CAROL) }), DELIVER, 'not-for-us'],
  ['a like of the owner, delivered', by(BOB, { kind: KIND.reaction, tags: to(ALICE) }), DELIVER, undefined],
  [
    'a like of somebody else that names the owner first',
    by(BOB, { kind: KIND.reaction, tags: to(ALICE, CAROL) }),
    DELIVER,
    'not-for-us',
  ],
  ['a gift wrap for the owner, delivered', by(BOB, { kind: KIND.giftWrap, tags: to(ALICE) }), DELIVER, undefined],
  ['a public post, delivered', by(BOB), DELIVER, 'not-for-us'],
  ['a quote that names the owner, delivered', by(BOB, { tags: [['q'], ['p', ALICE]] }), DELIVER, 'not-for-us'],
  ['a direct message, delivered', by(BOB, { kind: KIND.encryptedMessage, tags: to(ALICE) }), DELIVER, 'not-for-us'],
  ['a proof of identity, delivered', by(BOB, { kind: KIND.httpAuth, tags: to(ALICE) }), DELIVER, 'not-for-us'],
  ['a deletion by somebody, delivered', by(BOB, { kind: KIND.deletion }), DELIVER, undefined],
  ['a deletion in the name of the owner, delivered', by(ALICE, { kind: KIND.deletion }), DELIVER, 'not-for-us'],

  ['an answer that was asked for', by(BOB), fetched({ authors: [BOB] }), undefined],
  ['an answer by another author', by(CAROL), fetched({ authors: [BOB] }), 'not-asked'],
  ['an answer of another kind', by(BOB, { kind: KIND.profile }), fetched({ kinds: [1] }), 'not-asked'],
  ['an answer with another id', by(BOB), fetched({ ids: [strangerKey('id')] }), 'not-asked'],
  ['an answer with a follow list', by(BOB, { kind: KIND.follows }), fetched({ kinds: [3] }), undefined],
  ['an answer with a protected post', by(BOB, { tags: [['-']] }), ANYTHING, undefined],
  ['an answer with a protected reply', by(BOB, { tags: [['-'], ['p', CAROL]] }), ANYTHING, 'not-public'],
  ['an answer with a reply', by(BOB, { tags: to(CAROL) }), ANYTHING, 'not-public'],
  ['an answer with a like', by(BOB, { kind: KIND.reaction, tags: to(CAROL) }), ANYTHING, 'not-public'],
  ['an answer with a like of oneself', by(BOB, { kind: KIND.reaction, tags: to(BOB) }), ANYTHING, 'not-public'],
  ['an answer with a gift wrap', by(BOB, { kind: KIND.giftWrap }), ANYTHING, 'not-public'],
  ['an answer with a seal', by(BOB, { kind: KIND.seal }), ANYTHING, 'not-public'],
  ["an answer with an application's data", by(BOB, { kind: KIND.appData, tags: [['d', 'x']] }), ANYTHING, undefined],
]

describe('policy: which events are welcome from where (O5.3, O6.4, O7.3)', () => {
  it.each(CASES)('%s', (_name, event, source, expected, here = HERE) => {
    const rejection = judge(
      event,
      routeOf(event, () => undefined),
      source,
      here,
    )
    expect(rejection?.rejected).toBe(expected)
    if (rejection !== undefined) expect(rejection.reason).not.toBe('')
  })

  it('the first rule that refuses is the one that is told: a node without owner says so before it reads the event', () => {
    const event = by(BOB, { created_at: NOW + 5_000, tags: to('x') })
    expect(
      judge(
        event,
        routeOf(event, () => undefined),
        CLIENT,
        UNCLAIMED,
      )?.rejected,
    ).toBe('unclaimed')
    expect(
      judge(
        event,
        routeOf(event, () => undefined),
        CLIENT,
        HERE,
      )?.rejected,
    ).toBe('not-owner')
  })
})

describe('what is handed out (O6.3)', () => {
  it.each<[string, NostrEvent, boolean]>([
    ['a post', by(BOB), true],
    ['a profile', by(BOB, { kind: 0 }), true],
    ['a follow list that names people', by(BOB, { kind: 3, tags: to(CAROL) }), true],
    ['an article', by(BOB, { kind: 30_023 }), true],
    ['a protected post', by(BOB, { tags: [['-']] }), true],
    ['a reply', by(BOB, { tags: to(CAROL) }), false],
    ['a like', by(BOB, { kind: 7, tags: to(CAROL) }), false],
    ['a gift wrap', by(BOB, { kind: 1059, tags: to(CAROL) }), false],
    ['a direct message', by(BOB, { kind: 4, tags: to(CAROL) }), false],
    ['a proof for a relay', by(BOB, { kind: KIND.clientAuth }), false],
    ['a proof for a web server', by(BOB, { kind: KIND.httpAuth }), false],
  ])('%s: %#', (_name, event, expected) => {
    expect(
      isShared(
        event,
        routeOf(event, () => undefined),
      ),
    ).toBe(expected)
  })
})
