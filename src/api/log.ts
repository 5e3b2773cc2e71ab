/** GET /log: the last lines of what happens in the node, then each as it comes, until one side has enough. */
import type { Clock } from '../observe/clock.ts'
import type { LogLine } from '../wire/log-line.ts'
import type { Journal } from '../words/journal.ts'
import type { ApiRequest, Route } from './connection.ts'
import { LOG_BEAT_MS, MAX_LOG_READERS, MAX_LOG_UNREAD_BYTES } from './limits.ts'
import { LINES_HEADERS, lineOf } from './lines.ts'
import type { Reader } from './reader.ts'
import { fail, failed } from './reply.ts'

export interface LogParts {
  readonly reader: Reader
  readonly journal: Pick<Journal, 'last' | 'follow'>
  readonly clock: Clock
}

const TOO_MANY = fail(
  503,
  `The log is being read ${MAX_LOG_READERS} times already. Close the node page somewhere, and ask again.`,
  'busy',
  { 'Retry-After': '5' },
)
const EMPTY_LINE = Buffer.from('\n')

export function createLogRoute({ reader, journal, clock }: LogParts): Route {
  let readers = 0

  function follow({ cut }: ApiRequest, revoked: AbortSignal | undefined): Response {
    readers += 1
    let end = () => {}
    const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      let stopBeat = () => {}
      const unfollow = journal.follow(
        line => send(lineOf(line)),
        () => close(),
      )
      end = () => {
        end = () => {}
        readers -= 1
        unfollow()
        revoked?.removeEventListener('abort', shutOut)
        stopBeat()
      }
      function close(): void {
        end()
        controller.close()
      }
      function send(bytes: Uint8Array): void {
        controller.enqueue(bytes)
        // What is on its way in the sockets comes on top: whoever is so far behind does not read.
        if ((controller.desiredSize ?? 0) <= 0) shutOut()
      }
      function shutOut(): void {
        close()
        cut()
      }
      function beat(): void {
        stopBeat = clock.after(LOG_BEAT_MS, beat)
        send(EMPTY_LINE)
      }
      revoked?.addEventListener('abort', shutOut)
      stopBeat = clock.after(LOG_BEAT_MS, beat)
      const last: readonly LogLine[] = journal.last()
      if (last.length > 0) controller.enqueue(Buffer.concat(last.map(lineOf)))
    }
    const body = new ReadableStream<Uint8Array>(
      { start, cancel: () => end() },
      new ByteLengthQueuingStrategy({ highWaterMark: MAX_LOG_UNREAD_BYTES }),
    )
    return new Response(body, { headers: LINES_HEADERS })
  }

  return async request => {
    const access = await reader.admit(request)
    if ('error' in access) return failed(access)
    if (request.method === 'HEAD') return new Response(null, { headers: LINES_HEADERS })
    return readers < MAX_LOG_READERS ? follow(request, access.device?.revoked) : failed(TOO_MANY)
  }
}
