/** How full the overlay is of what can grow for as long as the node runs (specification/storage.md, "Bounds"). */
import type { Fill } from '../store/store.ts'
import { MAX_DHT_RECORDS } from '../wire/limits.ts'
import type { OverlayLimit } from '../wire/node-status.ts'
import { type BoundOwners, MAX_BOUND_OWNERS } from './bound-owners.ts'
import type { Dht } from './dht/dht.ts'
import type { Directory } from './directory.ts'
import { remembered } from './gossipsub.ts'
import type { Host, Libp2pOptions } from './libp2p.ts'
import { BUCKETS_OF_A_PEER, type Quotas } from './quota.ts'

export interface FillParts {
  readonly options: Pick<Libp2pOptions, 'maxPeers' | 'maxSeen' | 'relayPlaces' | 'remembered'>
  readonly services: Pick<Host['services'], 'gossip' | 'peerRecords' | 'relay'>
  readonly connections: number
  readonly directory: Pick<Directory, 'size'>
  readonly boundOwners: Pick<BoundOwners, 'size'>
  readonly dht: Pick<Dht, 'records'>
  readonly quotas: Pick<Quotas, 'size'>
}

export function fillOf(parts: FillParts): Readonly<Record<OverlayLimit, Fill>> {
  const { options, services } = parts
  const { nodes, peers } = options.remembered
  const { messages, scores } = remembered(services.gossip)
  return {
    peers: { used: parts.connections, max: options.maxPeers },
    knownNodes: { used: parts.directory.size(), max: nodes },
    boundOwners: { used: parts.boundOwners.size(), max: MAX_BOUND_OWNERS },
    dhtRecords: { used: parts.dht.records(), max: MAX_DHT_RECORDS },
    peerRecords: { used: services.peerRecords.count(), max: peers },
    seenMessages: { used: messages, max: options.maxSeen },
    gossipScores: { used: scores, max: peers },
    quotas: { used: parts.quotas.size(), max: BUCKETS_OF_A_PEER * peers },
    relayPlaces: { used: services.relay.reservations(), max: options.relayPlaces },
  }
}
