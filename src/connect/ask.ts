/** One question by HTTP on a stream of its own. */
import { request } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Answer {
  readonly status: number
  readonly bytes: Buffer
}

/** Addresses, a token, an announcement: no answer to a device has more. */
const MAX_ANSWER_BYTES = 64 * 1024

/** @param host peer ID of the node. Throws when the stream breaks or the signal comes before the whole answer. */
export function ask(
  stream: Duplex,
  { host, path, json, signal }: { host: string; path: string; json?: unknown; signal: AbortSignal },
): Promise<Answer> {
  const body = json === undefined ? undefined : JSON.stringify(json)
  return new Promise((resolve, reject) => {
    const question = request({
      // What it takes for a socket is a stream with all that it calls.
      createConnection: () => stream as Socket,
      method: body === undefined ? 'GET' : 'POST',
      path,
      signal,
      headers: {
        Host: `${host}.libp2p`,
        Connection: 'close',
        ...(body === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }),
      },
    })
    question.once('error', reject)
    question.once('response', response => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > MAX_ANSWER_BYTES) question.destroy(new Error('the answer is too large'))
        else chunks.push(chunk)
      })
      response.once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }))
    })
    question.end(body)
  })
}

/** The answer as an object; undefined when it is none. */
export function objectOf({ bytes }: Answer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
