/** Bounds of the relay endpoint, each with its reason. Whoever is beyond one hears so; only abuse ends a connection. */
import { MAX_BODY_BYTES } from '../wire/limits.ts'

export interface RelayLimits {
  /** Bytes of one message, unpacked: what a body of `/publish` may have. A larger frame ends the connection (1009). */
  readonly maxMessageBytes: number
  /** UTF-16 units of a subscription id (NIP-01). */
  readonly maxIdChars: number
  /** Open subscriptions of one connection. */
  readonly maxSubscriptions: number
  /** Filters of one REQ or COUNT. */
  readonly maxFilters: number
  /** Values in the filters of all subscriptions of one connection: a follow list of 2,000 some dozen times over. */
  readonly maxFilterValues: number
  /** The same of all connections together that have no access token and are not of this machine. */
  readonly maxStrangersFilterValues: number
  /** Stored events for one filter, and how many without a `limit`. */
  readonly maxLimit: number
  readonly defaultLimit: number
  /** Questions to the store that one connection has under way; the others wait their turn. */
  readonly maxReadings: number
  /** How long EOSE waits for other nodes' answers when there is no stored event at all. */
  readonly missingMs: number
  /** Questions of one connection that wait. */
  readonly maxWaitingReadings: number
  /** Negentropy sessions of one connection, each with a set of 36 bytes an event. */
  readonly maxReconciliations: number
  /** Events in the sets of all sessions together. */
  readonly maxReconciledEvents: number
  /** A session without a message for so long ends. */
  readonly reconciliationMs: number
  /** Bytes of one negentropy answer, before hex. */
  readonly maxReconciliationBytes: number
  /** Live events that wait for the stored ones of their subscription; with more it is CLOSED. */
  readonly maxEarly: number
  /** Events of one connection under way to the disk; it is not read further while there are as many. */
  readonly maxEventsUnderWay: number
  /** Bytes that wait for one reader, above which its stored events and its own messages wait too. */
  readonly pauseBytes: number
  /** And above which the connection ends: live events have come faster than it reads them. */
  readonly maxPendingBytes: number
  /** How long a reader may stay above `pauseBytes`. */
  readonly stallMs: number
  /** Between two pings; who has not answered one until the next is gone. Below the 60 s after which proxies hang up. */
  readonly pingMs: number
  /** A connection without token and subscription that says nothing for so long is closed. */
  readonly idleMs: number
  /** Connections of this machine, of elsewhere, and of one address there. */
  readonly maxLocalConnections: number
  readonly maxRemoteConnections: number
  readonly maxConnectionsOfAddress: number
  /** Messages of somebody without access token: a stock of so many, refilled by so many a second. */
  readonly connectionBurst: number
  readonly connectionRate: number
  readonly addressBurst: number
  readonly addressRate: number
  /** A message counts as one more for each of these bytes. */
  readonly bytesPerToken: number
  /** Messages refused as too many, one after the other, after which the connection ends. */
  readonly maxRefused: number
  /** Keys that one connection may prove to have (NIP-42). */
  readonly maxKeys: number
  /** How far an AUTH event may be from the node's clock, in seconds (NIP-42: about ten minutes). */
  readonly authSeconds: number
}

export const RELAY_LIMITS: RelayLimits = {
  maxMessageBytes: MAX_BODY_BYTES,
  maxIdChars: 64,
  maxSubscriptions: 1_024,
  maxFilters: 64,
  maxFilterValues: 50_000,
  maxStrangersFilterValues: 500_000,
  maxLimit: 5_000,
  defaultLimit: 500,
  maxReadings: 8,
  missingMs: 1_000,
  maxWaitingReadings: 1_024,
  maxReconciliations: 4,
  maxReconciledEvents: 1_000_000,
  reconciliationMs: 60_000,
  maxReconciliationBytes: 60_000,
  maxEarly: 1_000,
  maxEventsUnderWay: 256,
  pauseBytes: 256 * 1024,
  maxPendingBytes: 8 * 1024 * 1024,
  stallMs: 60_000,
  pingMs: 50_000,
  idleMs: 600_000,
  maxLocalConnections: 4_096,
  maxRemoteConnections: 1_024,
  maxConnectionsOfAddress: 32,
  connectionBurst: 200,
  connectionRate: 50,
  addressBurst: 1_000,
  addressRate: 200,
  bytesPerToken: 16 * 1024,
  maxRefused: 200,
  maxKeys: 16,
  authSeconds: 600,
}
