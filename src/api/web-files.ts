/** The built page as files: a closed list, read at the start; nothing else of the disk can be asked for. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Route } from './connection.ts'
import { PAGE_HEADERS } from './page-policy.ts'
import { acceptsGzip, fail, failed } from './reply.ts'

export interface WebFiles {
  /** Paths that are served, with a slash in front; `/index.html` is served as `/` by whoever asks for it there. */
  readonly paths: readonly string[]
  /** What this page calls itself (`files.json`); null where it does not say. */
  readonly version: string | null
  /** Answers for one of the paths. */
  serve(path: string, acceptEncoding: string | undefined): Promise<Response>
}

interface WebFile {
  readonly type: string
  readonly hasGzip: boolean
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json',
  wasm: 'application/wasm',
}

const FOREVER = 'public, max-age=31536000, immutable'
const ANEW = 'no-cache'

/** @param directory undefined where the program was built; a missing one serves no page */
export function openWebFiles(directory = BUILT): WebFiles | undefined {
  let files: ReadonlyMap<string, WebFile>
  try {
    files = filesIn(directory)
  } catch {
    return undefined
  }
  return {
    paths: [...files.keys()],
    version: versionOf(directory),
    async serve(path, acceptEncoding) {
      const file = files.get(path)
      if (file === undefined) return failed(fail(404, 'Resource not found'))
      const packed = file.hasGzip && acceptsGzip(acceptEncoding)
      const bytes = await readFile(join(directory, packed ? `${path}.gz` : path))
      return new Response(bytes, {
        headers: {
          ...PAGE_HEADERS,
          'Content-Type': file.type,
          'Cache-Control': path.startsWith('/assets/') ? FOREVER : ANEW,
          Vary: 'Accept-Encoding',
          ...(packed && { 'Content-Encoding': 'gzip' }),
        },
      })
    },
  }
}

const BUILT = fileURLToPath(new URL('../../dist/web/', import.meta.url))

function filesIn(directory: string): ReadonlyMap<string, WebFile> {
  const files = new Map<string, WebFile>()
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map(name => name.replaceAll('\\', '/'))
  const all = new Set(names)
  for (const name of names) {
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)]
    if (type === undefined || !statSync(join(directory, name)).isFile()) continue
    files.set(`/${name}`, { type, hasGzip: all.has(`${name}.gz`) })
  }
  if (!files.has('/index.html')) throw new Error('no page was built')
  return files
}

function versionOf(directory: string): string | null {
  try {
    const { version } = JSON.parse(readFileSync(join(directory, 'files.json'), 'utf8')) as { version?: unknown }
    return typeof version === 'string' ? version : null
  } catch {
    return null
  }
}

/** One of the files; they hold nothing of the owner's, so everybody may have them. */
export function createFileRoute(files: WebFiles, path: string): Route {
  return request => files.serve(path, request.header('accept-encoding'))
}
