/** Whether this request may read: trusted by where it comes from, by a token, or by the owner's signature. */
import type { Devices, KnownDevice } from '../flow/devices.ts'
import { isFromOwnPage, markOf, trustOf, WAYS_IN } from './access.ts'
import type { ApiRequest } from './connection.ts'
import { type HttpAuth, nostrCredentials, type Proof } from './http-auth.ts'
import { type Failure, fail } from './reply.ts'
import { bearerToken, sameToken } from './tokens.ts'

export interface ReaderParts {
  readonly devices: Pick<Devices, 'find' | 'findPeer'>
  /** The one-time token while the node is unclaimed; it then opens what there is to read as well. */
  readonly claimToken: () => string | undefined
  readonly httpAuth: HttpAuth
}

/** Read access; `proof` still has to be compared with the body (`coversBody`). */
export interface Access {
  readonly proof?: Proof
  /** The device that it came with; an answer that goes on for long ends when the device is revoked. */
  readonly device?: KnownDevice
}

export interface Reader {
  admit(request: ApiRequest): Promise<Access | Failure>
  /**
   * For what changes the node itself: pages of this machine may read without a token, but only the node's own page, or a
   * program that is no browser, may do this so.
   */
  admitChange(request: ApiRequest): Promise<Access | Failure>
  /** Whether the request carries the claim token of a node that is still unclaimed. */
  mayClaim(request: ApiRequest): boolean
}

const OTHER_PAGE = fail(
  403,
  'Another page than that of the node asked for this, so nothing was done. Open the page of your node and try again there.',
  'other-page',
)

/** Whoever comes over the overlay by a key that is no device's. */
export const UNKNOWN_DEVICE = fail(
  401,
  'This device is not paired with the node, or was revoked. Pair it with a code from the node.',
  'device-unknown',
)

export function createReader(parts: ReaderParts): Reader {
  function tokensOf(request: ApiRequest): (string | undefined)[] {
    return [request.pathToken, bearerToken(request.header('authorization'))]
  }

  function mayClaim(request: ApiRequest): boolean {
    return tokensOf(request).some(token => sameToken(token, parts.claimToken()))
  }

  /** By its key alone; marks of another page speak against it until it shows a token as well. */
  function admitPeer(request: ApiRequest, peer: string, isPlaceEnough: boolean): Access | Failure {
    const device = parts.devices.findPeer(peer)
    if (device === undefined) return UNKNOWN_DEVICE
    if (tokensOf(request).some(token => parts.devices.find(token) !== undefined)) return { device }
    const mark = markOf(request)
    if (mark !== 'trusted') return fail(401, WAYS_IN[mark], 'token-needed', { 'WWW-Authenticate': 'Bearer' })
    return isPlaceEnough ? { device } : OTHER_PAGE
  }

  async function admit(request: ApiRequest, isPlaceEnough: boolean): Promise<Access | Failure> {
    if (request.peer !== undefined) return admitPeer(request, request.peer, isPlaceEnough)
    for (const token of tokensOf(request)) {
      const device = parts.devices.find(token)
      if (device !== undefined) return { device }
    }
    const trust = trustOf(request)
    if ((trust === 'trusted' && isPlaceEnough) || mayClaim(request)) return {}
    const credentials = nostrCredentials(request.header('authorization'))
    if (credentials === undefined) {
      return trust === 'trusted'
        ? OTHER_PAGE
        : fail(401, WAYS_IN[trust], 'token-needed', { 'WWW-Authenticate': 'Bearer' })
    }
    const proof = await parts.httpAuth.check(credentials, request)
    return 'error' in proof ? proof : { proof }
  }

  return {
    admit: request => admit(request, true),
    admitChange: request => admit(request, isFromOwnPage(request)),
    mayClaim: request => request.peer === undefined && mayClaim(request),
  }
}
