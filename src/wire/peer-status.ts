/** One connection of the node, as `/status` tells it (specification/rest-api.md, R1.11). */

/**
 * `helper`: through a relay; `direct`: over the internet; `lan`: within the local network; `local`: on the same machine.
 */
export type PeerWay = 'direct' | 'helper' | 'lan' | 'local'

export interface PeerStatus {
  /** Node peer ID. */
  readonly id: string
  readonly direction: 'inbound' | 'outbound'
  /** `tcp`, `ws`, `webrtc`, `circuit` (through a relay): how the connection runs. */
  readonly transport: string
  readonly way: PeerWay
  readonly address: string
  readonly agent: string
  /** npub of the owner the peer claims, and whether a binding proves it. */
  readonly owner: string | null
  readonly proven: boolean
  /** Why the binding that it shows proves nothing, as a sentence; empty when it does or shows none. */
  readonly doubt: string
  /** Milliseconds since 1970, and the same as an ISO date. */
  readonly connectedSinceMs: number
  readonly since: string
  /** How long the last question to it took there and back; null before one. */
  readonly rttMs: number | null
}
