/** Answers that go on for long: ended by whoever asked, or when nothing has come for a while. */
import type { Call, CallOptions } from './call.ts'
import type { Trouble } from './trouble.ts'

/** Nothing is longer than this; what ends a wait is that nothing comes. */
const DAY_MS = 24 * 60 * 60_000
/** The node sends an empty line every few seconds while it works. */
const SILENCE_MS = 60_000

/** @param take told of each piece as it comes, and waited for */
export async function askUnhurried(
  call: Call,
  path: string,
  options: CallOptions,
  take: (bytes: Uint8Array<ArrayBuffer>, headers: Headers) => void | Promise<void>,
): Promise<undefined | Trouble> {
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(), SILENCE_MS)
  const signals = options.signal === undefined ? [silence.signal] : [silence.signal, options.signal]
  try {
    const response = await call(path, { ...options, timeoutMs: DAY_MS, signal: AbortSignal.any(signals) })
    if ('trouble' in response) return response
    const reader = response.body!.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return undefined
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), SILENCE_MS)
      await take(value, response.headers)
    }
  } catch {
    return { trouble: silence.signal.aborted ? 'slow' : 'away' }
  } finally {
    clearTimeout(timer)
  }
}
