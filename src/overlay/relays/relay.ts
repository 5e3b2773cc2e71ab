/** This node as a relay for nodes that cannot be reached: circuit-relay-v2, with bounds, only while it is reachable itself. */
import {
  type CircuitRelayServerComponents,
  type CircuitRelayService,
  type CircuitRelayTransportComponents,
  circuitRelayServer,
  circuitRelayTransport,
} from '@libp2p/circuit-relay-v2'
import type { PeerId, Transport } from '@libp2p/interface'
import type { Clock } from '../../observe/clock.ts'
import type { Counters } from '../../observe/counters.ts'
import { isDoor } from '../doors/addresses.ts'
import { networkOf } from '../doors/half-open.ts'
import type { Quotas } from '../quota.ts'
import { withChanges } from '../with-changes.ts'
import { createBandwidth, type RelayBytes } from './bandwidth.ts'

/** What a relay grants (specification/limits.md, "Relays"). */
export const RELAY_LIMITS = {
  /** How long a place is kept without being renewed. */
  reservationMs: 3_600_000,
  /** Bytes of one circuit, both directions together: a hello and the largest delivery several times over. */
  circuitBytes: 2 * 1024 * 1024,
  circuitMs: 10 * 60_000,
  /** Circuits that one peer opens, and that lead to one peer, at a time. */
  maxCircuitsFrom: 16,
  maxCircuitsTo: 32,
  /** A peer that says nothing more after it asked for a place or a circuit. */
  hopMs: 10_000,
} as const

export interface RelayOptions {
  /** Nodes that this one keeps a place for. */
  readonly relayPlaces: number
  /** Bytes of all circuits together, each counted once. */
  readonly relayBytes: RelayBytes
}

export interface Relay {
  /** Offers its places from now on; more calls change nothing. */
  serve(): Promise<void>
  /** Gives no more places; the circuits that run end. */
  retire(): Promise<void>
  /** Places that are taken. */
  reservations(): number
}

/** @returns a service of the host, which libp2p builds; it does nothing before `serve` */
export function relayService(options: RelayOptions, counters: Counters, quotas: Quotas, clock: Clock) {
  return (components: CircuitRelayServerComponents & Pick<CircuitRelayTransportComponents, 'events'>): Relay => {
    let server: (CircuitRelayService & { start(): Promise<void>; stop(): Promise<void> }) | undefined
    // Libp2p keeps the place of who has gone for an hour, and it would be missing for others.
    components.events.addEventListener('peer:disconnect', ({ detail }: CustomEvent<PeerId>) => {
      server?.reservations.get(detail)?.signal.clear()
      server?.reservations.delete(detail)
    })
    const bandwidth = createBandwidth(options.relayBytes, clock)
    const directOf = (peer: PeerId) =>
      components.connectionManager.getConnections(peer).filter(({ limits }) => limits === undefined)
    /** Nobody is to be found at a page, and a place that it held would be missing for a node. */
    const isBrowser = (peer: PeerId) => directOf(peer).every(({ remoteAddr }) => isDoor(remoteAddr))
    /** Whose stock a circuit is taken from: keys cost a page nothing, so that its host counts too. */
    function sources(peer: PeerId): string[] {
      const ips = directOf(peer).flatMap(({ remoteAddr }) =>
        isDoor(remoteAddr) ? (remoteAddr.getComponents()[0]?.value ?? []) : [],
      )
      return [peer.toString(), ...new Set(ips.map(networkOf))]
    }
    const connectionGater = {
      denyOutboundRelayedConnection(source: PeerId): boolean {
        const isWithin = sources(source).every(name => quotas.take('circuit', name))
        const end = !bandwidth.hasRoom() ? 'busy' : isWithin ? 'opened' : 'limited'
        counters.add('circuits', end)
        return end !== 'opened'
      },
      denyInboundRelayReservation: isBrowser,
    }
    const create = circuitRelayServer({
      hopTimeout: RELAY_LIMITS.hopMs,
      maxInboundHopStreams: RELAY_LIMITS.maxCircuitsFrom,
      maxOutboundHopStreams: RELAY_LIMITS.maxCircuitsFrom,
      maxOutboundStopStreams: RELAY_LIMITS.maxCircuitsTo,
      reservations: {
        maxReservations: options.relayPlaces,
        reservationTtl: RELAY_LIMITS.reservationMs,
        applyDefaultLimit: true,
        defaultDurationLimit: RELAY_LIMITS.circuitMs,
        defaultDataLimit: BigInt(RELAY_LIMITS.circuitBytes),
      },
    })
    return {
      async serve() {
        if (server !== undefined) return
        const { peerStore, addressManager, peerId, privateKey, logger } = components
        const registrar = withChanges(components.registrar, {
          handle: (protocol, handler, options) =>
            components.registrar.handle(protocol, bandwidth.slowing(handler), options),
        })
        const connectionManager = withChanges(components.connectionManager, {
          getConnections: peer => components.connectionManager.getConnections(peer).map(bandwidth.slowingOn),
        })
        // One by one: the components are a proxy, which cannot be copied.
        const parts = { registrar, peerStore, addressManager, peerId, privateKey, connectionManager, logger }
        const created = create({ ...parts, connectionGater })
        if (!isStartable(created)) throw new Error('the relay of libp2p cannot be started')
        server = created
        await server.start()
      },
      async retire() {
        const serving = server
        server = undefined
        await serving?.stop()
      },
      reservations: () => server?.reservations.size ?? 0,
    }
  }
}

/**
 * The circuit transport without its own idea of reservations, which `reservations.ts` keeps: libp2p would listen on any
 * peer that hands this node a circuit, and never again on a relay that it once failed to reach.
 */
export function circuitTransport() {
  return (components: CircuitRelayTransportComponents): Transport => {
    const { peerId, connectionManager, peerStore, registrar, logger, randomWalk, events } = components
    const { upgrader, addressManager, connectionGater } = components
    const transportManager = refusesToListen(components.transportManager)
    const known = { peerId, connectionManager, peerStore, registrar, logger, randomWalk, events }
    return circuitRelayTransport({ maxInboundStopStreams: RELAY_LIMITS.maxCircuitsTo })({
      ...known,
      upgrader,
      addressManager,
      connectionGater,
      transportManager,
    })
  }
}

type TransportManager = CircuitRelayTransportComponents['transportManager']

function refusesToListen(manager: TransportManager): TransportManager {
  return withChanges(manager, { listen: () => Promise.reject(new Error('reservations are kept elsewhere')) })
}

function isStartable<T extends object>(service: T): service is T & { start(): Promise<void>; stop(): Promise<void> } {
  return 'start' in service && 'stop' in service
}
