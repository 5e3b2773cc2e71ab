/**
 * Who somebody means: a key in any of its text forms, or an invitation, which also says through which nodes the
 * friend's node is found. `nostrp2p:<npub>?b=<host:port or multiaddr>&b=…`
 */
import { decode, npubEncode } from 'nostr-tools/nip19'
import { isHex32 } from '../../event/hex.ts'

export interface Invite {
  /** Hex. */
  readonly pubkey: string
  /** As `-b` takes them. */
  readonly bootstraps: readonly string[]
}

const SCHEME = /^(?:web\+)?nostrp2p:(?:\/\/)?/i
const MAX_BOOTSTRAPS = 4
const MAX_BOOTSTRAP_CHARS = 200
const MAX_CHARS = 4_000

/** `secret`: an nsec or ncryptsec, which must go no further. */
export function parseInvite(text: string): Invite | 'secret' | undefined {
  const trimmed = text.trim().slice(0, MAX_CHARS)
  if (/(?:nsec1|ncryptsec1)[0-9a-z]{20}/i.test(trimmed)) return 'secret'
  // A link to a page of any node: what counts stands behind the #.
  const linked = /#\/(?:invite|person)\/([^/]+)/.exec(trimmed)?.[1]
  const named = linked === undefined ? trimmed : decoded(linked)
  const [key = '', query = ''] = named
    .replace(SCHEME, '')
    .replace(/^nostr:/i, '')
    .split('?')
  const pubkey = keyOf(key)
  return pubkey === undefined ? undefined : { pubkey, bootstraps: bootstrapsOf(query) }
}

function keyOf(text: string): string | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  try {
    const found = decode(text.toLowerCase())
    const pubkey = found.type === 'npub' ? found.data : found.type === 'nprofile' ? found.data.pubkey : undefined
    return isHex32(pubkey) ? pubkey : undefined
  } catch {
    return undefined
  }
}

function bootstrapsOf(query: string): string[] {
  const all = new URLSearchParams(query).getAll('b')
  return [...new Set(all)].filter(isBootstrap).slice(0, MAX_BOOTSTRAPS)
}

/** `host:port`, `[v6]:port` or a multiaddr; the node checks it to the end. */
function isBootstrap(text: string): boolean {
  if (text.length > MAX_BOOTSTRAP_CHARS) return false
  return /^(?:[\w.-]+|\[[0-9a-f:.]+\]):\d{1,5}$/i.test(text) || /^\/(?:ip4|ip6|dns|dns4|dns6)\/[\w.:%/-]+$/i.test(text)
}

/** The text of an invitation. */
export function inviteText({ pubkey, bootstraps }: Invite): string {
  const query = bootstraps.map(bootstrap => `b=${encodeURIComponent(bootstrap)}`).join('&')
  return `nostrp2p:${npubEncode(pubkey)}${query === '' ? '' : `?${query}`}`
}

/** Of GET /status: what this node was told to join by, and where it is reached itself. */
export interface Places {
  readonly overlay: { readonly bootstraps: readonly { readonly address: string; readonly state: string }[] }
  readonly reachability: { readonly addresses: readonly string[] }
}

/**
 * Through which nodes a friend's node finds this one: itself where others reach it, and the ones it has joined by.
 * Addresses of this machine or its home are of no use elsewhere and say where somebody lives.
 */
export function ownBootstraps({ overlay, reachability }: Places): string[] {
  const own = reachability.addresses.filter(address => !isHomeAddress(address))
  const joined = overlay.bootstraps
    .filter(({ state, address }) => state === 'connected' && !isHomeAddress(address))
    .map(({ address }) => address)
  return [...new Set([...joined, ...own])].slice(0, MAX_BOOTSTRAPS)
}

function isHomeAddress(address: string): boolean {
  return /(?:^|\/)(?:127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|localhost|\[?::1|\[?f[cd][0-9a-f]{2}:|\[?fe80:)/i.test(
    address,
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
