import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRejection } from '../../../src/event/rejection.ts'
import { decode, encode } from '../../../src/wire/msgpack.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'
import { runs, text } from '../event/arbitrary-events.ts'
import { concat, pack } from './pack.ts'

const WIDE = { maxBytes: 16 * 1024 * 1024, maxDepth: 100, maxValues: 1_000_000 }
const hex = (...digits: string[]) => Uint8Array.from(Buffer.from(digits.join(''), 'hex'))
const codeOf = (bytes: Uint8Array, bounds = WIDE) => {
  const result = decode(bytes, bounds)
  return isRejection(result) ? result.rejected : 'accepted'
}
const reasonOf = (bytes: Uint8Array, bounds = WIDE) => {
  const result = decode(bytes, bounds)
  return isRejection(result) ? result.reason : 'accepted'
}

const { value } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.constantFrom(0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, true, false, null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.string().filter(key => key !== '__proto__'),
      tie('value'),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ),
}))

describe('encoding (E12.1)', () => {
  it('is plain MessagePack in the shortest forms, for any value', () => {
    fc.assert(
      fc.property(value, any => {
        expect(Buffer.from(encode(any)).toString('hex')).toBe(Buffer.from(pack(any)).toString('hex'))
      }),
      runs(500),
    )
  })

  it.each([31, 32, 255, 256, 65_535, 65_536])(
    'chooses the shortest header for texts, bytes and arrays of %i',
    length => {
      for (const long of ['x'.repeat(length), new Uint8Array(length), Array(length).fill(0)]) {
        expect(Buffer.compare(encode(long), pack(long))).toBe(0)
      }
      // Few characters, many bytes: the header depends on the bytes.
      for (const wide of [
        'é'.repeat(Math.floor(length / 2)),
        'あ'.repeat(Math.floor(length / 3)),
        '🎉'.repeat(length / 4),
      ]) {
        expect(Buffer.compare(encode(wide), pack(wide))).toBe(0)
      }
    },
  )

  it('gives bytes of its own, which the next call does not change', () => {
    const first = encode('first')
    encode('second')
    expect(decode(first, WIDE)).toEqual({ value: 'first' })
  })
})

describe('decoding', () => {
  it('gives back any value', () => {
    fc.assert(
      fc.property(value, any => {
        const decoded = decode(encode(any), WIDE)
        expect(!isRejection(decoded) && encode(decoded.value)).toEqual(encode(any))
        expect(decoded).toEqual({ value: any })
      }),
      runs(500),
    )
  })

  it("never takes a peer's map for a rejection of its own", () => {
    const forged = encode({ rejected: 'no-such-code', reason: 'x' })
    expect(isRejection(decode(forged, WIDE))).toBe(false)
  })

  it('takes maxBytes, maxDepth and maxValues, and not one more', () => {
    const twoDeep = encode([[1], 2])
    expect(codeOf(twoDeep, { maxBytes: twoDeep.length, maxDepth: 2, maxValues: 4 })).toBe('accepted')
    expect(codeOf(twoDeep, { maxBytes: twoDeep.length - 1, maxDepth: 2, maxValues: 4 })).toBe('too-large')
    expect(reasonOf(twoDeep, { maxBytes: 100, maxDepth: 1, maxValues: 4 })).toMatch(/nested/)
    expect(reasonOf(twoDeep, { maxBytes: 100, maxDepth: 2, maxValues: 3 })).toMatch(/too many/)
    const map = encode({ a: { b: 1 } })
    expect(codeOf(map, { maxBytes: 100, maxDepth: 2, maxValues: 5 })).toBe('accepted')
    expect(codeOf(map, { maxBytes: 100, maxDepth: 1, maxValues: 5 })).toBe('malformed')
    expect(codeOf(map, { maxBytes: 100, maxDepth: 2, maxValues: 4 })).toBe('malformed')
  })

  it('refuses nothing at all', () => {
    expect(codeOf(new Uint8Array())).toBe('malformed')
  })

  it('refuses every message that is cut off, and every one with a byte too many', () => {
    const whole = encode([{ a: 'text', b: new Uint8Array(40) }, 70_000, 'x'.repeat(300), Array(20).fill(true)])
    expect(codeOf(whole)).toBe('accepted')
    for (let length = 0; length < whole.length; length++) expect(codeOf(whole.subarray(0, length))).toBe('malformed')
    for (const extra of [0x00, 0x90, 0xa0, 0xc0]) expect(codeOf(concat(whole, extra))).toBe('malformed')
  })

  it.each([
    ['never used', 'c1'],
    ['a negative fixint', 'ff'],
    ['int8', 'd000'],
    ['int16', 'd10000'],
    ['int32', 'd200000000'],
    ['int64', 'd30000000000000000'],
    ['uint64', 'cf0000000000000001'],
    ['the largest uint64', 'cfffffffffffffffff'],
    ['float32', 'ca3f800000'],
    ['float64', 'cb3ff0000000000000'],
    ['fixext 1', 'd40000'],
    ['fixext 2', 'd5000000'],
    ['fixext 4, a timestamp', 'd6ff00000000'],
    ['fixext 8', 'd7ff0000000000000000'],
    ['fixext 16', `d800${'00'.repeat(16)}`],
    ['ext 8', 'c70000'],
    ['ext 16', 'c8000000'],
    ['ext 32', 'c90000000000'],
    ["a record definition of msgpackr's own", 'd4724091a16101'],
    ["a record of msgpackr's own that is not defined", '9140d47240'],
  ])('refuses a type that is not used here: %s', (_name, digits) => {
    expect(codeOf(hex(digits))).toBe('malformed')
    expect(codeOf(concat(0x91, hex(digits)))).toBe('malformed')
  })

  it.each(['dd', 'df', 'db', 'c6'])('refuses a length of 2^32 - 1 claimed in five bytes (%s), in flat memory', type => {
    const claim = hex(type, 'ffffffff')
    const before = process.memoryUsage().rss
    for (let i = 0; i < 1_000; i++) {
      expect(codeOf(claim)).toBe('malformed')
      expect(codeOf(concat(0x91, claim))).toBe('malformed')
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024)
  })

  it('refuses array after array that each claim what is left of the message', () => {
    expect(codeOf(concat(...Array.from({ length: 1_000 }, () => hex('dd000003e8'))))).toBe('malformed')
  })

  it.each([
    ['arrays', 0x91, 0xc0],
    ['maps as values', 0x81, 0xc0],
    ['arrays without end', 0x91, 0x91],
  ])('refuses a depth of 10,000 and of 1,000,000, without recursion: %s', (_name, open, end) => {
    for (const depth of [10_000, 1_000_000]) {
      const startedMs = cpuTimeMs()
      expect(codeOf(new Uint8Array(depth + 1).fill(open).fill(end, depth))).toBe('malformed')
      expect(cpuTimeMs() - startedMs).toBeLessThan(100)
    }
  })

  it('sets no prototype from a key, at any depth', () => {
    const protoKey = concat(0x81, pack('__proto__'), pack({ polluted: true }))
    for (const attack of [protoKey, concat(0x91, protoKey), concat(0x81, pack('constructor'), protoKey)]) {
      const decoded = decode(attack, WIDE)
      expect(isRejection(decoded)).toBe(false)
      expect(({} as Record<string, unknown>).polluted).toBeUndefined()
      const found = JSON.stringify(decoded, (_key, item) => {
        if (typeof item === 'object' && item !== null)
          expect([Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(item))
        return item
      })
      expect(found).toContain('polluted')
    }
  })

  it.each([
    ['an array', '8191c001'],
    ['a map', '818001'],
    ['nil', '81c001'],
    ['bytes', '81c4010001'],
    ['a number', '810001'],
  ])('takes or refuses a map whose key is %s, and does not throw', (_name, digits) => {
    expect(['accepted', 'malformed']).toContain(codeOf(hex(digits)))
  })

  it.each([
    ['a byte that never occurs', 'a1ff'],
    ['a lone continuation byte', 'a180'],
    ['a sequence cut off', 'a2e381'],
    ['an overlong form', 'a2c080'],
    ['a surrogate', 'a3eda080'],
    ['a character beyond U+10FFFF', 'a4f4908080'],
  ])('does not throw on %s in a string; encoding it again gives other bytes', (_name, digits) => {
    const decoded = decode(hex(digits), WIDE)
    expect(isRejection(decoded) || !Buffer.from(encode(decoded.value)).equals(hex(digits))).toBe(true)
  })
})
