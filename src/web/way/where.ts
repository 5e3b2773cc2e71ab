/** Where the node is by now: its own signed announcement, as a public node has heard it (`GET /where/<peer ID>`). */
import { peerIdFromMultihash, peerIdFromPublicKey } from '@libp2p/peer-id'
import { RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import * as digest from 'multiformats/hashes/digest'
import { isRejection } from '../../event/rejection.ts'
import { ANNOUNCEMENT_DOMAIN, ANNOUNCEMENT_TYPE, decodeAnnouncement } from '../../wire/announcement.ts'
import { MAX_ANNOUNCEMENT_BYTES } from '../../wire/limits.ts'

/** Multiaddrs without the peer ID; undefined when it is no announcement that this node has signed. */
export async function readWhere(bytes: Uint8Array, node: string): Promise<readonly string[] | undefined> {
  if (bytes.length > MAX_ANNOUNCEMENT_BYTES) return undefined
  try {
    const envelope = await RecordEnvelope.openAndCertify(bytes, ANNOUNCEMENT_DOMAIN)
    if (new TextDecoder().decode(envelope.payloadType) !== ANNOUNCEMENT_TYPE) return undefined
    const announcement = decodeAnnouncement(envelope.payload)
    if (isRejection(announcement)) return undefined
    const peer = peerIdFromMultihash(digest.decode(announcement.peer))
    if (peer.toString() !== node || !peer.equals(peerIdFromPublicKey(envelope.publicKey))) return undefined
    return announcement.addresses.flatMap(readAddress)
  } catch {
    return undefined
  }
}

/** None for a form that only later versions know. */
function readAddress(bytes: Uint8Array): string[] {
  try {
    return [multiaddr(bytes).toString()]
  } catch {
    return []
  }
}
