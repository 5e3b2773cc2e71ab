/** Requests that come over the overlay: whom the client side answers there, and what a circuit carries (away.md, W4, W5). */
import type { Devices } from '../flow/devices.ts'
import type { Counters } from '../observe/counters.ts'
import { MAX_CIRCUIT_BODY_BYTES } from '../wire/limits.ts'
import type { BodyBound } from './body.ts'
import type { ApiRequest } from './connection.ts'
import { UNKNOWN_DEVICE } from './reader.ts'
import { type Failure, fail } from './reply.ts'

/** What a peer may ask that is none of the owner's devices; each of it everybody may ask over TCP as well. */
const OPEN: ReadonlySet<string> = new Set(['/pair', '/version', '/where/:peer'])
/** What takes megabytes. */
const LARGE: ReadonlySet<string> = new Set(['/export', '/import'])

const DIRECT_NEEDED = fail(
  413,
  'This is too much for a connection through a relay. It works as soon as there is a direct one, or at home.',
  'direct-needed',
)
/** A secret and a name fit several times. */
const STRANGER_BODY: BodyBound = { bytes: 4 * 1024, failure: fail(413, 'The body is too large.', 'too-large') }
const CIRCUIT_BODY: BodyBound = { bytes: MAX_CIRCUIT_BODY_BYTES, failure: DIRECT_NEEDED }

export interface AwayRules {
  /** Why this is not answered; undefined when it is. @param path as it is routed */
  refusalOf(request: ApiRequest, path: string): Failure | undefined
  /** What a body may have there; undefined for the usual bound. */
  bodyBound(peer: string | undefined, limited: boolean): BodyBound | undefined
}

export function createAwayRules(devices: Pick<Devices, 'hasPeer'>, counters: Counters): AwayRules {
  return {
    refusalOf({ peer, limited }, path) {
      if (peer === undefined) return undefined
      if (!OPEN.has(path) && !devices.hasPeer(peer)) {
        counters.add('away', 'unknown device')
        return UNKNOWN_DEVICE
      }
      if (!limited || !LARGE.has(path)) return undefined
      counters.add('away', 'too large')
      return DIRECT_NEEDED
    },
    bodyBound(peer, limited) {
      if (peer === undefined) return undefined
      if (!devices.hasPeer(peer)) return STRANGER_BODY
      return limited ? CIRCUIT_BODY : undefined
    },
  }
}
