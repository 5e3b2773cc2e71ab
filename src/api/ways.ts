/** GET /ways?ids=…: how far the owner's events got (specification/rest-api.md, R14). */
import type { ReadWays } from '../flow/ways.ts'
import type { Route } from './connection.ts'
import type { Reader } from './reader.ts'
import { compressible, fail, failed, JSON_TYPE } from './reply.ts'

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
    const query = new URLSearchParams(/\?(.*)$/s.exec(request.path)?.[1])
    const ids = new Set(query.get('ids')?.split(',') ?? [])
    if (ids.size === 0 || ids.size > MAX_IDS || ![...ids].every(id => /^[0-9a-f]{64}$/.test(id))) {
      return failed(WRONG_IDS)
    }
    return compressible(JSON.stringify(await readWays([...ids])), request.header('accept-encoding'), {
      'Content-Type': JSON_TYPE,
      'Cache-Control': 'no-store',
    })
  }
}
