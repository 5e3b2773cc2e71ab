/** Random events for property tests: right in form and id, with texts that serialisers and codecs trip over. */
import fc from 'fast-check'
import { eventId, type NostrEvent } from '../../../src/event/event.ts'
import { MAX_CREATED_AT, MAX_KIND } from '../../../src/event/limits.ts'

/** Parameters of one property: fast-check prints the seed of a failure; SEED repeats it or tries others. */
export function runs(numRuns: number): { numRuns: number; seed: number } {
  return { numRuns, seed: Number(process.env.SEED ?? 1) }
}

function hexOf(bytes: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(array => Buffer.from(array).toString('hex'))
}

export const hex32 = hexOf(32)
export const hex64 = hexOf(64)

/** Every escape of NIP-01, the neighbours of every UTF-8 length, what JSON leaves alone, and what looks like keys. */
const AWKWARD = [
  '\n\r\t\b\f"\\/',
  '\u0000\u0001\u001f\u007f\u0080\u07ff\u0800',
  '\u2028\u2029\ufeff\ufffd\uffff',
  '🎉👨‍👩‍👧𐀀\u{10ffff}',
  '</script>&<>',
  '__proto__',
  'こんにちは',
]

export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom(...AWKWARD),
)

const element = fc.oneof(
  text,
  hex32,
  hex64,
  hex32.map(hex => hex.toUpperCase()),
  hex32.map(hex => hex.slice(1)),
  hex32.map(hex => `${hex}0`),
  fc.constantFrom('e', 'p', 'q', 'd', 'a', '-', '', 'expiration'),
)
export const tags = fc.array(fc.array(element, { minLength: 1, maxLength: 6 }), { maxLength: 20 })

/** Form and id are right; pubkey and signature are just bytes. */
export const anyEvent: fc.Arbitrary<NostrEvent> = fc
  .record({
    pubkey: hex32,
    created_at: fc.oneof(
      fc.integer({ min: 0, max: MAX_CREATED_AT }),
      fc.constantFrom(0, 127, 128, 65_535, 65_536, MAX_CREATED_AT),
    ),
    kind: fc.oneof(
      fc.integer({ min: 0, max: MAX_KIND }),
      fc.constantFrom(0, 1, 3, 5, 7, 127, 128, 255, 256, 1059, 30_078, MAX_KIND),
    ),
    tags,
    content: text,
    sig: hex64,
  })
  .map(fields => ({ ...fields, id: eventId(fields) }))
