/** Builds the page into `dist/web`, unless what stands there was built from the same sources. */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'

const ROOT = resolve(import.meta.dirname, '..')
/** What the page is made of. */
const SOURCES = ['src/web/**/*', 'src/event/*.ts', 'src/wire/*.ts', 'scripts/build-web.ts', 'package-lock.json']
const PACKED = /\.(html|js|css|svg|webmanifest|wasm)$/
/** Smaller files are not shorter as gzip, by what their headers cost. */
const MIN_GZIP_BYTES = 512

/** Builds into `directory`; returns whether there was something to do. */
export async function buildWeb(directory: string): Promise<boolean> {
  const stamp = join(directory, '.built-from')
  const sources = hashOfSources()
  if (readOrNothing(stamp) === sources) return false
  const { build } = await import('vite')
  await build({
    configFile: join(ROOT, 'src/web/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: directory, emptyOutDir: true },
  })
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!PACKED.test(name)) continue
    const bytes = readFileSync(join(directory, name))
    if (bytes.length >= MIN_GZIP_BYTES) writeFileSync(join(directory, `${name}.gz`), gzipSync(bytes, { level: 9 }))
  }
  mkdirSync(directory, { recursive: true })
  writeFileSync(stamp, sources)
  return true
}

function hashOfSources(): string {
  const hash = createHash('sha256')
  const files = globSync(SOURCES, { cwd: ROOT, withFileTypes: true }).filter(entry => entry.isFile())
  for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort()) {
    hash.update(path.slice(ROOT.length)).update(readFileSync(path))
  }
  return hash.digest('hex')
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

if (import.meta.main) await buildWeb(join(ROOT, 'dist/web'))
