/** POST /doctor: the checks of `nostrp2p doctor` from inside, a finding a line as each is known. */
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { FindingLine } from '../wire/finding.ts'
import { readChange } from './change.ts'
import type { Route } from './connection.ts'
import { DOCTOR_MS } from './limits.ts'
import { answerLines, lineOf } from './lines.ts'
import type { Reader } from './reader.ts'
import { fail, failed } from './reply.ts'

/** Looks at everything; ends soon after the signal. */
export type Doctor = (signal: AbortSignal) => AsyncIterable<FindingLine>

export interface DoctorParts {
  readonly reader: Reader
  readonly doctor: Doctor
  readonly clock: Clock
  readonly log: Logger
}

const RUNNING = fail(
  409,
  'The node is being looked at already. Wait for that to end, some seconds, and ask again.',
  'check-running',
  {
    'Retry-After': '5',
  },
)

/** The body says nothing yet. */
export function createDoctorRoute({ reader, doctor, clock, log }: DoctorParts): Route {
  let isRunning = false
  return async request => {
    const change = await readChange(request, reader)
    if ('error' in change) return failed(change)
    if (isRunning) return failed(RUNNING)
    isRunning = true
    const ended = new AbortController()
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(DOCTOR_MS)])
    async function* lines(): AsyncGenerator<Uint8Array> {
      for await (const line of doctor(signal)) yield lineOf(line)
    }
    return answerLines(lines(), {
      request,
      clock,
      until: change.access.device?.revoked,
      onEnd() {
        ended.abort()
        isRunning = false
      },
      onFault: error => log('error', 'the node could not be looked at', { reason: messageOf(error) }),
    })
  }
}
