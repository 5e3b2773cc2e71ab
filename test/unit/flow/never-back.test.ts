/** What is gone does not come back, whatever way it is offered again (storage.md, "Tombstone"). */
import { beforeEach, describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../../src/event/event.ts'
import type { KeyPair } from '../../../src/event/keys.ts'
import { KIND } from '../../../src/event/kinds.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { type Accept, createAccept } from '../../../src/flow/accept.ts'
import type { Source } from '../../../src/flow/source.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import type { EventStore } from '../../../src/store/store.ts'
import { createVerifier } from '../../../src/verifier/verifier.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { personFrom, signedEvent, strangerKey, unsignedEvent } from '../../support/events.ts'
import { NOW_SECONDS, openTestStore, type TestStore } from './memory-store.ts'

const alice = personFrom('alice')
const bob = personFrom('bob')
const MAX_EVENTS = 20

const cleanUp = useCleanUp()
let test: TestStore
let events: EventStore
let accept: Accept
let nowSeconds: number

/** At Alice's node, which takes guests. */
function openDoor(store: EventStore): void {
  events = store
  const verifier = createVerifier()
  cleanUp.add(() => verifier.stop())
  accept = createAccept({
    guests: { judge: () => undefined, charge: () => undefined },
    isOwnRelay: () => true,
    events,
    verify: (event, priority) => verifier.verify(event, priority),
    circumstances: () => ({ owner: alice.pubkey, writable: true, nowSeconds }),
    counters: createCounters(),
  })
}

beforeEach(async () => {
  nowSeconds = NOW_SECONDS
  const worth = { owner: () => alice.pubkey, isFollowed: () => false }
  const guests = { maxEvents: 10, maxBytes: 1e6, maxPerAuthor: 10 }
  test = await openTestStore(cleanUp, { maxEvents: MAX_EVENTS, worth, guests })
  openDoor(test.store.events)
})

interface Way {
  readonly source: Source
  /** Who publishes what can come this way. */
  readonly author: KeyPair
  readonly tags: string[][]
  readonly kind?: number
}

const GUEST = { role: 'guest', pubkeys: new Set([bob.pubkey]), address: '192.0.2.1' } as const

/** Every way in. */
const WAYS: Readonly<Record<Source['via'], Way>> = {
  client: { source: { via: 'client' }, author: alice, tags: [] },
  import: { source: { via: 'import', sealed: false }, author: alice, tags: [] },
  offer: { source: { via: 'offer' }, author: bob, tags: [] },
  guest: { source: { via: 'guest', visitor: GUEST }, author: bob, tags: [] },
  gossip: { source: { via: 'gossip', peer: 'p' }, author: bob, tags: [] },
  deliver: {
    source: { via: 'deliver', peer: 'p' },
    author: bob,
    kind: KIND.reaction,
    tags: [['p', alice.pubkey]],
  },
  'own-node': { source: { via: 'own-node', peer: 'p' }, author: bob, tags: [] },
  fetch: { source: { via: 'fetch', peer: 'p', filter: {} }, author: bob, tags: [] },
  sync: { source: { via: 'sync', peer: 'p', scope: { since: 0, until: 2 ** 32 - 1 } }, author: bob, tags: [] },
}

async function outcome(event: VerifiedEvent, source: Source): Promise<string> {
  const answer = await accept(event, source)
  return isRejection(answer) ? answer.rejected : answer.result
}

async function restart(): Promise<void> {
  openDoor((await test.reopen()).events)
}

/** Pushes all that strangers wrote out of the store. */
async function flood(): Promise<void> {
  for (let n = 0; n < 3 * MAX_EVENTS; n++) {
    await events.put(unsignedEvent(strangerKey('flood'), { content: `${n}`, tags: [['p', alice.pubkey]] }), {
      durable: false,
    })
  }
}

describe.each(Object.values(WAYS))('offered by $source.via', ({ source, author, tags, kind = KIND.post }) => {
  const write = (fields: Parameters<typeof signedEvent>[1]) => signedEvent(author, { kind, tags, ...fields })
  const deletionOf = (event: VerifiedEvent) =>
    signedEvent(author, { kind: KIND.deletion, created_at: NOW_SECONDS, tags: [['e', event.id]] })

  it('a deleted event stays away, whichever came first, also after a restart', async () => {
    const [before, after] = [write({ content: 'before' }), write({ content: 'after' })]
    expect(await outcome(before, source)).toBe('stored')
    for (const event of [before, after]) await accept(deletionOf(event), source)
    expect(events.has(before.id)).toBe(false)
    for (const event of [before, after]) expect(await outcome(event, source)).toBe('deleted')
    await restart()
    for (const event of [before, after]) expect(await outcome(event, source)).toBe('deleted')
    expect([before, after].map(({ id }) => events.has(id))).toEqual([false, false])
  })

  it('a deleted event stays away from all the other ways too, when its deletion is no longer held', async () => {
    const event = write({ content: 'deleted' })
    const deletion = deletionOf(event)
    await accept(event, source)
    expect(await outcome(deletion, source)).toBe('stored')
    await flood()
    expect(events.has(deletion.id)).toBe(author === alice)
    await restart()
    for (const other of Object.values(WAYS)) {
      if (other.author === author && (other.kind ?? KIND.post) === kind)
        expect(await outcome(event, other.source)).toBe('deleted')
    }
    expect(events.has(event.id)).toBe(false)
  })

  it('what has expired is refused, and what expires while it is held goes and stays away', async () => {
    const expiring = (seconds: number) => write({ content: 'short', tags: [...tags, ['expiration', `${seconds}`]] })
    expect(await outcome(expiring(NOW_SECONDS), source)).toBe('expired')
    const soon = expiring(NOW_SECONDS + 10)
    expect(await outcome(soon, source)).toBe('stored')
    nowSeconds += 10
    expect(await events.sweepExpired(nowSeconds)).toBe(1)
    expect(await outcome(soon, source)).toBe('expired')
  })

  it('of profiles and addresses the newest stays, whatever comes late', async () => {
    if (source.via === 'deliver') return
    const version = (seconds: number) => write({ kind: KIND.profile, created_at: seconds, content: `${seconds}` })
    expect(await outcome(version(NOW_SECONDS - 1), source)).toBe('stored')
    expect(await outcome(version(NOW_SECONDS), source)).toBe('stored')
    for (const late of [1, 2]) expect(await outcome(version(NOW_SECONDS - late), source)).toBe('superseded')
    await restart()
    expect(await outcome(version(NOW_SECONDS - 1), source)).toBe('superseded')
    expect(await events.query({ authors: [author.pubkey], kinds: [0] }, 10)).toHaveLength(1)
  })
})
