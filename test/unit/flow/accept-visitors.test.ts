/** The one door, for what visitors of the relay bring (relay-access.md, A4 and A5). */
import { beforeEach, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { type Accept, createAccept } from '../../../src/flow/accept.ts'
import { createConcerns } from '../../../src/flow/concern.ts'
import { createGuestRules } from '../../../src/flow/guests.ts'
import { createPublish, type Publish } from '../../../src/flow/publish.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import { createVerifier } from '../../../src/verifier/verifier.ts'
import { relayTerms } from '../../support/access-world.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { personFrom, signedEvent } from '../../support/events.ts'
import { NOW_SECONDS, openTestStore, type TestStore } from './memory-store.ts'
import { rulesWith, visitor } from './relay-rules.ts'

const [alice, bob, moment] = ['alice', 'bob', 'moment'].map(personFrom) as [
  ReturnType<typeof personFrom>,
  ReturnType<typeof personFrom>,
  ReturnType<typeof personFrom>,
]
const OWNER = visitor('owner')
const STRANGER = visitor('stranger')

const cleanUp = useCleanUp()
let test: TestStore
let accept: Accept
let publish: Publish
let checks: string[]
let spread: NostrEvent[]
let noted: NostrEvent[]

/** At Alice's node. */
async function start(writes: 'owner' | 'anyone' = 'anyone'): Promise<void> {
  const worth = { owner: () => alice.pubkey, isFollowed: () => false }
  const guests = { maxEvents: 100, maxBytes: 1e6, maxPerAuthor: 10 }
  test = await openTestStore(cleanUp, { worth, guests })
  const { events } = test.store
  const verifier = createVerifier()
  cleanUp.add(() => verifier.stop())
  const owner = () => alice.pubkey
  checks = []
  spread = []
  noted = []
  accept = createAccept({
    events,
    async verify(event, priority) {
      checks.push(priority)
      return verifier.verify(event, priority)
    },
    circumstances: () => ({ owner: alice.pubkey, writable: true, nowSeconds: NOW_SECONDS }),
    guests: createGuestRules({ owner, rules: await rulesWith(), relay: relayTerms({ writes }), clock: test.clock }),
    isOwnRelay: url => url === 'wss://here',
    counters: createCounters(),
  })
  publish = createPublish({
    owner,
    takesGuests: writes !== 'owner',
    concerns: createConcerns({ owner, isFollowed: () => false, events, takesGuests: writes !== 'owner' }),
    accept,
    spread: ({ event }) => void spread.push(event),
    onActivity: () => {},
    onAccepted: event => void noted.push(event),
  })
}
beforeEach(() => start())

const outcome = async (event: NostrEvent, by = STRANGER) => {
  const answer = await publish(event, by)
  return isRejection(answer) ? answer.rejected : answer.result
}

describe('what is asked of the verifier (A4.1)', () => {
  it('waits behind the owner, unless the owner is there', async () => {
    await outcome(signedEvent(alice, { content: 'a' }))
    await outcome(signedEvent(alice, { content: 'b' }), visitor('listed', [bob.pubkey]))
    await outcome(signedEvent(bob, { content: 'c' }))
    expect(checks).toEqual(['offered', 'offered', 'offered'])
    await outcome(signedEvent(alice, { content: 'd' }), OWNER)
    await outcome(signedEvent(bob, { tags: [['p', alice.pubkey]] }), OWNER)
    await publish(signedEvent(alice, { content: 'over REST' }))
    expect(checks.slice(3)).toEqual(['wanted', 'wanted', 'wanted'])
  })

  it('is nothing for what is refused anyway', async () => {
    await start('owner')
    const refused = [
      signedEvent(bob, { content: 'not taken' }),
      signedEvent(bob, { kind: 62, tags: [['relay', 'ALL_RELAYS']] }),
      signedEvent(alice, { kind: 62, tags: [['relay', 'wss://there']] }),
      signedEvent(alice, { kind: 22_242 }),
    ]
    const codes = []
    for (const event of refused) codes.push(await outcome(event))
    expect(codes).toEqual(['not-owner', 'not-owner', 'restricted', 'malformed'])
    expect(checks).toEqual([])
  })

  it('a forged event of a guest is refused, and a known one costs no check', async () => {
    const event = signedEvent(bob, { content: 'x' })
    expect(await outcome({ ...event, sig: signedEvent(bob, { content: 'y' }).sig })).toBe('bad-signature')
    expect(await outcome(event)).toBe('stored')
    checks = []
    expect(await outcome(event)).toBe('duplicate')
    expect(checks).toEqual([])
  })
})

describe('what goes out', () => {
  it("is the owner's, once", async () => {
    const passing = signedEvent(alice, { kind: 20_001 })
    expect([await outcome(passing), await outcome(passing), await outcome(passing, OWNER)]).toEqual([
      'passed',
      'duplicate',
      'duplicate',
    ])
    const guests = signedEvent(bob, { kind: 20_001 })
    expect([await outcome(guests), await outcome(guests)]).toEqual(['passed', 'duplicate'])
    await outcome(signedEvent(bob, { content: 'x' }))
    await outcome(signedEvent(bob, { tags: [['p', alice.pubkey]] }), OWNER)
    expect(spread).toEqual([passing])
  })

  it("is a gift wrap of the owner's client for somebody, and waits for them; one for the owner does not", async () => {
    const wrap = (...to: string[]) =>
      signedEvent(moment, { kind: 1059, tags: to.map(pubkey => ['p', pubkey]), content: to.join() })
    const [out, both, home] = [wrap(bob.pubkey), wrap(bob.pubkey, alice.pubkey), wrap(alice.pubkey)]
    for (const event of [out, both, home]) expect(await outcome(event, OWNER)).toBe('stored')
    expect(spread).toEqual([out, both])
    const open = await test.store.outbox.openFor(bob.pubkey, 10)
    expect(open.map(({ eventId }) => eventId)).toEqual([out.id, both.id])
    expect(await test.store.outbox.recipients(10)).toEqual([bob.pubkey])
    for (const by of [STRANGER, visitor('listed', [bob.pubkey])]) {
      expect(await outcome(signedEvent(moment, { kind: 1059, tags: [['p', bob.pubkey]], content: by.role }), by)).toBe(
        'stored',
      )
    }
    expect(await test.store.outbox.openFor(bob.pubkey, 10)).toHaveLength(2)
  })

  it('changes bindings by deletions of guests as by those of the overlay', async () => {
    const deletion = signedEvent(bob, { kind: 5, tags: [['a', `30078:${bob.pubkey}:nostrp2p/node/x`]] })
    await outcome(deletion)
    expect(noted).toEqual([deletion])
  })
})

describe('what does not concern the owner', () => {
  it('is refused where there are no guests, and a guest where there are', async () => {
    const event = signedEvent(bob, { content: 'whatever' })
    expect(await publish(event, OWNER)).toMatchObject({
      result: 'stored',
      note: expect.stringMatching(/^kept at this relay/),
    })
    expect(test.store.events.isGuests(event.id)).toBe(true)
    await start('owner')
    expect(await outcome(event, OWNER)).toBe('not-for-us')
    expect(test.store.events.has(event.id)).toBe(false)
  })

  it('has pointers that are looked up only if they are ids', async () => {
    await start('owner')
    const odd = [['e'], ['e', ''], ['e', 'x'], ['q', 'F'.repeat(64)], ['a', 'x']]
    expect(await outcome(signedEvent(bob, { tags: odd, content: 'odd' }), OWNER)).toBe('not-for-us')
  })
})
