/** Why a dial failed, in words for the person who typed the address. */
import { messageOf } from '../observe/log.ts'

/** What the system's code, libp2p's error name or its text means; the first that is found counts. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bECONNREFUSED\b/, 'nothing listens there'],
  [/\b(ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME)\b/, 'that name is not known'],
  [/\b(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)\b/, 'there is no way to that network'],
  [/\b(ETIMEDOUT|TimeoutError|AbortError)\b/, 'no answer'],
  [/\bDialDeniedError\b|dial self/i, 'that is this node itself'],
  [/\b(EncryptionFailedError|UnsupportedProtocolError|InvalidMessageError)\b|Missing newline/, 'no node answers there'],
  [/\b(ECONNRESET|EPIPE|UnexpectedEOFError|StreamResetError|ConnectionClosedError)\b/, 'the connection was cut off'],
]

/**
 * The innermost reason: libp2p and `Promise.any` wrap the errors of all ways into one. The last of them counts, which is
 * that of a relay where there was one: own addresses of a node behind a router are no surprise when they fail.
 */
export function dialErrorWords(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return dialErrorWords(error.errors.at(-1))
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const said = `${code} ${error instanceof Error ? error.name : ''} ${messageOf(error)}`
  return WORDS.find(([pattern]) => pattern.test(said))?.[1] ?? messageOf(error)
}
