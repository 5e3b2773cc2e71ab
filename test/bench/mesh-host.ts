/** A process of the bench that runs several nodes with a given mesh, and counts what passes their sockets. */
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { DEFAULTS } from '../../src/config.ts'
import { type Node, startNode } from '../../src/node.ts'
import { messageOf, silent } from '../../src/observe/log.ts'
import { EVENTS_TOPIC } from '../../src/overlay/gossipsub.ts'
import { type FromHost, type HostFigures, type HostRequest, sharedClockMs, type ToHost } from './mesh-messages.ts'
import { writer } from './posts.ts'
import { connectClient } from './raw-client.ts'

const members = new Map<string, Node>()
const socketBytes = countSockets()
const copies = await countCopies()

process.on('message', (message: ToHost) => void answer(message))
process.on('disconnect', () => process.exit())

async function answer({ number, request }: ToHost): Promise<void> {
  try {
    say({ to: number, reply: await handle(request) })
  } catch (error) {
    say({ to: number, failed: messageOf(error) })
  }
}

function say(message: FromHost): void {
  process.send?.(message)
}

async function handle(request: HostRequest) {
  switch (request.ask) {
    case 'start':
      return start(request)
    case 'publish': {
      await publish(members.get(request.owner)!, request.event)
      return {}
    }
    case 'figures':
      return figures()
  }
}

async function start({ owners, folder, mesh, bootstrap, repairMs, loss }: Extract<HostRequest, { ask: 'start' }>) {
  let first = bootstrap
  for (const owner of owners) {
    const node = await startNode(
      {
        ...DEFAULTS,
        listen: { host: '127.0.0.1', port: 0 },
        clientPort: 0,
        bootstraps: first === '' ? [] : [first],
        owner: writer(owner).pubkey,
        mdns: false,
        portMapping: false,
        dataDir: join(folder, owner),
        tls: undefined,
        tuning: { ...DEFAULTS.tuning, mesh, repairMs },
      },
      {
        log: silent,
        losesGossip: () => Math.random() < loss,
        onActivity(activity) {
          if (activity.what === 'received' && activity.via === 'gossip')
            say({ received: activity.event.id, owner, atMs: sharedClockMs() })
        },
      },
    )
    if (first === '') first = node.overlayAddresses()[0]!
    members.set(owner, node)
  }
  return { address: first }
}

/** On a connection of its own: a node closes one that is idle between two posts. */
async function publish(node: Node, event: string): Promise<void> {
  const client = await connectClient(clientPort(node))
  const { status } = await client.request('POST', '/publish', event)
  client.close()
  if (status !== 200) throw new Error(`a post was answered with ${status}`)
}

function clientPort(node: Node): number {
  return Number(new URL(node.clientOrigin).port)
}

async function figures(): Promise<HostFigures> {
  const nodes = [...members.values()]
  const clientPorts = new Set(nodes.map(clientPort))
  const states = await Promise.all(nodes.map(node => node.status()))
  const peers = states.map(({ peers }) => peers.length)
  const events = states.map(({ store }) => store.events)
  return { peers, events, bytes: socketBytes(clientPorts), copies: copies() }
}

/** Payload of all TCP sockets but those of the client side, by Node's own hooks for new sockets. */
function countSockets(): (exceptPorts: ReadonlySet<number>) => number {
  const sockets: { socket: Socket; ports: () => (number | undefined)[]; last: number }[] = []
  const watch = (message: unknown) => {
    const { socket } = message as { socket: Socket }
    let known: (number | undefined)[] = []
    const ports = () => {
      // They are unknown before a socket is connected, and after it is closed.
      if (socket.localPort !== undefined) known = [socket.localPort, socket.remotePort]
      return known
    }
    socket.once('connect', ports)
    sockets.push({ socket, ports, last: 0 })
  }
  subscribe('net.client.socket', watch)
  subscribe('net.server.socket', watch)
  return exceptPorts => {
    let bytes = 0
    for (const entry of sockets) {
      entry.last = Math.max(entry.last, entry.socket.bytesRead + entry.socket.bytesWritten)
      if (!entry.ports().some(port => port !== undefined && exceptPorts.has(port))) bytes += entry.last
    }
    return bytes
  }
}

/** What is used of gossipsub's class, which the package does not show. */
interface GossipSubClass {
  readonly prototype: { handleReceivedMessage(from: unknown, message: { topic?: string }): Promise<void> }
}

/** Every copy passes this method of the library before it is recognised as one; validators see the first only. */
async function countCopies(): Promise<() => number> {
  const module = new URL('gossipsub.js', import.meta.resolve('@libp2p/gossipsub'))
  const { prototype } = ((await import(module.href)) as { GossipSub: GossipSubClass }).GossipSub
  const handle = prototype.handleReceivedMessage
  let count = 0
  prototype.handleReceivedMessage = function (from, message) {
    if (message.topic === EVENTS_TOPIC) count++
    return handle.call(this, from, message)
  }
  return () => count
}
