/** R18.4 of specification/rest-api.md: bytes of any cut become the same lines, and none is held beyond the bound. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linesOf } from '../../../src/api/import.ts'
import { MAX_IMPORT_LINE_BYTES } from '../../../src/api/limits.ts'
import type { Line } from '../../../src/flow/import.ts'
import { SEED } from '../../support/seed.ts'

async function lines(pieces: readonly Uint8Array[]): Promise<Line[]> {
  const all: Line[] = []
  async function* source() {
    yield* pieces
  }
  for await (const some of linesOf(source())) all.push(...some)
  return all
}

describe('lines of an import', () => {
  test('do not hang on how the bytes were cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 20 }),
        fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 20 }),
        async (texts, cuts) => {
          const wanted = texts.map(text => text.replaceAll('\n', ' ').replace(/^\uFEFF/, ''))
          const bytes = Buffer.from(wanted.map(text => `${text}\n`).join(''))
          const pieces: Uint8Array[] = []
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const length = 1 + cuts[i % cuts.length]!
            pieces.push(bytes.subarray(at, at + length))
            at += length
          }
          expect(await lines(pieces)).toEqual(wanted.map((text, i) => ({ number: i + 1, text })))
        },
      ),
      { seed: SEED },
    ))

  test('need no end at the end, and no mark at the beginning', async () => {
    expect(await lines([Buffer.from('\uFEFF{}\r\n'), Buffer.from('last')])).toEqual([
      { number: 1, text: '{}\r' },
      { number: 2, text: 'last' },
    ])
    expect(await lines([])).toEqual([])
  })

  test('that are too long are passed over, those after them count', async () => {
    const long = Buffer.alloc(MAX_IMPORT_LINE_BYTES, 'x')
    const found = await lines([long, Buffer.from('\n'), long, Buffer.from('x\nnext')])
    expect(found.map(({ number, text }) => [number, text?.length])).toEqual([
      [1, MAX_IMPORT_LINE_BYTES],
      [2, undefined],
      [3, 4],
    ])
  })
})
