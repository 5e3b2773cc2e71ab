/** GET /ways?ids=…: how far the owner's events got (specification/rest-api.md, R14). */
import { isHex32 } from '../event/hex.ts'
import type { ReadWays } from '../flow/ways.ts'
import type { Route } from './connection.ts'
import type { Reader } from './reader.ts'
import { compressible, fail, failed, JSON_TYPE, NO_STORE } from './reply.ts'
import { queryOf } from './tokens.ts'

export interface WaysRouteParts {
  readonly reader: Reader
  readonly readWays: ReadWays
}

/** A page of a timeline; the address of the request stays under 7 KiB. */
const MAX_IDS = 100
const WRONG_IDS = fail(400, `"ids" has to name 1 to ${MAX_IDS} events by their ids, with commas between.`)

export function createWaysRoute({ reader, readWays }: WaysRouteParts): Route {
  return async request => {
    const access = await reader.admit(request)
    if ('error' in access) return failed(access)
    const ids = new Set(queryOf(request.path).get('ids')?.split(',') ?? [])
    if (ids.size === 0 || ids.size > MAX_IDS || ![...ids].every(isHex32)) {
      return failed(WRONG_IDS)
    }
    return compressible(JSON.stringify(await readWays([...ids])), request.header('accept-encoding'), {
      'Content-Type': JSON_TYPE,
      ...NO_STORE,
    })
  }
}
