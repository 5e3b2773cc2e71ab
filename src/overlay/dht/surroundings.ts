/**
 * What the DHT library sees of its node. It is written for a public network of thousands: left to itself it pings whoever
 * it hears of, keeps connections open, stores what anybody sends, and dials what anybody says. Here it goes through doors.
 */
import type { PeerId, PeerInfo, Stream } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { MAX_DHT_MESSAGE_BYTES, MAX_DHT_PEER_ADDRESSES, MAX_DHT_PEERS } from '../../wire/limits.ts'
import { isAllowed, nearestScope } from '../dial-filter.ts'
import type { Host } from '../libp2p.ts'
import type { Quotas } from '../quota.ts'
import { withChanges } from '../with-changes.ts'
import type { Datastore } from './shelf.ts'

export interface SurroundingsParts {
  readonly host: Host
  readonly quotas: Quotas
  readonly datastore: Datastore
  /** A connection to this node, made if there is none; `hints` are addresses that a DHT peer told. */
  readonly connect: (node: string, hints: readonly Multiaddr[]) => Promise<PeerId>
  /** A connection that was made for a question alone is not needed any more. */
  readonly leave: (node: string) => void
}

export interface Surroundings {
  readonly components: KadDHTComponents
  /** Of the peers that `from` told those that may be dialled; their addresses are kept for the dial. */
  admit(peers: readonly PeerInfo[], from: PeerId): PeerInfo[]
  /** Whether an address is of use to who asks, or only shows what this node's own network is like. */
  mayTell(address: Uint8Array, to: PeerId): boolean
}

/** Peers whose addresses are kept between being told and being dialled. */
const MAX_HINTS = 1_000

export function createSurroundings(parts: SurroundingsParts): Surroundings {
  const { host, quotas } = parts
  const real = host.services.inside.components
  const hints = new Map<string, Multiaddr[]>()
  const isConnected = (peer: PeerId) => host.getConnections(peer).length > 0

  const registrar = withChanges(real.registrar, {
    handle: (protocol, handler, options) =>
      real.registrar.handle(
        protocol,
        (stream, connection) => {
          if (!quotas.take('dht', connection.remotePeer.toString()))
            return stream.abort(new Error('too many questions'))
          const done = handler(stream, connection)
          boundReceived(stream)
          boundSent(stream)
          return done
        },
        options,
      ),
  })

  const connectionManager = withChanges(real.connectionManager, {
    async openStream(peer, protocol, options) {
      if ('equals' in peer === false) throw new Error('the DHT asks peers by their IDs')
      const id = peer.toString()
      await parts.connect(id, hints.get(id) ?? [])
      const stream = await host.dialProtocol(peer as PeerId, protocol, { signal: options?.signal })
      boundReceived(stream)
      stream.addEventListener('close', () => parts.leave(id))
      return stream
    },
    // What may not be dialled was left out when it was told.
    isDialable: async () => true,
  })

  return {
    components: {
      peerId: host.peerId,
      privateKey: real.privateKey,
      addressManager: real.addressManager,
      events: real.events,
      logger: real.logger,
      datastore: parts.datastore,
      registrar,
      connectionManager,
      // Tags that keep connections open for ever are all that the library would write.
      peerStore: withChanges(real.peerStore, { merge: (peer, _, options) => real.peerStore.get(peer, options) }),
      // Who is connected is there; nobody else is dialled to find out.
      ping: withChanges(host.services.ping, {
        async ping(peer) {
          if (!isConnected(peer as PeerId)) throw new Error('not connected')
          return 0
        },
      }),
    },
    mayTell: (address, to) => isAllowed(multiaddr(address), nearestScope(host.getConnections(to))),
    admit(peers, from) {
      const scope = nearestScope(host.getConnections(from))
      return peers.slice(0, MAX_DHT_PEERS).flatMap(peer => {
        const multiaddrs = peer.multiaddrs.filter(address => isAllowed(address, scope)).slice(0, MAX_DHT_PEER_ADDRESSES)
        const id = peer.id.toString()
        if (multiaddrs.length > 0) {
          hints.delete(id)
          hints.set(id, multiaddrs)
          if (hints.size > MAX_HINTS) hints.delete(hints.keys().next().value!)
        }
        return multiaddrs.length > 0 || isConnected(peer.id) ? [{ ...peer, multiaddrs }] : []
      })
    },
  }
}

/** A question or an answer is one message, and the library would read four megabytes of it. */
function boundReceived(stream: Stream): void {
  let bytes = 0
  stream.addEventListener('message', ({ data }) => {
    bytes += data.byteLength
    if (bytes > MAX_DHT_MESSAGE_BYTES) stream.abort(new Error('the message is longer than agreed'))
  })
}

/** Who asks a thousand things on one stream gets answers to some. */
function boundSent(stream: Stream): void {
  let bytes = 0
  const send = stream.send.bind(stream)
  stream.send = data => {
    bytes += data.byteLength
    if (bytes > MAX_DHT_MESSAGE_BYTES) throw new Error('too many questions on one stream')
    return send(data)
  }
}
