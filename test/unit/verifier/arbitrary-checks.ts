/** What a signature check may be asked: right ones, and all kinds of wrong ones. */
import fc from 'fast-check'
import { personFrom, signedEvent } from '../../support/events.ts'
import { hex32, hex64 } from '../event/arbitrary-events.ts'

export interface AnyCheck {
  readonly id: string
  readonly pubkey: string
  readonly sig: string
}

const people = ['alice', 'bob'].map(personFrom)
export const goodChecks: readonly AnyCheck[] = Array.from({ length: 40 }, (_, i) => {
  const { id, pubkey, sig } = signedEvent(people[i % people.length]!, { content: `post ${i}` })
  return { id, pubkey, sig }
})

const FIELD = 'fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f'
const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
const edge = fc.constantFrom('0'.repeat(64), 'f'.repeat(64), FIELD, ORDER, `${'0'.repeat(63)}1`)
const number = fc.oneof(hex32, edge)
const good = fc.constantFrom(...goodChecks)

/** Right ones, one bit wrong, parts of different events, numbers out of range, and noise. */
export const anyCheck: fc.Arbitrary<AnyCheck> = fc.oneof(
  good,
  fc.tuple(good, fc.nat({ max: 1_023 })).map(([check, bit]) => flipped(check, bit)),
  fc.tuple(good, good).map(([a, b]) => ({ ...a, sig: b.sig })),
  fc.tuple(good, good).map(([a, b]) => ({ ...a, pubkey: b.pubkey })),
  fc.tuple(good, number, number).map(([check, r, s]) => ({ ...check, sig: r + s })),
  fc.tuple(good, number).map(([check, r]) => ({ ...check, sig: r + check.sig.slice(64) })),
  fc.tuple(good, number).map(([check, s]) => ({ ...check, sig: check.sig.slice(0, 64) + s })),
  fc.tuple(good, number).map(([check, pubkey]) => ({ ...check, pubkey })),
  fc.record({ id: hex32, pubkey: number, sig: hex64 }),
)

function flipped({ id, pubkey, sig }: AnyCheck, bit: number): AnyCheck {
  const bytes = Buffer.from(id + pubkey + sig, 'hex')
  bytes[bit >> 3]! ^= 1 << (bit & 7)
  const hex = bytes.toString('hex')
  return { id: hex.slice(0, 64), pubkey: hex.slice(64, 128), sig: hex.slice(128) }
}
