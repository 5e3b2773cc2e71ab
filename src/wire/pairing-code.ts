/**
 * What a device learns from a QR code to find its owner's node and be let in once (specification/away.md, "The code").
 * Plain bytes in base64url: the page reads it before anything else is loaded.
 */
import { base58, base64urlnopad } from '@scure/base'
import { bytesToHex, hexToBytes, isHex32 } from '../event/hex.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import {
  MAX_PAIRING_ADDRESSES,
  MAX_PAIRING_CODE_BYTES,
  MAX_PAIRING_HOMES,
  MAX_PEER_ID_BYTES,
  PAIRING_SECRET_BYTES,
} from './limits.ts'

export interface PairingCode {
  /** Peer ID of the node. */
  readonly node: string
  /** Public key of its owner in lower-case hex; null while it has none. */
  readonly owner: string | null
  /** Multiaddrs that end in `/p2p/<peer ID>`: nodes that lead to it, and itself. The best first. */
  readonly addresses: readonly string[]
  /** `http(s)://host:port` of the node in its own network. */
  readonly home: readonly string[]
  /** 16 bytes. */
  readonly secret: Uint8Array
  /** Seconds since 1970. The node's clock decides: that of a device may be wrong. */
  readonly expires: number
}

const VERSION = 1
const SCHEME = 'nostrp2p:pair/'
const PEER_SUFFIX = /^(\/.+)\/p2p\/([1-9A-HJ-NP-Za-km-z]+)$/

/** `nostrp2p:pair/<base64url>`: what a person copies. @throws RangeError on what no code can hold */
export function pairingText(code: PairingCode): string {
  return SCHEME + encode(code)
}

/** `<page>#/pair/<base64url>`: what a camera opens; no server sees what stands after the `#`. @param page its URL */
export function pairingUrl(code: PairingCode, page: string): string {
  return `${page.replace(/#.*$/s, '').replace(/\/?$/, '/')}#/pair/${encode(code)}`
}

/** Reads either form, the bare base64url too; line breaks that a terminal made are no fault. */
export function parsePairingCode(text: string): PairingCode | Rejection {
  // Before anything is copied: a page takes whatever is pasted.
  if (text.length > 8 * MAX_PAIRING_CODE_BYTES) return none()
  const packed = text.replace(/\s+/g, '').replace(/^(?:nostrp2p:(?:\/\/)?pair\/|[^#]*#\/pair\/)/i, '')
  let bytes: Uint8Array
  try {
    bytes = base64urlnopad.decode(packed)
  } catch {
    return none()
  }
  if (bytes.length === 0 || bytes.length > MAX_PAIRING_CODE_BYTES) return none()
  if (bytes[0] !== VERSION) {
    return bytes[0]! > VERSION && bytes[0]! < 16
      ? refuse('This pairing code is of a newer version of nostrp2p. Update this side first.', 'pairing-version')
      : none()
  }
  return decode(bytes.subarray(1))
}

/** Whether a text is meant to be a pairing code, right or wrong. */
export function looksLikePairingCode(text: string): boolean {
  return /^\s*nostrp2p:|#\/pair\//i.test(text)
}

function encode({ node, owner, addresses, home, secret, expires }: PairingCode): string {
  const out: number[] = [VERSION, ...exactly(secret, PAIRING_SECRET_BYTES)]
  for (let shift = 24; shift >= 0; shift -= 8) out.push((expires >>> shift) & 0xff)
  const put = (bytes: ArrayLike<number>) => out.push(...lengthOf(bytes, 255), ...Array.from(bytes))
  put(peerBytes(node))
  put(owner === null ? [] : exactly(hexToBytes(owner), 32))
  lengthOf(addresses, MAX_PAIRING_ADDRESSES)
  const groups = groupByPeer(addresses)
  out.push(groups.length)
  for (const { peer, ways } of groups) {
    put(peerBytes(peer))
    out.push(ways.length)
    for (const way of ways) put(asciiBytes(way))
  }
  out.push(...lengthOf(home, MAX_PAIRING_HOMES))
  for (const origin of home) put(asciiBytes(origin))
  lengthOf(out, MAX_PAIRING_CODE_BYTES)
  return base64urlnopad.encode(Uint8Array.from(out))
}

interface Group {
  readonly peer: string
  readonly ways: string[]
}

/** A peer ID is as long as an address: that of addresses which follow each other is written once. */
function groupByPeer(addresses: readonly string[]): Group[] {
  const groups: Group[] = []
  for (const address of addresses) {
    const [, way, peer] = PEER_SUFFIX.exec(address) ?? []
    if (way === undefined || peer === undefined) throw new RangeError(`no peer ID in ${address}`)
    const last = groups.at(-1)
    if (last?.peer === peer) last.ways.push(way)
    else groups.push({ peer, ways: [way] })
  }
  return groups
}

function decode(bytes: Uint8Array): PairingCode | Rejection {
  let at = 0
  function take(length: number): Uint8Array {
    if (at + length > bytes.length) throw new RangeError('truncated')
    at += length
    return bytes.subarray(at - length, at)
  }
  const byte = () => take(1)[0]!
  const taken = () => take(byte())
  const count = (max: number) => {
    const value = byte()
    if (value > max) throw new RangeError('too many')
    return value
  }
  try {
    const secret = take(PAIRING_SECRET_BYTES).slice()
    const expires = take(4).reduce((sum, value) => sum * 256 + value, 0)
    const node = peerText(taken())
    const ownerBytes = taken()
    const owner = ownerBytes.length === 0 ? null : bytesToHex(ownerBytes)
    const addresses: string[] = []
    for (let groups = count(MAX_PAIRING_ADDRESSES); groups > 0; groups--) {
      const peer = peerText(taken())
      for (let ways = count(MAX_PAIRING_ADDRESSES); ways > 0; ways--) {
        addresses.push(`${addressText(taken())}/p2p/${peer}`)
      }
    }
    const home = Array.from({ length: count(MAX_PAIRING_HOMES) }, () => originText(taken()))
    if (at !== bytes.length || addresses.length > MAX_PAIRING_ADDRESSES) return none()
    if (owner !== null && !isHex32(owner)) return none()
    return { node, owner, addresses, home, secret, expires }
  } catch (error) {
    if (error instanceof RangeError) return none()
    throw error
  }
}

function peerBytes(peer: string): Uint8Array {
  const bytes = base58.decode(peer)
  lengthOf(bytes, MAX_PEER_ID_BYTES)
  return bytes
}

function peerText(bytes: Uint8Array): string {
  if (bytes.length < 2) throw new RangeError('no peer ID')
  lengthOf(bytes, MAX_PEER_ID_BYTES)
  return base58.encode(bytes)
}

function addressText(bytes: Uint8Array): string {
  const text = asciiText(bytes)
  if (!/^(?:\/[^/]+)+$/.test(text)) throw new RangeError('no address')
  return text
}

/** Only an origin: what is built from it must not lead elsewhere. */
function originText(bytes: Uint8Array): string {
  const text = asciiText(bytes)
  if (!URL.canParse(text) || new URL(text).origin !== text || !/^https?:/.test(text)) throw new RangeError('no origin')
  return text
}

function asciiBytes(text: string): number[] {
  return Array.from(text, char => {
    const code = char.charCodeAt(0)
    if (code <= 0x20 || code > 0x7e) throw new RangeError('not ASCII')
    return code
  })
}

function asciiText(bytes: Uint8Array): string {
  if (!bytes.every(byte => byte > 0x20 && byte <= 0x7e)) throw new RangeError('not ASCII')
  return String.fromCharCode(...bytes)
}

/** The length, in a list so that it can be spread. @throws RangeError when it is more than `max` */
function lengthOf(list: ArrayLike<unknown>, max: number): [number] {
  if (list.length > max) throw new RangeError(`more than ${max}`)
  return [list.length]
}

function exactly(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`not ${length} bytes`)
  return bytes
}

function none(): Rejection {
  return refuse(
    'That is not a pairing code, or not all of it. Copy it as a whole (nostrp2p:pair/…), or scan it again.',
    'pairing-code',
  )
}

function refuse(reason: string, code: 'pairing-code' | 'pairing-version'): Rejection {
  return reject('malformed', reason, { code })
}
