/** Many nodes on one machine with real sockets and stores, spread over a few processes so that some can be killed. */
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { DEFAULTS, type Tuning } from '../../src/config.ts'
import { type FromHost, type HostFigures, type HostReplies, type HostRequest, sharedClockMs } from './mesh-messages.ts'
import { post, writer } from './posts.ts'
import { sum } from './statistics.ts'
import type { Workspace } from './workspace.ts'

export interface MeshOptions {
  readonly hosts: number
  readonly nodesPerHost: number
  readonly mesh: Tuning['mesh']
  /** Default: as nodes have it. */
  readonly repairMs?: number
  /** Share of the gossiped events that each node loses; none unless told. */
  readonly loss?: number
}

/** How posts got around. */
export interface Spread {
  /** Milliseconds from the call of `/publish` to the post in another node's store. */
  readonly delaysMs: readonly number[]
  /** Share of the deliveries that happened. */
  readonly delivered: number
  /** Copies of a post that a node received, on average. */
  readonly copies: number
}

export interface Mesh {
  figures(): Promise<HostFigures>
  /** Posts from random nodes; half-way `meanwhile` is called. */
  post(count: number, perSecond: number, meanwhile?: () => void): Promise<Spread>
  /** One post of the next node in turn. */
  postOne(): Promise<unknown>
  /** Ends one process with all its nodes at once, without a word to their neighbours. */
  killHost(): void
  stop(): void
}

/** A post that is not there by then counts as lost. */
const LOST_MS = 8_000

interface Host {
  readonly owners: readonly string[]
  ask<R extends HostRequest>(request: R): Promise<HostReplies[R['ask']]>
  kill(): void
}

/** Starts the nodes, all of them with the first one as bootstrap. */
export async function startMesh(workspace: Workspace, options: MeshOptions): Promise<Mesh> {
  let hosts: Host[] = []
  /** Event → owner of the node that got it → when. */
  const received = new Map<string, Map<string, number>>()
  let posts = 0

  let bootstrap = ''
  for (let h = 0; h < options.hosts; h++) {
    const owners = Array.from({ length: options.nodesPerHost }, (_, i) => `owner ${h * options.nodesPerHost + i}`)
    const host = createHost(workspace, owners, (id, owner, atMs) => received.get(id)?.set(owner, atMs))
    hosts.push(host)
    const folder = workspace.folder('mesh')
    const { address } = await host.ask({
      ask: 'start',
      owners,
      folder,
      mesh: options.mesh,
      repairMs: options.repairMs ?? DEFAULTS.tuning.repairMs,
      loss: options.loss ?? 0,
      bootstrap,
    })
    if (bootstrap === '') bootstrap = address
  }

  async function figures(): Promise<HostFigures> {
    const all = await Promise.all(hosts.map(host => host.ask({ ask: 'figures' })))
    return {
      peers: all.flatMap(({ peers }) => peers),
      events: all.flatMap(({ events }) => events),
      bytes: sum(all.map(({ bytes }) => bytes)),
      copies: sum(all.map(({ copies }) => copies)),
    }
  }

  async function publishOne(): Promise<{ id: string; from: string; atMs: number }> {
    const host = hosts[posts % hosts.length]!
    const from = host.owners[Math.floor(posts / hosts.length) % host.owners.length]!
    const event = post(writer(from), posts++)
    received.set(event.id, new Map())
    const atMs = sharedClockMs()
    await host.ask({ ask: 'publish', owner: from, event: JSON.stringify(event) })
    return { id: event.id, from, atMs }
  }

  return {
    figures,
    postOne: publishOne,
    async post(count, perSecond, meanwhile) {
      const sent: { id: string; from: string; atMs: number }[] = []
      const before = (await figures()).copies
      for (let i = 0; i < count; i++) {
        if (i === Math.floor(count / 2)) meanwhile?.()
        sent.push(await publishOne())
        await sleep(1_000 / perSecond)
      }
      const owners = hosts.flatMap(host => host.owners)
      // Of the nodes that are left; a node that was killed may have posted before.
      const expected = sum(sent.map(({ from }) => owners.filter(owner => owner !== from).length))
      const delays = () =>
        sent.flatMap(({ id, from, atMs }) => {
          const times = received.get(id)!
          return owners.flatMap(owner => (owner === from || !times.has(owner) ? [] : [times.get(owner)! - atMs]))
        })
      const untilMs = performance.now() + LOST_MS
      while (delays().length < expected && performance.now() < untilMs) await sleep(100)
      const delaysMs = delays()
      const copies = ((await figures()).copies - before) / delaysMs.length
      return { delaysMs, delivered: delaysMs.length / expected, copies }
    },
    killHost() {
      // Not the first: it has the bootstrap, and the next measurement may need it.
      hosts.at(-1)!.kill()
      hosts = hosts.slice(0, -1)
    },
    stop() {
      for (const host of hosts) host.kill()
    },
  }
}

function createHost(
  workspace: Workspace,
  owners: readonly string[],
  onReceived: (id: string, owner: string, atMs: number) => void,
): Host {
  const child: ChildProcess = workspace.fork(new URL('mesh-host.ts', import.meta.url))
  const waiting = new Map<number, PromiseWithResolvers<HostReplies[keyof HostReplies]>>()
  let number = 0
  child.on('message', (message: FromHost) => {
    if ('received' in message) return onReceived(message.received, message.owner, message.atMs)
    const asked = waiting.get(message.to)
    waiting.delete(message.to)
    if ('failed' in message) asked?.reject(new Error(message.failed))
    else asked?.resolve(message.reply)
  })
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('a process of the mesh ended'))
  })
  return {
    owners,
    ask<R extends HostRequest>(request: R) {
      const asked = Promise.withResolvers<HostReplies[keyof HostReplies]>()
      waiting.set(++number, asked)
      child.send({ number, request })
      return asked.promise as Promise<HostReplies[R['ask']]>
    },
    kill: () => child.kill('SIGKILL'),
  }
}
