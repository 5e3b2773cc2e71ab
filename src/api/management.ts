/** POST / with `application/nostr+json+rpc`: the owner manages the relay (NIP-86), by NIP-98 alone. */
import { isRejection } from '../event/rejection.ts'
import type { Manage } from '../flow/manage.ts'
import { isType, parseJson } from './body.ts'
import type { Route } from './connection.ts'
import { type HttpAuth, nostrCredentials, refuse, wantsProof } from './http-auth.ts'
import { type Failure, fail, failed } from './reply.ts'

export interface ManagementParts {
  readonly manage: Manage
  readonly httpAuth: HttpAuth
}

export const RPC_TYPE = 'application/nostr+json+rpc'
const WRONG_TYPE = fail(415, `A POST here manages the relay; its Content-Type must be ${RPC_TYPE}.`)
const NOT_A_CALL = fail(400, 'A call is a JSON object with "method", a text, and "params", an array.')

/**
 * Neither this machine nor the access token is enough: programs of all kinds have them, and this decides who is
 * let in.
 */
export function createManagementRoute({ manage, httpAuth }: ManagementParts): Route {
  return async request => {
    if (!isType(RPC_TYPE, request.header('content-type'))) return failed(WRONG_TYPE)
    const credentials = nostrCredentials(request.header('authorization'))
    if (credentials === undefined) return answerFailure(wantsProof('Managing the relay'))
    const body = await request.readBody(RPC_TYPE)
    if ('error' in body) return answerFailure(body)
    const proof = await httpAuth.check(credentials, request, body.raw)
    if ('error' in proof) return answerFailure(proof)
    if (proof.payload === undefined) return answerFailure(refuse('it names no payload, which NIP-86 asks for'))
    const parsed = parseJson(body.plain)
    if ('error' in parsed) return answerFailure(parsed)
    const { method, params = [] } = (parsed.value ?? {}) as { method?: unknown; params?: unknown }
    if (typeof method !== 'string' || !Array.isArray(params)) return answerFailure(NOT_A_CALL)
    const outcome = await manage(method, params)
    // A call that was understood and not done is an answer like another (NIP-86).
    return isRejection(outcome) ? answer({ error: outcome.reason }, 200) : answer(outcome, 200)
  }
}

function answer(value: object, status: number, headers?: Readonly<Record<string, string>>): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'Content-Type': RPC_TYPE, ...headers } })
}

function answerFailure({ status, error, headers }: Failure): Response {
  return answer({ error }, status, headers)
}
