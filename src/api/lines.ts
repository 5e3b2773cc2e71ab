/** Answers of many lines: read no faster than they are taken, and cut when nobody takes them. */
import type { Clock } from '../observe/clock.ts'
import { LINES_TYPE } from '../wire/transfer.ts'
import type { ApiRequest } from './connection.ts'
import { LINES_UNREAD_MS } from './limits.ts'

export const LINES_HEADERS = { 'Content-Type': `${LINES_TYPE}; charset=utf-8`, 'Cache-Control': 'no-store' }

export interface LinesParts {
  readonly request: Pick<ApiRequest, 'method' | 'cut'>
  readonly clock: Clock
  readonly headers?: Readonly<Record<string, string>>
  /** Told once, when the lines have ended or nobody wants them any more. */
  readonly onEnd: () => void
  /** Told what broke while lines were made; the connection is cut then. */
  readonly onFault: (error: unknown) => void
  /** Ends the answer when it comes. */
  readonly until?: AbortSignal | undefined
}

/** @param lines bytes of whole lines; asked for one after the other */
export function answerLines(lines: AsyncIterator<Uint8Array>, parts: LinesParts): Response {
  const { request, clock, onEnd, onFault, until } = parts
  let isOver = false
  let stopWaiting: (() => void) | undefined

  function end(): void {
    if (isOver) return
    isOver = true
    stopWaiting?.()
    until?.removeEventListener('abort', cut)
    onEnd()
    // Waits for the line that is being made; nobody waits for that.
    lines.return?.().catch(onFault)
  }

  /** The other end sees that something is missing. */
  function cut(): void {
    if (isOver) return
    end()
    request.cut()
  }

  const headers = { ...LINES_HEADERS, ...parts.headers }
  if (request.method === 'HEAD') {
    end()
    return new Response(null, { headers })
  }
  until?.addEventListener('abort', cut)
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        stopWaiting?.()
        if (isOver) return
        try {
          const { done, value } = await lines.next()
          if (isOver) return
          if (done === true) {
            controller.close()
            end()
            return
          }
          controller.enqueue(value)
          stopWaiting = clock.after(LINES_UNREAD_MS, cut)
        } catch (error) {
          onFault(error)
          cut()
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
  if (until?.aborted) cut()
  return new Response(body, { headers })
}

/** A value as a line of JSON. */
export function lineOf(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}
