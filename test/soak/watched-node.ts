/** The node that is watched: a process with small bounds, and what it takes at a moment. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { npubOf } from '../../src/event/keys.ts'
import { personFrom } from '../support/events.ts'
import { createNodeClient, type NodeClient } from '../support/node-client.ts'
import { freePortPair } from '../support/ports.ts'
import { builtCommand, READY, watch } from '../support/processes.ts'
import { BOUNDS } from './bounds.ts'
import type { Held, Measure } from './probe.ts'

const PROBE = join(import.meta.dirname, 'probe.ts')
/**
 * For an hour V8 finds one more function worth optimizing, and keeps what it compiles and what its code relies on: 0.2 MiB
 * a minute at first. So the quick node's functions are compiled when they run first, and never again.
 */
const COMPILED_ONCE = ['--always-sparkplug', '--no-maglev', '--no-opt', '--no-flush-bytecode']
const QUICK_NODE = join(import.meta.dirname, 'quick-node.ts')

export interface Sample extends Held {
  /** Before the collection. */
  readonly rssBytes: number
  /** After it: memory of the process itself, and pages of files (the program, libraries, tables of LevelDB). */
  readonly anonBytes: number
  readonly fileBytes: number
  readonly descriptors: number
  readonly files: number
  readonly diskBytes: number
}

export interface WatchedNode {
  readonly client: NodeClient
  readonly port: number
  /** @param snapshot file for all that is on the heap */
  sample(snapshot?: string): Promise<Sample>
  stop(): Promise<void>
}

/** @param isQuick what it remembers for minutes is full after a minute or two (quick-node.ts); otherwise it is the built program */
export async function startWatchedNode(name: string, home: string, isQuick: boolean): Promise<WatchedNode> {
  const port = await freePortPair()
  const data = join(home, name)
  const keys = personFrom(name)
  const program = isQuick
    ? [...COMPILED_ONCE, QUICK_NODE, `${port}`, keys.pubkey, data]
    : await built(port, npubOf(keys.pubkey), data)
  const child = spawn(process.execPath, ['--import', PROBE, ...program], {
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
    async sample(snapshot) {
      const before = await residentOf(child.pid)
      child.send({ snapshot } satisfies Measure)
      const [held] = (await once(child, 'message')) as [Held]
      const after = await residentOf(child.pid)
      const sizes = await sizesIn(data)
      return {
        ...held,
        rssBytes: before.VmRSS,
        anonBytes: after.RssAnon,
        fileBytes: after.RssFile,
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

async function residentOf(pid: number | undefined): Promise<Record<'VmRSS' | 'RssAnon' | 'RssFile', number>> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const bytesOf = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
  return { VmRSS: bytesOf('VmRSS'), RssAnon: bytesOf('RssAnon'), RssFile: bytesOf('RssFile') }
}

async function built(port: number, npub: string, data: string): Promise<string[]> {
  const bounds = ['--max-events', `${BOUNDS.events}`, '--max-store-mb', `${BOUNDS.mib}`]
  const alone = ['--mdns', 'false', '--port-mapping', 'false']
  const args = ['server', '-l', `127.0.0.1:${port}`, '-p', npub, '--data-dir', data]
  return [await builtCommand(), ...args, ...bounds, ...alone]
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
