/** A request's body → JSON value, with a bound on its bytes, on what gzip makes of them, and on the time it takes. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Clock } from '../observe/clock.ts'
import { MAX_BODY_BYTES, MAX_INFLATED_BODY_BYTES } from '../wire/limits.ts'
import type { Place } from './gate.ts'
import { type Failure, fail } from './reply.ts'

const gunzipBytes = promisify(gunzip)

const TOO_LARGE = fail(
  413,
  `A body may have ${MAX_BODY_BYTES} bytes, and ${MAX_INFLATED_BODY_BYTES} when unpacked.`,
  'too-large',
)
const WRONG_TYPE = fail(415, "Bad Content-Type or charset, expected 'application/json'")
const WRONG_CODING = fail(415, 'A body may be plain or gzip; this Content-Encoding is neither.', undefined, {
  'Accept-Encoding': 'gzip',
})
const TOO_SLOW = fail(408, 'The body did not arrive in time. Try again.')
const CUT_SHORT = fail(400, 'The body ended before it was complete.')
const NO_PLACE = fail(503, 'The node is busy. Try again in a moment.', 'busy', { 'Retry-After': '1' })
const NOT_GZIP = fail(400, 'The body is not gzip, or is cut short.')
const NOT_UTF8 = fail(400, 'The body is not UTF-8.')
const EMPTY = fail(400, 'JSON payload is empty')
const CUT_JSON = fail(400, 'unexpected end of JSON input')
const NOT_JSON = fail(400, 'The body is not valid JSON.')

/** What the bytes of a body may be, as they arrive and unpacked, and what is said to more. */
export interface BodyBound {
  readonly bytes: number
  readonly failure: Failure
}

export interface BodySource {
  /** A narrower bound than the usual one. */
  readonly bound?: BodyBound | undefined
  readonly request: Request
  readonly header: (name: string) => string | undefined
  /** The content type that is taken; JSON without one. */
  readonly type?: string | undefined
  /** Whether the transport holds the body to its Content-Length, as an HTTP/1.1 parser does. */
  readonly exactLength: boolean
  readonly place: Place
  readonly clock: Clock
  readonly timeoutMs: number
}

/** The bytes as they arrived, and the same without Content-Encoding. */
export interface Body {
  readonly raw: Uint8Array
  readonly plain: Uint8Array
}

/** Reads and unpacks: 408 too slow, 413 too large, 415 no JSON by its type, 503 too many bodies at once. */
export async function readBody(source: BodySource): Promise<Body | Failure> {
  const { header, type, bound } = source
  const maxBytes = bound?.bytes ?? MAX_BODY_BYTES
  const tooLarge = bound?.failure ?? TOO_LARGE
  const length = header('content-length')
  const declared = length === undefined ? undefined : Number(length)
  // The original looks at the type of a body that is there; an empty one gets "JSON payload is empty".
  if (declared !== 0 && !isType(type ?? 'application/json', header('content-type'))) return WRONG_TYPE
  if (declared !== undefined && !(declared <= maxBytes)) return tooLarge
  const coding = header('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (!['identity', 'gzip', 'x-gzip', ''].includes(coding)) return WRONG_CODING
  if (!source.place.reserve(declared ?? maxBytes)) return NO_PLACE
  const raw = await withinTime(source, declared === undefined || !source.exactLength ? drain : readWhole)
  if ('error' in raw) return raw
  if (raw.length > maxBytes) return tooLarge
  if (coding === 'identity' || coding === '' || raw.length === 0) return { raw, plain: raw }
  const plain = await inflate(raw)
  return 'error' in plain ? plain : { raw, plain }
}

/** Bytes → JSON value; the texts of the errors are the original's where it has one of its own. */
export function parseJson(bytes: Uint8Array): { value: unknown } | Failure {
  if (bytes.length === 0) return EMPTY
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return NOT_UTF8
    throw error
  }
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError) return syntaxFailure(text, error.message)
    throw error
  }
}

function syntaxFailure(text: string, message: string): Failure {
  const position = Number(/at position (\d+)/.exec(message)?.[1] ?? -1)
  if (/end of JSON input|^Unterminated/.test(message) || position === text.length) return CUT_JSON
  if (/after JSON/.test(message) && position >= 0) {
    return fail(400, `invalid character '${String.fromCodePoint(text.codePointAt(position)!)}' after top-level value`)
  }
  return NOT_JSON
}

/** The wanted type, with no charset or UTF-8: the types a page of another site may send unasked are not it. */
export function isType(wanted: string, given: string | undefined): boolean {
  const [type = '', ...parameters] = (given ?? '').toLowerCase().trim().split(';')
  if (type.trim() !== wanted || parameters.length > 2) return false
  return parameters.every((text, i) => (i > 0 ? text.trim() === '' : UTF_8.test(text)))
}

const UTF_8 = /^\s*(?:charset\s*=\s*"?utf-8"?)?\s*$/

/** Every read ends: by itself, or by the clock. */
async function withinTime(
  source: BodySource,
  read: (source: BodySource, late: AbortSignal) => Promise<Uint8Array | Failure>,
): Promise<Uint8Array | Failure> {
  const late = new AbortController()
  const timeout = Promise.withResolvers<Failure>()
  const stop = source.clock.after(source.timeoutMs, () => {
    late.abort()
    timeout.resolve(TOO_SLOW)
  })
  try {
    return await Promise.race([read(source, late.signal), timeout.promise])
  } catch {
    // Whatever breaks while bytes come in is the other end's doing: it went away, or cut its upload.
    return CUT_SHORT
  } finally {
    stop()
  }
}

async function readWhole({ request }: BodySource): Promise<Uint8Array> {
  return new Uint8Array(await request.arrayBuffer())
}

/** A body of unknown length, piece by piece, so that no more than the bound is ever held. */
async function drain({ request, bound }: BodySource, late: AbortSignal): Promise<Uint8Array | Failure> {
  if (request.body === null) return new Uint8Array(0)
  const reader = request.body.getReader()
  const pieces: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(pieces)
    bytes += value.length
    if (late.aborted || bytes > (bound?.bytes ?? MAX_BODY_BYTES)) {
      await reader.cancel()
      return bound?.failure ?? TOO_LARGE
    }
    pieces.push(value)
  }
}

async function inflate(bytes: Uint8Array): Promise<Uint8Array | Failure> {
  try {
    return await gunzipBytes(bytes, { maxOutputLength: MAX_INFLATED_BODY_BYTES })
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? TOO_LARGE : NOT_GZIP
  }
}
