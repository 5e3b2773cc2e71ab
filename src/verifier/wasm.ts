/**
 * BIP-340 by libsecp256k1 compiled to WebAssembly (scripts/build-secp256k1.sh): some twenty times as fast as plain
 * JavaScript.
 */
import { readFileSync } from 'node:fs'
import type { SignatureCheck } from '../event/verify.ts'

/** Whether `id ‖ pubkey ‖ sig`, 128 bytes, is right. Does not throw; a key that is no point counts as a wrong signature. */
export type BytesCheck = (check: Uint8Array) => boolean

export const ID_END = 32
export const PUBKEY_END = 64
/** `id ‖ pubkey ‖ sig`, as a check travels to the worker thread. */
export const CHECK_BYTES = 128

/** The file's exports; `check` looks at the bytes at `input()`. */
interface Library {
  readonly memory: { readonly buffer: ArrayBuffer }
  input(): number
  check(): number
}

/** What is used of it: TypeScript knows it among the names of browsers only. */
declare const WebAssembly: {
  readonly Module: new (file: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** Lower-case hex of the right lengths. */
export function hexCheck(check: BytesCheck): SignatureCheck {
  return (sig, id, pubkey) => check(Buffer.from(id + pubkey + sig, 'hex'))
}

/** @param file bytes of a WebAssembly module; by default the program's own, read at the first check */
export function createWasmCheck(file: () => Uint8Array<ArrayBuffer> = ownFile): BytesCheck {
  let module: object | undefined
  let library: Library | undefined
  let input: Uint8Array | undefined

  function start(): Library {
    module ??= new WebAssembly.Module(file())
    const started = new WebAssembly.Instance(module).exports as Library
    input = new Uint8Array(started.memory.buffer, started.input(), CHECK_BYTES)
    return started
  }

  return check => {
    if (check.length !== CHECK_BYTES) return false
    library ??= start()
    input!.set(check)
    try {
      return library.check() === 1
    } catch {
      // The library stops itself where it finds a fault of its own: nothing was shown to be right, and the next one begins anew.
      library = undefined
      return false
    }
  }
}

export const checkBytes: BytesCheck = createWasmCheck()

export const checkWithWasm: SignatureCheck = hexCheck(checkBytes)

function ownFile(): Uint8Array<ArrayBuffer> {
  return readFileSync(new URL('./secp256k1/secp256k1.wasm', import.meta.url))
}
