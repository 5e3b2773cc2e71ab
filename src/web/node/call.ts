/** One request to the node, every wait bounded, every failure a value. */
import { CODE_HEADER, type RefusalBody } from '../../wire/refusal.ts'
import { LINES_TYPE } from '../../wire/transfer.ts'
import type { Trouble } from './trouble.ts'

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is instead: one event a line (R18.3). */
  readonly lines?: Blob
  /** Instead of what the way itself shows: a proof signed by the owner (NIP-98). */
  readonly authorization?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export type Call = (path: string, options?: CallOptions) => Promise<Response | Trouble>

/** Carries a request to the node, by whichever way leads there; throws when none does. */
export type Send = (
  path: string,
  request: {
    readonly method: 'GET' | 'POST' | 'DELETE'
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | Blob | null
    readonly signal: AbortSignal
  },
) => Promise<Response>

const TIMEOUT_MS = 20_000

/**
 * @param onAnswer told of each answer, whatever it says, and when by this device's clock it was asked for
 */
export function createCall(send: Send, onAnswer: (response: Response, askedMs: number) => void = () => {}): Call {
  return async (path, options = {}) => {
    const { method = 'GET', body, lines, authorization, timeoutMs = TIMEOUT_MS, signal } = options
    const headers: Record<string, string> = {}
    if (authorization !== undefined) headers.Authorization = authorization
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    if (lines !== undefined) headers['Content-Type'] = LINES_TYPE
    const timeout = AbortSignal.timeout(timeoutMs)
    const askedMs = Date.now()
    try {
      const response = await send(path, {
        method,
        headers,
        body: lines ?? (body === undefined ? null : JSON.stringify(body)),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      })
      onAnswer(response, askedMs)
      return response.ok ? response : await troubleOf(response)
    } catch {
      return { trouble: timeout.aborted ? 'slow' : 'away' }
    }
  }
}

/** The node's refusal: `{"Error": "<sentence>", "code": "<why>"}` with a status (R1.2, R1.12). */
async function troubleOf(response: Response): Promise<Trouble> {
  const { status, headers } = response
  const { Error: sentence, code = headers.get(CODE_HEADER), about } = await refusalOf(response)
  const trouble = status === 401 ? 'locked' : status === 503 || status === 429 ? 'busy' : 'refused'
  return {
    trouble,
    status,
    ...(typeof sentence === 'string' && { sentence }),
    ...(typeof code === 'string' && { code }),
    ...(typeof about === 'string' && { about }),
  }
}

/** What stands in the body; a proxy in between answers with something else. */
async function refusalOf(response: Response): Promise<{ readonly [K in keyof RefusalBody]?: unknown }> {
  try {
    return ((await response.json()) as RefusalBody | null) ?? {}
  } catch {
    return {}
  }
}

/** The JSON of an answer, or why there is none. */
export async function jsonOf<T>(response: Response | Trouble): Promise<T | Trouble> {
  if ('trouble' in response) return response
  try {
    return (await response.json()) as T
  } catch {
    return { trouble: 'broken' }
  }
}
