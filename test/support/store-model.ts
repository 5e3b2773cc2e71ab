/** A store as a plain list, by the rules of NIP-01 and NIP-09, and random histories for it. */
import fc from 'fast-check'
import { deletes } from '../../src/event/deletion.ts'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { KIND } from '../../src/event/kinds.ts'
import { addressOf, supersedes } from '../../src/event/order.ts'
import type { PutResult } from '../../src/store/store.ts'
import { strangerKey, unsignedEvent } from './events.ts'

export const AUTHORS = ['alice', 'bob'].map(strangerKey)
const KINDS = [KIND.profile, KIND.post, KIND.follows, 30_000]

export class StoreModel {
  /** In receive order. */
  held: VerifiedEvent[] = []
  readonly #deletions: VerifiedEvent[] = []

  put(event: VerifiedEvent): PutResult {
    if (this.held.some(({ id }) => id === event.id)) return 'duplicate'
    if (this.#deletions.some(deletion => deletes(deletion, event))) return 'deleted'
    const address = JSON.stringify(addressOf(event))
    const version = this.held.find(one => address !== undefined && JSON.stringify(addressOf(one)) === address)
    if (version !== undefined && !supersedes(event, version)) return 'superseded'
    this.held = [...this.held.filter(one => one !== version), event]
    if (event.kind === KIND.deletion) {
      this.#deletions.push(event)
      this.held = this.held.filter(one => !deletes(event, one))
    }
    return 'stored'
  }
}

const created_at = fc.integer({ min: 0, max: 4 })
const plain = fc
  .record({
    pubkey: fc.constantFrom(...AUTHORS),
    kind: fc.constantFrom(...KINDS),
    created_at,
    content: fc.constantFrom('x', 'y'),
    d: fc.constantFrom('', 'one', 'two'),
  })
  .map(({ pubkey, d, ...fields }) => unsignedEvent(pubkey, { ...fields, tags: d ? [['d', d]] : [] }))

/** Deletions of what is in the pool, by anybody, by id and by address. */
function deletionsOf(pool: readonly VerifiedEvent[]): fc.Arbitrary<VerifiedEvent> {
  const target = fc.constantFrom(...pool).chain(event => {
    const address = addressOf(event) ?? { kind: event.kind, pubkey: event.pubkey, d: '' }
    return fc.constantFrom(['e', event.id], ['a', `${address.kind}:${address.pubkey}:${address.d}`])
  })
  return fc
    .record({ pubkey: fc.constantFrom(...AUTHORS), created_at, tags: fc.array(target, { minLength: 1, maxLength: 3 }) })
    .map(({ pubkey, ...fields }) => unsignedEvent(pubkey, { kind: KIND.deletion, ...fields }))
}

/** Puts in groups, each group in one turn; events come again. */
export const groupsOfPuts: fc.Arbitrary<VerifiedEvent[][]> = fc
  .array(plain, { minLength: 1, maxLength: 12 })
  .chain(posts =>
    fc.array(deletionsOf(posts), { maxLength: 4 }).chain(first => {
      const again = first.length === 0 ? fc.constant([]) : fc.array(deletionsOf([...posts, ...first]), { maxLength: 2 })
      return again.map(second => [...posts, ...first, ...second])
    }),
  )
  .chain(pool => fc.array(fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 6 }), { maxLength: 10 }))
