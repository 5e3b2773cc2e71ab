/** The nodes of a run: processes of the built program, each with a data directory, a clock and links of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { npubOf } from '../../src/event/keys.ts'
import { READY, type Run, watch } from '../support/processes.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { CLOCK_OFFSET_MS, LINKS, type Order } from './surroundings.ts'

export interface FaultyNode {
  readonly name: string
  readonly origin: string
  isRunning(): boolean
  /** Starts it and waits until it is ready; without room on its disk it may end again. */
  start(): Promise<void>
  /** Sends the signal and waits for the end. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  freeze(): void
  thaw(): void
  setClock(offsetMs: number): void
  /** Keeps the data directory as it is at this moment. */
  keepData(): Promise<void>
  /** Puts back what was kept; the node must not run. */
  putBackData(): Promise<void>
  /** Fills the disk, or leaves room again; without a disk of its own nothing happens. */
  fillDisk(isFull: boolean): Promise<void>
  readonly hasDisk: boolean
  /** Ends it for good and gives the disk back. */
  dispose(): Promise<void>
}

export interface FaultyNodeOptions {
  readonly name: string
  /** Public key. */
  readonly owner: string
  /** Events that it may hold. */
  readonly maxEvents?: number | undefined
  readonly home: string
  readonly launch: string
  readonly port: number
  /** Overlay ports of those that it joins through. */
  readonly boot: readonly number[]
  readonly links: Readonly<Record<number, number>>
  /** Gives it a small disk of its own, where that can be done. */
  readonly wantsDisk: boolean
  /** Told when it ends although nobody ended it. */
  readonly onCrash: (text: string) => void
}

const MIB = 1024 * 1024
const DISK_BYTES = 96 * MIB
const SURROUNDINGS = join(import.meta.dirname, 'surroundings.ts')
const LAST_WORDS = 2_000

export function createFaultyNode(options: FaultyNodeOptions): FaultyNode {
  const { name, home, launch, port, boot, links, onCrash } = options
  const place = join(home, name)
  const data = join(place, 'data')
  const kept = join(home, `${name}.kept`)
  mkdirSync(place, { recursive: true })
  const mounted = options.wantsDisk ? mountSmallDisk(place, DISK_BYTES) : 'it needs none'
  const disk: SmallDisk | undefined = typeof mounted === 'string' ? undefined : mounted
  let run: Run | undefined
  let isOurDoing = true
  let isFull = false
  let clockOffsetMs = 0

  function launched(): Run {
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      NOSTRP2P_MDNS: 'false',
      NOSTRP2P_PORT_MAPPING: 'false',
      [LINKS]: JSON.stringify(links),
      [CLOCK_OFFSET_MS]: String(clockOffsetMs),
    }
    const through = boot.flatMap(other => ['-b', `127.0.0.1:${other}`])
    const bounds = options.maxEvents === undefined ? [] : ['--max-events', String(options.maxEvents)]
    const args = [
      'server',
      '-l',
      `127.0.0.1:${port}`,
      '-p',
      npubOf(options.owner),
      '--data-dir',
      data,
      ...bounds,
      ...through,
    ]
    const child = spawn(process.execPath, ['--import', SURROUNDINGS, launch, ...args], {
      cwd: home,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    return watch(child)
  }

  function tail({ stdout, stderr }: Run): string {
    return `${stdout()}${stderr()}`.slice(-LAST_WORDS)
  }

  const child = (): ChildProcess | undefined => (isOurDoing ? undefined : run?.child)

  return {
    name,
    origin: `http://127.0.0.1:${port + 1}`,
    hasDisk: disk !== undefined,
    isRunning: () => !isOurDoing,
    async start() {
      const wasFull = isFull
      const starting = launched()
      run = starting
      isOurDoing = false
      let isReady = false
      void starting.exit.then(exit => {
        if (isOurDoing || run !== starting) return
        isOurDoing = true
        const isForWantOfRoom = !isReady && (wasFull || isFull) && /\b(disk|space)\b/.test(starting.stderr())
        if (!isForWantOfRoom) onCrash(`ended by itself (${exit.code ?? exit.signal}): ${tail(starting)}`)
      })
      try {
        await starting.says(READY, START_MS)
        isReady = true
      } catch {
        if (starting.child.exitCode !== null || isOurDoing) return
        onCrash(`was not ready within ${START_MS / 1000} s: ${tail(starting)}`)
        isOurDoing = true
        starting.child.kill('SIGKILL')
      }
    },
    async end(signal) {
      const running = child()
      if (running === undefined) return
      isOurDoing = true
      running.kill(signal)
      await run!.exit
    },
    freeze: () => void child()?.kill('SIGSTOP'),
    thaw: () => void child()?.kill('SIGCONT'),
    setClock(offsetMs) {
      clockOffsetMs = offsetMs
      const order: Order = { clockOffsetMs }
      child()?.send(order)
    },
    async keepData() {
      child()?.kill('SIGSTOP')
      try {
        await rm(kept, { recursive: true, force: true })
        await cp(data, kept, { recursive: true })
      } finally {
        child()?.kill('SIGCONT')
      }
    },
    async putBackData() {
      await rm(data, { recursive: true, force: true })
      await cp(kept, data, { recursive: true })
    },
    async fillDisk(full) {
      isFull = full
      await disk?.leave(full ? 0 : DISK_BYTES)
    },
    async dispose() {
      const running = child()
      isOurDoing = true
      running?.kill('SIGKILL')
      await run?.exit
      disk?.unmount()
    },
  }
}

const START_MS = 30_000
