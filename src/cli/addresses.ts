/** Addresses as people type them. */
import { isIP, isIPv4, isIPv6 } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { DEFAULT_PORT } from '../config.ts'
import { isMisuse, type Misuse, misuse } from './surroundings.ts'

const MAX_PORT = 65_535

interface HostPort {
  readonly host: string
  /** Undefined when the text names none. */
  readonly port: number | undefined
}

/**
 * Where to listen: `address:port`, `[v6]:port`, an address alone, a port alone.
 * @param from the flag or variable, for the sentence
 */
export function parseListen(text: string, from: string): { host: string; port: number } | Misuse {
  const example = 'Give an address and a port, such as 127.0.0.1:20000, 0.0.0.0:20000 or [::]:20000.'
  if (/^\d+$/.test(text)) return checkListenPort('127.0.0.1', Number(text), from)
  const parts = splitHostPort(text.startsWith(':') && !isIPv6(text) ? `0.0.0.0${text}` : text)
  if (parts === undefined) return misuse(`${from}: "${text}" is not an address to listen on. ${example}`)
  const host = parts.host === 'localhost' ? '127.0.0.1' : parts.host
  if (isIP(host) === 0) {
    return misuse(`${from}: "${parts.host}" is not an IP address of this machine. ${example}`)
  }
  return checkListenPort(host, parts.port ?? DEFAULT_PORT, from)
}

function checkListenPort(host: string, port: number, from: string): { host: string; port: number } | Misuse {
  if (port < MAX_PORT) return { host, port }
  return misuse(
    `${from}: the port must be below ${MAX_PORT}, because clients connect to the port after it; ${port} is not.`,
  )
}

/** Names of transports in multiaddrs that bootstraps are not dialled by. */
const OTHER_WAYS = [
  'ws',
  'wss',
  'tls',
  'http',
  'https',
  'udp',
  'quic',
  'quic-v1',
  'webrtc',
  'webrtc-direct',
  'p2p-circuit',
]

/**
 * A bootstrap as a multiaddr: from `host:port`, `host` (the usual port), `[v6]:port`, or a multiaddr.
 * @param from the flag or variable, for the sentence
 */
export function parseBootstrap(text: string, from: string): string | Misuse {
  if (!text.startsWith('/')) return parseHostPort(text, from, DEFAULT_PORT)
  if (!isMultiaddr(text)) return noAddress(text, from)
  const parts = text.split('/')
  const isKnownWay = parts.includes('tcp') || parts[1] === 'dnsaddr'
  if (isKnownWay && !parts.some(part => OTHER_WAYS.includes(part))) return text
  return misuse(
    `${from}: "${text}" is a way to a node that this program does not go: bootstraps are reached by TCP, without WebSocket. Give host:port, such as example.org:${DEFAULT_PORT}, or /dns4/example.org/tcp/${DEFAULT_PORT}.`,
  )
}

/**
 * Where others reach this node, as a multiaddr without `/p2p/…`: from `host:port`, `host`, `[v6]:port`, or a multiaddr.
 * @param from the flag or variable, for the sentence
 * @param listenPort the port of a host that is given without one
 */
export function parseAnnounced(text: string, from: string, listenPort: number): string | Misuse {
  const address = text.startsWith('/')
    ? text.replace(/\/p2p\/[^/]+$/, '')
    : parseHostPort(text, from, listenPort === 0 ? DEFAULT_PORT : listenPort)
  if (isMisuse(address)) return address
  const [, family, host, transport, port] = address.split('/')
  const isReachable =
    isMultiaddr(address) &&
    /^(ip[46]|dns[46]?)$/.test(family!) &&
    (transport === 'tcp' || transport === 'udp') &&
    Number(port) > 0 &&
    !address.includes('/p2p-circuit')
  if (!isReachable) return noAddress(text, from)
  if (isNobodysAddress(host!)) {
    return misuse(`${from}: "${text}" is no address that others could connect to. Give the one they see from outside.`)
  }
  return address
}

/** "All addresses" of a machine, and groups of machines. */
function isNobodysAddress(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('0.') || Number(host.split('.')[0]) >= 224
  return isIPv6(host) && (/^[0:]+$/.test(host) || /^ff/i.test(host))
}

function noAddress(text: string, from: string): Misuse {
  return misuse(
    `${from}: "${text}" is not the address of a node. Give host:port, such as example.org:${DEFAULT_PORT}, or a multiaddr.`,
  )
}

function parseHostPort(text: string, from: string, defaultPort: number): string | Misuse {
  const wrong = noAddress(text, from)
  const parts = splitHostPort(text)
  if (parts === undefined) return wrong
  const { host, port = defaultPort } = parts
  if (port === 0 || port > MAX_PORT) {
    return misuse(`${from}: the port of "${text}" must be a number from 1 to ${MAX_PORT}.`)
  }
  // A resolver does not have to know this name, but every machine does.
  const known = host.toLowerCase() === 'localhost' ? '127.0.0.1' : host
  if (isIPv4(known)) return `/ip4/${known}/tcp/${port}`
  if (isIPv6(known)) {
    const address = `/ip6/${known}/tcp/${port}`
    return isMultiaddr(address) ? address : wrong
  }
  // Four numbers that are no address are a slip, not a name.
  if (/^[\d.]+$/.test(known) || !HOST_NAME.test(known)) return wrong
  return `/dns/${known.toLowerCase()}/tcp/${port}`
}

/** RFC 1123, with the underscore that internal names often have. */
const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?)*\.?$/

function isMultiaddr(text: string): boolean {
  try {
    return multiaddr(text).getComponents().length >= 2
  } catch {
    return false
  }
}

function splitHostPort(text: string): HostPort | undefined {
  if (isIPv6(text)) return { host: text, port: undefined }
  const match = /^(?:\[([^\]]+)\]|([^:[\]/\s]+))(?::(\d{1,6}))?$/.exec(text)
  if (match === null) return undefined
  const [, v6, name, port] = match
  if (v6 !== undefined && !isIPv6(v6)) return undefined
  return { host: v6 ?? name!, port: port === undefined ? undefined : Number(port) }
}
