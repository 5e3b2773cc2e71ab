/**
 * Which addresses are dialled: the one place that decides. An address counts as far as the connection reaches over which
 * it was heard, so that nobody outside can make this node knock at doors of its own machine or its own LAN.
 */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import type { Connection, MultiaddrConnection, PeerId } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { isDoor } from './doors/addresses.ts'

/** How far an address reaches: this machine, the networks around it, everybody. The order is from near to far. */
export type Scope = 'loopback' | 'private' | 'public'

const REACH: Readonly<Record<Scope, number>> = { loopback: 0, private: 1, public: 2 }

const LOOPBACK = blockListOf(['127.0.0.0/8', '::1/128'])
/** Also link-local, carrier-grade NAT, and forms of IPv6 that carry an IPv4 address inside. */
const PRIVATE = blockListOf([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
  'fe80::/10',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2001::/32',
  '2002::/16',
])
/** Unspecified, multicast, reserved, broadcast. */
const NEVER = blockListOf(['0.0.0.0/8', '224.0.0.0/4', '240.0.0.0/4', '::/128', 'ff00::/8'])

const NAMES = new Set(['dns', 'dns4', 'dns6', 'dnsaddr'])

/** Names of one peer that are looked up before a dial: a public node has one. */
const MAX_NAMES = 2
/** A resolver that does not answer must not hold up the addresses that need none. */
const LOOKUP_MS = 5_000

/** Undefined for what nobody should dial and for what is no IP address. A circuit reaches as far as its relay. */
export function scopeOf(address: Multiaddr): Scope | undefined {
  const [first] = address.getComponents()
  if (first?.name === 'ip6zone') return 'private'
  if ((first?.name !== 'ip4' && first?.name !== 'ip6') || first.value === undefined) return undefined
  return scopeOfHost(first.value)
}

export function scopeOfHost(ip: string): Scope | undefined {
  const family = isIP(ip) === 4 ? 'ipv4' : 'ipv6'
  if (isIP(ip) === 0 || NEVER.check(ip, family)) return undefined
  if (LOOPBACK.check(ip, family)) return 'loopback'
  return PRIVATE.check(ip, family) ? 'private' : 'public'
}

/** How near a peer is. Behind a relay there may be anybody, unless the relay is on this machine. */
export function scopeOfConnection({ remoteAddr }: Pick<Connection, 'remoteAddr'>): Scope {
  const scope = scopeOf(remoteAddr) ?? 'public'
  return scope === 'private' && isCircuit(remoteAddr) ? 'public' : scope
}

/** The nearest way to a peer counts; a peer that is not connected is far. */
export function nearestScope(connections: readonly Pick<Connection, 'remoteAddr'>[]): Scope {
  const scopes = connections.map(scopeOfConnection)
  return scopes.sort((a, b) => REACH[a] - REACH[b])[0] ?? 'public'
}

export function isNearer(a: Scope, b: Scope): boolean {
  return REACH[a] < REACH[b]
}

/** Whether an address may be dialled that was heard over a connection of this scope. */
export function isAllowed(address: Multiaddr, heardOver: Scope): boolean {
  const scope = scopeOf(address)
  return scope !== undefined && REACH[scope] >= REACH[heardOver]
}

/** What may be kept of addresses that were heard: those that may be dialled, and names, which are judged when looked up. */
export function allowedOf(addresses: readonly string[], heardOver: Scope): string[] {
  return addresses.filter(text => {
    const address = multiaddr(text)
    return isName(address) || isAllowed(address, heardOver)
  })
}

/**
 * Addresses as they are dialled now: names are looked up anew at each try, and what they stand for is judged.
 * @param namesReach what names may stand for at the nearest; `loopback`, thus anything, for those that the owner typed
 * @throws the resolver's error when nothing but unknown names is there
 */
export async function dialable(addresses: readonly string[], namesReach: Scope): Promise<Multiaddr[]> {
  const parsed = addresses.map(text => multiaddr(text)).filter(address => !isDoor(address))
  const names = parsed.filter(address => isName(address) && !isList(address)).slice(0, MAX_NAMES)
  const lookUps = await Promise.allSettled(names.map(lookedUp))
  const found = lookUps.flatMap(result => (result.status === 'fulfilled' ? result.value : []))
  const judged = found.filter(address => isAllowed(address, namesReach))
  // What is in a list of addresses (dnsaddr) only libp2p learns: whoever typed it answers for it.
  const lists = namesReach === 'loopback' ? parsed.filter(isList) : []
  const all = [...parsed.filter(address => !isName(address)), ...judged, ...lists]
  const failed = lookUps.find(result => result.status === 'rejected')
  if (all.length === 0 && failed !== undefined) throw failed.reason
  return all
}

/** What a libp2p host asks before it dials, keeps an address, or lets somebody in. */
export interface Gater {
  denyDialMultiaddr(address: Multiaddr): boolean
  filterMultiaddrForPeer(peer: PeerId, address: Multiaddr): Promise<boolean>
  denyInboundConnection(connection: Pick<MultiaddrConnection, 'remoteAddr'>): boolean
  denyInboundUpgradedConnection(peer: PeerId, connection: Pick<MultiaddrConnection, 'remoteAddr'>): boolean
}

/** What the gater sees of its host. */
export interface GatedHost {
  readonly peerId: PeerId
  getConnections(peer?: PeerId): Connection[]
  getMultiaddrs(): Multiaddr[]
}

/** Slots that connections from outside cannot take, so that nobody can fill them all before this node has dialled. */
export const OUTBOUND_SLOTS = 16
/** One part in so many of the connections may come from one network of somebody's own (IPv4 /24, IPv6 /48). */
export const SUBNET_SHARE = 4
/** One part in so many of what may come in is for browsers at most, which come by doors of their own. */
const BROWSER_SHARE = 2
/** Nodes of one such network that a node chooses itself: whoever seems to be many must not be all its neighbours. */
const MAX_CHOSEN_OF_SUBNET = 2

/**
 * @param host undefined until it is built
 * @param maxPeers connections in all
 * @param maxGone peers remembered that were connected
 */
export function createGater(host: () => GatedHost | undefined, maxPeers: number, maxGone: number): Gater {
  const maxInbound = Math.max(Math.ceil(maxPeers / 2), maxPeers - OUTBOUND_SLOTS)
  const maxOfSubnet = Math.ceil(maxPeers / SUBNET_SHARE)
  /** How near a peer was when it was connected last: what is kept of it is judged again when it is away. */
  const scopes = new Map<string, Scope>()

  function scopeOfPeer(peer: PeerId): Scope {
    const connections = host()?.getConnections(peer) ?? []
    const id = peer.toString()
    if (connections.length === 0) return scopes.get(id) ?? 'public'
    const scope = nearestScope(connections)
    scopes.delete(id)
    scopes.set(id, scope)
    if (scopes.size > maxGone) scopes.delete(scopes.keys().next().value!)
    return scope
  }

  function isFull(remoteAddr: Multiaddr): boolean {
    const inbound = (host()?.getConnections() ?? []).filter(({ direction }) => direction === 'inbound')
    if (inbound.length >= maxInbound) return true
    const browsers = inbound.filter(other => isDoor(other.remoteAddr))
    if (isDoor(remoteAddr) && browsers.length >= maxInbound / BROWSER_SHARE) return true
    const subnet = subnetOf(remoteAddr)
    return subnet !== undefined && inbound.filter(other => subnetOf(other.remoteAddr) === subnet).length >= maxOfSubnet
  }

  return {
    // Names are looked up before (`dialable`); libp2p itself dials only what the filter below let into its peer store.
    denyDialMultiaddr(address) {
      if (isDoor(address)) return true
      if (isName(address)) return false
      const own = host()?.getMultiaddrs() ?? []
      return scopeOf(address) === undefined || own.some(mine => isSameSocket(mine, address))
    },
    async filterMultiaddrForPeer(peer, address) {
      return host()?.peerId.equals(peer) === true || (!isDoor(address) && isAllowed(address, scopeOfPeer(peer)))
    },
    denyInboundConnection: ({ remoteAddr }) => isFull(remoteAddr),
    // Of many that came at the same moment some have taken the places meanwhile.
    denyInboundUpgradedConnection: (_, { remoteAddr }) => isFull(remoteAddr),
  }
}

/** Whether a node at one of these addresses would be one too many of its network, by the connections that this node made. */
export function isCrowded(addresses: readonly Multiaddr[], connections: readonly Connection[]): boolean {
  const subnets = addresses.map(subnetOf).filter(subnet => subnet !== undefined)
  const made = connections.filter(({ direction }) => direction === 'outbound').map(to => subnetOf(to.remoteAddr))
  return subnets.some(subnet => made.filter(other => other === subnet).length >= MAX_CHOSEN_OF_SUBNET)
}

/** The network that one person may own as a whole; undefined where many share one: the LAN, this machine, a relay. */
export function subnetOf(address: Multiaddr): string | undefined {
  if (scopeOf(address) !== 'public' || isCircuit(address)) return undefined
  const ip = address.getComponents()[0]!.value!
  if (isIP(ip) === 4) return ip.split('.').slice(0, 3).join('.')
  const groups = new URL(`http://[${ip}]`).hostname.slice(1, -1)
  const [head = '', tail] = groups.split('::')
  const left = head.split(':').filter(group => group !== '')
  const right = (tail ?? '').split(':').filter(group => group !== '')
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  return [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 3).join(':')
}

function isCircuit(address: Multiaddr): boolean {
  return address.getComponents().some(({ name }) => name === 'p2p-circuit')
}

function isName(address: Multiaddr): boolean {
  return NAMES.has(address.getComponents()[0]?.name ?? '')
}

function isList(address: Multiaddr): boolean {
  return address.getComponents()[0]?.name === 'dnsaddr'
}

/** The same IP address and port, whatever follows; a way through a relay ends elsewhere. */
function isSameSocket(a: Multiaddr, b: Multiaddr): boolean {
  if (isCircuit(a) || isCircuit(b)) return false
  const socket = (address: Multiaddr) => {
    const [host, port] = address.getComponents()
    return `${host?.value} ${port?.name} ${port?.value}`
  }
  return socket(a) === socket(b)
}

/** The same address with each IP address that its name stands for. Throws the system's error when it stands for none. */
async function lookedUp(address: Multiaddr): Promise<Multiaddr[]> {
  const [name, ...rest] = address.getComponents()
  if (name?.value === undefined) return []
  const wanted = name.name === 'dns4' ? 4 : name.name === 'dns6' ? 6 : 0
  const found = await endsWithin(LOOKUP_MS, lookup(name.value, { all: true, family: wanted }))
  const behind = rest.map(part => (part.value === undefined ? `/${part.name}` : `/${part.name}/${part.value}`)).join('')
  return found.map(({ address: ip, family }) => multiaddr(`/ip${family}/${ip}${behind}`))
}

async function endsWithin<T>(ms: number, task: Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms)
  const late = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  return Promise.race([task, late])
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}
