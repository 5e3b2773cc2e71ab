/** A node's announcement in a libp2p signed envelope (RFC 0002 of the libp2p specs): sealed, and opened with a verdict. */

import type { PeerId, PrivateKey } from '@libp2p/interface'
import { peerIdFromMultihash, peerIdFromPublicKey } from '@libp2p/peer-id'
import { RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import * as digest from 'multiformats/hashes/digest'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import {
  ANNOUNCEMENT_DOMAIN,
  ANNOUNCEMENT_TYPE,
  type Announcement,
  decodeAnnouncement,
  encodeAnnouncement,
} from '../wire/announcement.ts'
import { MAX_ANNOUNCED_ADDRESSES, MAX_ANNOUNCEMENT_BYTES } from '../wire/limits.ts'

const PAYLOAD_TYPE = Buffer.from(ANNOUNCEMENT_TYPE)

/** Clocks of homes differ; an announcement from further ahead would block the true ones that follow. */
const MAX_AHEAD_SECONDS = 900
/** Older ones are repeats: who is alive announces at least daily. */
export const MAX_AGE_SECONDS = 48 * 3600

export interface OpenedAnnouncement {
  readonly peer: PeerId
  readonly issuedAt: number
  /** Multiaddrs as text, without the peer ID. */
  readonly addresses: readonly string[]
  readonly owner: string | null
  readonly binding: Uint8Array | null
}

/** @param announcement addresses as multiaddr text; more than the bound are left out */
export async function sealAnnouncement(announcement: OpenedAnnouncement, privateKey: PrivateKey): Promise<Uint8Array> {
  const payload: Announcement = {
    peer: announcement.peer.toMultihash().bytes,
    issuedAt: announcement.issuedAt,
    addresses: announcement.addresses.slice(0, MAX_ANNOUNCED_ADDRESSES).map(address => multiaddr(address).bytes),
    owner: announcement.owner,
    binding: announcement.binding,
  }
  const record = {
    domain: ANNOUNCEMENT_DOMAIN,
    codec: PAYLOAD_TYPE,
    marshal: () => encodeAnnouncement(payload),
    equals: () => false,
  }
  return (await RecordEnvelope.seal(record, privateKey)).marshal()
}

/**
 * Checks size, form and time before the signature. Bindings inside are the caller's to check.
 * @param nowSeconds undefined when the time is not to be judged, but to be compared with
 */
export async function openAnnouncement(
  bytes: Uint8Array,
  nowSeconds: number | undefined,
): Promise<OpenedAnnouncement | Rejection> {
  if (bytes.length > MAX_ANNOUNCEMENT_BYTES) return reject('too-large', 'The announcement is too large.')
  try {
    const envelope = RecordEnvelope.createFromProtobuf(bytes)
    const announcement = decodeAnnouncement(envelope.payload)
    if (isRejection(announcement)) return announcement
    const untimely = nowSeconds === undefined ? undefined : checkTime(announcement.issuedAt, nowSeconds)
    if (untimely !== undefined) return untimely
    const peer = peerIdFromMultihash(digest.decode(announcement.peer))
    if (!peer.equals(peerIdFromPublicKey(envelope.publicKey))) {
      return reject('bad-signature', 'The announcement is signed by another node than the one it speaks of.')
    }
    const addresses = announcement.addresses.flatMap(readAddress)
    if (!PAYLOAD_TYPE.equals(envelope.payloadType)) return reject('malformed', 'The envelope holds something else.')
    await RecordEnvelope.openAndCertify(bytes, ANNOUNCEMENT_DOMAIN)
    return {
      peer,
      issuedAt: announcement.issuedAt,
      addresses,
      owner: announcement.owner,
      binding: announcement.binding,
    }
  } catch {
    return reject('malformed', 'The announcement is not a signed envelope of this kind.')
  }
}

function checkTime(issuedAt: number, nowSeconds: number): Rejection | undefined {
  if (issuedAt > nowSeconds + MAX_AHEAD_SECONDS) return reject('from-future', 'The announcement is from the future.')
  if (issuedAt < nowSeconds - MAX_AGE_SECONDS) return reject('too-old', 'The announcement is too old.')
  return undefined
}

/** None for an address of a form that only later versions know: whoever passed it on did nothing wrong. */
function readAddress(bytes: Uint8Array): string[] {
  try {
    return [multiaddr(bytes).toString()]
  } catch {
    return []
  }
}
