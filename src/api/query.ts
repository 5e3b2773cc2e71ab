/** POST /req: JSON filter → flow → MessagePack (specification/rest-api.md, "Pull"). */
import { isRejection } from '../event/rejection.ts'
import type { Most, Query } from '../flow/query.ts'
import { MAX_CIRCUIT_ANSWER_BYTES, MAX_CIRCUIT_EVENTS } from '../wire/limits.ts'
import { encodePullBody } from '../wire/pull-body.ts'
import { parseJson } from './body.ts'
import type { Route } from './connection.ts'
import { coversBody, OTHER_BODY, refuse } from './http-auth.ts'
import { UNCLAIMED } from './publish.ts'
import type { Reader } from './reader.ts'
import { compressible, failedAsOriginal as failed, failureOf } from './reply.ts'

export interface QueryParts {
  readonly query: Query
  readonly owner: () => string | undefined
  readonly reader: Reader
}

const OVER_CIRCUIT: Most = { events: MAX_CIRCUIT_EVENTS, bytes: MAX_CIRCUIT_ANSWER_BYTES }

export function createQueryRoute(parts: QueryParts): Route {
  return async request => {
    const access = await parts.reader.admit(request)
    if ('error' in access) return failed(access)
    if (parts.owner() === undefined) return failed(UNCLAIMED)
    const body = await request.readBody()
    if ('error' in body) return failed(body)
    if (access.proof !== undefined && !coversBody(access.proof, body.raw)) {
      return failed(refuse(OTHER_BODY))
    }
    const parsed = parseJson(body.plain)
    if ('error' in parsed) return failed(parsed)
    const page = await parts.query(parsed.value, request.limited ? OVER_CIRCUIT : undefined)
    if (isRejection(page)) return failed(failureOf(page))
    const headers: Record<string, string> = { 'Content-Type': 'application/octet-stream' }
    if (page.cursor !== undefined) headers['Nostrp2p-Cursor'] = page.cursor
    if (page.more) headers['Nostrp2p-More'] = '1'
    return compressible(encodePullBody(page.events, page.late), request.header('accept-encoding'), headers)
  }
}
