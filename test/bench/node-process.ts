/** The built package as a process of its own, as a user runs it. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { npubOf } from '../../src/event/keys.ts'
import { connectClient, type RawClient } from './raw-client.ts'
import type { Run } from './table.ts'
import type { Workspace } from './workspace.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const LAUNCHER = resolve(ROOT, 'dist/launch.js')
/** What `npm start` runs. */
const SOURCE = resolve(ROOT, 'src/launch.js')
const START_MS = 20_000
const STOP_MS = 6_000

export interface NodeProcess {
  readonly overlayPort: number
  readonly clientPort: number
  /** From the start of the process to the first answer of `/healthz`. */
  readonly startedMs: number
  /** Resident memory. */
  rssBytes(): number
  /** Of it what is no page of a file. */
  anonymousBytes(): number
  /** CPU time used so far, user and system. */
  cpuMs(): number
  stop(): Promise<void>
}

export interface NodeProcessOptions {
  /** The owner's public key in hex. */
  readonly owner: string
  readonly dataDir: string
  /** Overlay ports of bootstraps on this machine. */
  readonly bootstraps?: readonly number[]
  /** Further flags of `server`. */
  readonly flags?: readonly string[]
  /** A folder for a CPU profile; the node then runs from its source, where functions have their names. */
  readonly profile?: string | undefined
}

/** Builds `dist/` anew, which leaves it alone when nothing has changed. */
export async function buildPackage(run: Run): Promise<void> {
  run.progress('building the package')
  const child = run.workspace.start([resolve(ROOT, 'scripts/build.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0 || !existsSync(LAUNCHER)) throw new Error('the package could not be built')
}

/** Starts a node and waits for it to answer. @throws when it does not within 20 s */
export async function startNodeProcess(workspace: Workspace, options: NodeProcessOptions): Promise<NodeProcess> {
  const overlayPort = await freePortPair()
  const clientPort = overlayPort + 1
  const bootstraps = (options.bootstraps ?? []).flatMap(port => ['-b', `127.0.0.1:${port}`])
  const alone = ['--mdns', 'false', '--port-mapping', 'false']
  const place = ['-l', `127.0.0.1:${overlayPort}`, '--data-dir', options.dataDir]
  const args = ['server', ...place, '-p', npubOf(options.owner), ...alone, ...(options.flags ?? [])]
  const launcher =
    options.profile === undefined ? [LAUNCHER] : ['--cpu-prof', '--cpu-prof-dir', options.profile, SOURCE]
  const startMs = performance.now()
  const child = workspace.start([...launcher, ...args, ...bootstraps], { stdio: ['ignore', 'ignore', 'inherit'] })
  await answering(child, clientPort)
  return {
    overlayPort,
    clientPort,
    startedMs: performance.now() - startMs,
    rssBytes: () => statusBytes(child, 'VmRSS'),
    anonymousBytes: () => statusBytes(child, 'RssAnon'),
    cpuMs: () => cpuMsOf(child),
    stop: () => stopProcess(child),
  }
}

/** A size in proc(5) status. */
export function statusBytes(child: ChildProcess, name: 'VmRSS' | 'RssAnon'): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
}

/** Clock ticks of user and system time: fields 14 and 15 of proc(5) stat, 100 a second on every Linux of today. */
function cpuMsOf(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function answering(child: ChildProcess, port: number): Promise<void> {
  const untilMs = performance.now() + START_MS
  while (performance.now() < untilMs) {
    if (child.exitCode !== null) throw new Error(`the node ended with ${child.exitCode}`)
    const client = await connected(port)
    if (client === undefined) {
      await sleep(1)
      continue
    }
    const { status } = await client.request('GET', '/healthz')
    client.close()
    if (status === 200) return
  }
  throw new Error('the node did not answer in time')
}

/** Nobody listens yet: undefined. */
async function connected(port: number): Promise<RawClient | undefined> {
  try {
    return await connectClient(port)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return undefined
    throw error
  }
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(impatience)
}

/** Below the ports that systems give to outgoing connections, which would take one between the look and the use. */
const PORTS = { from: 12_000, count: 20_000 } as const

/** A free port whose successor is free as well. */
export async function freePortPair(): Promise<number> {
  for (;;) {
    const port = PORTS.from + 2 * Math.floor((Math.random() * PORTS.count) / 2)
    if ((await isFree(port)) && (await isFree(port + 1))) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') resolve(false)
    else reject(error)
  })
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  return promise
}
