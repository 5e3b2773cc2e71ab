/** Which code checks signatures in this thread. */
import { loadNativeCheck } from './native.ts'
import { type BytesCheck, checkBytes } from './wasm.ts'

/** `native`: the system's libsecp256k1; `wasm`: the one that comes with the program. */
export type CheckerKind = 'native' | 'wasm'

export interface Checker {
  readonly kind: CheckerKind
  readonly check: BytesCheck
}

/** @param library file of the system's library; without it, or when it cannot be used, WebAssembly does it */
export function createChecker(library: string | undefined): Checker {
  const native = library === undefined ? undefined : loadNativeCheck(library)
  return native === undefined ? { kind: 'wasm', check: checkBytes } : { kind: 'native', check: native }
}
