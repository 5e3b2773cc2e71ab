import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONSEQUENCES, isRejection, type RejectionCode, reject } from '../../../src/event/rejection.ts'
import {
  decodeDeliver,
  decodeReceipts,
  encodeDeliver,
  encodeReceipts,
  type Receipt,
} from '../../../src/wire/deliver.ts'
import {
  MAX_DELIVER_BYTES,
  MAX_DELIVER_EVENTS,
  MAX_EVENT_PACKET_BYTES,
  MAX_RECEIPT_REASON_CHARS,
  MAX_RECEIPTS_BYTES,
} from '../../../src/wire/limits.ts'
import { runs, text } from '../event/arbitrary-events.ts'
import { pack } from './pack.ts'

const bytes = (length: number) => new Uint8Array(length)
const codeOf = (result: unknown) => (isRejection(result) ? result.rejected : 'accepted')

describe('delivery', () => {
  it('carries up to 100 encoded events', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: MAX_DELIVER_EVENTS }), events => {
        const decoded = decodeDeliver(encodeDeliver(events)) as Uint8Array[]
        expect(decoded.map(item => [...item])).toEqual(events.map(item => [...item]))
      }),
      runs(200),
    )
    expect(codeOf(decodeDeliver(encodeDeliver(Array(MAX_DELIVER_EVENTS).fill(bytes(1)))))).toBe('accepted')
    expect(codeOf(decodeDeliver(encodeDeliver(Array(MAX_DELIVER_EVENTS + 1).fill(bytes(1)))))).toBe('malformed')
  })

  it('carries at least one event of the largest size', () => {
    expect(codeOf(decodeDeliver(encodeDeliver([bytes(MAX_EVENT_PACKET_BYTES)])))).toBe('accepted')
    expect(codeOf(decodeDeliver(encodeDeliver([bytes(MAX_DELIVER_BYTES - 6)])))).toBe('accepted')
    expect(codeOf(decodeDeliver(encodeDeliver([bytes(MAX_DELIVER_BYTES - 5)])))).toBe('too-large')
  })

  it.each<[string, unknown]>([
    ['a map that looks like a rejection', { rejected: 'no-such-code', reason: 'x' }],
    ['bytes', bytes(3)],
    ['nil', null],
    ['text in the list', ['x']],
    ['an array in the list', [[]]],
  ])('is not %s', (_name, value) => {
    expect(codeOf(decodeDeliver(pack(value)))).toBe('malformed')
  })
})

describe('receipts of a delivery', () => {
  const codes = Object.keys(CONSEQUENCES) as RejectionCode[]
  const receipt: fc.Arbitrary<Receipt> = fc.oneof(
    fc.constantFrom('stored', 'duplicate', 'superseded').map(result => ({ result }) as Receipt),
    fc.tuple(fc.constantFrom(...codes), text).map(([code, reason]) => reject(code, reason)),
  )

  it('come out as they went in, for any results', () => {
    fc.assert(
      fc.property(fc.array(receipt, { maxLength: MAX_DELIVER_EVENTS }), receipts => {
        expect(decodeReceipts(encodeReceipts(receipts))).toEqual(receipts)
      }),
      runs(200),
    )
  })

  it('fit into one reply however long and wide their reasons are', () => {
    const longest = codes.reduce((a, b) => (a.length > b.length ? a : b))
    const reply = encodeReceipts(Array(MAX_DELIVER_EVENTS).fill(reject(longest, 'あ'.repeat(2_000))))
    expect(reply.length).toBeLessThanOrEqual(MAX_RECEIPTS_BYTES)
    const decoded = decodeReceipts(reply) as Receipt[]
    expect(decoded).toHaveLength(MAX_DELIVER_EVENTS)
    expect(decoded[0]).toEqual(reject(longest, 'あ'.repeat(MAX_RECEIPT_REASON_CHARS)))
  })

  it('cut a reason without leaving half a character', () => {
    const [decoded] = decodeReceipts(encodeReceipts([reject('full', `x${'🎉'.repeat(400)}`)])) as Receipt[]
    expect(isRejection(decoded) && decoded.reason.isWellFormed()).toBe(true)
  })

  it('with a word of a later version count as "not for us"', () => {
    expect(decodeReceipts(pack([['moon-phase', 'New moon.']]))).toEqual([reject('not-for-us', 'New moon.')])
    for (const word of ['__proto__', 'constructor', 'toString', ''])
      expect(decodeReceipts(pack([[word]]))).toEqual([reject('not-for-us', '')])
  })

  it('with a reason that is no text are taken without it', () => {
    expect(
      decodeReceipts(
        pack([
          ['full', 1],
          ['full', null],
        ]),
      ),
    ).toEqual([reject('full', ''), reject('full', '')])
  })

  it.each<[string, unknown]>([
    ['a map that looks like a rejection', { rejected: 'no-such-code', reason: 'x' }],
    ['nil', null],
    ['a word', ['stored']],
    ['an empty entry', [[]]],
    ['a number as word', [[1]]],
    ['a map as entry', [{}]],
  ])('are not %s', (_name, value) => {
    expect(codeOf(decodeReceipts(pack(value)))).toBe('malformed')
  })
})
