import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRejection } from '../../../src/event/rejection.ts'
import {
  MAX_OWN_ACKS,
  MAX_OWN_CURSOR_CHARS,
  MAX_OWN_IDS,
  MAX_OWN_MESSAGE_BYTES,
  MAX_OWN_TOMBSTONES,
  OWN_EVENTS_BYTES,
} from '../../../src/wire/limits.ts'
import { encode } from '../../../src/wire/msgpack.ts'
import {
  decodeOwnCompared,
  decodeOwnDeliveries,
  decodeOwnEvents,
  decodeOwnGone,
  decodeOwnIds,
  decodeOwnRequest,
  encodeOwnCompared,
  encodeOwnDeliveries,
  encodeOwnEvents,
  encodeOwnGone,
  encodeOwnIds,
  encodeOwnRequest,
  type OwnDelivery,
  ownDeliveryBytes,
} from '../../../src/wire/own.ts'
import { SEED } from '../../support/seed.ts'

const id = (i: number) => i.toString(16).padStart(64, '0')
const ids = (count: number) => Array.from({ length: count }, (_, i) => id(i))

describe('a question between nodes of one owner (O20.3, O20.4)', () => {
  it.each([
    { want: 'ids', cursor: '' },
    { want: 'ids', cursor: 'x'.repeat(MAX_OWN_CURSOR_CHARS) },
    { want: 'events', ids: [] },
    { want: 'events', ids: ids(MAX_OWN_IDS) },
    { want: 'deliveries', ids: ids(MAX_OWN_IDS) },
    { want: 'gone', cursor: 'x'.repeat(MAX_OWN_CURSOR_CHARS) },
    { want: 'compare', message: new Uint8Array(MAX_OWN_MESSAGE_BYTES) },
  ] as const)('comes back as it was sent: %#', request => {
    expect(decodeOwnRequest(encodeOwnRequest(request))).toEqual(request)
  })

  it.each<[string, unknown]>([
    ['no array', {}],
    ['nothing asked', []],
    ['another question', ['all', '']],
    ['a cursor that is no text', ['ids', 7]],
    ['a cursor that is too long', ['ids', 'x'.repeat(MAX_OWN_CURSOR_CHARS + 1)]],
    ['ids as a list', ['events', [new Uint8Array(32)]]],
    ['half an id', ['events', new Uint8Array(33)]],
    ['a message without bytes', ['compare', new Uint8Array(0)]],
    ['a message that is too long', ['compare', new Uint8Array(MAX_OWN_MESSAGE_BYTES + 1)]],
    ['too many ids', ['events', new Uint8Array(32 * (MAX_OWN_IDS + 1))]],
  ])('%s is malformed', (_name, message) => {
    expect(decodeOwnRequest(encode(message))).toMatchObject({ rejected: expect.stringMatching(/malformed|too-large/) })
  })
})

describe('the answers (O20.3, O20.4)', () => {
  it('come back as they were sent, also when they are as large as may be', () => {
    const page = { ids: ids(MAX_OWN_IDS), cursor: 'abc.1', isAnew: true }
    expect(decodeOwnIds(encodeOwnIds(page))).toEqual(page)
    const events = [Uint8Array.of(1, 2), null, [Uint8Array.of(3)] as const, new Uint8Array(327_680)]
    expect(decodeOwnEvents(encodeOwnEvents(events))).toEqual(events)
  })

  it.each<[string, unknown]>([
    ['no cursor', [new Uint8Array(32)]],
    ['half an id', [new Uint8Array(31), '']],
    ['ids as text', ['00', '']],
  ])('with %s are malformed', (_name, message) => {
    expect(decodeOwnIds(encode(message))).toMatchObject({ rejected: 'malformed' })
  })

  it('with something else than events are malformed', () => {
    for (const entry of ['x', [], ['x'], [Uint8Array.of(1), Uint8Array.of(2)], [[Uint8Array.of(1)]]]) {
      expect(decodeOwnEvents(encode([entry]))).toMatchObject({ rejected: 'malformed' })
    }
    expect(decodeOwnEvents(encode(new Array(MAX_OWN_IDS + 1).fill(null)))).toMatchObject({ rejected: 'malformed' })
  })
})

describe('the answer about deliveries (O20.8)', () => {
  const node = '12D3KooWBhMbLmoPwBHBCHBvbVBPGdHCJVKBWUPDdUMb5fTVxSVA'
  const delivery = { to: id(1), state: 'delivered', open: true, standbyFor: node, createdAt: 1_700_000_000 } as const
  const packed: readonly unknown[] = [new Uint8Array(32), 0, true, null, 7, [node]]

  it('comes back as it was sent, also when it is as large as may be', () => {
    for (const answer of [[], [[]], [[{ ...delivery, ackedBy: [] }], []]]) {
      expect(decodeOwnDeliveries(encodeOwnDeliveries(answer))).toEqual(answer)
    }
    const full = (one: OwnDelivery) => {
      const perEvent = Array.from({ length: 100 }, () => one)
      return Array.from({ length: OWN_EVENTS_BYTES / ownDeliveryBytes(one) / 100 + 1 }, () => perEvent)
    }
    const acks = (count: number) => Array.from({ length: count }, () => node)
    for (const count of [0, 1, 5, MAX_OWN_ACKS]) {
      const answer = full({ ...delivery, standbyFor: undefined, ackedBy: acks(count) })
      expect(decodeOwnDeliveries(encodeOwnDeliveries(answer))).toEqual(answer)
    }
  })

  it.each<[string, unknown]>([
    ['no list', {}],
    ['no list of deliveries', [7]],
    ['no delivery', [[7]]],
    ['half a recipient', [[packed.with(0, new Uint8Array(31))]]],
    ['an unknown state', [[packed.with(1, 3)]]],
    ['a state that is a word', [[packed.with(1, 'length')]]],
    ['no answer to whether it is open', [[packed.with(2, 1)]]],
    ['a node without a name', [[packed.with(3, '')]]],
    ['a time before 1970', [[packed.with(4, -1)]]],
    ['too many nodes', [[packed.with(5, new Array(MAX_OWN_ACKS + 1).fill(node))]]],
    ['too many recipients', [new Array(101).fill(packed)]],
    ['too many events', new Array(MAX_OWN_IDS + 1).fill([])],
  ])('with %s is malformed', (_name, message) => {
    expect(decodeOwnDeliveries(encode(message))).toMatchObject({ rejected: 'malformed' })
    expect(isRejection(decodeOwnDeliveries(encode([[packed]])))).toBe(false)
  })
})

describe('the answers to a comparison and about what is gone (O20.9, O20.10)', () => {
  it('come back as they were sent, also when they are as large as may be', () => {
    const cursor = 'x'.repeat(MAX_OWN_CURSOR_CHARS)
    const compared = { message: new Uint8Array(MAX_OWN_MESSAGE_BYTES).fill(7), cursor }
    expect(decodeOwnCompared(encodeOwnCompared(compared))).toEqual(compared)
    const rows = Array.from({ length: MAX_OWN_TOMBSTONES }, () => new Uint8Array(40))
    expect(decodeOwnGone(encodeOwnGone({ rows, cursor, hasMore: true }))).toEqual({ rows, cursor, hasMore: true })
  })

  it.each<[string, unknown]>([
    ['nothing', []],
    ['text for a message', ['x', '']],
    ['no cursor', [new Uint8Array(1)]],
    ['a message that is too long', [new Uint8Array(MAX_OWN_MESSAGE_BYTES + 1), '']],
    ['rows that are none', [['x'], '', false]],
    ['too many rows', [new Array(MAX_OWN_TOMBSTONES + 9).fill(new Uint8Array(1)), '', false]],
    ['no word whether there are more', [[], '']],
  ])('with %s are malformed', (_name, message) => {
    expect(decodeOwnCompared(encode(message))).toMatchObject({ rejected: 'malformed' })
    expect(decodeOwnGone(encode(message))).toMatchObject({ rejected: 'malformed' })
  })
})

it(`bytes of any kind are refused or read, and never throw (SEED=${SEED})`, () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      for (const decode of [
        decodeOwnRequest,
        decodeOwnIds,
        decodeOwnEvents,
        decodeOwnDeliveries,
        decodeOwnCompared,
        decodeOwnGone,
      ]) {
        const value = decode(bytes)
        expect(isRejection(value) || typeof value === 'object').toBe(true)
      }
    }),
    { seed: Number(SEED) },
  )
})
