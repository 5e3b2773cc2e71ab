/** Nodes of the built package in namespaces, each with a client beside it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { npubOf } from '../../../src/event/keys.ts'
import type { NodeStatus } from '../../../src/wire/node-status.ts'
import { personFrom } from '../../support/events.ts'
import { createNodeClient, type NodeClient } from '../../support/node-client.ts'
import { builtCommand, type Exit, READY, type Run, watch } from '../../support/processes.ts'
import type { Lab } from './lab.ts'
import type { Host } from './network.ts'
import { FAKE_TIME_LIBRARY } from './requirements.ts'
import { tunnelFetch } from './tunnel.ts'

export interface LabNode {
  readonly name: string
  readonly host: Host
  /** Of the owner, in the namespace of the node. */
  readonly client: NodeClient
  /** What others give to `-b`: `host:port`, for a machine with public addresses. */
  address(): string
  /** Node peer ID, known from its first start on. */
  peerId(): string
  status(): Promise<NodeStatus>
  /** The present run, or the last one. */
  run(): Run
  /** Starts it (again) on the same data directory, and waits until it is ready. */
  start(flags?: readonly string[]): Promise<Run>
  /** Ends the present run; `SIGKILL` unless told otherwise. */
  end(signal?: NodeJS.Signals): Promise<Exit>
  /** Puts its clock forward, of the timers too. */
  elapse(seconds: number): void
}

export interface LabNodeOptions {
  readonly boot?: readonly (LabNode | string)[]
  readonly flags?: readonly string[]
  /** Whose node it is; default: the person called as the node. */
  readonly owner?: string
  readonly port?: number
  /** Lets `elapse` work; needs Debian's libfaketime. */
  readonly elastic?: boolean
  /** Default: all addresses of all families that the machine has. */
  readonly listen?: string
}

const PORT = 20_000
const PEER_ID = /^ {2}node +(\S+)$/m
/** `ip netns exec` has made mounts of its own for the process: nobody else sees this. */
const WITH_NAMES = 'mount --bind "$0" /etc/hosts && exec "$@"'

/** A node that is not started yet. */
export async function createLabNode(
  lab: Lab,
  host: Host,
  name: string,
  options: LabNodeOptions = {},
): Promise<LabNode> {
  const launch = await builtCommand()
  const { boot = [], owner = name, port = PORT, elastic = false } = options
  const flags = [...(options.flags ?? []), ...(process.env.DEBUG_NODES === undefined ? [] : ['-d'])]
  const { space, cable } = host
  const listen = options.listen ?? (cable.v6 === undefined ? '0.0.0.0' : '[::]')
  const keys = personFrom(owner)
  const client = createNodeClient(keys, `http://127.0.0.1:${port + 1}`, tunnelFetch(space))
  const clock = join(lab.folder, `${name}.clock`)
  let ahead = 0
  const setClock = () => writeFileSync(clock, `+${ahead}s`)
  setClock()
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: join(lab.folder, name) }
  if (elastic) {
    Object.assign(env, { LD_PRELOAD: FAKE_TIME_LIBRARY, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1' })
  }
  let current: Run | undefined
  let peerId = ''
  const run = () => {
    if (current === undefined) throw new Error(`${name}'s node was never started`)
    return current
  }
  return {
    name,
    host,
    client,
    run,
    status: client.status,
    address: () => (cable.v4 === undefined ? `[${cable.v6}]:${port}` : `${cable.v4}:${port}`),
    peerId() {
      if (peerId === '') throw new Error(`${name}'s node was never started`)
      return peerId
    },
    async start(more = []) {
      const bootFlags = boot.flatMap(one => ['-b', typeof one === 'string' ? one : one.address()])
      const own = [
        'server',
        '-l',
        `${listen}:${port}`,
        '-p',
        npubOf(keys.pubkey),
        '--data-dir',
        join(lab.folder, name, 'data'),
      ]
      const args = [launch, ...own, ...bootFlags, ...flags, ...more]
      const program = ['-c', WITH_NAMES, lab.names.file, process.execPath, ...args]
      current = watch(space.spawn('sh', program, { cwd: lab.folder, env, stdio: ['ignore', 'pipe', 'pipe'] }))
      await current.says(READY)
      peerId = (await current.says(PEER_ID))[1]!
      return current
    },
    async end(signal = 'SIGKILL') {
      run().child.kill(signal)
      return run().exit
    },
    elapse(seconds) {
      ahead += seconds
      setClock()
    },
  }
}

/** Starts these at the same time. */
export async function startAll(...nodes: readonly LabNode[]): Promise<void> {
  await Promise.all(nodes.map(node => node.start()))
}

const STEP_SECONDS = 5
/** Long enough for an answer that is waited for no longer than a step. */
const STEP_PAUSE_MS = 100

/** Lets time go by for these (elastic) nodes, fifty times as fast as it does. */
export async function elapse(nodes: readonly LabNode[], seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= STEP_SECONDS) {
    for (const node of nodes) node.elapse(Math.min(left, STEP_SECONDS))
    await pause(STEP_PAUSE_MS)
  }
}

const REPORTED_CHARS = 3_000

/** What the node says of its connections and deliveries, and the end of its output. */
export async function reportOf(node: LabNode): Promise<string> {
  const said = () => `${node.run().stdout().slice(-REPORTED_CHARS)}${node.run().stderr().slice(-REPORTED_CHARS)}`
  try {
    const { node: id, overlay, reachability, peers, outbox, counters } = await node.status()
    const connections = peers.map(peer => `${peer.transport} ${peer.direction} ${peer.id} ${peer.address}`)
    const waiting = outbox.deliveries.filter(({ state }) => state === 'waiting')
    const facts = { id, ...overlay, reachability, connections, waiting, counters }
    return `${node.name}: ${JSON.stringify(facts, null, 1)}\n${said()}`
  } catch (error) {
    return `${node.name}: ${String(error)}`
  }
}
