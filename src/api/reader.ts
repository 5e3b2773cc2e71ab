/** Whether this request may read: trusted by where it comes from, by a token, or by the owner's signature. */
import { trustOf, WAYS_IN } from './access.ts'
import type { ApiRequest } from './connection.ts'
import { type HttpAuth, nostrCredentials, type Proof } from './http-auth.ts'
import { type Failure, fail } from './reply.ts'
import { bearerToken, sameToken } from './tokens.ts'

export interface ReaderParts {
  readonly accessToken: string
  /** The one-time token while the node is unclaimed; it then opens what there is to read as well. */
  readonly claimToken: () => string | undefined
  readonly httpAuth: HttpAuth
}

/** Read access; `proof` still has to be compared with the body (`coversBody`). */
export interface Access {
  readonly proof?: Proof
}

export interface Reader {
  admit(request: ApiRequest): Promise<Access | Failure>
  /** Whether the request carries the claim token of a node that is still unclaimed. */
  mayClaim(request: ApiRequest): boolean
}

export function createReader(parts: ReaderParts): Reader {
  function carries(request: ApiRequest, token: string | undefined): boolean {
    return sameToken(request.pathToken, token) || sameToken(bearerToken(request.header('authorization')), token)
  }

  return {
    async admit(request) {
      const trust = trustOf(request)
      if (trust === 'trusted' || carries(request, parts.accessToken) || carries(request, parts.claimToken())) return {}
      const credentials = nostrCredentials(request.header('authorization'))
      if (credentials === undefined) return fail(401, WAYS_IN[trust], { 'WWW-Authenticate': 'Bearer' })
      const proof = await parts.httpAuth.check(credentials, request)
      return 'error' in proof ? proof : { proof }
    },
    mayClaim: request => carries(request, parts.claimToken()),
  }
}
