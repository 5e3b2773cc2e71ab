/** POST /import: events as lines of JSON, of any number, and how far it is as lines too. */
import { type Import, type Line, LinesEnded } from '../flow/import.ts'
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import { type ImportLine, LINES_TYPE } from '../wire/transfer.ts'
import { isType } from './body.ts'
import type { ApiRequest, Route } from './connection.ts'
import { IMPORT_BEAT_MS, IMPORT_STILL_MS, MAX_IMPORT_LINE_BYTES } from './limits.ts'
import { answerLines, lineOf } from './lines.ts'
import { UNCLAIMED, WRITE_DENIED } from './publish.ts'
import type { Reader } from './reader.ts'
import { type Failure, fail, failed } from './reply.ts'

export interface ImportRouteParts {
  readonly reader: Reader
  readonly owner: () => string | undefined
  readonly writable: boolean
  readonly importLines: Import
  readonly clock: Clock
  readonly log: Logger
}

const WRONG_TYPE = fail(415, `An import is sent as ${LINES_TYPE}: a signed event as JSON on each line.`)
const WRONG_CODING = fail(415, 'An import is sent as it is, without a Content-Encoding.')
const EMPTY = fail(400, 'There is nothing in this file.', 'import-empty')
const RUNNING = fail(409, 'Another import is at work. Wait until it has ended, and try again.', 'import-running', {
  'Retry-After': '10',
})

export function createImportRoute(parts: ImportRouteParts): Route {
  const { reader, owner, writable, importLines, clock, log } = parts
  let isRunning = false

  function refused(request: ApiRequest): Failure | undefined {
    if (owner() === undefined) return UNCLAIMED
    if (!isType(LINES_TYPE, request.header('content-type'))) return WRONG_TYPE
    if (!['identity', ''].includes(request.header('content-encoding') ?? '')) return WRONG_CODING
    return isRunning ? RUNNING : undefined
  }

  return async request => {
    if (!writable) return failed(WRITE_DENIED)
    // Its lines prove themselves, so a signed request need not cover them: nobody could know them all beforehand.
    const access = await reader.admitChange(request)
    if ('error' in access) return failed(access)
    const refusal = refused(request)
    if (refusal !== undefined) return failed(refusal)
    const body = request.openBody()
    if (body === undefined) return failed(EMPTY)
    isRunning = true
    const told = createTold(clock)
    const until = access.device?.revoked
    const lines = linesOf(piecesOf(body, clock, until))
    const work = importLines(lines, told.tell).then(
      end => told.end(end),
      error => told.fail(error),
    )
    void work.finally(() => {
      isRunning = false
    })
    return answerLines(told.lines(), {
      request,
      clock,
      // What was sent is stored whether or not anybody reads this; without a reader the sender has gone too.
      onEnd: () => {},
      onFault: error => log('error', 'an import broke off', { reason: messageOf(error) }),
    })
  }
}

/** What is told until somebody takes it: progress only when nothing waits, so that nobody has to read to be imported. */
function createTold(clock: Clock) {
  const waiting: ImportLine[] = []
  let isOver = false
  let fault: { readonly error: unknown } | undefined
  let wake = () => {}

  function put(line: ImportLine): void {
    waiting.push(line)
    wake()
  }

  return {
    tell(line: ImportLine): void {
      if ('line' in line || waiting.length === 0) put(line)
    },
    end(line: ImportLine): void {
      isOver = true
      put(line)
    },
    fail(error: unknown): void {
      isOver = true
      fault = { error }
      wake()
    },
    async *lines(): AsyncGenerator<Uint8Array> {
      for (;;) {
        if (waiting.length > 0) yield Buffer.concat(waiting.splice(0).map(lineOf))
        else if (fault !== undefined) throw fault.error
        else if (isOver) return
        else {
          const { promise, resolve } = Promise.withResolvers<void>()
          wake = resolve
          const stop = clock.after(IMPORT_BEAT_MS, resolve)
          await promise
          stop()
          if (waiting.length === 0 && !isOver) yield Buffer.from('\n')
        }
      }
    },
  }
}

/** Pieces of the body as they come; throws `LinesEnded` when none comes for long or the sender has gone. */
async function* piecesOf(
  body: ReadableStream<Uint8Array>,
  clock: Clock,
  until: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  let ended: LinesEnded | undefined
  const end = (why: LinesEnded) => {
    ended ??= why
    reader.cancel().catch(() => {})
  }
  const shutOut = () => end(new LinesEnded('This device was shut out.', 'device-revoked'))
  until?.addEventListener('abort', shutOut)
  try {
    for (;;) {
      const stop = clock.after(IMPORT_STILL_MS, () =>
        end(new LinesEnded(`Nothing more came for ${IMPORT_STILL_MS / 1000} seconds.`)),
      )
      const piece = await next(reader).finally(stop)
      if (ended !== undefined) throw ended
      if (piece === undefined) return
      yield piece
    }
  } finally {
    until?.removeEventListener('abort', shutOut)
    reader.cancel().catch(() => {})
  }
}

/** Undefined at the end. */
async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return (await reader.read()).value
  } catch {
    // Whatever breaks while bytes come in is the other end's doing.
    throw new LinesEnded('The file was not sent to its end.')
  }
}

/** Bytes → lines, of which none is held beyond the bound. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Line[]> {
  let number = 0
  let begun: Uint8Array[] = []
  let bytes = 0

  function add(part: Uint8Array): void {
    bytes += part.length
    if (bytes > MAX_IMPORT_LINE_BYTES) begun = []
    else begun.push(part)
  }

  function take(): Line {
    const text = bytes > MAX_IMPORT_LINE_BYTES ? undefined : Buffer.concat(begun).toString()
    begun = []
    bytes = 0
    number += 1
    // Some editors mark a file as UTF-8 at its very beginning.
    return { number, text: number === 1 ? text?.replace(/^\uFEFF/, '') : text }
  }

  for await (const piece of pieces) {
    const lines: Line[] = []
    let from = 0
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      add(piece.subarray(from, end))
      lines.push(take())
      from = end + 1
    }
    if (from < piece.length) add(piece.subarray(from))
    if (lines.length > 0) yield lines
  }
  if (bytes > 0) yield [take()]
}

const NEWLINE = 0x0a
