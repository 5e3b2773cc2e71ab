/** Nodes as processes of the built command, driven by what a user has: command line, output, REST, signals. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildPackage } from '../../scripts/build.ts'
import { npubOf } from '../../src/event/keys.ts'
import { personFrom } from './events.ts'
import { createNodeClient, type NodeClient } from './node-client.ts'
import { freePortPair } from './ports.ts'
import { until } from './until.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One run of the command. */
export interface Run {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Waits until the output (stdout) holds this, and returns the match. Throws when it ends before. */
  says(pattern: RegExp, patienceMs?: number): Promise<RegExpExecArray>
  readonly exit: Promise<Exit>
}

/** A person's node: the same place and data directory over all its runs. */
export interface NodeProcess {
  readonly name: string
  readonly port: number
  /** `127.0.0.1:port`, as others give it to `-b`. */
  readonly address: string
  /** Where the client side is. */
  readonly origin: string
  /** Of the person whose name the node has. */
  readonly client: NodeClient
  /** XDG_DATA_HOME of the process. */
  readonly dataHome: string
  /** The present run, or the last one. */
  run(): Run
  /** Starts it (again) and waits until it is ready. More flags may be given than at the first start. */
  start(flags?: readonly string[]): Promise<Run>
  /** Ends the present run; `SIGKILL` unless told otherwise. */
  end(signal?: NodeJS.Signals): Promise<Exit>
}

export interface NodeOptions {
  /** Default: `-p` with the npub of the person called so. */
  readonly owner?: readonly string[]
  readonly boot?: readonly NodeProcess[]
  readonly flags?: readonly string[]
  /** Default: 127.0.0.1. */
  readonly host?: string
  readonly request?: typeof fetch
  readonly scheme?: 'http' | 'https'
  readonly workDir?: string
}

export interface CommandOptions {
  readonly workDir?: string
  readonly dataHome?: string
  /** What is piped in; without it there is no input. */
  readonly stdin?: string
}

export interface Processes {
  /** A folder of this test alone. */
  readonly home: string
  /** The command with these arguments, for runs that are over soon. */
  command(args: readonly string[], options?: CommandOptions): Run
  /** A node that is not started yet. */
  node(name: string, options?: NodeOptions): Promise<NodeProcess>
  /** A node that is ready. */
  started(name: string, options?: NodeOptions): Promise<NodeProcess>
  /** Ends everything that this object has started, and removes what it has written. */
  endAll(): Promise<void>
}

const ROOT = resolve(import.meta.dirname, '../..')
/** Where the last line of the start-up print begins: everything listens by then. */
export const READY = /^ {2}network .*\n/m

/** Nodes of tests do not look for each other, nor touch the router of whoever runs them. */
const ALONE = { NOSTRP2P_MDNS: 'false', NOSTRP2P_PORT_MAPPING: 'false' }

let builtFor: Promise<string> | undefined

/** Builds the command once for this test file, in a folder of its own: nobody else's build gets in between. */
export function builtCommand(): Promise<string> {
  builtFor ??= (async () => {
    const builds = join(ROOT, 'node_modules/.cache/nostrp2p-e2e')
    const directory = join(builds, String(process.pid))
    mkdirSync(directory, { recursive: true })
    // Test processes are ended by a signal, so each cleans up after those before it.
    for (const pid of readdirSync(builds)) {
      if (!isAlive(Number(pid))) rmSync(join(builds, pid), { recursive: true, force: true })
    }
    await buildPackage(join(directory, 'dist'))
    return join(directory, 'dist/launch.js')
  })()
  return builtFor
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

export async function createProcesses(): Promise<Processes> {
  const launch = await builtCommand()
  const home = await mkdtemp(join(tmpdir(), 'nostrp2p-e2e-'))
  const runs = new Set<Run>()
  const killAll = () => {
    for (const { child } of runs) child.kill('SIGKILL')
  }
  process.once('exit', killAll)

  function command(args: readonly string[], options: CommandOptions = {}): Run {
    const { workDir = home, dataHome = join(home, 'data'), stdin } = options
    const env = { PATH: process.env.PATH, HOME: home, XDG_DATA_HOME: dataHome, ...ALONE }
    const input = stdin === undefined ? 'ignore' : 'pipe'
    const child = spawn(process.execPath, [launch, ...args], { cwd: workDir, env, stdio: [input, 'pipe', 'pipe'] })
    child.stdin?.end(stdin)
    const run = watch(child)
    runs.add(run)
    void run.exit.then(() => runs.delete(run))
    return run
  }

  const processes: Processes = {
    home,
    command,
    async node(name, options = {}) {
      return createNodeProcess(name, await freePortPair(), options, home, command)
    },
    async started(name, options) {
      const node = await processes.node(name, options)
      await node.start()
      return node
    },
    async endAll() {
      killAll()
      await Promise.all([...runs].map(run => run.exit))
      process.off('exit', killAll)
      await rm(home, { recursive: true, force: true })
    },
  }
  return processes
}

function createNodeProcess(
  name: string,
  port: number,
  options: NodeOptions,
  home: string,
  command: Processes['command'],
): NodeProcess {
  const { boot = [], flags = [], host = '127.0.0.1', scheme = 'http', workDir = home } = options
  const keys = personFrom(name)
  const owner = options.owner ?? ['-p', npubOf(keys.pubkey)]
  const origin = `${scheme}://127.0.0.1:${port + 1}`
  const dataHome = join(home, name)
  let current: Run | undefined
  const run = () => {
    if (current === undefined) throw new Error(`${name}'s node was never started`)
    return current
  }
  return {
    name,
    port,
    address: `127.0.0.1:${port}`,
    origin,
    dataHome,
    client: createNodeClient(keys, origin, options.request),
    run,
    async start(more = []) {
      const bootFlags = boot.flatMap(node => ['-b', node.address])
      const args = ['server', '-l', `${host}:${port}`, ...owner, ...bootFlags, ...flags, ...more]
      current = command(args, { workDir, dataHome })
      await current.says(READY)
      return current
    },
    async end(signal = 'SIGKILL') {
      run().child.kill(signal)
      return run().exit
    },
  }
}

/** The output of a process is kept from its beginning. */
export function watch(child: ChildProcess): Run {
  const texts = { stdout: '', stderr: '' }
  let isOver = false
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
  }
  const exit = new Promise<Exit>((settle, fail) => {
    child.once('error', fail)
    // `close` comes when the output is read to its end as well.
    child.once('close', (code, signal) => {
      isOver = true
      settle({ code, signal })
    })
  })
  return {
    child,
    exit,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    async says(pattern, patienceMs) {
      const look = () => pattern.exec(texts.stdout) ?? (isOver && 'over')
      const found = await until(`the output of ${pattern}`, look, patienceMs)
      if (found === 'over') throw new Error(`the process ended without ${pattern}: ${texts.stdout}${texts.stderr}`)
      return found
    },
  }
}
