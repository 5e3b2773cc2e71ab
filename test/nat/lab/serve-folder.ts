/** Runs in a namespace: any host of files. Arguments: the folder and the port; says `ready` when it listens. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
}
const [folder = '', port = ''] = process.argv.slice(2)

createServer(async ({ url = '/' }, response) => {
  const path = new URL(url, 'http://host').pathname
  const name = path.endsWith('/') ? `${path}index.html` : path
  try {
    const bytes = await readFile(join(folder, name))
    response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream' }).end(bytes)
  } catch {
    response.writeHead(404).end()
  }
}).listen(Number(port), () => process.stdout.write('ready\n'))
