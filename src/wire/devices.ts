/** Devices of the owner as `/devices` tells them (specification/rest-api.md, R13). */

export interface Device {
  /** `first` is the device of the token that the node prints when it starts. */
  readonly id: string
  /** Up to 60 characters; empty for the first one until it is given a name. */
  readonly name: string
  /** ISO date. */
  readonly created: string
  /** ISO date of its last request; null before one. */
  readonly lastSeen: string | null
  /** Whether the request that asks came with this device's token. */
  readonly isThis: boolean
  /** Peer ID by which it comes from away (specification/away.md); null while it has none. */
  readonly peer: string | null
}

/** The answer to `GET /devices`. */
export interface Devices {
  readonly devices: readonly Device[]
}

/** The answer to `POST /devices`: the only time that the token is told. */
export interface NewDevice {
  readonly id: string
  readonly name: string
  readonly token: string
  /** `/k/<token>`: what follows the node's address on the device. */
  readonly path: string
}
