import { describe, expect, it } from 'vitest'
import type { RelayTerms } from '../../../src/config.ts'
import type { NostrEvent } from '../../../src/event/event.ts'
import type { Rejection } from '../../../src/event/rejection.ts'
import { createGuestRules } from '../../../src/flow/guests.ts'
import type { Visitor } from '../../../src/flow/visitor.ts'
import type { RelayListName } from '../../../src/store/store.ts'
import { relayTerms } from '../../support/access-world.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { rulesWith, visitor } from './relay-rules.ts'

const [ALICE, BOB, CAROL] = ['alice', 'bob', 'carol'].map(strangerKey) as [string, string, string]
const STRANGER = visitor('stranger')
const post = unsignedEvent(BOB, { content: 'hello' })

async function start(terms: Partial<RelayTerms>, ...lists: (readonly [RelayListName, string])[]) {
  const clock = createFakeClock(1_700_000_000_000)
  const rules = await rulesWith(...lists)
  const relay = relayTerms({ writes: 'anyone', ...terms })
  const guests = createGuestRules({ owner: () => ALICE, rules, relay, clock })
  const judge = (event: NostrEvent, by: Visitor = STRANGER) => codeOf(guests.judge(event, by))
  return { judge, clock, guests, charge: (by: Visitor = STRANGER) => codeOf(guests.charge(by)) }
}
const codeOf = (rejection: Rejection | undefined) => rejection?.rejected ?? 'taken'

describe('whose events a relay takes (A5.1)', () => {
  it("the owner's only, unless told otherwise", async () => {
    const { judge } = await start({ writes: 'owner' }, ['allowedPubkey', BOB], ['allowedEvent', post.id])
    expect(judge(post)).toBe('not-owner')
    expect(judge(post, visitor('listed', [BOB]))).toBe('not-owner')
    expect(judge(unsignedEvent(BOB, { kind: 62, tags: [['relay', 'ALL_RELAYS']] }))).toBe('not-owner')
  })

  it("those of listed authors, whoever brings them; a listed person's gift wraps; what the owner's client brings", async () => {
    const { judge } = await start({ writes: 'listed' }, ['allowedPubkey', CAROL])
    expect(judge(unsignedEvent(CAROL))).toBe('taken')
    expect(judge(post)).toBe('restricted')
    expect(judge(post, visitor('listed', [CAROL]))).toBe('restricted')
    expect(judge(post, visitor('owner'))).toBe('taken')
    const wrap = unsignedEvent(strangerKey('moment'), { kind: 1059, tags: [['p', BOB]] })
    expect(judge(wrap, visitor('listed', [CAROL]))).toBe('taken')
    expect(judge(wrap, visitor('guest', [BOB]))).toBe('restricted')
  })

  it("everybody's", async () => {
    expect((await start({})).judge(post)).toBe('taken')
  })
})

describe('what the owner has banned (A7)', () => {
  it('is refused: authors, whoever brings it, events, kinds', async () => {
    const other = unsignedEvent(BOB, { content: 'other' })
    const { judge } = await start({}, ['bannedPubkey', CAROL], ['bannedEvent', post.id], ['disallowedKind', '7'])
    expect(judge(unsignedEvent(CAROL))).toBe('blocked')
    expect(judge(other, visitor('guest', [CAROL]))).toBe('blocked')
    expect(judge(post)).toBe('blocked')
    expect(judge(unsignedEvent(BOB, { kind: 7 }))).toBe('blocked')
    expect(judge(other)).toBe('taken')
  })

  it('with a list of allowed kinds no other is taken', async () => {
    const { judge } = await start({}, ['allowedKind', '1'])
    expect([judge(post), judge(unsignedEvent(BOB, { kind: 0 }))]).toEqual(['taken', 'blocked'])
  })

  it('an allowed event is taken whoever wrote it, whatever its kind and work; not beyond the size', async () => {
    const large = unsignedEvent(CAROL, { kind: 7, content: 'x'.repeat(70_000) })
    const small = unsignedEvent(CAROL, { kind: 7 })
    const allowed = [['allowedEvent', small.id] as const, ['allowedEvent', large.id] as const]
    const { judge } = await start(
      { writes: 'listed', pow: 20 },
      ['bannedPubkey', CAROL],
      ['disallowedKind', '7'],
      ...allowed,
    )
    expect([judge(small), judge(large)]).toEqual(['taken', 'too-large'])
  })

  it('bans nobody from being forgotten (A6.2)', async () => {
    const { judge } = await start({ writes: 'listed', pow: 20 }, ['bannedPubkey', BOB])
    expect(judge(unsignedEvent(BOB, { kind: 62, tags: [['relay', 'ALL_RELAYS']] }))).toBe('taken')
  })
})

describe('what is asked of strangers (A5.3)', () => {
  it('the size of an event is that of its JSON', async () => {
    const { judge } = await start({ guests: { ...relayTerms().guests, eventBytes: 1_024 } })
    const empty = Buffer.byteLength(JSON.stringify(unsignedEvent(BOB)))
    expect(judge(unsignedEvent(BOB, { content: 'x'.repeat(1_024 - empty) }))).toBe('taken')
    expect(judge(unsignedEvent(BOB, { content: 'x'.repeat(1_025 - empty) }))).toBe('too-large')
    expect(judge(unsignedEvent(BOB, { content: 'ü'.repeat(1_024 - empty) }))).toBe('too-large')
  })

  it('work, unless they are listed: as much as asked, and aimed at', async () => {
    const mined = (id: string, target?: string) => ({
      ...unsignedEvent(BOB, { tags: target === undefined ? [] : [['nonce', '1', target]] }),
      id: id.padEnd(64, 'f'),
    })
    const { judge } = await start({ pow: 8 }, ['allowedPubkey', CAROL])
    expect(judge(mined('00'))).toBe('taken')
    expect(judge(mined('00', '8'))).toBe('taken')
    expect(judge(mined('00', '4'))).toBe('pow')
    expect(judge(mined('01'))).toBe('pow')
    expect(judge(mined('01'), visitor('listed', [CAROL]))).toBe('taken')
    expect(judge(mined('01'), visitor('owner'))).toBe('taken')
    expect(judge({ ...mined('01'), pubkey: CAROL })).toBe('taken')
    expect(judge(mined('01'), visitor('guest', [BOB]))).toBe('pow')
  })
})

describe('how many events one address brings (A5.4)', () => {
  it('as many as a minute allows at once, and then as time goes by', async () => {
    const { charge, clock } = await start({ guests: { ...relayTerms().guests, eventsPerMinute: 30 } })
    for (let i = 0; i < 30; i++) expect(charge()).toBe('taken')
    expect(charge()).toBe('rate-limited')
    clock.set(clock.nowMs() + 1_900)
    expect(charge()).toBe('rate-limited')
    clock.set(clock.nowMs() + 200)
    expect([charge(), charge()]).toEqual(['taken', 'rate-limited'])
    clock.set(clock.nowMs() + 3_600_000)
    for (let i = 0; i < 30; i++) expect(charge()).toBe('taken')
    expect(charge()).toBe('rate-limited')
  })

  it('addresses are counted apart, a /64 as one, and the owner not at all', async () => {
    const { charge } = await start({ guests: { ...relayTerms().guests, eventsPerMinute: 1 } })
    const at = (address: string) => visitor('guest', [BOB], address)
    expect([charge(at('192.0.2.1')), charge(at('192.0.2.2')), charge(at('::ffff:192.0.2.1'))]).toEqual([
      'taken',
      'taken',
      'rate-limited',
    ])
    expect([charge(at('2001:db8::1')), charge(at('2001:db8::2')), charge(at('2001:db8:0:1::1'))]).toEqual([
      'taken',
      'rate-limited',
      'taken',
    ])
    for (let i = 0; i < 100; i++) expect(charge(visitor('owner'))).toBe('taken')
  })

  it('0 is no limit', async () => {
    const { charge } = await start({ guests: { ...relayTerms().guests, eventsPerMinute: 0 } })
    for (let i = 0; i < 1_000; i++) expect(charge()).toBe('taken')
  })
})
