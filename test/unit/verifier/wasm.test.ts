import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkWithNoble } from '../../../src/event/noble.ts'
import { checkBytes, checkWithWasm, createWasmCheck } from '../../../src/verifier/wasm.ts'
import { runs } from '../event/arbitrary-events.ts'
import { anyCheck, goodChecks } from './arbitrary-checks.ts'

const OWN = new URL('../../../src/verifier/secp256k1/secp256k1.wasm', import.meta.url)
const SCRIPT = new URL('../../../scripts/build-secp256k1.sh', import.meta.url)
const VECTORS = new URL('../../fixtures/bip-0340.json', import.meta.url)

interface Vector {
  readonly number: number
  readonly pubkey: string
  readonly message: string
  readonly sig: string
  readonly isRight: boolean
}
const vectors: readonly Vector[] = JSON.parse(await readFile(VECTORS, 'utf8'))
const bytesOf = ({ id, pubkey, sig }: { id: string; pubkey: string; sig: string }) =>
  Buffer.from(id + pubkey + sig, 'hex')

describe('libsecp256k1 in WebAssembly', () => {
  it('is the file that its script builds, asks for nothing and has memory that does not grow', async () => {
    const file = await readFile(OWN)
    const [, noted] = /The result: SHA-256 ([0-9a-f]{64})/.exec(await readFile(SCRIPT, 'utf8'))!
    expect(hash('sha256', file)).toBe(noted)
    const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi }
    const module = new WebAssembly.Module(file)
    expect(WebAssembly.Module.imports(module)).toEqual([])
    const { memory } = new WebAssembly.Instance(module).exports
    expect(memory.buffer.byteLength).toBe(512 * 1024)
    expect(() => memory.grow(1)).toThrow(RangeError)
  })

  it.each(vectors)('finds of test vector $number of BIP-340 that it is right: $isRight', vector => {
    const { pubkey, message, sig, isRight } = vector
    expect(checkWithWasm(sig, message, pubkey)).toBe(isRight)
    expect(checkWithNoble(sig, message, pubkey)).toBe(isRight)
  })

  it('finds what plain JavaScript finds, whatever is to be checked', () => {
    fc.assert(
      fc.property(anyCheck, ({ id, pubkey, sig }) => {
        expect(checkWithWasm(sig, id, pubkey)).toBe(checkWithNoble(sig, id, pubkey))
      }),
      runs(2_000),
    )
  }, 60_000)

  it('takes nothing of another length, and keeps nothing of the check before', () => {
    const good = bytesOf(goodChecks[0]!)
    for (const length of [0, 64, 127, 129, 10_000]) {
      expect(checkBytes(good)).toBe(true)
      expect(checkBytes(Buffer.concat([good, Buffer.alloc(10_000)]).subarray(0, length))).toBe(false)
    }
  })

  it('that stops in the middle has found nothing right, and begins anew', () => {
    let read = 0
    const check = createWasmCheck(() => {
      read++
      return STOPS_AT_ONE
    })
    expect([0, 1, 0, 0].map(first => check(new Uint8Array(128).with(0, first)))).toEqual([true, false, true, true])
    expect(read).toBe(1)
  })
})

interface WebAssemblyApi {
  readonly Module: { new (file: Uint8Array): object; imports(module: object): unknown[] }
  readonly Instance: new (
    module: object,
  ) => { exports: { memory: { buffer: ArrayBuffer; grow(pages: number): number } } }
}

/** `input` is 0; `check` traps if the byte there is not 0, and is 1 otherwise. A page of memory. */
const STOPS_AT_ONE = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[3, 3, 2, 0, 0],
  ...[5, 3, 1, 0, 1],
  ...[7, 26, 3, 6, ...Buffer.from('memory'), 2, 0, 5, ...Buffer.from('input'), 0, 0, 5, ...Buffer.from('check'), 0, 1],
  ...[10, 20, 2, 4, 0, 0x41, 0, 0x0b, 13, 0, 0x41, 0, 0x2d, 0, 0, 0x04, 0x40, 0x00, 0x0b, 0x41, 1, 0x0b],
])
