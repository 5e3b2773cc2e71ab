/** What a device and its owner's node tell each other when the device comes from away (specification/away.md). */
import type { NewDevice } from './devices.ts'

/** The libp2p protocol: each stream carries HTTP/1.1 as a TCP connection does (libp2p's HTTP specification). */
export const HTTP_PROTOCOL = '/http/1.1'

/** What a device keeps to find the node again: the answer to `GET /away`. */
export interface Away {
  /** Peer ID of the node. */
  readonly node: string
  /** Public key of the owner in lower-case hex; null while the node has none. */
  readonly owner: string | null
  /** Multiaddrs that end in `/p2p/<peer ID>`: nodes that lead to it, and itself. The best first. */
  readonly addresses: readonly string[]
  /** `http(s)://host:port` of the node in its own network. */
  readonly home: readonly string[]
  /** Of the program. */
  readonly version: string
}

/** The body of `POST /pair`. */
export interface PairRequest {
  /** base64url of the code's secret. */
  readonly secret: string
  /** What the device is called in the owner's list. */
  readonly name: string
  /** The peer ID of the device; left out over the overlay, where it is proved. */
  readonly peer?: string
}

/** The answer to `POST /pair`: the device with its token, told this once, and where to find the node. */
export interface Paired extends NewDevice {
  readonly away: Away
}

/** The body of `POST /pairing`. */
export interface PairingRequest {
  /** The page that the QR code opens; without it that of the node in its own network. */
  readonly page?: string
}

/** The answer to `POST /pairing`. */
export interface Pairing {
  /** `DELETE /pairing/<id>` takes it back. */
  readonly id: string
  /** `nostrp2p:pair/…`. */
  readonly code: string
  /** `<page>#/pair/…`; null where the node knows no page that another device could open. */
  readonly url: string | null
  /** ISO date. */
  readonly expires: string
}
