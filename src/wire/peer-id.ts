/** libp2p peer IDs as text, without libp2p (specs/peer-ids). */
import { base58 } from '@scure/base'
import { MAX_PEER_ID_BYTES } from './limits.ts'

/** The identity multihash of an Ed25519 key in protobuf: of such a key every device and every node has one. */
const ED25519 = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20] as const
const ED25519_BYTES = ED25519.length + 32

/** Whether this is the peer ID of an Ed25519 key. */
export function isPeerId(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 2 * MAX_PEER_ID_BYTES) return false
  try {
    const bytes = base58.decode(value)
    return bytes.length === ED25519_BYTES && ED25519.every((byte, at) => bytes[at] === byte)
  } catch {
    return false
  }
}
