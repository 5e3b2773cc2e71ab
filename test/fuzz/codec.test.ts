/** Whatever bytes come, a decoder gives a value or a rejection of the closed list, soon, and throws nothing. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { parseFilter } from '../../src/event/filter.ts'
import { CONSEQUENCES, isRejection, statusOf, verdictOf } from '../../src/event/rejection.ts'
import { checkClock, checkId, parseEvent } from '../../src/event/verify.ts'
import { decodeAnnouncement, encodeAnnouncement } from '../../src/wire/announcement.ts'
import { decodeDeliver, decodeReceipts, encodeDeliver, encodeReceipts } from '../../src/wire/deliver.ts'
import { decodeEvent, encodeEvent } from '../../src/wire/event-codec.ts'
import { decodeFetchPage, decodeFetchRequest, encodeFetchPage, encodeFetchRequest } from '../../src/wire/fetch.ts'
import { decodeHello, encodeHello } from '../../src/wire/hello.ts'
import { anyEvent, hex32, runs } from '../unit/event/arbitrary-events.ts'
import { REAL_EVENTS } from '../unit/event/real-events.ts'
import { pack, raw } from '../unit/wire/pack.ts'

type Decoder = (bytes: Uint8Array) => unknown

const SAMPLE = encodeEvent(REAL_EVENTS[3]!)
const KEY = '1b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f'

/** Each decoder with valid messages of its own, which are then bent. */
const DECODERS: Readonly<Record<string, readonly [Decoder, readonly Uint8Array[]]>> = {
  event: [decodeEvent, REAL_EVENTS.map(encodeEvent)],
  hello: [
    decodeHello,
    [
      encodeHello({
        agent: 'x/1',
        abilities: ['a', 'b'],
        owner: KEY,
        binding: SAMPLE,
        announcements: [SAMPLE, SAMPLE],
      }),
      encodeHello({ agent: '', abilities: [], owner: null, binding: null, announcements: [] }),
    ],
  ],
  announcement: [
    decodeAnnouncement,
    [
      encodeAnnouncement({
        peer: SAMPLE.slice(0, 38),
        issuedAt: 1,
        addresses: [SAMPLE.slice(0, 8)],
        owner: KEY,
        binding: SAMPLE,
      }),
    ],
  ],
  delivery: [decodeDeliver, [encodeDeliver([SAMPLE, SAMPLE])]],
  receipts: [decodeReceipts, [encodeReceipts([{ result: 'stored' }, { rejected: 'full', reason: 'Full.' }])]],
  'fetch request': [
    decodeFetchRequest,
    [
      encodeFetchRequest({ want: 'events', filter: { kinds: [1], since: 1, tags: new Map([['e', [KEY]]]) } }),
      encodeFetchRequest({ want: 'nodes', owners: [KEY, KEY] }),
    ],
  ],
  'fetch page': [decodeFetchPage, [encodeFetchPage({ items: [SAMPLE], last: true })]],
}

/** A value, or a rejection that has a status and a verdict. */
function checkOutcome(result: unknown): void {
  if (!isRejection(result)) return
  expect(Object.keys(CONSEQUENCES)).toContain(result.rejected)
  expect(result.reason).toMatch(/^[\x20-\x7e]+\.$/)
  expect(statusOf(result)).toBeGreaterThanOrEqual(400)
  expect(['ignore', 'reject']).toContain(verdictOf(result))
}

/** Changes bytes, cuts, repeats and inserts. */
function bend(valid: Uint8Array, edits: readonly [at: number, cut: number, put: Uint8Array][]): Uint8Array {
  let bytes = valid
  for (const [at, cut, put] of edits) {
    const from = at % (bytes.length + 1)
    bytes = Uint8Array.from([...bytes.subarray(0, from), ...put, ...bytes.subarray(from + cut)])
  }
  return bytes
}
const edits = fc.array(
  fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ maxLength: 40 }))),
  { minLength: 1, maxLength: 4 },
)

/** MessagePack of the right kind of structure with wrong things in it. */
const { structure } = fc.letrec<{ structure: unknown }>(tie => ({
  structure: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 0, 1, 2 ** 32 - 1, '', 'events', 'nodes', 'stored', '__proto__'),
    fc.constantFrom(
      raw(0xcb, new Uint8Array(8)),
      raw(0xff),
      raw(0xa1, 0xff),
      raw(0xdd, 0xff, 0xff, 0xff, 0xff),
      raw(0xd4, 0x72, 0x40),
    ),
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(new Uint8Array(32), new Uint8Array(64), new Uint8Array(96), SAMPLE),
    fc.array(tie('structure'), { maxLength: 6 }),
    fc.dictionary(
      fc.constantFrom('rejected', 'reason', 'ids', 'kinds', '#e', 'since', 'constructor', 'length'),
      tie('structure'),
    ),
  ),
}))

describe.each(Object.entries(DECODERS))('decoder of %s', (_name, [decoder, valid]) => {
  it('takes its own valid messages', () => {
    for (const message of valid) expect(isRejection(decoder(message))).toBe(false)
  })

  it('gives a value or a rejection for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => checkOutcome(decoder(bytes))),
      runs(1_000),
    )
  })

  it('gives a value or a rejection for bent messages', () => {
    fc.assert(
      fc.property(fc.constantFrom(...valid), edits, (message, changes) =>
        checkOutcome(decoder(bend(message, changes))),
      ),
      runs(1_000),
    )
  })

  it('gives a value or a rejection for any structure', () => {
    const outer = fc.oneof(structure, fc.array(structure, { minLength: 2, maxLength: 6 }))
    fc.assert(
      fc.property(outer, value => checkOutcome(decoder(pack(value)))),
      runs(1_000),
    )
  })

  it('refuses every message cut off anywhere', () => {
    for (const message of valid) {
      for (let length = 0; length < message.length; length++)
        expect(isRejection(decoder(message.subarray(0, length)))).toBe(true)
    }
  })

  it('needs a bounded time for the worst that fits its size', () => {
    const MiB = 1024 * 1024
    for (const fill of [0x00, 0x80, 0x81, 0x90, 0x91, 0x9f, 0xa0, 0xc0, 0xc4, 0xdc, 0xdd, 0xff]) {
      for (const size of [8 * 1024, 64 * 1024, 300 * 1024, MiB]) {
        const bytes = new Uint8Array(size).fill(fill)
        const startedMs = performance.now()
        checkOutcome(decoder(bytes))
        expect(performance.now() - startedMs).toBeLessThan(250)
      }
    }
  })
})

describe('events and filters from JSON', () => {
  const json = fc.oneof(
    fc.jsonValue(),
    fc.anything({ withBigInt: true, withMap: true, withSparseArray: true, withTypedArray: true }),
  )

  it('any value gives an event, a filter or a rejection', () => {
    fc.assert(
      fc.property(json, value => {
        checkOutcome(parseEvent(value))
        checkOutcome(parseFilter(value))
      }),
      runs(2_000),
    )
  })

  it('any value in any field of an event gives an event or a rejection, and what is taken can be checked and carried', () => {
    fc.assert(
      fc.property(
        anyEvent,
        fc.constantFrom<keyof NostrEvent>('id', 'pubkey', 'created_at', 'kind', 'tags', 'content', 'sig'),
        json,
        (event, field, value) => {
          const parsed = parseEvent({ ...event, [field]: value })
          checkOutcome(parsed)
          if (isRejection(parsed)) return
          checkOutcome(checkId(parsed))
          checkOutcome(checkClock(parsed, 1_720_000_000))
          expect(isRejection(decodeEvent(encodeEvent(parsed)))).toBe(false)
        },
      ),
      runs(2_000),
    )
  })

  it('any value in any field of a filter gives a filter or a rejection', () => {
    const field = fc.constantFrom('ids', 'authors', 'kinds', 'since', 'until', 'limit', '#e', '#p')
    fc.assert(
      fc.property(fc.dictionary(field, fc.oneof(json, fc.array(hex32), fc.nat())), value =>
        checkOutcome(parseFilter(value)),
      ),
      runs(2_000),
    )
  })
})
