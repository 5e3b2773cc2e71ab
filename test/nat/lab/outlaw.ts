/** A raw peer that is at home on a machine of the test network although it runs in the test's own process. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { lpStream } from '@libp2p/utils'
import type { CleanUp } from '../../support/clean-up.ts'
import { type RawPeer, type RawPeerOptions, startRawPeer } from '../../support/raw-peer.ts'
import type { Lab } from './lab.ts'
import type { Host } from './network.ts'

export interface Outlaw extends RawPeer {
  /** Multiaddr at which the machines of the test network dial it. */
  readonly address: string
  /** Its machine's address. */
  readonly host: string
  /** Answers each question in one protocol with one message. */
  replies(protocol: string, reply: (question: Uint8Array) => Uint8Array): Promise<void>
  /** Dials a node from its machine, so that it is seen to come from there. */
  call(node: string, port: number): ReturnType<RawPeer['connect']>
}

export interface OutlawOptions extends RawPeerOptions {
  /** One of the addresses of the machine, when it has several, and the port there. */
  readonly at?: string
  readonly port?: number
}

export async function startOutlaw(
  cleanUp: CleanUp,
  lab: Lab,
  { space, cable }: Host,
  options: OutlawOptions = {},
): Promise<Outlaw> {
  const { at = cable.v4!, port: outside = 20_000 } = options
  const peer = await startRawPeer(cleanUp, options)
  const port = Number(/\/tcp\/(\d+)/.exec(peer.addresses()[0]!)![1])
  const insider = await space.insider()
  const door = join(lab.folder, `${space.name}-${outside}.door`)
  await listen(cleanUp, () => connect(port, '127.0.0.1'), door)
  await insider.tcpForward(outside, door)
  return {
    ...peer,
    address: `/ip4/${at}/tcp/${outside}/p2p/${peer.id}`,
    host: at,
    replies: (protocol, reply) =>
      peer.handle(protocol, async stream => {
        const frames = lpStream(stream)
        try {
          await frames.write(reply((await frames.read()).subarray()))
          await stream.close()
        } catch {
          // Whoever asked has gone.
        }
      }),
    async call(node, nodePort) {
      const server = await listen(cleanUp, () => insider.connect(nodePort, node, at), 0)
      const { port: leading } = server.address() as { port: number }
      return peer.connect(`/ip4/127.0.0.1/tcp/${leading}`)
    },
  }
}

/** Leads what connects here to where `far` does. */
async function listen(cleanUp: CleanUp, far: () => Socket, at: string | number): Promise<Server> {
  const open = new Set<Socket>()
  const server = createServer(near => {
    const there = far()
    for (const [from, to] of [
      [near, there],
      [there, near],
    ] as const) {
      open.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  if (typeof at === 'number') server.listen(at, '127.0.0.1')
  else server.listen(at)
  await once(server, 'listening')
  cleanUp.add(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return server
}
