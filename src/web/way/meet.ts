/** Finds the node through the overlay: at its own address, or behind one of the public nodes that lead to it. */
import { sortDoors } from './addresses.ts'
import { createHttpStream } from './http-stream.ts'
import type { Peer, PeerConnection } from './peer.ts'
import type { WayFault } from './way.ts'

export interface MeetParts {
  readonly peer: Peer
  /** Peer ID of the node. */
  readonly node: string
  readonly addresses: readonly string[]
  readonly isSecurePage: boolean
  readonly signal: AbortSignal
}

export interface Met {
  readonly connection: PeerConnection
  /** To the public node in between; undefined when there is none. */
  readonly relay: PeerConnection | undefined
  /** Opens a connection beside the circuit, with nobody in between. @throws when none gets through */
  direct(signal: AbortSignal): Promise<PeerConnection>
}

/** A phone on a bad line; what is dead is known by then. */
const DIAL_MS = 8_000
const WHERE_MS = 5_000
const MAX_WHERE_BYTES = 16 * 1024
/** ICE finds its way within a second or two; while it tries it costs a phone some kB a second. */
const DIRECT_MS = 8_000

export async function meet(parts: MeetParts): Promise<Met | WayFault> {
  const { peer, node, addresses, isSecurePage, signal } = parts
  const doors = sortDoors(addresses, node, isSecurePage)
  const faults: WayFault[] = []
  const own = doors.own.map(address => meetAt(peer, address, signal))
  const found = await firstOf([...own, ...through(parts, doors.public, faults)], faults)
  if (found !== undefined) return found
  if (signal.aborted || doors.public.size === 0) return worst(faults)
  // The node may have moved on to other public nodes, which those that are here have heard of.
  const fresh = await askWhere(parts, doors.public)
  const moved = sortDoors(fresh, node, isSecurePage)
  const unknown = await Promise.all([...moved.relays].map(relay => askWhere({ ...parts, node: relay }, doors.public)))
  const all = sortDoors([...fresh, ...unknown.flat()], node, isSecurePage)
  const others = new Map([...all.public].filter(([relay]) => !doors.public.has(relay)))
  const later = [...all.own.map(address => meetAt(peer, address, signal)), ...through(parts, others, faults)]
  return (await firstOf(later, faults)) ?? worst(faults)
}

/** What says most about why it failed: somebody answered there, before nobody did. */
function worst(faults: readonly WayFault[]): WayFault {
  const order: readonly WayFault[] = ['wrong-node', 'node-away']
  return order.find(fault => faults.includes(fault)) ?? 'no-public-node'
}

type Attempt = Promise<Met | WayFault>

/** The first that succeeds; those that come after it are let go. */
async function firstOf(attempts: readonly Attempt[], faults: WayFault[]): Promise<Met | undefined> {
  let isOver = false
  const { promise, resolve } = Promise.withResolvers<Met | undefined>()
  const all = attempts.map(async attempt => {
    const met = await attempt
    if (typeof met === 'string') faults.push(met)
    else if (isOver) letGo(met)
    else {
      isOver = true
      resolve(met)
    }
  })
  void Promise.all(all).then(() => resolve(undefined))
  return promise
}

export function letGo({ connection, relay }: Pick<Met, 'connection' | 'relay'>): void {
  connection.close()
  relay?.close()
}

async function meetAt(peer: Peer, address: string, signal: AbortSignal): Attempt {
  try {
    const connection = await peer.dial(address, bounded(signal, DIAL_MS))
    return { connection, relay: undefined, direct: async () => connection }
  } catch (error) {
    return faultOf(error) ?? 'no-public-node'
  }
}

/** One attempt for each public node, at the first of its doors that opens. */
function through(parts: MeetParts, nodes: ReadonlyMap<string, readonly string[]>, faults: WayFault[]): Attempt[] {
  return [...nodes.values()].map(async doors => {
    for (const door of doors) {
      const met = await throughDoor(parts, door)
      if (met !== 'no-public-node') return met
      faults.push(met)
    }
    return 'no-public-node'
  })
}

async function throughDoor({ peer, node, signal }: MeetParts, door: string): Attempt {
  let relay: PeerConnection
  try {
    relay = await peer.dial(door, bounded(signal, DIAL_MS))
  } catch {
    return 'no-public-node'
  }
  // For the direct connection, and not worth waiting for.
  const learning = relay.learn(bounded(signal, DIAL_MS)).catch(() => {})
  try {
    const connection = await peer.dial(`${door}/p2p-circuit/p2p/${node}`, bounded(signal, DIAL_MS))
    return {
      connection,
      relay,
      async direct(stop) {
        await learning
        return peer.dial(`${door}/p2p-circuit/webrtc/p2p/${node}`, bounded(stop, DIRECT_MS))
      },
    }
  } catch (error) {
    relay.close()
    return faultOf(error) ?? 'node-away'
  }
}

/** Noise says so, and libp2p keeps no more of it than the message. */
function faultOf(error: unknown): WayFault | undefined {
  const isProofWrong =
    error instanceof Error && error.name === 'EncryptionFailedError' && /identity key|signature/.test(error.message)
  return isProofWrong ? 'wrong-node' : undefined
}

function bounded(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)])
}

/** What the first public node that knows says of it, with its peer ID; nothing when none does. */
async function askWhere(
  { peer, node, signal }: MeetParts,
  nodes: ReadonlyMap<string, readonly string[]>,
): Promise<readonly string[]> {
  const { readWhere } = await import('./where.ts')
  for (const [door] of nodes.values()) {
    const stop = bounded(signal, WHERE_MS)
    try {
      const connection = await peer.dial(door!, stop)
      try {
        const stream = createHttpStream(await connection.open(stop), () => {})
        const answer = await stream.ask(`/where/${node}`, { method: 'GET', headers: {}, body: null, signal: stop })
        if (!answer.ok || Number(answer.headers.get('Content-Length') ?? Infinity) > MAX_WHERE_BYTES) continue
        const found = await readWhere(new Uint8Array(await answer.arrayBuffer()), node)
        if (found !== undefined) return found.map(address => withPeer(address, node))
      } finally {
        connection.close()
      }
    } catch {
      // The next one may know.
    }
  }
  return []
}

/** Addresses are announced without the peer ID; one of a circuit names the relay's. */
function withPeer(address: string, node: string): string {
  return address.endsWith(`/p2p/${node}`) ? address : `${address}/p2p/${node}`
}
