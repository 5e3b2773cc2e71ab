/** Bounds of the client side beside the sizes of `wire/limits.ts`, each with its reason. */
import { MAX_BODY_BYTES } from '../wire/limits.ts'

export interface ApiLimits {
  /** A body that has not arrived by then is given up (408): a phone on a bad line sends 512 KiB in less. */
  readonly bodyTimeoutMs: number
  /** Requests at work at once from this machine: the bench, the page and some scripts together stay far below. */
  readonly maxLocalRequests: number
  /** The same from elsewhere, counted apart, so that strangers cannot take the owner's places. */
  readonly maxRemoteRequests: number
  /** And of peers of the overlay that are none of the owner's devices: they pair, or ask where a node is. */
  readonly maxStrangersRequests: number
  /** Bytes of all bodies on their way in, of each of these sides: 32 of the largest. */
  readonly maxBodiesBytes: number
}

export const API_LIMITS: ApiLimits = {
  bodyTimeoutMs: 10_000,
  maxLocalRequests: 512,
  maxRemoteRequests: 128,
  maxStrangersRequests: 16,
  maxBodiesBytes: 16 * 1024 * 1024,
}

/** Below it an answer fits a packet either way, and gzip's own 20 bytes eat what it saves. */
export const MIN_GZIP_BYTES = 512

/** How far the time of a NIP-98 proof may be off, in seconds (NIP-98 suggests 60). */
export const HTTP_AUTH_WINDOW_SECONDS = 60
/** Base64 of a proof: an event with three tags and a long URL. */
export const MAX_HTTP_AUTH_CHARS = 8 * 1024
/** Proofs remembered against replay; only the owner's own get here, 80 a second for the whole window. */
export const MAX_REMEMBERED_PROOFS = 10_000

/** How long a browser may keep the answer to a preflight, in seconds, as the original. */
export const PREFLIGHT_SECONDS = 3600

/** An answer of many lines of which nobody takes any for so long is cut. */
export const LINES_UNREAD_MS = 60_000
/** Exports at the same time: of two devices. */
export const MAX_EXPORTS = 2
/** A line of an import: as much as `/publish` takes of one event. */
export const MAX_IMPORT_LINE_BYTES = MAX_BODY_BYTES
/** An import of which nothing more comes for so long is over. */
export const IMPORT_STILL_MS = 60_000
/** An import that has nothing to tell shows so often that it is at work. */
export const IMPORT_BEAT_MS = 10_000
/** A check takes 15 s at most, all run at the same time, and some seconds go by before. */
export const DOCTOR_MS = 45_000
/** Who follows the log: the node page on some devices. */
export const MAX_LOG_READERS = 8
/** Lines that a reader of the log has not taken: more than the 200 kept, and some minutes of a busy node. */
export const MAX_LOG_UNREAD_BYTES = 256 * 1024
/** An empty line now and then shows each side that the other is there; proxies cut what is still for a minute. */
export const LOG_BEAT_MS = 20_000
