/** Builds the page into `dist/web`, a folder for its node and for any host of files, unless what stands there was built from the same sources. */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { META_POLICY, PAGE_HEADERS } from '../src/api/page-policy.ts'

const ROOT = resolve(import.meta.dirname, '..')
/** What the page is made of. */
const SOURCES = [
  'src/web/**/*',
  'src/event/*.ts',
  'src/wire/*.ts',
  'src/api/page-policy.ts',
  'scripts/build-web.ts',
  'package.json',
  'package-lock.json',
]
const PACKED = /\.(html|js|json|css|svg|webmanifest|wasm)$/
/** Holds the hash of the sources. */
const STAMP = '.built-from'
/** Smaller files are not shorter as gzip, by what their headers cost. */
const MIN_GZIP_BYTES = 512

/** Builds into `directory`; returns whether there was something to do. */
export async function buildWeb(directory: string): Promise<boolean> {
  const stamp = join(directory, STAMP)
  const sources = hashOfSources()
  if (readOrNothing(stamp) === sources) return false
  // Beside it and then in its place: nobody is served half a page, and two builds at once do not mix.
  mkdirSync(dirname(directory), { recursive: true })
  const fresh = mkdtempSync(`${directory}.new-`)
  try {
    await buildInto(fresh)
    writeFileSync(join(fresh, STAMP), sources)
    rmSync(directory, { recursive: true, force: true })
    renameSync(fresh, directory)
  } catch (error) {
    // Another build has just put the same there.
    if (readOrNothing(stamp) !== sources) throw error
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return true
}

async function buildInto(directory: string): Promise<void> {
  const { build } = await import('vite')
  await build({
    configFile: join(ROOT, 'src/web/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: directory, emptyOutDir: true },
  })
  writePolicy(join(directory, 'index.html'))
  writeFileList(directory)
  writeFileSync(join(directory, '_headers'), hostHeaders())
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!PACKED.test(name)) continue
    const bytes = readFileSync(join(directory, name))
    if (bytes.length >= MIN_GZIP_BYTES) writeFileSync(join(directory, `${name}.gz`), gzipSync(bytes, { level: 9 }))
  }
}

/** The page says itself what it may do, so that any host of files will do. */
function writePolicy(page: string): void {
  const html = readFileSync(page, 'utf8')
  const [charset = ''] = /<meta charset="utf-8" ?\/?>/.exec(html) ?? []
  if (charset === '') throw new Error('the page has changed: there is no place for its policy')
  const policy = `<meta http-equiv="Content-Security-Policy" content="${META_POLICY}" />`
  writeFileSync(
    page,
    html.replace(charset, `${charset}\n    ${policy}\n    <meta name="referrer" content="no-referrer" />`),
  )
}

/** `_headers`, for hosts that read it (Netlify, Cloudflare Pages, and others after them): what the node itself sends. */
function hostHeaders(): string {
  const lines = Object.entries(PAGE_HEADERS).map(([name, value]) => `  ${name}: ${value}`)
  const kept = '/assets/*\n  Cache-Control: public, max-age=31536000, immutable'
  return `/*\n${lines.join('\n')}\n${kept}\n`
}

/** `files.json`: what a service worker keeps so that the page opens without its node, and of which program it is. */
function writeFileList(directory: string): void {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const names = entries.map(({ parentPath, name }) => relative(directory, join(parentPath, name)).replaceAll('\\', '/'))
  const paths = names.filter(name => !['index.html', 'service-worker.js'].includes(name)).sort()
  const version = createHash('sha256')
  for (const name of ['index.html', ...paths]) version.update(readFileSync(join(directory, name)))
  const program: string = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version
  const list = {
    program,
    version: version.digest('hex').slice(0, 16),
    paths: ['./', ...paths.map(path => `./${path}`)],
  }
  writeFileSync(join(directory, 'files.json'), JSON.stringify(list))
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
