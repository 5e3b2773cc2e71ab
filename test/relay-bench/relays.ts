/** The relays that are measured: this node, the rival, or whatever answers at a URL. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePortPair, startNodeProcess, statusBytes } from '../bench/node-process.ts'
import { writer } from '../bench/posts.ts'
import type { Workspace } from '../bench/workspace.ts'
import { CACHE, type SampleEvent } from './events.ts'

export interface Relay {
  readonly name: string
  readonly url: string
  /** Resident memory; undefined for a relay that was started elsewhere. */
  rssBytes(): number | undefined
  /** Of it what is no page of a file, program or database, that the system can take back at any time. */
  anonymousBytes(): number | undefined
  /** CPU time used so far; undefined likewise. */
  cpuMs(): number | undefined
  stop(): Promise<void>
}

export interface RelayKind {
  readonly name: string
  /** An empty one. */
  start(): Promise<Relay>
  /** One that holds all these already; undefined when they have to be sent to it. */
  startFilled?(events: readonly SampleEvent[]): Promise<Relay>
}

export interface OwnOptions {
  readonly name: string
  readonly nativeVerifier: boolean
  /** Folder for `--cpu-prof`; the node then runs from its source. */
  readonly profile: string | undefined
  readonly maxEvents: number
}

/** This node as a public relay beside its owner's node. */
export function ownRelay(workspace: Workspace, options: OwnOptions): RelayKind {
  const open = ['--relay-writes', 'anyone', '--relay-reads', 'anyone', '--guest-rate', '0', '--guest-share', '90']
  const room = ['--guest-events', '100000', '--max-events', String(2 * options.maxEvents), '--max-store-mb', '2048']
  return {
    name: options.name,
    async start() {
      const node = await startNodeProcess(workspace, {
        owner: writer('owner').pubkey,
        dataDir: workspace.folder('own'),
        flags: [...open, ...room, '--native-verifier', String(options.nativeVerifier)],
        profile: options.profile,
      })
      return { ...node, name: options.name, url: `ws://127.0.0.1:${node.clientPort}/` }
    },
  }
}

const RIVAL = new URL('./rival.ts', import.meta.url)

/** `@nostr-relay/core`. */
export function rivalRelay(workspace: Workspace, progress: (text: string) => void): RelayKind {
  const name = '@nostr-relay/core'
  const serve = async (file: string): Promise<Relay> => {
    const port = await freePortPair()
    const child = workspace.fork(RIVAL, [file, String(port)])
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`the rival ended with ${code}`))),
    ])
    return { ...usageOf(child), name, url: `ws://127.0.0.1:${port}/`, stop: () => ended(child) }
  }
  return {
    name,
    start: () => serve(join(workspace.folder('rival'), 'relay.db')),
    async startFilled(events) {
      const kept = join(CACHE, `rival-${events.length}-${events.at(-1)!.id.slice(0, 8)}.db`)
      if (!existsSync(kept)) {
        progress('filling the rival, once for all runs')
        const folder = workspace.folder('fill')
        writeFileSync(join(folder, 'events'), events.map(({ json }) => json).join('\n'))
        const child = workspace.fork(RIVAL, [join(folder, 'relay.db'), 'fill', join(folder, 'events')])
        const [code] = await once(child, 'exit')
        if (code !== 0) throw new Error('the rival could not be filled')
        cpSync(join(folder, 'relay.db'), `${kept}.${process.pid}`)
        renameSync(`${kept}.${process.pid}`, kept)
      }
      const file = join(workspace.folder('rival'), 'relay.db')
      cpSync(kept, file)
      return serve(file)
    },
  }
}

export function relayAt(url: string): RelayKind {
  const relay: Relay = {
    name: url,
    url,
    rssBytes: () => undefined,
    anonymousBytes: () => undefined,
    cpuMs: () => undefined,
    stop: async () => {},
  }
  return { name: url, start: async () => relay }
}

function usageOf(child: ChildProcess): Pick<Relay, 'rssBytes' | 'anonymousBytes' | 'cpuMs'> {
  return {
    rssBytes: () => statusBytes(child, 'VmRSS'),
    anonymousBytes: () => statusBytes(child, 'RssAnon'),
    cpuMs() {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      return (Number(stat[11]) + Number(stat[12])) * 10
    },
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}
