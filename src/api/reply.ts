/** Answers: JSON as the original writes it, gzip where it pays, and the one place that turns failures into statuses. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type RefusalCode, type Rejection, statusOf } from '../event/rejection.ts'
import { CODE_HEADER } from '../wire/refusal.ts'
import { MIN_GZIP_BYTES } from './limits.ts'

const gzipBytes = promisify(gzip)

/** Why a request ends without having done what it asked for, in HTTP's words. */
export interface Failure {
  readonly status: number
  /** A sentence for a person. */
  readonly error: string
  /** The same for a program; none where the status says it all. */
  readonly code?: RefusalCode | undefined
  /** The name of what was refused, as of a setting. */
  readonly about?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export function fail(
  status: number,
  error: string,
  code?: RefusalCode,
  headers?: Readonly<Record<string, string>>,
): Failure {
  return { status, error, code, headers }
}

export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'error' in value && 'status' in value
}

/** What is true now only, or for this reader only. */
export const NO_STORE = { 'Cache-Control': 'no-store' }
export const JSON_TYPE = 'application/json; charset=utf-8'

/** JSON with two spaces of indent, as the original's clients have always got it. */
export function json(value: unknown, status = 200, headers?: Readonly<Record<string, string>>): Response {
  return new Response(JSON.stringify(value, null, 2), { status, headers: { 'Content-Type': JSON_TYPE, ...headers } })
}

/** `{"Error": "…", "code": "…"}` with the status (specification/rest-api.md, R1.2, R1.12). */
export function failed({ status, error, code, about, headers }: Failure): Response {
  return json({ Error: error, code, about }, status, headers)
}

/** The same where the original's clients ask: the body is as it was, so the code is a header. */
export function failedAsOriginal({ status, error, code, headers }: Failure): Response {
  return json({ Error: error }, status, { ...headers, ...(code !== undefined && { [CODE_HEADER]: code }) })
}

/** A refusal of a flow, for HTTP. */
export function failureOf(rejection: Rejection): Failure {
  const { rejected, reason, code = rejected, about } = rejection
  return { status: statusOf(rejection), error: reason, code, about }
}

/** The answer to a request that a flow refused. */
export function rejected(rejection: Rejection): Response {
  return failed(failureOf(rejection))
}

/**
 * A body with its type, as gzip when the client accepts that and it is shorter. `Vary` is always given, for the answer
 * depends on `Accept-Encoding` either way.
 */
export async function compressible(
  body: Uint8Array | string,
  acceptEncoding: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const vary = { ...headers, Vary: 'Accept-Encoding' }
  if (bytes.length >= MIN_GZIP_BYTES && acceptsGzip(acceptEncoding)) {
    const packed = await gzipBytes(bytes)
    if (packed.length < bytes.length) return bytesResponse(packed, { ...vary, 'Content-Encoding': 'gzip' })
  }
  return bytesResponse(bytes, vary)
}

function bytesResponse(bytes: Uint8Array, headers: Readonly<Record<string, string>>): Response {
  return new Response(bytes as Uint8Array<ArrayBuffer>, { headers })
}

/** Whether `Accept-Encoding` allows gzip (RFC 9110 §12.5.3): named, or covered by `*`, and not with a weight of 0. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false
  let byStar = false
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map(text => text.trim())
    const refused = parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter))
    if (coding === 'gzip' || coding === 'x-gzip') return !refused
    if (coding === '*') byStar = !refused
  }
  return byStar
}
