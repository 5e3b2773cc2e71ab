import { beforeEach, describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../../src/event/binding.ts'
import type { EventTemplate, VerifiedEvent } from '../../../src/event/event.ts'
import type { KeyPair } from '../../../src/event/keys.ts'
import { isRejection, type RejectionCode } from '../../../src/event/rejection.ts'
import { createAccept } from '../../../src/flow/accept.ts'
import { createClaim } from '../../../src/flow/claim.ts'
import { createBindingCheck, createIdentity, type Identity } from '../../../src/flow/identity.ts'
import { createPublish } from '../../../src/flow/publish.ts'
import type { Activity } from '../../../src/observe/activity.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import { createVerifier, type Verifier } from '../../../src/verifier/verifier.ts'
import { encodeEvent } from '../../../src/wire/event-codec.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { personFrom, signedEvent } from '../../support/events.ts'
import { NO_GUESTS } from '../../support/no-guests.ts'
import { NOW_SECONDS, openTestStore, type TestStore } from './memory-store.ts'

const NODE = '12D3KooWHUyeXEpuaqmPuxPdqxHtD8nATCGXrNXKB8jcQjTs1DFx'
const OTHER_NODE = '12D3KooWNvSZnPi3RrhrTwEY4LuuBeB6K6facKUCJcyWG1aoDd2p'
const DAY = 24 * 3600
const HALF_YEAR = 180 * DAY
const alice = personFrom('alice')
const bob = personFrom('bob')

const cleanUp = useCleanUp()
let test: TestStore
let verifier: Verifier
beforeEach(async () => {
  test = await openTestStore(cleanUp)
  verifier = createVerifier()
  cleanUp.add(() => verifier.stop())
})

function bindingBy(owner: KeyPair, changes: Partial<EventTemplate> = {}, node = NODE): VerifiedEvent {
  return signedEvent(owner, { ...bindingTemplate(node, NOW_SECONDS), ...changes })
}
const named = (node: string, expiration: number | string | undefined) => [
  ['d', `nostrp2p/node/${node}`],
  ...(expiration === undefined ? [] : [['expiration', `${expiration}`]]),
]

describe('whose node this is', () => {
  it('is shown by the binding in the store, for as long as it counts', async () => {
    const identity = createIdentity(NODE, alice.pubkey, test.store.events, test.clock)
    expect([identity.binding(), identity.encodedBinding(), identity.bindingExpires()]).toEqual([
      undefined,
      null,
      undefined,
    ])
    await test.put(bindingBy(bob))
    await test.put(bindingBy(alice, {}, OTHER_NODE))
    expect(identity.binding()).toBeUndefined()
    const binding = bindingBy(alice)
    await test.put(binding)
    expect(identity.binding()).toEqual(binding)
    expect(identity.encodedBinding()).toEqual(encodeEvent(binding))
    expect(identity.bindingExpires()).toBe(new Date((NOW_SECONDS + HALF_YEAR) * 1000).toISOString())
    await test.clock.pass(HALF_YEAR * 1000)
    expect(identity.binding()).toBeUndefined()
    expect(identity.encodedBinding()).toBeNull()
  })

  it('is not shown by a binding of more than 2 KiB, which no peer would pass on', async () => {
    const identity = createIdentity(NODE, alice.pubkey, test.store.events, test.clock)
    await test.put(bindingBy(alice, { content: 'x'.repeat(2_048) }))
    expect([identity.binding(), identity.encodedBinding(), identity.bindingExpires()]).toEqual([
      undefined,
      null,
      undefined,
    ])
  })

  it('is withdrawn by a deletion of the binding', async () => {
    const identity = createIdentity(NODE, alice.pubkey, test.store.events, test.clock)
    const binding = bindingBy(alice)
    await test.put(binding)
    await test.put(signedEvent(alice, { kind: 5, created_at: NOW_SECONDS, tags: [['e', binding.id]] }))
    expect(identity.binding()).toBeUndefined()
  })

  it('of an unclaimed node is nobody, until somebody claims it', () => {
    const identity = createIdentity(NODE, undefined, test.store.events, test.clock)
    expect([identity.owner(), identity.binding()]).toEqual([undefined, undefined])
    identity.claim(bob.pubkey)
    expect(identity.owner()).toBe(bob.pubkey)
  })

  it('hangs on bindings of this node and on deletions, and on no other event', () => {
    const identity = createIdentity(NODE, alice.pubkey, test.store.events, test.clock)
    expect(identity.concerns(bindingBy(alice))).toBe(true)
    expect(identity.concerns(signedEvent(alice, { kind: 5 }))).toBe(true)
    expect(identity.concerns(bindingBy(alice, {}, OTHER_NODE))).toBe(false)
    expect(identity.concerns(signedEvent(alice))).toBe(false)
  })
})

describe('the binding that another node shows (O3.1)', () => {
  const check = () =>
    createBindingCheck((event, priority) => verifier.verify(event, priority), test.store.events, test.clock)
  const proof = async (event: VerifiedEvent, checked = check()) => {
    const proof = await checked(encodeEvent(event), alice.pubkey, NODE)
    return isRejection(proof) ? `${proof.rejected}: ${proof.reason}` : proof
  }

  it('O3.1: proves the node until its expiration', async () => {
    expect(await proof(bindingBy(alice))).toBe((NOW_SECONDS + HALF_YEAR) * 1000)
  })

  it.each<[string, RegExp, () => VerifiedEvent]>([
    ['by another owner', /^not-owner: The binding is not by the owner/, () => bindingBy(bob)],
    ['of another node', /^not-for-us: The binding is for another node/, () => bindingBy(alice, {}, OTHER_NODE)],
    [
      'with a forged signature',
      /^bad-signature: .*not by the pubkey/,
      () => ({ ...bindingBy(alice), sig: bindingBy(alice, { content: 'x' }).sig }) as VerifiedEvent,
    ],
    [
      "signed by somebody else in the owner's name",
      /^bad-signature: /,
      () => ({ ...bindingBy(bob), pubkey: alice.pubkey }) as VerifiedEvent,
    ],
    [
      'that has expired',
      /^expired: .*has to sign a new one/,
      () => bindingBy(alice, { tags: named(NODE, NOW_SECONDS) }),
    ],
    [
      'without an expiration',
      /^malformed: .*needs an expiration/,
      () => bindingBy(alice, { tags: named(NODE, undefined) }),
    ],
    [
      'with an expiration that cannot be read',
      /^malformed: .*needs an expiration/,
      () => bindingBy(alice, { tags: named(NODE, 'never') }),
    ],
    [
      'that counts for more than 400 days',
      /^malformed: .*400 days/,
      () => bindingBy(alice, { tags: named(NODE, NOW_SECONDS + 400 * DAY + 1) }),
    ],
    ['dated far ahead', /^from-future: /, () => bindingBy(alice, { created_at: NOW_SECONDS + 901 })],
    ['of another kind', /^not-for-us: /, () => bindingBy(alice, { kind: 30_079 })],
  ])('O3.1: %s proves nothing, and the reason is said', async (_name, reason, make) => {
    expect(await proof(make())).toMatch(reason)
  })

  it('O3.1: of exactly 400 days proves the node', async () => {
    const until = NOW_SECONDS + 400 * DAY
    expect(await proof(bindingBy(alice, { tags: named(NODE, until) }))).toBe(until * 1000)
  })

  it('O3.1: deleted by its owner proves nothing, by id or by address', async () => {
    const first = bindingBy(alice)
    await test.put(signedEvent(alice, { kind: 5, created_at: NOW_SECONDS, tags: [['e', first.id]] }))
    expect(await proof(first)).toMatch(/^deleted: The owner has withdrawn the binding/)
    const second = bindingBy(alice, { created_at: NOW_SECONDS + 1 })
    expect(await proof(second)).toBeGreaterThan(0)
    const address = `30078:${alice.pubkey}:nostrp2p/node/${NODE}`
    await test.put(signedEvent(alice, { kind: 5, created_at: NOW_SECONDS + 2, tags: [['a', address]] }))
    expect(await proof(second)).toMatch(/^deleted: /)
    expect(await proof(bindingBy(alice, { created_at: NOW_SECONDS + 3 }))).toBeGreaterThan(0)
  })

  it('O3.1: an older one proves nothing once a newer one was seen, also when the newer one was deleted by its id', async () => {
    const checked = check()
    const older = bindingBy(alice)
    const newer = bindingBy(alice, { created_at: NOW_SECONDS + 1 })
    expect(await proof(older, checked)).toBeGreaterThan(0)
    expect(await proof(newer, checked)).toBeGreaterThan(0)
    expect(await proof(older, checked)).toMatch(/^too-old: The owner has signed a newer binding/)
    expect(await proof(newer, checked)).toBeGreaterThan(0)
    await test.put(signedEvent(alice, { kind: 5, created_at: NOW_SECONDS + 2, tags: [['e', newer.id]] }))
    expect(await proof(newer, checked)).toMatch(/^deleted: /)
    expect(await proof(older, checked)).toMatch(/^too-old: /)
    // Another node of the same owner is another matter.
    const other = encodeEvent(bindingBy(alice, {}, OTHER_NODE))
    expect(await checked(other, alice.pubkey, OTHER_NODE)).toBeGreaterThan(0)
  })

  it('E11.4: deleting the newest binding by its id withdraws the node: an older one does not come back', async () => {
    const identity = createIdentity(NODE, alice.pubkey, test.store.events, test.clock)
    const older = bindingBy(alice)
    const newer = bindingBy(alice, { created_at: NOW_SECONDS + 1 })
    await test.put(newer)
    await test.put(signedEvent(alice, { kind: 5, created_at: NOW_SECONDS + 2, tags: [['e', newer.id]] }))
    await expect(test.put(older)).rejects.toThrow('the store says deleted')
    expect(identity.binding()).toBeUndefined()
  })

  it('O3.1: a deletion by somebody else withdraws nothing', async () => {
    const binding = bindingBy(alice)
    await test.put(signedEvent(bob, { kind: 5, created_at: NOW_SECONDS, tags: [['e', binding.id]] }))
    expect(await proof(binding)).toBeGreaterThan(0)
  })

  it('O3.1: bytes that are no event prove nothing', async () => {
    expect(await check()(new Uint8Array([0x91]), alice.pubkey, NODE)).toMatchObject({ rejected: 'malformed' })
    expect(await check()(new Uint8Array(0), alice.pubkey, NODE)).toMatchObject({ rejected: 'malformed' })
  })
})

describe('claiming', () => {
  interface Claiming {
    identity: Identity
    kept: string[]
    activities: Activity[]
    keepOwner: (owner: string) => Promise<void>
  }
  function claiming(changes: Partial<Claiming> = {}) {
    const identity = createIdentity(NODE, undefined, test.store.events, test.clock)
    const kept: string[] = []
    const activities: Activity[] = []
    const onActivity = (activity: Activity) => void activities.push(activity)
    const verify: Verifier['verify'] = (event, priority) => verifier.verify(event, priority)
    const accept = createAccept({
      ...NO_GUESTS,
      events: test.store.events,
      verify,
      circumstances: () => ({ owner: identity.owner(), writable: true, nowSeconds: NOW_SECONDS }),
      counters: createCounters(),
    })
    const claim = createClaim({
      node: NODE,
      identity,
      verify,
      keepOwner: changes.keepOwner ?? (async owner => void kept.push(owner)),
      publish: createPublish({
        owner: identity.owner,
        takesGuests: false,
        concerns: async () => false,
        accept,
        spread: () => {},
        onActivity,
        onAccepted: () => {},
      }),
      clock: test.clock,
      onActivity,
    })
    return { claim, identity, kept, activities }
  }

  it('makes the author of the binding the owner, keeps that, and stores the binding', async () => {
    const { claim, identity, kept, activities } = claiming()
    const binding = bindingBy(alice)
    expect(await claim(binding)).toMatchObject({ id: binding.id, result: 'stored' })
    expect(identity.owner()).toBe(alice.pubkey)
    expect(kept).toEqual([alice.pubkey])
    expect(identity.binding()).toEqual(binding)
    expect(activities.map(({ what }) => what)).toEqual(['claimed', 'published'])
  })

  it('of two at the same time lets one win, and the other hear that there is an owner', async () => {
    const { claim, identity } = claiming({ keepOwner: async () => void (await test.clock.pass(0)) })
    const answers = await Promise.all([claim(bindingBy(alice)), claim(bindingBy(bob))])
    expect(answers.filter(isRejection)).toMatchObject([{ rejected: 'not-owner' }])
    expect([alice.pubkey, bob.pubkey]).toContain(identity.owner())
    expect(await claim(bindingBy(bob))).toMatchObject({ rejected: 'not-owner' })
  })

  it.each<[string, () => unknown, RejectionCode]>([
    ['something that is no event', () => 'x', 'malformed'],
    ['another event', () => signedEvent(alice), 'malformed'],
    ['the binding of another node', () => bindingBy(alice, {}, OTHER_NODE), 'malformed'],
    ['an expired binding', () => bindingBy(alice, { tags: named(NODE, NOW_SECONDS - 1) }), 'malformed'],
    ['a binding with a wrong id', () => ({ ...bindingBy(alice), content: 'x' }), 'bad-id'],
    ['a binding with a wrong signature', () => ({ ...bindingBy(alice), sig: bindingBy(bob).sig }), 'bad-signature'],
    ['a binding from the future', () => bindingBy(alice, { created_at: NOW_SECONDS + 901 }), 'from-future'],
  ])('by %s makes nobody the owner', async (_name, make, code) => {
    const { claim, identity, kept } = claiming()
    expect(await claim(make())).toMatchObject({ rejected: code })
    expect([identity.owner(), kept]).toEqual([undefined, []])
    expect(await claim(bindingBy(bob))).toMatchObject({ result: 'stored' })
  })

  it('that cannot be written down makes nobody the owner, and can be tried again', async () => {
    let isFull = true
    const { claim, identity } = claiming({
      keepOwner: () => (isFull ? Promise.reject(new Error('disk full')) : Promise.resolve()),
    })
    await expect(claim(bindingBy(alice))).rejects.toThrow('disk full')
    expect(identity.owner()).toBeUndefined()
    isFull = false
    expect(await claim(bindingBy(alice))).toMatchObject({ result: 'stored' })
  })
})
