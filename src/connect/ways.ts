/** The addresses that a device keeps → what it dials to reach its node, the best first. */

export type WayKind = 'home' | 'direct' | 'circuit'

export interface Ways {
  /** Multiaddrs of the node in its own network. */
  readonly home: readonly string[]
  /** Multiaddrs of the node itself, out there. */
  readonly own: readonly string[]
  /** Multiaddrs of nodes that may hold a place for it, each with its peer ID: a list for each node, the best first. */
  readonly helpers: readonly (readonly string[])[]
}

/** Clients come in at the port after that of the overlay, where a device's key is proved. */
const CLIENT_PORT_IS_AFTER = 1
const MAX_HELPERS = 8
/** What this program dials; the rest is for browsers. */
const DIALLED = /^\/(?:ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d+(?:\/ws|\/wss|\/tls\/ws)?(?=\/p2p\/)/

/** @param node its peer ID */
export function waysTo(
  node: string,
  { addresses, home }: { readonly addresses: readonly string[]; readonly home: readonly string[] },
): Ways {
  const plain = addresses.filter(address => DIALLED.test(address))
  const isOwn = (address: string) => !address.includes('/p2p-circuit') && address.endsWith(`/p2p/${node}`)
  const helpers = plain.filter(address => !isOwn(address)).map(address => address.replace(/\/p2p-circuit.*$/, ''))
  return {
    home: home.flatMap(origin => homeAddress(origin, node) ?? []),
    own: plain.filter(isOwn),
    helpers: [...Map.groupBy(new Set(helpers), peerOf).values()].map(tcpFirst).slice(0, MAX_HELPERS),
  }
}

/** `http://192.168.1.5:20001` → `/ip4/192.168.1.5/tcp/20000/p2p/<node>`; undefined for what is no such address. */
function homeAddress(origin: string, node: string): string | undefined {
  const url = URL.parse(origin)
  const port = Number(url?.port) - CLIENT_PORT_IS_AFTER
  if (url === null || !(port > 0)) return undefined
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const kind = host.includes(':') ? 'ip6' : /^[\d.]+$/.test(host) ? 'ip4' : 'dns'
  return `/${kind}/${host}/tcp/${port}/p2p/${node}`
}

/** A helper is asked by STUN at the number of its TCP port: by TCP that is known before it has said anything. */
function tcpFirst(addresses: readonly string[]): readonly string[] {
  return addresses.toSorted((a, b) => Number(isWebSocket(a)) - Number(isWebSocket(b)))
}

function isWebSocket(address: string): boolean {
  return /\/wss?\/p2p\//.test(address)
}

/** The way through this helper. */
export function circuitThrough(helper: string, node: string): string {
  return `${helper}/p2p-circuit/p2p/${node}`
}

/** Peer ID at the end of a helper's address. */
export function peerOf(address: string): string {
  return /\/p2p\/([^/]+)$/.exec(address)?.[1] ?? ''
}
