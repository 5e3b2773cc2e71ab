/** The node that is watched: a process of the built program with small bounds, and what it takes at a moment. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { npubOf } from '../../src/event/keys.ts'
import { personFrom } from '../support/events.ts'
import { createNodeClient, type NodeClient } from '../support/node-client.ts'
import { freePortPair } from '../support/ports.ts'
import { builtCommand, READY, watch } from '../support/processes.ts'
import type { Held } from './probe.ts'

/** The store is full within seconds, so that eviction runs all the time. */
export const BOUNDS = { events: 1_000, mib: 8 } as const

export interface Sample extends Held {
  readonly rssBytes: number
  readonly descriptors: number
  readonly files: number
  readonly diskBytes: number
}

export interface WatchedNode {
  readonly client: NodeClient
  readonly port: number
  sample(): Promise<Sample>
  stop(): Promise<void>
}

export async function startWatchedNode(name: string, home: string): Promise<WatchedNode> {
  const port = await freePortPair()
  const data = join(home, name)
  const keys = personFrom(name)
  const bounds = ['--max-events', `${BOUNDS.events}`, '--max-store-mb', `${BOUNDS.mib}`]
  const args = ['server', '-l', `127.0.0.1:${port}`, '-p', npubOf(keys.pubkey), '--data-dir', data, ...bounds]
  const alone = ['--mdns', 'false', '--port-mapping', 'false']
  const probe = join(import.meta.dirname, 'probe.ts')
  const child = spawn(process.execPath, ['--import', probe, await builtCommand(), ...args, ...alone], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  const run = watch(child)
  await run.says(READY)
  return {
    port,
    client: createNodeClient(keys, `http://127.0.0.1:${port + 1}`),
    async sample() {
      child.send('measure')
      const [held] = (await once(child, 'message')) as [Held]
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      const sizes = await sizesIn(data)
      return {
        ...held,
        rssBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024,
        descriptors: (await readdir(`/proc/${child.pid}/fd`)).length,
        files: sizes.length,
        diskBytes: sizes.reduce((sum, size) => sum + size, 0),
      }
    },
    async stop() {
      child.kill('SIGTERM')
      const { code } = await run.exit
      if (code !== 0)
        throw new Error(`the node ended with ${code}: ${run.stdout().slice(-500)}${run.stderr().slice(-500)}`)
    },
  }
}

async function sizesIn(directory: string): Promise<number[]> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = names.filter(name => name.isFile())
  // LevelDB removes files while it runs.
  return Promise.all(
    files.map(({ parentPath, name }) =>
      stat(join(parentPath, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
}
