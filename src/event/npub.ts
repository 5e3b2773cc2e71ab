/** The NIP-19 text form of a public key, without the curve: a page that only shows names need not load it. */
import * as nip19 from 'nostr-tools/nip19'

/** NIP-19 `npub`. */
export function npubOf(pubkey: string): string {
  return nip19.npubEncode(pubkey)
}

/** The key of an npub that the node gave; undefined for anything else. Whether it is a point of the curve is not asked. */
export function pubkeyOf(npub: string): string | undefined {
  try {
    const decoded = nip19.decode(npub)
    return decoded.type === 'npub' ? decoded.data : undefined
  } catch {
    return undefined
  }
}

/** The first and last characters of an npub, as people compare them. */
export function shortNpub(pubkey: string): string {
  const npub = npubOf(pubkey)
  return `${npub.slice(0, 14)}…${npub.slice(-5)}`
}
