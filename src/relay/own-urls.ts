/**
 * Which addresses are the relay's own (NIP-42). What a request calls it by is no proof: an evil relay can pass the
 * challenge on to its own visitors and come here with its own name as `Host`.
 */
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

export interface OwnUrlParts {
  /** The port of the client side. */
  readonly port: () => number
  /** IP addresses of this machine, and those at which others reach it. */
  readonly addresses: () => Iterable<string>
  /** Names that are this node's: those of its certificate and of its machine. */
  readonly names: () => Iterable<string>
  /** URLs that the operator has named, such as that of a proxy in front of the node. */
  readonly urls: readonly string[]
}

/** Whether a URL (`ws`, `wss`, `http` or `https`; its path does not matter) leads to this relay. */
export type IsOwnUrl = (url: string) => boolean

export function createIsOwnUrl(parts: OwnUrlParts): IsOwnUrl {
  const named = new Set(parts.urls.map(url => placeOf(url)).filter(place => place !== undefined))
  return text => {
    const place = placeOf(text)
    if (place === undefined) return false
    if (named.has(place)) return true
    const { hostname, port } = new URL(`http://${place}`)
    if (Number(port || 80) !== parts.port()) return false
    const host = hostname.replace(/^\[|\]$/g, '')
    if (isLoopbackName(host)) return true
    if (isIP(host) === 0) return [...parts.names()].some(name => covers(name.toLowerCase(), host))
    return [...parts.addresses()].some(address => sameAddress(address, host))
  }
}

/** IP addresses of this machine, and those at which the overlay is reached from outside. */
export function* ownAddresses(multiaddrs: readonly string[]): Iterable<string> {
  for (const list of Object.values(networkInterfaces())) for (const { address } of list ?? []) yield address
  for (const multiaddr of multiaddrs) {
    const address = /^\/ip[46]\/([^/]+)\/tcp\/\d+\/p2p\/[^/]+$/.exec(multiaddr)?.[1]
    if (address !== undefined) yield address
  }
}

/** `host:port`, normalised as URLs are; undefined for what is no such URL. */
function placeOf(text: string): string | undefined {
  const parsed = /^(?:ws|http)(s?):\/\//i.exec(text)
  if (parsed === null || !URL.canParse(text)) return undefined
  const url = new URL(text.replace(/^[a-z]+/i, parsed[1] === '' ? 'http' : 'https'))
  if (url.username !== '' || url.password !== '') return undefined
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
}

function isLoopbackName(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  )
}

/** A name of a certificate, whose first label may be `*` (RFC 6125 §6.4.3). */
function covers(name: string, host: string): boolean {
  if (name === host) return true
  return name.startsWith('*.') && host.indexOf('.') > 0 && host.slice(host.indexOf('.')) === name.slice(1)
}

function sameAddress(address: string, host: string): boolean {
  const canonical =
    isIP(address) === 6 ? new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1) : address
  return canonical === host
}
