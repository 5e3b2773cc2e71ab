import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import {
  MAX_ALL_TAG_ELEMENTS,
  MAX_CREATED_AT,
  MAX_EVENT_BYTES,
  MAX_TAG_ELEMENT_BYTES,
  MAX_TAG_ELEMENTS,
  MAX_TAGS,
} from '../../../src/event/limits.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { signEvent } from '../../../src/event/sign.ts'
import { parseEvent } from '../../../src/event/verify.ts'
import { decodeEvent, encodeEvent } from '../../../src/wire/event-codec.ts'
import { MAX_EVENT_PACKET_BYTES } from '../../../src/wire/limits.ts'
import { anyEvent, runs } from '../event/arbitrary-events.ts'
import { REAL_EVENTS } from '../event/real-events.ts'
import { concat, pack, raw } from './pack.ts'

const SECRET = new Uint8Array(32).fill(1)
const sign = (fields: Partial<NostrEvent>) =>
  signEvent({ kind: 1, created_at: 1_720_000_000, tags: [], content: '', ...fields }, SECRET)
const codeOf = (bytes: Uint8Array) => {
  const result = decodeEvent(bytes)
  return isRejection(result) ? result.rejected : 'accepted'
}

const post = sign({ content: 'x'.repeat(140) })
const like = sign({
  kind: 7,
  tags: [
    ['e', post.id],
    ['p', post.pubkey],
  ],
  content: '+',
})
/** The five fields of the encoding, to be packed by hand. */
function fieldsOf(event: NostrEvent): [Uint8Array, unknown, unknown, unknown, unknown] {
  return [Buffer.from(event.pubkey + event.sig, 'hex'), event.created_at, event.kind, [], event.content]
}

describe('overlay encoding of an event (E12)', () => {
  it('gives back any event with its id, and is the same MessagePack as written by hand', () => {
    const packElement = (element: string) =>
      /^([0-9a-f]{64}){1,2}$/.test(element) ? Buffer.from(element, 'hex') : element
    fc.assert(
      fc.property(anyEvent, event => {
        const bytes = encodeEvent(event)
        expect(decodeEvent(bytes)).toEqual(event)
        const [signer, created_at, kind, , content] = fieldsOf(event)
        const tags = event.tags.map(tag => tag.map(packElement))
        expect(Buffer.compare(bytes, pack([signer, created_at, kind, tags, content]))).toBe(0)
      }),
      runs(500),
    )
  })

  it.each(REAL_EVENTS.map(event => [event.kind, event] as const))(
    'carries a recorded event of kind %i',
    (_k, event) => {
      expect(decodeEvent(encodeEvent(event))).toEqual(event)
    },
  )

  it('gives a frozen event', () => {
    const event = decodeEvent(encodeEvent(like)) as NostrEvent
    expect(Object.isFrozen(event) && Object.isFrozen(event.tags) && event.tags.every(tag => Object.isFrozen(tag))).toBe(
      true,
    )
  })

  it('takes 248 bytes for 140 ASCII characters without tags, 182 for a like with e and p', () => {
    expect(encodeEvent(post).length).toBe(248)
    expect(encodeEvent(like).length).toBe(182)
  })

  it('takes the bytes of the content and at most 110 more for a post without tags, 112 from 64 KiB up', () => {
    for (const content of ['', 'x', 'x'.repeat(31), 'x'.repeat(32), 'é'.repeat(200), '🎉'.repeat(65_536)]) {
      for (const created_at of [0, 1_720_000_000, MAX_CREATED_AT]) {
        for (const kind of [0, 1, 6]) {
          const size = encodeEvent({ ...post, content, created_at, kind }).length
          expect(size).toBeLessThanOrEqual(Buffer.byteLength(content) + 110 + (content.length > 65_535 ? 2 : 0))
        }
      }
    }
  })

  it('leaves the signature unchecked, and computes the id from what came', () => {
    const forged = decodeEvent(encodeEvent({ ...post, content: 'forged' })) as NostrEvent
    expect(forged.sig).toBe(post.sig)
    expect(forged.id).not.toBe(post.id)
  })
})

describe('one encoding (E12.4)', () => {
  const [signer, created_at, kind, tags, content] = fieldsOf(post)
  const short = 'hi'

  it('the fields packed by hand are taken', () => {
    expect(codeOf(pack([signer, created_at, kind, tags, content]))).toBe('accepted')
  })

  it.each<[string, Uint8Array]>([
    ['array16 around it', concat(0xdc, 0, 5, ...[signer, created_at, kind, tags, content].map(pack))],
    ['array32 around it', concat(0xdd, 0, 0, 0, 5, ...[signer, created_at, kind, tags, content].map(pack))],
    ['the signer as bin16', pack([raw(0xc5, 0, 96, signer), created_at, kind, tags, content])],
    ['the signer as bin32', pack([raw(0xc6, 0, 0, 0, 96, signer), created_at, kind, tags, content])],
    ['the signer as text in hex', pack([Buffer.from(signer).toString('hex'), created_at, kind, tags, content])],
    ['a small time as uint32', pack([signer, raw(0xce, 0, 0, 0, 1), kind, tags, content])],
    ['a small time as uint16', pack([signer, raw(0xcd, 0, 1), kind, tags, content])],
    ['a kind as uint8', pack([signer, created_at, raw(0xcc, 1), tags, content])],
    ['a kind as uint16', pack([signer, created_at, raw(0xcd, 0, 1), tags, content])],
    ['a kind as uint32', pack([signer, created_at, raw(0xce, 0, 0, 0, 1), tags, content])],
    ['no tags as array16', pack([signer, created_at, kind, raw(0xdc, 0, 0), content])],
    ['a tag as array16', pack([signer, created_at, kind, [raw(0xdc, 0, 1, pack('t'))], content])],
    ['a short content as str8', pack([signer, created_at, kind, tags, raw(0xd9, 2, Buffer.from(short))])],
    ['a short content as str16', pack([signer, created_at, kind, tags, raw(0xda, 0, 2, Buffer.from(short))])],
    ['a short content as str32', pack([signer, created_at, kind, tags, raw(0xdb, 0, 0, 0, 2, Buffer.from(short))])],
    ['a content of 32 bytes as bytes', pack([signer, created_at, kind, tags, Buffer.alloc(32)])],
    ['32 bytes in a tag as text in hex', pack([signer, created_at, kind, [['e', post.id]], content])],
    ['64 bytes in a tag as text in hex', pack([signer, created_at, kind, [['e', post.sig]], content])],
    ['31 bytes in a tag as bytes', pack([signer, created_at, kind, [['e', Buffer.alloc(31)]], content])],
    ['no bytes in a tag as bytes', pack([signer, created_at, kind, [['e', Buffer.alloc(0)]], content])],
    ['a name of a tag as bytes', pack([signer, created_at, kind, [[Buffer.from('e')]], content])],
    ['an overlong form of UTF-8', pack([signer, created_at, kind, tags, raw(0xa2, 0xc1, 0x81)])],
    [
      'a surrogate pair as two characters',
      pack([signer, created_at, kind, tags, raw(0xa6, Buffer.from('eda0bcedbe89', 'hex'))]),
    ],
    ['half a surrogate pair', pack([signer, created_at, kind, tags, raw(0xa3, 0xed, 0xa0, 0xbc)])],
    ['invalid UTF-8 in the content', pack([signer, created_at, kind, tags, raw(0xa2, 0xff, 0xfe)])],
    ['invalid UTF-8 in a tag', pack([signer, created_at, kind, [[raw(0xa1, 0xff)]], content])],
    [
      'invalid UTF-8 in a long content',
      pack([signer, created_at, kind, tags, raw(0xd9, 100, Buffer.alloc(100, 0xff))]),
    ],
  ])('refuses %s', (_name, bytes) => {
    expect(codeOf(bytes)).toBe('malformed')
  })

  it('takes a content that holds U+FFFD or a byte order mark itself', () => {
    for (const text of ['\ufffd', '\ufeffx', `${'x'.repeat(100)}\ufffd`]) {
      const event = sign({ content: text })
      expect(decodeEvent(encodeEvent(event))).toEqual(event)
    }
  })

  it('has no two encodings of one event: whatever is taken is what the encoder writes', () => {
    fc.assert(
      fc.property(anyEvent, fc.nat(), fc.nat(255), (event, position, byte) => {
        const bytes = encodeEvent(event)
        bytes[position % bytes.length] = byte
        const decoded = decodeEvent(bytes)
        if (isRejection(decoded)) return
        expect(Buffer.compare(encodeEvent(decoded), bytes)).toBe(0)
        expect(parseEvent(decoded)).toEqual(decoded)
      }),
      runs(2_000),
    )
  })
})

describe('form of the encoding (E12.2)', () => {
  const [signer, created_at, kind, tags, content] = fieldsOf(post)
  it.each<[string, unknown]>([
    ['a map', { 0: signer }],
    ['a map that looks like a rejection', { rejected: 'no-such-code', reason: 'x' }],
    ['nil', null],
    ['a number', 1],
    ['a text', 'event'],
    ['bytes', signer],
    ['an empty array', []],
    ['four fields', [signer, created_at, kind, tags]],
    ['six fields', [signer, created_at, kind, tags, content, null]],
    ['a signer of 95 bytes', [signer.subarray(1), created_at, kind, tags, content]],
    ['a signer of 97 bytes', [concat(signer, 0), created_at, kind, tags, content]],
    ['no signer', [null, created_at, kind, tags, content]],
    ['a time as text', [signer, '1', kind, tags, content]],
    ['no time', [signer, null, kind, tags, content]],
    ['a kind beyond 16 bits', [signer, created_at, 65_536, tags, content]],
    ['a kind as truth', [signer, created_at, true, tags, content]],
    ['tags as a map', [signer, created_at, kind, {}, content]],
    ['tags as text', [signer, created_at, kind, 'e', content]],
    ['a tag as text', [signer, created_at, kind, ['e'], content]],
    ['a tag as a map', [signer, created_at, kind, [{}], content]],
    ['an empty tag', [signer, created_at, kind, [[]], content]],
    ['a number in a tag', [signer, created_at, kind, [['e', 1]], content]],
    ['nil in a tag', [signer, created_at, kind, [['e', null]], content]],
    ['an array in a tag', [signer, created_at, kind, [['e', ['x']]], content]],
    ['no content', [signer, created_at, kind, tags, null]],
    ['content as an array', [signer, created_at, kind, tags, ['x']]],
  ])('refuses %s', (_name, value) => {
    expect(codeOf(pack(value))).toBe('malformed')
  })

  it('refuses a time as float64, or beyond 32 bits', () => {
    const float = raw(0xcb, Buffer.from('41d9a14780000000', 'hex'))
    expect(codeOf(pack([signer, float, kind, tags, content]))).toBe('malformed')
    expect(codeOf(pack([signer, raw(0xcf, 0, 0, 0, 1, 0, 0, 0, 0), kind, tags, content]))).toBe('malformed')
  })
})

describe('what a node may publish, the overlay can carry (E12.5)', () => {
  const tagsOfElements = (size: number) =>
    Array(MAX_TAGS).fill(Array(MAX_ALL_TAG_ELEMENTS / MAX_TAGS).fill('x'.repeat(size)))
  it.each<[string, Partial<NostrEvent>]>([
    ['the longest content', { content: 'x'.repeat(MAX_EVENT_BYTES) }],
    ['the longest content of wide characters', { content: '🎉'.repeat(MAX_EVENT_BYTES / 4) }],
    ['the longest content of control characters', { content: '\u0001'.repeat(MAX_EVENT_BYTES) }],
    ['the most tags', { tags: Array(MAX_TAGS).fill(['t']) }],
    ['the most elements in a tag', { tags: [Array(MAX_TAG_ELEMENTS).fill('')] }],
    ['the most elements in all tags', { tags: tagsOfElements(13) }],
    ['the most headers of two bytes', { tags: Array(MAX_TAGS).fill(Array(4).fill('x'.repeat(32))) }],
    ['the largest elements', { tags: Array(32).fill(['x'.repeat(MAX_TAG_ELEMENT_BYTES)]) }],
  ])('%s', (_name, fields) => {
    const event = sign(fields)
    expect(isRejection(parseEvent(event))).toBe(false)
    const bytes = encodeEvent(event)
    expect(bytes.length).toBeLessThanOrEqual(MAX_EVENT_PACKET_BYTES)
    expect(decodeEvent(bytes)).toEqual(event)
  })

  it.each<[string, Partial<NostrEvent>, string]>([
    ['one byte of content', { content: 'x'.repeat(MAX_EVENT_BYTES + 1) }, 'too-large'],
    ['one tag', { tags: Array(MAX_TAGS + 1).fill(['t']) }, 'too-large'],
    ['one element in a tag', { tags: [Array(MAX_TAG_ELEMENTS + 1).fill('')] }, 'too-large'],
    ['one element in all tags', { tags: [...Array(200).fill(Array(100).fill('')), ['']] }, 'too-large'],
    ['one byte in an element', { tags: [['x'.repeat(MAX_TAG_ELEMENT_BYTES + 1)]] }, 'too-large'],
    [
      'many elements, more than the decoder walks over',
      { tags: Array(MAX_TAGS).fill(Array(11).fill('')) },
      'malformed',
    ],
    ['half as many bytes again', { content: 'x'.repeat(MAX_EVENT_PACKET_BYTES) }, 'too-large'],
  ])('and not more: not %s beyond', (_name, fields, code) => {
    expect(codeOf(encodeEvent({ ...post, ...fields }))).toBe(code)
  })
})
