/** The way over streams of one connection to the node: some are kept open, and each carries one request after another. */
import type { ByteStream } from './byte-stream.ts'
import { createHttpStream, type HttpStream } from './http-stream.ts'
import { isRepeatable, type Way, type WayKind, WayLost, type WayRequest } from './way.ts'
import { openWebSocket } from './web-socket.ts'

export interface StreamWayParts {
  readonly kind: WayKind
  /** A fresh stream of `/http/1.1`. */
  readonly open: (signal: AbortSignal) => Promise<ByteStream>
  /** Aborted when the connection has ended. */
  readonly ended: AbortSignal
  /** Ends the connection. */
  readonly close: () => void
}

/** Requests that are under way at once; the rest wait. */
const MAX_STREAMS = 6
/** The node lets a stream go after 30 s in which nothing was asked: it must not be found dead. */
const IDLE_MS = 25_000
const OPEN_MS = 5_000
const RETIRE_MS = 60_000
const RETIRE_LOOK_MS = 200

export function createStreamWay({ kind, open, ended, close }: StreamWayParts): Way {
  const streams = new Set<HttpStream>()
  const idling = new Map<HttpStream, ReturnType<typeof setTimeout>>()
  const waiting: (() => void)[] = []
  let opening = 0

  ended.addEventListener('abort', () => {
    for (const stream of [...streams]) stream.abort()
    for (const next of waiting.splice(0)) next()
  })

  function settled(stream: HttpStream): void {
    if (stream.isFree()) idling.set(stream, setTimeout(stream.abort, IDLE_MS))
    else {
      clearTimeout(idling.get(stream))
      idling.delete(stream)
      streams.delete(stream)
    }
    waiting.shift()?.()
  }

  function takeIdle(): HttpStream | undefined {
    const [stream] = idling.keys()
    if (stream === undefined) return undefined
    clearTimeout(idling.get(stream))
    idling.delete(stream)
    return stream
  }

  /** One that is free, or a new one, or when there are as many as may be the first that gets free. */
  async function take(signal: AbortSignal): Promise<{ stream: HttpStream; isKept: boolean }> {
    for (;;) {
      signal.throwIfAborted()
      if (ended.aborted) throw new WayLost({ isUnsent: true })
      const kept = takeIdle()
      if (kept !== undefined) return { stream: kept, isKept: true }
      if (streams.size + opening < MAX_STREAMS) return { stream: await fresh(signal), isKept: false }
      await turn(signal)
    }
  }

  async function fresh(signal: AbortSignal): Promise<HttpStream> {
    opening++
    try {
      const opened = await open(AbortSignal.any([signal, AbortSignal.timeout(OPEN_MS)]))
      const stream: HttpStream = createHttpStream(opened, () => settled(stream))
      if (ended.aborted) stream.abort()
      else streams.add(stream)
      return stream
    } catch (error) {
      signal.throwIfAborted()
      throw new WayLost({ isUnsent: true }, error)
    } finally {
      opening--
    }
  }

  function turn(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const next = (): void => {
        signal.removeEventListener('abort', next)
        resolve()
      }
      waiting.push(next)
      signal.addEventListener('abort', next, { once: true })
    })
  }

  async function ask(path: string, request: WayRequest): Promise<Response> {
    for (;;) {
      const { stream, isKept } = await take(request.signal)
      try {
        return await stream.ask(path, request)
      } catch (error) {
        // The node may have let the stream go just now; the connection stands all the same.
        const mayBeStale = isKept && !ended.aborted && error instanceof WayLost
        if (!mayBeStale || !isRepeatable(path, request.method)) throw error
      }
    }
  }

  function retire(untilMs = Date.now() + RETIRE_MS): void {
    const isIdle = opening === 0 && streams.size === idling.size
    if (isIdle || Date.now() >= untilMs) close()
    else setTimeout(() => retire(untilMs), RETIRE_LOOK_MS)
  }

  return {
    kind,
    ended,
    fetch: ask,
    open: onCut => openWebSocket(() => open(AbortSignal.timeout(OPEN_MS)), onCut),
    async check(signal) {
      try {
        // Whoever is shut out still hears that for a moment.
        return (await ask('/healthz', { method: 'GET', headers: {}, body: null, signal })).status !== 401
      } catch {
        return false
      }
    },
    close,
    retire: () => retire(),
  }
}
