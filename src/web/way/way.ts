/** A way to the node: requests and live news, whatever carries them. */
import type { LiveSocket } from '../node/live.ts'

/** In the order in which they are wanted. */
export const WAY_KINDS = [
  /** The page comes from the node itself. */
  'origin',
  /** Another address of the node at home. */
  'home',
  /** A connection of libp2p with nobody in between. */
  'direct',
  /** libp2p through a public node, with little room. */
  'circuit',
] as const

export type WayKind = (typeof WAY_KINDS)[number]

/** Why there is no way, or none of a kind. */
export type WayFault =
  /** This device has no network. */
  | 'offline'
  /** None of the public nodes that are known answers. */
  | 'no-public-node'
  /** Public nodes answer, and the node is at none of them. */
  | 'node-away'
  /** Who answers there is another node. */
  | 'wrong-node'
  /** It is the node, but of another owner. */
  | 'wrong-owner'
  /** The node does not know this device (any more). */
  | 'revoked'
  /** The public node in between has ended the connection. */
  | 'relay-cut'
  /** No direct connection gets through. */
  | 'no-webrtc'
  /** What answers there is not understood. */
  | 'broken'

export interface Way {
  readonly kind: WayKind
  /**
   * As the browser's.
   * @throws WayLost when the way itself has failed
   */
  fetch(path: string, init: WayRequest): Promise<Response>
  /** The node's relay (NIP-01). @param onCut told when the connection ends without being closed here */
  open(onCut: () => void): LiveSocket
  /** Whether the node still answers by it. */
  check(signal: AbortSignal): Promise<boolean>
  /** Ends what is under way, with WayLost. */
  close(): void
  /** Ends when what is under way has come to its end, a minute later at the latest. */
  retire(): void
  /** Aborted when it has ended, by whichever side. */
  readonly ended: AbortSignal
}

export interface WayRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Blob | null
  readonly signal: AbortSignal
}

/** The way has failed, not the request. */
export class WayLost extends Error {
  override readonly name = 'WayLost'
  /** The node cannot have seen the request. */
  readonly isUnsent: boolean
  readonly fault: WayFault | undefined

  constructor({ isUnsent, fault }: { isUnsent: boolean; fault?: WayFault }, cause?: unknown) {
    super('The way to the node is lost.', { cause })
    this.isUnsent = isUnsent
    this.fault = fault
  }
}

/** A request may be asked again on another way: twice does no more than once. */
export function isRepeatable(path: string, method: WayRequest['method']): boolean {
  return method === 'GET' || /^\/(req|publish)(\?|$)/.test(path)
}
