/** An answer that comes line by line (NDJSON: /doctor, /log), each line told as it comes. */
import type { Call, CallOptions } from './call.ts'
import type { Trouble } from './trouble.ts'
import { askUnhurried } from './unhurried.ts'

const MAX_LINE_CHARS = 1_000_000

export interface LineListener<T> {
  readonly line: (line: T) => void
  /** The answer has begun. */
  readonly begun?: () => void
}

/** @returns why not all of it came; undefined at its end. A line that is no JSON ends it too. */
export async function askLines<T>(
  call: Call,
  path: string,
  options: CallOptions,
  { line: told, begun }: LineListener<T>,
): Promise<Trouble | undefined> {
  const decoder = new TextDecoder()
  let hasBegun = false
  let rest = ''
  const trouble = await askUnhurried(call, path, options, bytes => {
    if (!hasBegun) begun?.()
    hasBegun = true
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop()!
    if (rest.length > MAX_LINE_CHARS) throw new Error('a line without an end')
    for (const line of lines) if (line !== '') told(JSON.parse(line) as T)
  })
  return trouble ?? (rest === '' ? undefined : { trouble: 'broken' })
}
