/** The composition root: builds the parts in order, starts them, and stops them in reverse. */
import type { Config } from './config.ts'
import type { NodeStatus } from './flow/status.ts'
import type { OnActivity } from './observe/activity.ts'
import type { Clock } from './observe/clock.ts'
import type { Logger } from './observe/log.ts'

/** What a node needs from its surroundings. */
export interface NodeParts {
  readonly log: Logger
  readonly clock?: Clock
  readonly onActivity?: OnActivity
}

/** A running node. */
export interface Node {
  /** Node peer ID. */
  readonly peerId: string
  /** The owner's public key in hex; undefined while the node is unclaimed. */
  owner(): string | undefined
  /** ISO date until which the binding counts; undefined without one. */
  bindingExpires(): string | undefined
  /** Multiaddrs that the overlay listens on, with the peer ID. */
  overlayAddresses(): string[]
  /** `http(s)://host:port` of the client side. */
  readonly clientOrigin: string
  /** The access token of the owner's devices: `clientOrigin + '/k/' + token` is a complete client URL. */
  readonly token: string
  /** The one-time claim token while the node is unclaimed. */
  claimToken(): string | undefined
  status(): Promise<NodeStatus>
  /** Idempotent; ends within 5 s. */
  stop(): Promise<void>
}

/** A start that failed for a reason that the user can mend; `message` is the sentence. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/**
 * Opens the data directory, joins the overlay and serves the client side.
 * @throws StartError when port, directory, or certificate are not usable; what was started is stopped again
 */
export async function startNode(config: Config, parts: NodeParts): Promise<Node> {
  parts.log('error', 'not built yet', { dataDir: config.dataDir })
  throw new StartError('not built yet')
}
