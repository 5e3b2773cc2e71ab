/** The peer ID of an Ed25519 key (libp2p's "Peer Ids"): its public key as protobuf, in an identity multihash. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { base58 } from '@scure/base'

/** Identity multihash of 36 bytes: key type Ed25519, then 32 bytes. */
const PREFIX = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20]

export function peerIdOfSeed(seed: Uint8Array): string {
  return base58.encode(Uint8Array.from([...PREFIX, ...ed25519.getPublicKey(seed)]))
}
