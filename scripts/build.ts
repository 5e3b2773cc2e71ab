/**
 * Bundles the program into `dist/`: `launch.js` (copied, so that an old Node can read it), `main.js` with its lazily
 * loaded chunks, `worker.js` for the verifier's thread, the WebAssembly file, the page (`web/`), and the licences of what
 * is inside.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import { buildWeb } from './build-web.ts'

const ROOT = resolve(import.meta.dirname, '..')
/** What scripts/build-secp256k1.sh has built. */
const SECP256K1 = join(ROOT, 'src/verifier/secp256k1')

/** Stay dependencies of the published package: native code. */
const NATIVE = ['classic-level', 'node-datachannel']
/** Native code that the bundle tries to load and does without. */
const OPTIONAL = ['msgpackr-extract', 'koffi']

/** CommonJS packages inside the bundle still ask for Node's own modules by `require`. */
const BANNER = `import { createRequire as nodeCreateRequire } from 'node:module'; const require = nodeCreateRequire(import.meta.url);`

/** Builds into `directory`; when nothing changed, the files that running processes load from are left alone. */
export async function buildPackage(directory: string): Promise<void> {
  mkdirSync(dirname(directory), { recursive: true })
  const fresh = mkdtempSync(`${directory}.new-`)
  try {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: { main: 'src/main.ts', worker: 'src/verifier/worker.ts' },
      outdir: fresh,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      mainFields: ['module', 'main'],
      conditions: ['module', 'import', 'node'],
      minify: true,
      legalComments: 'none',
      external: [...NATIVE, ...OPTIONAL],
      banner: { js: BANNER },
      metafile: true,
      logLevel: 'warning',
      plugins: [sourceNames],
    })
    writeFileSync(join(fresh, 'launch.js'), launcher(), { mode: 0o755 })
    cpSync(join(SECP256K1, 'secp256k1.wasm'), join(fresh, 'secp256k1.wasm'))
    writeFileSync(join(fresh, 'LICENSES.txt'), licences(metafile))
    await buildWeb(join(fresh, 'web'))
    chmodSync(fresh, 0o755)
    replace(directory, fresh)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** What the source says about its own files → what is true in the bundle. */
const sourceNames: Plugin = {
  name: 'source-names',
  setup({ onLoad }) {
    onLoad({ filter: /src\/verifier\/[^/]+\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replaceAll("new URL('./worker.ts'", "new URL('./worker.js'")
        .replaceAll("new URL('./secp256k1/", "new URL('./"),
      loader: 'ts',
    }))
    onLoad({ filter: /src\/api\/web-files\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace("new URL('../../dist/web/'", "new URL('./web/'"),
      loader: 'ts',
    }))
    // An older interface of acme-client's, and types of files for forms that are never sent: 430 kB that nobody calls.
    onLoad({ filter: /\/(acme-client\/src\/crypto\/forge|mime-db\/index)\.js$/ }, () => ({
      contents: 'module.exports = {}',
    }))
    // It wants its polyfill to be there first; in a chunk that two others share, it would come after.
    onLoad({ filter: /@peculiar\/x509\/build\/x509\.es\.js$/ }, ({ path }) => ({
      contents: `import 'reflect-metadata'\n${readFileSync(path, 'utf8')}`,
    }))
    // 340 kB of numbers for a walk that dht.ts leaves out.
    onLoad({ filter: /@libp2p\/kad-dht\/.*\/generated-prefix-list\.js$/ }, () => ({ contents: 'export default []' }))
    // The finder of UPnP routers reads its own package.json, which is not there in the bundle, for its name.
    onLoad({ filter: /@achingbrain\/ssdp\/dist\/src\/ssdp\.js$/ }, ({ path }) => {
      const { name, version } = JSON.parse(readFileSync(join(dirname(path), '../../package.json'), 'utf8'))
      const own = JSON.stringify({ name, version })
      return { contents: readFileSync(path, 'utf8').replace("req('../../package.json')", own), loader: 'js' }
    })
    // Of package.json only the version is used; the rest would be published twice.
    onLoad({ filter: /package\.json$/ }, ({ path }) => {
      if (path !== join(ROOT, 'package.json')) return undefined
      const { version } = JSON.parse(readFileSync(path, 'utf8'))
      return { contents: JSON.stringify({ version }), loader: 'json' }
    })
  },
}

function launcher(): string {
  return readFileSync(join(ROOT, 'src/launch.js'), 'utf8').replace("import('./main.ts')", "import('./main.js')")
}

/** The notices of every package that has code in the bundle. */
function licences(metafile: Metafile): string {
  const packages = new Map<string, string>()
  for (const input of Object.keys(metafile.inputs)) {
    const match = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(input)
    if (match !== null) packages.set(match[2]!, join(ROOT, match[1]!))
  }
  const notices = [...packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, path]) => notice(name, path))
  const library = `${titleOf('libsecp256k1 (MIT)')}${readFileSync(join(SECP256K1, 'COPYING'), 'utf8')}`
  return `This program contains code of the packages below.\n\n${[...notices, library].join('\n')}`
}

function titleOf(what: string): string {
  return `${'='.repeat(80)}\n${what}\n\n`
}

function notice(name: string, path: string): string {
  const { version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  const files = readdirSync(path).filter(file => /^(licen[cs]e|copying|notice)/i.test(file))
  const texts = files.map(file => readFileSync(join(path, file), 'utf8').trim())
  return `${titleOf(`${name} ${version} (${license ?? 'see below'})`)}${[...texts, ''].join('\n')}`
}

/** Puts `fresh` in the place of `directory`, unless they hold the same. */
function replace(directory: string, fresh: string): void {
  if (sameFiles(directory, fresh)) return
  const old = `${fresh}-old`
  if (existsSync(directory)) renameSync(directory, old)
  renameSync(fresh, directory)
  rmSync(old, { recursive: true, force: true })
}

function sameFiles(a: string, b: string): boolean {
  if (!existsSync(a)) return false
  const names = filesOf(b)
  if (names.join() !== filesOf(a).join()) return false
  return names.every(name => readFileSync(join(a, name)).equals(readFileSync(join(b, name))))
}

function filesOf(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => relative(directory, join(entry.parentPath, entry.name)))
    .sort()
}

if (import.meta.main) {
  const directory = join(ROOT, 'dist')
  const startMs = performance.now()
  await buildPackage(directory)
  const bytes = filesOf(directory).reduce((sum, name) => sum + readFileSync(join(directory, name)).length, 0)
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  console.log(`built ${relative(ROOT, directory)}/ in ${seconds} s, ${Math.round(bytes / 1024)} KiB`)
}
