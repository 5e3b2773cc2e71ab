/** `nostrp2p server` as a process of its own: with settings that its page can change, as tests' nodes have none. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import type { CleanUp } from '../../support/clean-up.ts'
import { freePortPair } from '../../support/ports.ts'
import { temporaryDirectory } from '../../support/test-node.ts'
import { until } from '../../support/until.ts'

const LAUNCH = resolve(import.meta.dirname, '../../../src/launch.js')

/** @returns where its client side is, once it has started */
export async function startServerProcess(cleanUp: CleanUp, flags: readonly string[]): Promise<string> {
  const dataDir = join(await temporaryDirectory(cleanUp), 'data')
  const listen = `127.0.0.1:${await freePortPair()}`
  const own = ['--data-dir', dataDir, '-l', listen, '--mdns=false', '--port-mapping=false', '--json']
  const child = spawn(process.execPath, [LAUNCH, 'server', ...own, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (printed += String(chunk)))
  const ended = once(child, 'exit')
  cleanUp.add(async () => {
    child.kill('SIGTERM')
    await ended
  })
  return until('the start of a server', () => {
    if (child.exitCode !== null) throw new Error(`the server ended: ${printed}`)
    return /"clientOrigin":\s*"([^"]+)"/.exec(printed)?.[1]
  })
}
