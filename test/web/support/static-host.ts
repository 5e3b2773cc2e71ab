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
  readonly origin: string
  stop(): Promise<void>
}

export async function startStaticHost(cleanUp: CleanUp): Promise<StaticHost> {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = new URL(url, 'http://host').pathname
    const name = path === '/' ? '/index.html' : path
    try {
      const bytes = await readFile(join(DIRECTORY, name))
      response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream' }).end(bytes)
    } catch {
      response.writeHead(404, { 'Content-Type': 'text/html' }).end('<p>Not here.</p>')
    }
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
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}
