/** GET /export: the owner's events as lines of JSON; with `?what=all` everybody's that are here. */
import type { ExportWhat, MakeExport } from '../flow/export.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import { EXPORT_EVENTS_HEADER } from '../wire/transfer.ts'
import type { Route } from './connection.ts'
import { MAX_EXPORTS } from './limits.ts'
import { answerLines } from './lines.ts'
import { UNCLAIMED } from './publish.ts'
import type { Reader } from './reader.ts'
import { fail, failed } from './reply.ts'
import { queryOf } from './tokens.ts'

export interface ExportRouteParts {
  readonly reader: Reader
  readonly owner: () => string | undefined
  readonly makeExport: MakeExport
  readonly clock: Clock
  readonly log: Logger
}

const UNKNOWN = fail(400, '"what" is "own" or "all".')
const TOO_MANY = fail(
  503,
  `The node gives out ${MAX_EXPORTS} exports at the same time. Try again when one is done.`,
  'busy',
  {
    'Retry-After': '10',
  },
)

export function createExportRoute({ reader, owner, makeExport, clock, log }: ExportRouteParts): Route {
  let exports = 0
  return async request => {
    const access = await reader.admit(request)
    if ('error' in access) return failed(access)
    if (owner() === undefined) return failed(UNCLAIMED)
    const what = whatOf(request.path)
    if (what === undefined) return failed(UNKNOWN)
    if (exports >= MAX_EXPORTS) return failed(TOO_MANY)
    exports += 1
    const onEnd = () => {
      exports -= 1
    }
    try {
      const { events, lines } = await makeExport(what)
      const day = new Date(nowSeconds(clock) * 1000).toISOString().slice(0, 10)
      return answerLines(lines, {
        request,
        clock,
        headers: {
          [EXPORT_EVENTS_HEADER]: String(events),
          'Content-Disposition': `attachment; filename="nostrp2p-${what}-${day}.jsonl"`,
        },
        onEnd,
        onFault: error => log('error', 'an export broke off', { reason: messageOf(error) }),
        until: access.device?.revoked,
      })
    } catch (error) {
      onEnd()
      throw error
    }
  }
}

function whatOf(path: string): ExportWhat | undefined {
  const what = queryOf(path).get('what') ?? 'own'
  return what === 'own' || what === 'all' ? what : undefined
}
