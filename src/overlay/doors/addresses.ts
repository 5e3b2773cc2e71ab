/** Addresses of the doors for browsers: how they are written, and how they are told from those that nodes dial. */
import { isIP } from 'node:net'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface OpenDoors {
  /** TCP port of the WebSockets; undefined where that door is shut. */
  readonly webSocket: number | undefined
  /** DNS names of the certificate; none without TLS. */
  readonly names: readonly string[]
  /** UDP port, and the hash of the certificate. */
  readonly webRtc: { readonly port: number; readonly certhash: string } | undefined
}

/** A machine with many addresses must leave room in an announcement for the ways that nodes go. */
const MAX_DOOR_ADDRESSES = 6

const DOOR_PARTS: ReadonlySet<string> = new Set(['ws', 'wss', 'webrtc-direct'])

/** Whether an address leads to a door for browsers, which nodes do not dial. */
export function isDoor(address: Multiaddr): boolean {
  return address.getComponents().some(({ name }) => DOOR_PARTS.has(name))
}

/**
 * Multiaddrs of the doors at these hosts (IP addresses and names), those first that most pages can dial: TLS by name, then
 * WebRTC by address, then plain WebSocket, which pages from `https:` may not.
 */
export function doorAddresses({ webSocket, names, webRtc }: OpenDoors, hosts: readonly string[]): string[] {
  const ips = hosts.filter(host => isIP(host) !== 0)
  const secure = webSocket === undefined ? [] : names.map(name => `/dns/${name}/tcp/${webSocket}/tls/ws`)
  const direct =
    webRtc === undefined
      ? []
      : ips.map(ip => `${hostPart(ip)}/udp/${webRtc.port}/webrtc-direct/certhash/${webRtc.certhash}`)
  const plain = webSocket === undefined ? [] : hosts.map(host => `${hostPart(host)}/tcp/${webSocket}/ws`)
  const inTurn = [secure, direct, plain].flatMap((kind, i) =>
    kind.map((address, turn) => ({ address, order: turn * 3 + i })),
  )
  return [...new Set(inTurn.sort((a, b) => a.order - b.order).map(({ address }) => address))].slice(
    0,
    MAX_DOOR_ADDRESSES,
  )
}

function hostPart(host: string): string {
  const version = isIP(host)
  return version === 0 ? `/dns/${host}` : `/ip${version}/${host}`
}
