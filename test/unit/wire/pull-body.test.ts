import fc from 'fast-check'
import { unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import { MAX_CREATED_AT, MAX_EVENT_BYTES, MAX_KIND, MAX_TAG_ELEMENTS, MAX_TAGS } from '../../../src/event/limits.ts'
import { MAX_PULL_EVENTS } from '../../../src/wire/limits.ts'
import { encodePullBody } from '../../../src/wire/pull-body.ts'
import { anyEvent, runs } from '../event/arbitrary-events.ts'
import { REAL_EVENTS } from '../event/real-events.ts'
import { readMarkedPullBody, readPullBody } from './pull-reader.ts'
import { RECORDED_PULL } from './recorded-pull.ts'

interface PulledEvent {
  Id: Uint8Array
  Pubkey: Uint8Array
  Created_at: number
  Kind: number
  Tags: Uint8Array[][]
  Content: string
  Sig: Uint8Array
}

/** For large events, where the print of a failed `toEqual` helps nobody. */
const same = (a: readonly NostrEvent[], b: readonly NostrEvent[]) => JSON.stringify(a) === JSON.stringify(b)
const event = REAL_EVENTS[0]!

describe('body of a pull', () => {
  it('is the recorded answer of the original, apart from the width of Kind', () => {
    // The original wrote every kind as uint16; the shortest form is what its client reads as well.
    const narrowed = RECORDED_PULL.replace(/(a44b696e64)cd00([0-7][0-9a-f])/g, '$1$2')
    expect(narrowed).not.toBe(RECORDED_PULL)
    const events = REAL_EVENTS.toSorted((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
    expect(Buffer.from(encodePullBody(events)).toString('hex') === narrowed).toBe(true)
  })

  it('without events is the 7 bytes of the original', () => {
    expect(Buffer.from(encodePullBody([])).toString('hex')).toBe('81a44576747390')
  })

  it('is what another MessagePack library and a strict reader read back, for any events', () => {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), events => {
        const body = encodePullBody(events)
        expect(readPullBody(body)).toEqual(events)
        const { Evts } = unpack(body) as { Evts: PulledEvent[] }
        expect(
          Evts.map(({ Id, Pubkey, Created_at, Kind, Tags, Content, Sig }) => ({
            id: hex(Id),
            pubkey: hex(Pubkey),
            created_at: Created_at,
            kind: Kind,
            tags: Tags.map(tag => tag.map(element => Buffer.from(element).toString())),
            content: Content,
            sig: hex(Sig),
          })),
        ).toEqual(events)
      }),
      runs(200),
    )
  })

  it('holds every created_at as a float64', () => {
    for (const created_at of [0, 1, 127, 1_720_000_000, MAX_CREATED_AT]) {
      const body = Buffer.from(encodePullBody([{ ...event, created_at }]))
      const at = body.indexOf('Created_at') + 'Created_at'.length
      expect(body[at]).toBe(0xcb)
      expect(body.readDoubleBE(at + 1)).toBe(created_at)
    }
  })

  it.each([0, 127, 128, 255, 256, 1059, MAX_KIND])('holds kind %i', kind => {
    expect(readPullBody(encodePullBody([{ ...event, kind }]))[0]!.kind).toBe(kind)
  })

  it.each([0, 31, 32, 255, 256, 65_535, 65_536, MAX_EVENT_BYTES])('holds a content of %i bytes, ASCII or not', size => {
    for (const content of ['x'.repeat(size), 'あ'.repeat(size / 3), '🎉'.repeat(size / 4)]) {
      expect(same(readPullBody(encodePullBody([{ ...event, content }])), [{ ...event, content }])).toBe(true)
    }
  })

  it.each<[string, string[][]]>([
    ['15 tags', Array(15).fill(['t'])],
    ['16 tags', Array(16).fill(['t'])],
    ['the most tags', Array(MAX_TAGS).fill(['t', 'x'])],
    ['16 elements', [Array(16).fill('x')]],
    ['the most elements', [Array(MAX_TAG_ELEMENTS).fill('')]],
    ['elements of 255 and 256 bytes', [['x'.repeat(255), 'x'.repeat(256), 'あ'.repeat(85), 'あ'.repeat(86)]]],
    ['elements of 8 KiB', Array(30).fill(['x'.repeat(8192)])],
  ])('holds %s', (_name, tags) => {
    expect(same(readPullBody(encodePullBody([{ ...event, tags }])), [{ ...event, tags }])).toBe(true)
  })

  it('holds the most events', () => {
    const events = Array<NostrEvent>(MAX_PULL_EVENTS).fill(event)
    expect(same(readPullBody(encodePullBody(events)), events)).toBe(true)
  })

  it('says which events came late, for any of them, and nothing of it to who does not ask', () => {
    const some = fc.array(anyEvent, { minLength: 1, maxLength: 20 })
    const marked = some.chain(events => fc.tuple(fc.constant(events), fc.subarray([...events.keys()])))
    fc.assert(
      fc.property(marked, ([events, late]) => {
        const body = encodePullBody(events, late)
        expect(readMarkedPullBody(body)).toEqual({ events, late })
        expect((unpack(body) as { Late: number[] }).Late).toEqual(late)
        expect(Object.keys(unpack(encodePullBody(events)) as object)).toEqual(['Evts'])
      }),
      runs(100),
    )
    const all = Array.from({ length: MAX_PULL_EVENTS }, (_, place) => place)
    expect(readMarkedPullBody(encodePullBody(Array<NostrEvent>(MAX_PULL_EVENTS).fill(event), all)).late).toEqual(all)
  })

  it('is not changed by the body that is written next', () => {
    const first = encodePullBody([event])
    const copy = Uint8Array.from(first)
    encodePullBody([{ ...event, content: 'other' }])
    expect(Buffer.compare(first, copy)).toBe(0)
  })
})
