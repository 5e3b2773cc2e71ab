/** The parts of GET /status that the page reads (specification/rest-api.md, R1.10). */
import type { PeerStatus } from '../../wire/peer-status.ts'

export interface NodeStatus {
  readonly peers: readonly PeerStatus[]
  readonly overlay: {
    readonly addresses: readonly string[]
    readonly bootstraps: readonly { readonly address: string; readonly state: string }[]
  }
  readonly reachability: { readonly state: string; readonly addresses: readonly string[] }
}
