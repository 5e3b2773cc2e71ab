/** Any static host: the built page as files and nothing else, at an address that has nothing to do with a node. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, resolve } from 'node:path'
import type { CleanUp } from '../../support/clean-up.ts'

const DIRECTORY = resolve(import.meta.dirname, '../../../dist/web')
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

export interface StaticHost {
  /** Where the page stands, with a slash at its end. */
  readonly url: string
  stop(): Promise<void>
}

/** @param folder with a slash at both ends */
export async function startStaticHost(cleanUp: CleanUp, folder = '/'): Promise<StaticHost> {
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://host')
    const name = pathname === folder ? 'index.html' : pathname.slice(folder.length)
    const bytes = pathname.startsWith(folder) ? await readFile(join(DIRECTORY, name)).catch(() => undefined) : undefined
    const type = bytes === undefined ? 'text/html' : (TYPES[extname(name)] ?? 'text/plain')
    response.writeHead(bytes === undefined ? 404 : 200, { 'Content-Type': type }).end(bytes ?? '<p>Not here.</p>')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  async function stop(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  cleanUp.add(stop)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${folder}`, stop }
}
