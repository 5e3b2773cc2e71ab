/** Who is connected: every connection for the status page, and the peers with whom a node compares what it has. */
import type { Connection } from '@libp2p/interface'
import type { Clock } from '../observe/clock.ts'
import type { PeerStatus, PeerWay } from '../wire/peer-status.ts'
import { scopeOfConnection, subnetOf } from './dial-filter.ts'
import type { Directory } from './directory.ts'
import type { Host } from './libp2p.ts'
import { isWebRtc } from './webrtc.ts'

/** One connection; the owner is a public key in hex, null for an unclaimed node. */
export type ConnectedPeer = Omit<PeerStatus, 'since'>

/** One peer, however many connections there are. */
export interface OverlayNeighbour {
  /** Node peer ID. */
  readonly id: string
  /** Public key in hex that it names; null for an unclaimed node. */
  readonly owner: string | null
  /** The network that one person may own as a whole; undefined where many share one. */
  readonly network: string | undefined
  /** This node has dialled it. */
  readonly isOutbound: boolean
}

/** @param agentOf what a peer calls its program; empty where it did not say */
export function connectedPeers(
  host: Host,
  directory: Directory,
  agentOf: (id: string) => string,
  clock: Clock,
): ConnectedPeer[] {
  return host.getConnections().map(connection => {
    const id = connection.remotePeer.toString()
    const entry = directory.get(id)
    return {
      id,
      direction: connection.direction,
      transport: transportOf(connection),
      way: wayOf(connection),
      address: connection.remoteAddr.toString(),
      agent: agentOf(id),
      owner: entry?.owner ?? null,
      proven: (entry?.provenUntilMs ?? 0) > clock.nowMs(),
      doubt: entry?.doubt ?? '',
      connectedSinceMs: connection.timeline.open,
      rttMs: connection.rtt ?? null,
    }
  })
}

/** Those that have said hello, on a connection that no relay limits. */
export function neighboursOf(host: Host, directory: Directory): OverlayNeighbour[] {
  const found = new Map<string, OverlayNeighbour>()
  for (const connection of host.getConnections()) {
    const id = connection.remotePeer.toString()
    const entry = directory.get(id)
    if (entry === undefined || !isDirect(connection)) continue
    const isOutbound = connection.direction === 'outbound' || found.get(id)?.isOutbound === true
    found.set(id, { id, owner: entry.owner, network: subnetOf(connection.remoteAddr), isOutbound })
  }
  return [...found.values()]
}

/** A circuit carries a few letters; it ends after some kilobytes. */
function isDirect({ status, limits }: Connection): boolean {
  return status === 'open' && limits === undefined
}

/** The address of a WebRTC connection names the circuit over which it was arranged, and so says nothing of the way. */
function wayOf(connection: Connection): PeerWay {
  if (isWebRtc(connection)) return 'direct'
  if (transportOf(connection) === 'circuit') return 'helper'
  const scope = scopeOfConnection(connection)
  if (scope === 'public') return 'direct'
  return scope === 'private' ? 'lan' : 'local'
}

function transportOf(connection: Connection): string {
  const address = connection.remoteAddr.toString()
  // The address of a WebRTC connection names the circuit over which it was arranged.
  if (address.includes('/webrtc')) return 'webrtc'
  if (address.includes('/p2p-circuit')) return 'circuit'
  return /\/(wss?|tcp)(\/|$)/.exec(address)?.[1] ?? 'other'
}
