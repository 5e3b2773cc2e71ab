import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressOf, newestFirst, supersedes } from '../../../src/event/order.ts'
import { hex32, runs } from './arbitrary-events.ts'

/** Few times and ids, so that ties are common. */
const dated = fc.record({
  created_at: fc.integer({ min: 0, max: 3 }),
  id: fc.oneof(fc.constantFrom('0'.repeat(64), `${'0'.repeat(63)}1`, 'f'.repeat(64)), hex32),
})

describe('order of events (E7.1)', () => {
  it('puts the newer event first, and of two of one second the lower id', () => {
    const events = [
      { created_at: 5, id: 'b' },
      { created_at: 6, id: 'c' },
      { created_at: 5, id: 'a' },
    ]
    expect(events.sort(newestFirst).map(event => event.id)).toEqual(['c', 'a', 'b'])
  })

  it('is a total order', () => {
    fc.assert(
      fc.property(dated, dated, dated, (a, b, c) => {
        expect(newestFirst(a, a)).toBe(0)
        expect(Math.sign(newestFirst(a, b)) + Math.sign(newestFirst(b, a))).toBe(0)
        expect(newestFirst(a, b) === 0).toBe(a.created_at === b.created_at && a.id === b.id)
        if (newestFirst(a, b) <= 0 && newestFirst(b, c) <= 0) expect(newestFirst(a, c)).toBeLessThanOrEqual(0)
      }),
      runs(500),
    )
  })
})

describe('which version of a replaceable event stays (E7.2)', () => {
  it('is the newer one, on a tie the one with the lower id, and never both', () => {
    expect(supersedes({ created_at: 6, id: 'z' }, { created_at: 5, id: 'a' })).toBe(true)
    expect(supersedes({ created_at: 5, id: 'a' }, { created_at: 6, id: 'z' })).toBe(false)
    expect(supersedes({ created_at: 5, id: 'a' }, { created_at: 5, id: 'b' })).toBe(true)
    expect(supersedes({ created_at: 5, id: 'b' }, { created_at: 5, id: 'a' })).toBe(false)
    expect(supersedes({ created_at: 5, id: 'a' }, { created_at: 5, id: 'a' })).toBe(false)
  })

  it('does not depend on the order in which the versions come', () => {
    const stay = (versions: { created_at: number; id: string }[]) =>
      versions.reduce((kept, next) => (supersedes(next, kept) ? next : kept))
    fc.assert(
      fc.property(fc.array(dated, { minLength: 1, maxLength: 8 }), versions => {
        expect(stay(versions)).toEqual(stay([...versions].reverse()))
        expect(stay(versions)).toEqual([...versions].sort(newestFirst)[0])
      }),
      runs(300),
    )
  })
})

describe('address (E7.3)', () => {
  const event = (kind: number, tags: string[][] = []) => ({ kind, pubkey: 'p', tags })

  it('of a replaceable kind is author and kind, whatever its d tag says', () => {
    expect(addressOf(event(0, [['d', 'x']]))).toEqual({ kind: 0, pubkey: 'p', d: '' })
    expect(addressOf(event(3))).toEqual({ kind: 3, pubkey: 'p', d: '' })
    expect(addressOf(event(10_002))).toEqual({ kind: 10_002, pubkey: 'p', d: '' })
  })

  it('of an addressable kind has the first d tag, empty if there is none', () => {
    expect(
      addressOf(
        event(30_078, [
          ['t', 'z'],
          ['d', 'x'],
          ['d', 'y'],
        ]),
      ),
    ).toEqual({ kind: 30_078, pubkey: 'p', d: 'x' })
    expect(addressOf(event(30_078))).toEqual({ kind: 30_078, pubkey: 'p', d: '' })
    expect(addressOf(event(30_078, [['d']]))).toEqual({ kind: 30_078, pubkey: 'p', d: '' })
  })

  it('is not there for regular and ephemeral kinds', () => {
    expect(addressOf(event(1, [['d', 'x']]))).toBeUndefined()
    expect(addressOf(event(20_001, [['d', 'x']]))).toBeUndefined()
  })
})
