import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkWithNoble } from '../../../src/event/noble.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { createChecker } from '../../../src/verifier/checker.ts'
import { findNativeLibrary, loadNativeCheck } from '../../../src/verifier/native.ts'
import { createVerifier } from '../../../src/verifier/verifier.ts'
import { checkBytes, hexCheck } from '../../../src/verifier/wasm.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { personFrom, signedEvent } from '../../support/events.ts'
import { temporaryDirectory } from '../../support/test-node.ts'
import { runs } from '../event/arbitrary-events.ts'
import { anyCheck } from './arbitrary-checks.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')
const good = Array.from({ length: 40 }, (_, i) => signedEvent(alice, { content: `post ${i}` }))
/** A folder with the library where the system has none: `SECP256K1_FOLDER=/opt/lib npm test`. */
const extra = process.env.SECP256K1_FOLDER
const library = findNativeLibrary() ?? (extra === undefined ? undefined : findNativeLibrary([extra]))

describe.skipIf(library === undefined)('libsecp256k1 of the system', () => {
  it('finds what plain JavaScript and WebAssembly find, whatever is to be checked', () => {
    const { kind, check } = createChecker(library)
    expect(kind).toBe('native')
    const native = hexCheck(check)
    const wasm = hexCheck(checkBytes)
    fc.assert(
      fc.property(anyCheck, ({ id, pubkey, sig }) => {
        const expected = checkWithNoble(sig, id, pubkey)
        expect([native(sig, id, pubkey), wasm(sig, id, pubkey)]).toEqual([expected, expected])
      }),
      runs(400),
    )
  })

  it('takes nothing of another length', () => {
    const { check } = createChecker(library)
    for (const length of [0, 127, 129, 10_000]) expect(check(new Uint8Array(length))).toBe(false)
  })

  it.each([1, 16, 17, 600])('is what the verifier uses, %i at once', async count => {
    const verifier = createVerifier({ library })
    cleanUp.add(() => verifier.stop())
    const events = Array.from({ length: count }, (_, i) => ({
      ...good[i % good.length]!,
      ...(i % 3 === 1 && { sig: good[(i + 1) % good.length]!.sig }),
    }))
    const outcomes = await Promise.all(events.map(event => verifier.verify(event, 'wanted')))
    expect(outcomes.map(isRejection)).toEqual(events.map((_, i) => i % 3 === 1))
    expect(verifier.kind()).toBe('native')
  })
})

describe('without a library that works', () => {
  it('is looked for by its names, the newest first, and not loaded', async () => {
    const folder = await temporaryDirectory(cleanUp)
    expect(findNativeLibrary([folder, join(folder, 'not-there')])).toBe(undefined)
    await writeFile(join(folder, 'libsecp256k1.so.0'), '')
    expect(findNativeLibrary([folder])).toBe(undefined)
    await writeFile(join(folder, 'libsecp256k1.so.1'), '')
    await writeFile(join(folder, 'libsecp256k1.so.2'), '')
    const expected = process.platform === 'linux' ? join(folder, 'libsecp256k1.so.2') : undefined
    expect(findNativeLibrary([folder])).toBe(expected)
  })

  it.each(['is not there', 'is no library', 'is a folder', 'is another library'])(
    'the file %s: WebAssembly',
    async what => {
      const folder = await temporaryDirectory(cleanUp)
      let file = join(folder, 'libsecp256k1.so.1')
      if (what === 'is no library') await writeFile(file, 'not ELF')
      if (what === 'is a folder') await mkdir(file)
      if (what === 'is another library') file = 'libc.so.6'
      expect(loadNativeCheck(file)).toBe(undefined)
      const verifier = createVerifier({ library: file })
      cleanUp.add(() => verifier.stop())
      const outcomes = await Promise.all(good.map(event => verifier.verify(event, 'wanted')))
      expect(outcomes.some(isRejection)).toBe(false)
      expect(isRejection(await verifier.verify({ ...good[0]!, sig: good[1]!.sig }, 'wanted'))).toBe(true)
      expect(verifier.kind()).toBe('wasm')
    },
  )
})
