import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRejection } from '../../../src/event/rejection.ts'
import {
  MAX_EVENT_PACKET_BYTES,
  MAX_SYNC_AUTHORS,
  MAX_SYNC_FRAME_BYTES,
  MAX_SYNC_FRAME_EVENTS,
  MAX_SYNC_MESSAGE_BYTES,
  SYNC_EVENTS_BYTES,
} from '../../../src/wire/limits.ts'
import { encode } from '../../../src/wire/msgpack.ts'
import {
  decodeSyncReply,
  decodeSyncRequest,
  encodeSyncReply,
  encodeSyncRequest,
  type SyncReply,
  type SyncRequest,
  syncPage,
} from '../../../src/wire/sync.ts'
import { runs } from '../event/arbitrary-events.ts'

const bytes = (length: number) => new Uint8Array(length).fill(7)
const keys = (count: number) => Array.from({ length: count }, (_, i) => i.toString(16).padStart(64, '0'))
const many = <Item>(item: Item, count = MAX_SYNC_FRAME_EVENTS) => Array.from({ length: count }, () => item)
const MAX_SECONDS = 2 ** 32 - 1
const WINDOW = { since: 5, until: 5 }

describe('a frame of the initiator (Y3)', () => {
  it.each<SyncRequest>([
    { type: 'open', scope: { since: 0, until: MAX_SECONDS }, message: bytes(1) },
    { type: 'open', scope: { authors: keys(1), since: 0 }, message: bytes(MAX_SYNC_MESSAGE_BYTES) },
    { type: 'open', scope: { authors: keys(MAX_SYNC_AUTHORS), since: MAX_SECONDS }, message: bytes(1) },
    { type: 'message', message: bytes(MAX_SYNC_MESSAGE_BYTES) },
    { type: 'want', places: [0] },
    { type: 'want', places: many(MAX_SECONDS) },
    { type: 'events', events: [bytes(MAX_EVENT_PACKET_BYTES)] },
    { type: 'events', events: many(bytes(SYNC_EVENTS_BYTES / MAX_SYNC_FRAME_EVENTS)) },
  ])('comes back as it was sent: %#', request => {
    const frame = encodeSyncRequest(request)
    expect(frame.length).toBeLessThanOrEqual(MAX_SYNC_FRAME_BYTES)
    expect(decodeSyncRequest(frame)).toEqual(request)
  })

  it('names all events of some authors when no time is given', () => {
    const frame = encodeSyncRequest({ type: 'open', scope: { authors: keys(2) }, message: bytes(1) })
    expect(decodeSyncRequest(frame)).toMatchObject({ scope: { authors: keys(2), since: 0 } })
  })

  it('of another version is answered by the version that is spoken here', () => {
    expect(decodeSyncRequest(encode(['open', 2, 'whatever']))).toEqual({ type: 'no', reason: 'version', value: 1 })
  })

  it.each<[string, unknown]>([
    ['no array', {}],
    ['nothing', []],
    ['another type', ['close']],
    ['a version that is no number', ['open', 'one', ['window', 0, 1], bytes(1)]],
    ['no scope', ['open', 1, null, bytes(1)]],
    ['another scope', ['open', 1, ['kinds', 1, 2], bytes(1)]],
    ['a window that ends before it begins', ['open', 1, ['window', 2, 1], bytes(1)]],
    ['a window of text', ['open', 1, ['window', '1', '2'], bytes(1)]],
    ['no authors', ['open', 1, ['authors', bytes(0), 0], bytes(1)]],
    ['half an author', ['open', 1, ['authors', bytes(33), 0], bytes(1)]],
    ['too many authors', ['open', 1, ['authors', bytes(32 * (MAX_SYNC_AUTHORS + 1)), 0], bytes(1)]],
    ['authors as a list', ['open', 1, ['authors', [bytes(32)], 0], bytes(1)]],
    ['no message', ['open', 1, ['window', 0, 1]]],
    ['an empty message', ['message', bytes(0)]],
    ['a message that is too long', ['message', bytes(MAX_SYNC_MESSAGE_BYTES + 1)]],
    ['nothing wanted', ['want', []]],
    ['too much wanted', ['want', many(1, MAX_SYNC_FRAME_EVENTS + 1)]],
    ['something wanted that is no place', ['want', [1, null]]],
    ['no events', ['events', []]],
    ['an event that is gone', ['events', [null]]],
    ['too many events', ['events', many(bytes(1), MAX_SYNC_FRAME_EVENTS + 1)]],
    ['an answer', ['taken', 1]],
  ])('%s is malformed', (_name, frame) => {
    expect(decodeSyncRequest(encode(frame))).toMatchObject({ rejected: 'malformed' })
  })

  it('that is too long is refused before it is looked at', () => {
    expect(decodeSyncRequest(bytes(MAX_SYNC_FRAME_BYTES + 1))).toMatchObject({ rejected: 'too-large' })
  })
})

describe('a frame of the responder (Y3)', () => {
  it.each<SyncReply>([
    { type: 'message', message: bytes(1) },
    { type: 'events', events: [null, bytes(MAX_EVENT_PACKET_BYTES)] },
    { type: 'taken', count: 0 },
    { type: 'no', reason: 'busy', value: 10_000 },
    { type: 'no', reason: 'too-many', value: 250_000 },
    { type: 'no', reason: 'since', value: MAX_SECONDS },
  ])('comes back as it was sent: %#', reply => {
    expect(decodeSyncReply(encodeSyncReply(reply))).toEqual(reply)
  })

  it.each<[string, unknown]>([
    ['no array', null],
    ['another type', ['opened']],
    ['a question', ['want', [1]]],
    ['no events', ['events', []]],
    ['an event of text', ['events', ['x']]],
    ['a count below nothing', ['taken', null]],
    ['no for no reason', ['no', '', 1]],
    ['no without a number', ['no', 'busy']],
  ])('%s is malformed', (_name, frame) => {
    expect(decodeSyncReply(encode(frame))).toMatchObject({ rejected: 'malformed' })
  })
})

describe('both', () => {
  it('have room for what a later version adds', () => {
    expect(decodeSyncRequest(encode(['message', bytes(1), 'more', [1, 2]]))).toMatchObject({ type: 'message' })
    expect(decodeSyncReply(encode(['taken', 1, {}]))).toMatchObject({ type: 'taken' })
  })

  it('are decoded or refused, whatever comes, and never throw', () => {
    const whole = fc.constantFrom(
      encodeSyncRequest({ type: 'open', scope: WINDOW, message: bytes(40) }),
      encodeSyncRequest({ type: 'want', places: [1, 300, 70_000] }),
      encodeSyncReply({ type: 'events', events: [null, bytes(30)] }),
      encodeSyncReply({ type: 'no', reason: 'busy', value: 1 }),
    )
    const changed = fc.tuple(whole, fc.nat(), fc.nat(255), fc.nat()).map(([frame, at, byte, end]) => {
      const copy = frame.slice(0, 1 + (end % frame.length))
      copy[at % copy.length] = byte
      return copy
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), changed), frame => {
        for (const decoded of [decodeSyncRequest(frame), decodeSyncReply(frame)]) {
          if (isRejection(decoded)) expect(decoded.reason).not.toBe('')
          else expect(decoded.type).toBeTypeOf('string')
        }
      }),
      runs(3_000),
    )
  })

  it('take as many events as fit, and one at least', () => {
    const of = (lengths: readonly number[]) => {
      const events = lengths.map(bytes)
      return syncPage(() => events.shift()).length
    }
    expect(of([])).toBe(0)
    expect(of([MAX_EVENT_PACKET_BYTES, 1])).toBe(1)
    expect(of(many(100, 1_000))).toBe(MAX_SYNC_FRAME_EVENTS)
    expect(of(many(1_000, 1_000))).toBe(Math.floor(SYNC_EVENTS_BYTES / 1_000) + 1)
  })
})
