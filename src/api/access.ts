/**
 * Who may read without a token: pure rules over what is known of a request (design: "Who may read"). The node's owner
 * sits at this machine, so loopback is trusted; but a reverse proxy, a rebound DNS name and a web page of somebody
 * else's also reach the node from loopback, and each of them leaves a mark.
 */
import { canonicalAddress } from '../ip-address.ts'

/** What the rules look at; `header` is case-insensitive. */
export interface RequestFacts {
  /** The other end of the connection; undefined when there is no socket (a libp2p stream). */
  readonly remoteAddress: string | undefined
  /** The peer ID of the other end where it came over the overlay: proved, and all that counts there. */
  readonly peer?: string | undefined
  /** Whether the connection to this node itself is TLS. */
  readonly secure: boolean
  readonly header: (name: string) => string | undefined
}

/** `trusted`, or the first mark found that speaks against it. */
export type Trust = 'trusted' | 'elsewhere' | 'proxied' | 'foreign-host' | 'foreign-origin' | 'cross-site'

export function trustOf(facts: RequestFacts): Trust {
  return isLoopbackAddress(facts.remoteAddress) ? markOf(facts) : 'elsewhere'
}

/**
 * The marks alone: of what comes from this machine, and of what comes by a device's key, for `nostrp2p connect` passes on
 * whatever a page in the device's browser sends.
 */
export function markOf(facts: RequestFacts): Trust {
  if (PROXY_HEADERS.some(name => facts.header(name) !== undefined)) return 'proxied'
  // A rebound page (DNS rebinding) is same-origin with the node and sends its own name here.
  const host = facts.header('host')
  if (!isLoopbackHost(host) && !(facts.peer !== undefined && isPeerHost(host))) return 'foreign-host'
  const origin = facts.header('origin')
  if (origin !== undefined) return isHomeOrigin(origin, facts) ? 'trusted' : 'foreign-origin'
  // Judged by Origin where there is one: localhost:8080 calling 127.0.0.1:20001 is "cross-site" to a browser.
  return facts.header('sec-fetch-site') === 'cross-site' ? 'cross-site' : 'trusted'
}

/** IP address of who asks; of somebody behind a proxy of this machine the one that the proxy names. */
export function callerAddress(facts: RequestFacts): string | undefined {
  const { remoteAddress, peer } = facts
  if (peer !== undefined) return peer
  if (!isLoopbackAddress(remoteAddress)) return remoteAddress
  // The address that the last proxy saw; those before it are whatever the client wrote.
  const last = (facts.header('x-forwarded-for') ?? facts.header('x-real-ip'))?.split(',').at(-1)?.trim()
  return last === undefined || last === '' ? remoteAddress : last
}

/** A page of this machine, or the node's own page. */
export function isHomeOrigin(origin: string, facts: Pick<RequestFacts, 'secure' | 'header'>): boolean {
  return isLoopbackOrigin(origin) || isOwnOrigin(origin, facts)
}

/**
 * Whether a form comes from a page of this very node, or from a program that is no browser: stricter than for reading,
 * where all pages of this machine are trusted. Browsers that know `Sec-Fetch-Site` send it to this machine and over TLS.
 */
export function isFromOwnPage(facts: Pick<RequestFacts, 'header'>): boolean {
  const site = facts.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = facts.header('origin')
  if (origin === undefined) return true
  // A proxy may have ended the TLS.
  return origin.toLowerCase().replace(/^https?:\/\//, '') === facts.header('host')?.toLowerCase()
}

/** `<peer ID>.libp2p`, by which nobody's DNS leads anywhere: what a page calls its node over libp2p. */
function isPeerHost(host: string | undefined): boolean {
  return host !== undefined && /^[a-z0-9]+\.libp2p$/i.test(host)
}

function isLoopbackOrigin(origin: string): boolean {
  const host = /^https?:\/\/([^/?#@\\]+)$/i.exec(origin)?.[1]
  return isLoopbackHost(host)
}

function isOwnOrigin(origin: string, facts: Pick<RequestFacts, 'secure' | 'header'>): boolean {
  const host = facts.header('host')
  return host !== undefined && origin.toLowerCase() === `${facts.secure ? 'https' : 'http'}://${host.toLowerCase()}`
}

/** `localhost`, `*.localhost` (RFC 6761), `127.x.x.x`, `[::1]`; each with a port or without, nothing else. */
export function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '')
  return /^(?:[a-z0-9-]+\.)*localhost$/.test(name) || isIpv4Loopback(name) || name === '[::1]'
}

/** 127.0.0.0/8, ::1, and the IPv4 ones as a dual-stack socket shows them. */
export function isLoopbackAddress(address: string | undefined): boolean {
  const canonical = address === undefined ? undefined : canonicalAddress(address)
  return canonical === '::1' || (canonical !== undefined && isIpv4Loopback(canonical))
}

function isIpv4Loopback(text: string): boolean {
  const bytes = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  return bytes?.slice(1).every(byte => Number(byte) <= 255) ?? false
}

/** What reverse proxies and tunnels add; one is enough, for its value can be anything. */
export const PROXY_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded',
  'x-forwarded-by',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-original-forwarded-for',
  'x-original-host',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-real-ip',
  'cf-connecting-ip',
  'cf-ray',
  'fastly-client-ip',
  'fly-client-ip',
  'true-client-ip',
] as const

/** What somebody without access is told: how to get in, and nothing about the node. */
export const WAYS_IN: Readonly<Record<Exclude<Trust, 'trusted'>, string>> = {
  elsewhere:
    'Reading this node needs its access token. Use the client address that the node printed when it started (http://…/k/<token>).',
  proxied:
    'This request came through a proxy, so it needs the access token. Use the client address that the node printed when it started (…/k/<token>).',
  'foreign-host':
    'The node does not know the name it was called by. Call it http://127.0.0.1 or http://localhost, or use the client address with the access token that it printed when it started.',
  'foreign-origin':
    'A web page of another site may read this node only with its access token. Use the client address that the node printed when it started (…/k/<token>).',
  'cross-site':
    'Another site sent the browser here. Type the address of the node instead, or use the client address with the access token that it printed when it started.',
}
