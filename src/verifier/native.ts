/** BIP-340 by the system's libsecp256k1, called through `koffi`: nearly twice as fast as the WebAssembly build. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type BytesCheck, CHECK_BYTES, ID_END, PUBKEY_END } from './wasm.ts'

/**
 * Versions of the library's binary interface in which the functions below are the same, newest first; `.so.0` took no
 * length of the message.
 */
const FILES = ['libsecp256k1.so.6', 'libsecp256k1.so.2', 'libsecp256k1.so.1']
const MULTIARCH: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  riscv64: 'riscv64-linux-gnu',
}
const FOLDERS = [`/usr/lib/${MULTIARCH[process.arch] ?? ''}`, '/usr/lib64', '/usr/lib', '/usr/local/lib']

/** What `secp256k1_context_create` is given: the flags that every version takes for verification. */
const VERIFY_CONTEXT = 0x101
/** The library's own form of a public key. */
const PARSED_PUBKEY_BYTES = 64

/** The library's file, by a look at the usual places; undefined where it or koffi is not installed. Nothing is loaded. */
export function findNativeLibrary(folders: readonly string[] = FOLDERS): string | undefined {
  if (process.platform !== 'linux') return undefined
  const file = folders.flatMap(folder => FILES.map(name => join(folder, name))).find(path => existsSync(path))
  return file !== undefined && hasKoffi() ? file : undefined
}

/**
 * Loads the library into this thread: 15 ms and some megabytes.
 * @returns undefined when that fails, or when it does not tell a right signature from a wrong one
 */
export function loadNativeCheck(file: string): BytesCheck | undefined {
  try {
    const check = bind(file)
    return check(KNOWN) && !check(KNOWN.with(0, 1)) ? check : undefined
  } catch {
    return undefined
  }
}

function bind(file: string): BytesCheck {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
  const library = koffi.load(file)
  const createContext = library.func('void *secp256k1_context_create(unsigned int flags)')
  const parse = library.func('int secp256k1_xonly_pubkey_parse(void *context, void *parsed, const void *pubkey)')
  const verify = library.func(
    'int secp256k1_schnorrsig_verify(void *context, const void *sig, const void *message, size_t length, const void *parsed)',
  )
  const context: unknown = createContext(VERIFY_CONTEXT)
  if (context === null) throw new Error('libsecp256k1 gives no context')
  // The same memory for each check: the library gets addresses of buffers that always have the lengths it expects.
  const input = Buffer.allocUnsafeSlow(CHECK_BYTES)
  const id = input.subarray(0, ID_END)
  const pubkey = input.subarray(ID_END, PUBKEY_END)
  const sig = input.subarray(PUBKEY_END)
  const parsed = Buffer.allocUnsafeSlow(PARSED_PUBKEY_BYTES)
  return check => {
    if (check.length !== CHECK_BYTES) return false
    input.set(check)
    return parse(context, parsed, pubkey) === 1 && verify(context, sig, id, id.length, parsed) === 1
  }
}

function hasKoffi(): boolean {
  try {
    createRequire(import.meta.url).resolve('koffi')
    return true
  } catch {
    return false
  }
}

/** The first test vector of BIP-340, as `id ‖ pubkey ‖ sig`. */
const KNOWN = Uint8Array.from(
  Buffer.from(
    '00'.repeat(32) +
      'f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9' +
      'e907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca8215' +
      '25f66a4a85ea8b71e482a74f382d2ce5ebeee8fdb2172f477df4900d310536c0',
    'hex',
  ),
)
