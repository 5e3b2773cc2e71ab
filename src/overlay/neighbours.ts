/** Peers that are connected directly: with these a node compares what it has. */
import type { Connection } from '@libp2p/interface'
import type { Directory } from './directory.ts'
import { subnetOf } from './dial-filter.ts'
import type { Host } from './libp2p.ts'

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
