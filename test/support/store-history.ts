/** Random histories of everything that is done to a store, and what can be seen of one. */

import fc from 'fast-check'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { KIND } from '../../src/event/kinds.ts'
import type { Mark } from '../../src/store/mark.ts'
import type { Store, StoreOptions } from '../../src/store/store.ts'
import { writeDeliveries } from './deliveries.ts'
import { strangerKey, unsignedEvent } from './events.ts'
import { START_MS, storeOptions } from './stores.ts'

const [OWNER, FRIEND, STRANGER] = ['owner', 'friend', 'stranger'].map(strangerKey) as [string, string, string]
const NOW = START_MS / 1000

export interface PutStep {
  readonly event: VerifiedEvent
  readonly mark: Mark
  readonly durable: boolean
  readonly broadcast: boolean
  readonly to: readonly string[]
}

/** `settle`: the first open delivery is done; `sent`: the first unsent event has been gossiped. */
export type Step = { readonly put: readonly PutStep[] } | { readonly do: 'sweep' | 'settle' | 'sent' }

/** An owner, somebody followed and a stranger. */
export function peopledOptions(changes: Partial<StoreOptions> = {}): StoreOptions {
  const worth = { owner: () => OWNER, isFollowed: (pubkey: string) => pubkey === FRIEND }
  return storeOptions({ worth, guests: { maxEvents: 100, maxBytes: 1e6, maxPerAuthor: 2 }, ...changes })
}

const event = fc
  .record({
    pubkey: fc.constantFrom(OWNER, FRIEND, STRANGER),
    kind: fc.constantFrom(KIND.post, KIND.post, KIND.post, KIND.profile, 30_000),
    created_at: fc.integer({ min: NOW - 5, max: NOW }),
    content: fc.constantFrom('x', 'y', 'z'),
    tag: fc.constantFrom(undefined, ['d', 'one'], ['t', 'word'], ['expiration', `${NOW + 5}`]),
  })
  .map(({ pubkey, tag, ...fields }) => unsignedEvent(pubkey, { ...fields, tags: tag === undefined ? [] : [tag] }))

function deletionOf(target: VerifiedEvent): VerifiedEvent {
  return unsignedEvent(target.pubkey, { kind: KIND.deletion, created_at: NOW, tags: [['e', target.id]] })
}

const pool = fc
  .array(event, { minLength: 4, maxLength: 14 })
  .chain(events => fc.subarray(events).map(deleted => [...events, ...deleted.map(deletionOf)]))

function putOf(events: readonly VerifiedEvent[]): fc.Arbitrary<PutStep> {
  const fields = {
    durable: fc.boolean(),
    broadcast: fc.boolean(),
    to: fc.subarray([FRIEND, STRANGER]),
    isGuest: fc.nat(3),
  }
  return fc.record({ event: fc.constantFrom(...events), ...fields }).map(({ isGuest, ...put }) => {
    if (put.event.pubkey === OWNER) return { ...put, mark: put.to.length > 0 ? 'private' : 'open' }
    return { ...put, mark: isGuest === 0 ? 'guest' : 'open', broadcast: false, to: [] }
  })
}

/** Puts alone and in groups, and what follows upon them. */
export const histories: fc.Arbitrary<Step[]> = pool.chain(events =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.array(putOf(events), { minLength: 1, maxLength: 4 }).map(put => ({ put })) },
      { weight: 2, arbitrary: fc.constantFrom('settle', 'sent', 'sweep').map(what => ({ do: what }) as Step) },
    ),
    { minLength: 4, maxLength: 14 },
  ),
)

/** Does it, and returns when it is acknowledged. */
export async function take(store: Store, step: Step): Promise<void> {
  if ('put' in step) {
    const puts = step.put.map(({ event: one, durable, mark, broadcast, to }) =>
      store.events.put(one, { durable, mark, pending: { broadcast, to } }),
    )
    await Promise.all(puts)
  } else if (step.do === 'sweep') await store.events.sweepExpired(NOW + 5)
  else if (step.do === 'sent')
    await store.outbox.markSent(
      (await store.outbox.unsent(1)).map(({ position }) => ({ position, nodes: 3, atMs: 1_700_000_000_000 })),
    )
  else {
    const due = await store.outbox.due(START_MS, 1)
    await writeDeliveries(
      store.outbox,
      due.map(one => ({ ...one, state: 'delivered', open: false, ackedBy: ['12D3'] })),
    )
  }
}

/** All that a reader of the store can tell. */
export async function seenOf(store: Store): Promise<string> {
  const held = await store.events.query({}, 1_000)
  const order = (await store.events.after(0, 1_000, 1e9)).map(({ event: one, position, mark }) => [
    one.id,
    position,
    mark,
  ])
  const unsent = (await store.outbox.unsent(1_000)).map(({ position }) => position)
  const deliveries = await store.outbox.list(1_000)
  return JSON.stringify({ held, order, unsent, deliveries, usage: store.events.usage() })
}
