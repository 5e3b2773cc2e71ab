/** The doors for browsers of a node that others reach: WebSocket and WebRTC-direct, on a port of their own, or none. */
import { createSocket } from 'node:dgram'
import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import { multiaddr } from '@multiformats/multiaddr'
import { canonicalAddress } from '../../ip-address.ts'
import type { Clock } from '../../observe/clock.ts'
import type { Counters } from '../../observe/counters.ts'
import { type Logger, messageOf } from '../../observe/log.ts'
import { scopeOfHost } from '../dial-filter.ts'
import type { Quotas } from '../quota.ts'
import { doorAddresses } from './addresses.ts'
import type { DoorCertificate } from './certificate.ts'
import { createHalfOpen, type DoorEnd, networkOf } from './half-open.ts'
import type { WebRtcDoor, WebRtcDoorComponents } from './webrtc.ts'
import type { DoorKeyPair, WebSocketDoor } from './websocket.ts'

/** Of libp2p's parts those that doors take. */
export type DoorComponents = CircuitRelayTransportComponents & WebRtcDoorComponents

/** Takes a certificate and the DNS names under which it is good for this node, now and when they change. */
export type UseCertificate = (pair: DoorKeyPair, names: readonly string[]) => void

export interface DoorTls {
  /** These addresses of the doors are told to others now; without peer ID. */
  told?(addresses: readonly string[]): void
  stop(): void
}

/** What the doors ask of the rest of the program. */
export interface DoorsParts {
  /** `auto`: where others get in at this node's side. */
  readonly when: 'auto' | 'on' | 'off'
  /** One of TCP and of UDP; 0 takes free ones. */
  readonly port: number
  /** The certificate of WebRTC-direct, made at the first time and kept. */
  readonly certificate: () => Promise<DoorCertificate>
  /** Where a TLS certificate comes from; undefined without TLS. */
  readonly tls: ((use: UseCertificate, components: DoorComponents) => DoorTls | Promise<DoorTls>) | undefined
}

export interface Doors {
  readonly when: DoorsParts['when']
  /** Opens what can be opened; more calls change nothing. @param onChange the addresses may be others now */
  open(onChange: () => void): Promise<void>
  /** Multiaddrs at these hosts, without the peer ID; none while shut. */
  addresses(hosts: readonly string[]): string[]
  /** TCP port of the WebSockets; undefined while shut. */
  port(): number | undefined
  /** Whether somebody from outside has come to that port lately: the way there is open. */
  isReached(): boolean
  isOpen(): boolean
  /** These addresses are told to others now. */
  told(addresses: readonly string[]): void
  /** Peers that have come and have proved no key yet. */
  halfOpen(): number
  close(): Promise<void>
}

/**
 * Peers at a door that have proved no key yet (specification/limits.md). Together they stay under libp2p's bound of those,
 * so that a flood at the doors keeps no node out.
 */
export const DOOR_LIMITS = {
  webSocket: { max: 32, maxOfHost: 8, ms: 10_000 },
  webRtc: { max: 14, maxOfHost: 6, ms: 10_000 },
} as const

/** Peers are asked to come every ten minutes (reachability.ts). */
const REACHED_MS = 30 * 60_000

interface DoorsHostParts {
  /** Without them there are no doors. */
  readonly doors?: DoorsParts | undefined
  readonly quotas: Quotas
  readonly counters: Counters
  readonly clock: Clock
  readonly log: Logger
}

/**
 * @param listen multiaddrs of the node, at whose hosts the doors listen too
 * @returns a service of the host, which libp2p builds; nothing is loaded before it opens
 */
export function doorsService(
  listen: readonly string[],
  { doors: parts = NO_DOORS, quotas, counters, clock, log }: DoorsHostParts,
) {
  return (components: DoorComponents): Doors => {
    const webSocketPlaces = createHalfOpen(clock, DOOR_LIMITS.webSocket)
    const webRtcPlaces = createHalfOpen(clock, DOOR_LIMITS.webRtc)
    let webSockets: readonly WebSocketDoor[] = []
    let webRtc: { readonly door: WebRtcDoor; readonly certhash: string } | undefined
    let names: readonly string[] = []
    let tls: DoorTls | undefined
    let onChange = () => {}
    /** Opening and closing follow one another. */
    let turn: Promise<void> = Promise.resolve()
    let isWanted = false
    let reachedMs = Number.NEGATIVE_INFINITY
    const isReached = () => clock.nowMs() - reachedMs < REACHED_MS
    const onArrival = (ip: string) => {
      if (scopeOfHost(canonicalAddress(ip) ?? ip) !== 'public') return
      const isNews = !isReached()
      reachedMs = clock.nowMs()
      if (isNews) onChange()
    }
    const count = (end: DoorEnd) => counters.add('doors', end)

    async function openWebSockets(hosts: readonly string[]): Promise<void> {
      const { openWebSocketDoor } = await import('./websocket.ts')
      const libraryLog = components.logger.forComponent('nostrp2p:door')
      const { upgrader } = components
      for (const host of hosts) {
        const port = webSockets[0]?.port ?? parts.port
        const door = await openWebSocketDoor(
          { host, port },
          { upgrader, halfOpen: webSocketPlaces, libraryLog, onArrival, count },
        )
        webSockets = [...webSockets, door]
      }
      try {
        tls = await parts.tls?.((pair, certificateNames) => {
          for (const door of webSockets) door.useCertificate(pair)
          names = certificateNames.filter(name => !name.startsWith('*'))
          onChange()
        }, components)
      } catch (error) {
        log('warn', 'browsers cannot come in by TLS', { reason: messageOf(error) })
      }
    }

    async function openWebRtc(hosts: readonly string[]): Promise<void> {
      const { openWebRtcDoor } = await import('./webrtc.ts')
      const certificate = await parts.certificate()
      const mayDial = (ip: string) => quotas.take('door', networkOf(ip)) && quotas.take('doorTotal', '')
      // One socket for all addresses, of both families when there are both.
      const host = hosts.length === 1 ? hosts[0]! : hosts.some(ip => ip.includes(':')) ? '::' : '0.0.0.0'
      const port = parts.port === 0 ? await freeUdpPort(host) : parts.port
      const { peerId, privateKey, logger, transportManager, upgrader, datastore } = components
      const own = { peerId, privateKey, logger, transportManager, upgrader, datastore }
      const door = await openWebRtcDoor(
        { host, port },
        { components: own, certificate, halfOpen: webRtcPlaces, mayDial, count },
      )
      webRtc = { door, certhash: certificate.certhash }
    }

    async function openAll(hosts: readonly string[]): Promise<void> {
      for (const [what, open] of [
        ['WebSocket', openWebSockets],
        ['WebRTC-direct', openWebRtc],
      ] as const) {
        try {
          await open(hosts)
        } catch (error) {
          // A node without doors is a node all the same.
          log('warn', `browsers cannot come in by ${what}`, { port: parts.port, reason: messageOf(error) })
        }
      }
    }

    async function closeAll(): Promise<void> {
      tls?.stop()
      tls = undefined
      const closing = [...webSockets, ...(webRtc === undefined ? [] : [webRtc.door])]
      webSockets = []
      webRtc = undefined
      names = []
      reachedMs = Number.NEGATIVE_INFINITY
      await Promise.all(closing.map(door => door.close()))
    }

    return {
      when: parts.when,
      open(changed) {
        onChange = changed
        if (isWanted) return turn
        isWanted = true
        turn = turn.then(() => openAll(hostsOf(listen))).then(() => onChange())
        return turn
      },
      addresses: hosts =>
        doorAddresses(
          {
            webSocket: webSockets[0]?.port,
            names,
            webRtc: webRtc && { port: webRtc.door.port, certhash: webRtc.certhash },
          },
          hosts,
        ),
      port: () => webSockets[0]?.port,
      isReached,
      told: addresses => tls?.told?.(addresses),
      isOpen: () => webSockets.length > 0 || webRtc !== undefined,
      halfOpen: () => webSocketPlaces.size() + webRtcPlaces.size(),
      close() {
        isWanted = false
        turn = turn.then(closeAll)
        return turn
      },
    }
  }
}

const NO_DOORS: DoorsParts = {
  when: 'off',
  port: 0,
  certificate: () => Promise.reject(new Error('there are no doors')),
  tls: undefined,
}

/** IP addresses of multiaddrs, each once. */
function hostsOf(listen: readonly string[]): string[] {
  return [...new Set(listen.flatMap(address => multiaddr(address).getComponents()[0]?.value ?? []))]
}

/** The native code does not say which port it took. */
async function freeUdpPort(host: string): Promise<number> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject).bind(0, host, resolve)
  await promise
  const { port } = socket.address()
  await new Promise<void>(closed => void socket.close(closed))
  return port
}
