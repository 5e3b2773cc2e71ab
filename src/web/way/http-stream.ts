/**
 * HTTP/1.1 over a stream (RFC 9112), as far as the node speaks it: one request after another, bodies with a length or in
 * chunks, read as fast as somebody takes them. libp2p's own (`@libp2p/http-fetch`) needs a stream for each request,
 * leaves the query out of the path and does not wait for a slow reader.
 */
import { type ByteReader, type ByteStream, readBytes, StreamFault } from './byte-stream.ts'
import { WayLost, type WayRequest } from './way.ts'

export interface HttpStream {
  /**
   * The next request; the one before must be done.
   * @throws WayLost when the stream fails
   */
  ask(path: string, request: WayRequest): Promise<Response>
  /** Another request may go over it. */
  isFree(): boolean
  abort(): void
}

/** Instead of a name with the peer ID: who answers is proven already, and each pull pays for it. */
export const HOST = 'node.libp2p'
const MAX_LINE_BYTES = 8 * 1024
const MAX_HEADERS = 64
const MAX_INTERIM_ANSWERS = 4
const PIECE_BYTES = 64 * 1024
/** A body of a request that is read at once. */
const SLICE_BYTES = 64 * 1024
/** Answers that are read at once. */
const SMALL_BYTES = 16 * 1024
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

/** @param onSettled told when the next request may come, and when none may any more */
export function createHttpStream(stream: ByteStream, onSettled: () => void): HttpStream {
  const reader = readBytes(stream)
  let state: 'free' | 'busy' | 'ended' = 'free'

  const end = (): void => {
    if (state === 'ended') return
    state = 'ended'
    stream.abort()
    onSettled()
  }

  async function ask(path: string, { method, headers, body, signal }: WayRequest): Promise<Response> {
    if (state !== 'free') throw new WayLost({ isUnsent: true })
    state = 'busy'
    signal.addEventListener('abort', end, { once: true })
    const settled = (isReusable: boolean): void => {
      signal.removeEventListener('abort', end)
      if (!isReusable) end()
      else if (state === 'busy') {
        state = 'free'
        onSettled()
      }
    }
    try {
      // An answer may come before all is sent, as a refusal of what is too large.
      let isSent = false
      send(stream, headOf(path, method, headers, body), body).then(
        () => {
          isSent = true
        },
        () => end(),
      )
      const head = await readHead(reader)
      const isLast = headers.Connection === 'close'
      return await answer(head, reader, signal, isReusable => settled(isReusable && isSent && !isLast))
    } catch (error) {
      settled(false)
      signal.throwIfAborted()
      throw new WayLost({ isUnsent: false }, error)
    }
  }

  return { ask, isFree: () => state === 'free', abort: end }
}

async function send(stream: ByteStream, head: Uint8Array, body: string | Blob | null): Promise<void> {
  if (body instanceof Blob) {
    await stream.send(head)
    for (let start = 0; start < body.size; start += SLICE_BYTES) {
      await stream.send(new Uint8Array(await body.slice(start, start + SLICE_BYTES).arrayBuffer()))
    }
    return
  }
  // One packet for a pull.
  await stream.send(body === null ? head : concat(head, new TextEncoder().encode(body)))
}

function headOf(path: string, method: string, headers: WayRequest['headers'], body: string | Blob | null): Uint8Array {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${HOST}`, 'Accept-Encoding: gzip']
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (body !== null) {
    lines.push(`Content-Length: ${body instanceof Blob ? body.size : new TextEncoder().encode(body).length}`)
  } else if (method !== 'GET') lines.push('Content-Length: 0')
  if (lines.some(line => /[^\x20-\x7e\t]/.test(line))) throw new StreamFault('a header with a line end in it')
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`)
}

export interface Head {
  readonly status: number
  readonly headers: Headers
}

/** The head of an answer; interim ones (100, 103) are passed over. */
export async function readHead(reader: ByteReader): Promise<Head> {
  for (let i = 0; i < MAX_INTERIM_ANSWERS; i++) {
    const status = Number(/^HTTP\/1\.1 ([1-5]\d\d)(?: |$)/.exec(await reader.line(MAX_LINE_BYTES))?.[1])
    if (Number.isNaN(status)) throw new StreamFault('this is not HTTP')
    const headers = await readHeaders(reader)
    if (status >= 200 || status === 101) return { status, headers }
  }
  throw new StreamFault('no answer after many interim ones')
}

async function readHeaders(reader: ByteReader): Promise<Headers> {
  const headers = new Headers()
  for (let count = 0; ; count++) {
    const line = await reader.line(MAX_LINE_BYTES)
    if (line === '') return headers
    if (count === MAX_HEADERS) throw new StreamFault('too many headers')
    const colon = line.indexOf(':')
    // Also refuses what `Headers` would not take: it throws.
    headers.append(line.slice(0, Math.max(0, colon)), line.slice(colon + 1).trim())
  }
}

async function answer(
  { status, headers }: Head,
  reader: ByteReader,
  signal: AbortSignal,
  onEnd: (isReusable: boolean) => void,
): Promise<Response> {
  const keeps = headers.get('Connection')?.toLowerCase() !== 'close'
  const pieces = WITHOUT_BODY.has(status) ? nothing() : bodyOf(headers, reader)
  const isDelimited = WITHOUT_BODY.has(status) || headers.has('Content-Length') || headers.has('Transfer-Encoding')
  const ended = (): void => onEnd(keeps && isDelimited && !reader.hasRest())
  // What is small is here already: the stream is free again whether or not somebody reads it.
  if (WITHOUT_BODY.has(status) || Number(headers.get('Content-Length') ?? Infinity) <= SMALL_BYTES) {
    const bytes = await Array.fromAsync(pieces)
    ended()
    if (WITHOUT_BODY.has(status)) return new Response(null, { status, headers })
    return new Response(unpacked(new Blob(bytes).stream(), headers), { status, headers })
  }
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          const piece = await pieces.next()
          if (!piece.done) return controller.enqueue(piece.value)
          ended()
          controller.close()
        } catch (error) {
          onEnd(false)
          controller.error(signal.aborted ? signal.reason : new WayLost({ isUnsent: false }, error))
        }
      },
      cancel: () => onEnd(false),
    },
    { highWaterMark: 0 },
  )
  return new Response(unpacked(body, headers), { status, headers })
}

async function* nothing(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {}

function unpacked(body: ReadableStream<Uint8Array<ArrayBuffer>>, headers: Headers): ReadableStream<Uint8Array> {
  if (headers.get('Content-Encoding') !== 'gzip') return body
  return body.pipeThrough(new DecompressionStream('gzip'))
}

async function* bodyOf(headers: Headers, reader: ByteReader): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  if (headers.get('Transfer-Encoding')?.toLowerCase() === 'chunked') return yield* chunksOf(reader)
  const length = headers.get('Content-Length')
  if (length === null) {
    for (let piece = await reader.some(PIECE_BYTES); piece !== undefined; piece = await reader.some(PIECE_BYTES)) {
      yield piece
    }
    return
  }
  if (!/^\d{1,15}$/.test(length)) throw new StreamFault('a length that is none')
  yield* piecesOf(reader, Number(length))
}

async function* piecesOf(reader: ByteReader, length: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for (let left = length; left > 0; ) {
    const piece = await reader.some(Math.min(left, PIECE_BYTES))
    if (piece === undefined) throw new StreamFault('the answer ended too early')
    left -= piece.length
    yield piece
  }
}

async function* chunksOf(reader: ByteReader): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for (;;) {
    const size = /^([\da-f]{1,8})(?:;|$)/i.exec(await reader.line(MAX_LINE_BYTES))?.[1]
    if (size === undefined) throw new StreamFault('a chunk without a size')
    const bytes = Number.parseInt(size, 16)
    if (bytes === 0) break
    yield* piecesOf(reader, bytes)
    if ((await reader.line(2)) !== '') throw new StreamFault('a chunk that is longer than it says')
  }
  await readHeaders(reader)
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
