/** GET /sync: how complete the node is; POST /sync: the owner has it compare itself with its neighbours now. */
import type { CatchUp } from '../flow/catch-up.ts'
import type { Route } from './connection.ts'
import { coversBody, OTHER_BODY, refuse } from './http-auth.ts'
import type { Reader } from './reader.ts'
import { failed, json, NO_STORE } from './reply.ts'

export interface SyncParts {
  readonly reader: Reader
  readonly catchUp: Pick<CatchUp, 'ask' | 'status'>
}

export function createSyncStatusRoute({ reader, catchUp }: SyncParts): Route {
  return async request => {
    const access = await reader.admit(request)
    return 'error' in access ? failed(access) : json(catchUp.status(), 200, NO_STORE)
  }
}

/** The body says nothing yet; that it has to be JSON keeps other sites' forms out. */
export function createSyncRoute({ reader, catchUp }: SyncParts): Route {
  return async request => {
    const access = await reader.admit(request)
    if ('error' in access) return failed(access)
    const body = await request.readBody()
    if ('error' in body) return failed(body)
    if (access.proof !== undefined && !coversBody(access.proof, body.raw)) return failed(refuse(OTHER_BODY))
    const number = catchUp.ask()
    return json({ number, sync: catchUp.status() }, 202, NO_STORE)
  }
}
