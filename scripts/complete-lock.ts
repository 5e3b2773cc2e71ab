/**
 * Run it after every change of dependencies: `node scripts/complete-lock.ts`. A mirror of the registry may lack optional
 * packages of other platforms; npm then leaves them out of the lock file, and `npm ci` refuses that file. This names them
 * with the version that is asked for; npm fetches one only on its own platform.
 *
 * `overrides` in package.json puts a package of two kilobytes in the place of `react-native-webrtc`: @libp2p/webrtc asks
 * for it by name, uses it on phones only, and it would bring all of React Native. The same for a code highlighter and a
 * sandbox (`shiki`, `@codesandbox/sandpack-client`, 80 MB) that @nostr-dev-kit/ndk names and does not import.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface LockEntry {
  readonly version?: string
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const FILE = 'package-lock.json'
const PLATFORM =
  /-(android|darwin|freebsd|linux|netbsd|openbsd|sunos|win32)-(arm64|arm|ia32|loong64|ppc64|riscv64|x64)(?:-(musl|gnu|glibc))?$/

const lock = JSON.parse(readFileSync(FILE, 'utf8')) as { packages: Record<string, object> }
for (const [path, entry] of Object.entries(lock.packages) as [string, LockEntry][]) {
  if (path === '') continue
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (`node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages) continue
    const [, os, cpu, libc] = PLATFORM.exec(name) ?? []
    if (os === undefined) throw new Error(`${name} is missing from ${FILE} and names no platform`)
    lock.packages[`node_modules/${name}`] = {
      version: version.replace(/^[\^~]/, ''),
      cpu: [cpu],
      ...(entry.dev && { dev: true }),
      ...(libc !== undefined && { libc: [libc === 'gnu' ? 'glibc' : libc] }),
      optional: true,
      os: [os],
    }
    process.stdout.write(`${name}\n`)
  }
}
const [root, ...rest] = Object.entries(lock.packages)
lock.packages = Object.fromEntries([root!, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))])
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`)
