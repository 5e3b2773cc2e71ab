/** WebRTC between two nodes behind NAT, signalled over a circuit; its native code is loaded when it is needed first. */

import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import type { Connection, PeerId, Transport } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { type Logger, messageOf } from '../observe/log.ts'
import { scopeOf } from './dial-filter.ts'
import { isDoor } from './doors/addresses.ts'

/** ICE tries all pairs of addresses and waits for slow STUN answers; 1.2 s is usual, half a minute the worst that worked. */
const DIAL_MS = 20_000
/** As yamux (libp2p.ts): what a peer may open before this node has looked. */
const MAX_EARLY_STREAMS = 32
/** Two tell whether the NAT is symmetric; a third is for one that does not answer. */
const MAX_STUN_SERVERS = 3

export interface WebRtc {
  /** Loads it, so that others can open direct connections to this node; false where its native code does not run. */
  enable(): Promise<boolean>
  isEnabled(): boolean
  /**
   * Opens a direct connection to a peer with which a circuit stands.
   * @throws when no direct way is found within 20 s, as behind symmetric NAT, or WebRTC does not run here
   */
  dial(circuit: Multiaddr, peer: PeerId, signal: AbortSignal): Promise<Connection>
  stop(): Promise<void>
}

/** @returns a service of the host, which libp2p builds; nothing is loaded before it is needed */
export function webRtcService(log: Logger) {
  return (components: CircuitRelayTransportComponents): WebRtc => {
    let loading: Promise<boolean> | undefined
    let transport: StartableTransport | undefined

    async function load(): Promise<boolean> {
      try {
        const { webRTC } = await import('@libp2p/webrtc')
        const created = webRTC({
          rtcConfiguration: async () => ({ iceServers: await stunServers(components) }),
          maxEarlyStreams: MAX_EARLY_STREAMS,
        })(withCheckedUpgrades(components))
        if (!isStartable(created)) throw new Error('the transport cannot be started')
        adding(components.transportManager).add(created)
        await created.start()
        transport = created
        return true
      } catch (error) {
        log('warn', 'WebRTC does not run here; nodes behind NAT are reached through relays', {
          reason: messageOf(error),
        })
        return false
      }
    }

    const enable = () => {
      loading ??= load()
      return loading
    }
    return {
      enable,
      isEnabled: () => transport !== undefined,
      async dial(circuit, peer, signal) {
        if (!(await enable())) throw new Error('WebRTC does not run here')
        // Not through the dial queue of libp2p: that would join it with a dial of the same peer that waits for us.
        return components.transportManager.dial(withWebRtc(circuit, peer), {
          signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]),
        })
      },
      async stop() {
        await loading
        await transport?.stop()
      },
    }
  }
}

/** Between the last channel and the connection; and for the connection to close. */
const CHANNELS_MS = 250
const CLOSE_MS = 5_000

/**
 * Ends a connection that is in use. The native part of WebRTC ends the process when it is torn down under channels on which
 * something is on its way: they go first, and the connection a moment later.
 */
export function endConnection(connection: Connection, reason: Error): void {
  if (!isWebRtc(connection)) {
    connection.abort(reason)
    return
  }
  for (const stream of connection.streams) stream.abort(reason)
  setTimeout(() => {
    connection.close({ signal: AbortSignal.timeout(CLOSE_MS) }).catch(() => connection.abort(reason))
  }, CHANNELS_MS).unref()
}

/**
 * Public nodes answer STUN questions at the UDP port of the same number (specification/overlay.md O13); which of the nodes
 * that this one has dialled are public, the scope of their address tells. The native code takes IPv4 only, so a node that
 * was reached by IPv6 is asked at the IPv4 address that it names.
 */
async function stunServers({ connectionManager, peerStore }: StunParts): Promise<{ urls: string[] }[]> {
  const dialled = connectionManager.getConnections().filter(isDialled)
  const named = await Promise.all(dialled.map(({ remotePeer }) => peerStore.get(remotePeer).catch(() => undefined)))
  const addresses = [
    ...dialled.map(({ remoteAddr }) => remoteAddr),
    ...named.flatMap(peer => peer?.addresses.map(({ multiaddr }) => multiaddr) ?? []),
  ]
  const servers = addresses
    .filter(address => !address.toString().includes('/p2p-circuit') && !isDoor(address))
    .sort((a, b) => farFirst(a) - farFirst(b))
    .flatMap(address => {
      const [ip, tcp] = address.getComponents()
      return ip?.name === 'ip4' && tcp?.name === 'tcp' ? [`stun:${ip.value}:${tcp.value}`] : []
    })
  return [...new Set(servers)].slice(0, MAX_STUN_SERVERS).map(server => ({ urls: [server] }))
}

type StunParts = Pick<CircuitRelayTransportComponents, 'connectionManager' | 'peerStore'>

function isDialled({ direction, limits }: Connection): boolean {
  return direction === 'outbound' && limits === undefined
}

function farFirst(address: Multiaddr): number {
  return scopeOf(address) === 'public' ? 0 : 1
}

export function isWebRtc({ remoteAddr }: Pick<Connection, 'remoteAddr'>): boolean {
  return remoteAddr.getComponents().some(({ name }) => name === 'webrtc')
}

/** `…/p2p-circuit[/p2p/<peer>]` → `…/p2p-circuit/webrtc/p2p/<peer>`. */
function withWebRtc(circuit: Multiaddr, peer: PeerId): Multiaddr {
  const relay = circuit.toString().replace(/\/p2p-circuit.*$/, '')
  return multiaddr(`${relay}/p2p-circuit/webrtc/p2p/${peer}`)
}

/**
 * The library takes an incoming connection for one that stands also when ICE has failed, or the other side has given up:
 * this node would then leave the circuit for a connection that leads nowhere.
 */
function withCheckedUpgrades(components: CircuitRelayTransportComponents): CircuitRelayTransportComponents {
  const { upgrader, registrar, transportManager, connectionManager, logger, events, peerId } = components
  const checked = new Proxy(upgrader, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (name === 'upgradeInbound' && !isConnected(args[0])) throw new Error('no direct way was found')
        return value.apply(target, args)
      }
    },
  })
  const { peerStore, randomWalk, addressManager, connectionGater } = components
  const others = { peerStore, randomWalk, addressManager, connectionGater }
  return { ...others, upgrader: checked, registrar, transportManager, connectionManager, logger, events, peerId }
}

/** Of a WebRTC connection as the library hands it over; its part that knows the state is private to the types. */
function isConnected(connection: unknown): boolean {
  const { peerConnection } = connection as { peerConnection?: { connectionState?: string } }
  return peerConnection?.connectionState === 'connected'
}

type StartableTransport = Transport & { start(): Promise<void>; stop(): Promise<void> }

function isStartable(transport: Transport): transport is StartableTransport {
  return 'start' in transport && 'stop' in transport
}

/** The class of the library can take more transports at any time; its interface does not say so. */
function adding(manager: object): { add(transport: Transport): void } {
  if (!('add' in manager) || typeof manager.add !== 'function') throw new Error('libp2p takes no more transports')
  return manager as { add(transport: Transport): void }
}
