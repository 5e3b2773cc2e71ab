/** The composition of what serves the owner's devices that are away: streams, pairing, and where the node is found. */
import { networkInterfaces } from 'node:os'
import type { PeerSocket } from './api/connection.ts'
import type { ApiServer } from './api/server.ts'
import type { Devices } from './flow/devices.ts'
import { createPairings, type Pairings } from './flow/pairing.ts'
import type { Clock } from './observe/clock.ts'
import type { Counters } from './observe/counters.ts'
import { scopeOfHost } from './overlay/dial-filter.ts'
import type { OverlayParts } from './overlay/overlay.ts'
import { VERSION } from './version.ts'
import type { Away } from './wire/away.ts'
import { MAX_PAIRING_HOMES } from './wire/limits.ts'

export interface AwaySideParts {
  /** Node peer ID. */
  readonly node: string
  readonly owner: () => string | undefined
  readonly devices: Devices
  /** Of the overlay. */
  readonly meetingPoints: () => readonly string[]
  readonly clock: Clock
  readonly counters: Counters
}

export interface AwaySide {
  /** For the overlay. */
  readonly streams: NonNullable<OverlayParts['away']>
  /** For the app. */
  readonly pairings: Pairings
  readonly away: () => Away
  /** From now on what comes over the overlay is served; before, it is turned away. */
  serve(server: Pick<ApiServer, 'take' | 'origin' | 'names'>): void
}

/** Addresses that a device keeps: some relays come and go until it asks again. */
const MAX_KEPT_ADDRESSES = 16

export function createAwaySide({ node, owner, devices, meetingPoints, clock, counters }: AwaySideParts): AwaySide {
  let serving: Parameters<AwaySide['serve']>[0] | undefined
  const away = (): Away => ({
    node,
    owner: owner() ?? null,
    addresses: meetingPoints().slice(0, MAX_KEPT_ADDRESSES),
    home: serving === undefined ? [] : homeOrigins(serving.origin, serving.names()),
    version: VERSION,
  })
  return {
    streams: {
      isDevice: devices.hasPeer,
      onStream(socket: PeerSocket) {
        if (serving === undefined) socket.destroy()
        else serving.take(socket)
      },
    },
    pairings: createPairings({ devices, away, clock, counters }),
    away,
    serve(server) {
      serving = server
    },
  }
}

/** Bridges of containers and virtual machines, to which no phone is connected. */
const INSIDE = /^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|podman)/i

/** How devices of the same network call the client side; none when it listens on this machine alone. */
export function homeOrigins(origin: string, names: readonly string[], interfaces = networkInterfaces()): string[] {
  const url = new URL(origin)
  const at = (host: string) => `${url.protocol}//${host.includes(':') ? `[${host}]` : host}:${url.port}`
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (scopeOfHost(host) === 'loopback') return []
  // A certificate is for its names.
  if (url.protocol === 'https:' && names.length > 0) {
    return names
      .filter(name => !name.startsWith('*'))
      .slice(0, MAX_PAIRING_HOMES)
      .map(at)
  }
  if (host !== '0.0.0.0' && host !== '::') return [at(host)]
  const found = Object.entries(interfaces).flatMap(([name, list]) =>
    (list ?? [])
      .filter(
        ({ internal, family, address }) => !internal && (family === 'IPv4' || host === '::') && !/^fe80/i.test(address),
      )
      .map(({ address, family }) => ({ address, rank: (INSIDE.test(name) ? 2 : 0) + (family === 'IPv4' ? 0 : 1) })),
  )
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_PAIRING_HOMES)
    .map(({ address }) => new URL(at(address)).origin)
}
