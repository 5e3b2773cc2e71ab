/** An answer that comes line by line (NDJSON: /doctor, /log), each line told as it comes. */

/** A log sends an empty line every 20 s, so one that is silent for longer is cut. */
const QUIET_MS = 60_000
const MAX_LINE_CHARS = 1_000_000

/** @returns how it ended: as the node meant it, or cut off, silent or unreadable */
export async function eachLine<T>(response: Response, told: (line: T) => void): Promise<'ended' | 'broken'> {
  const { body } = response
  if (body === null) return 'broken'
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await withinQuiet(reader.read())
      if (done) return rest === '' ? 'ended' : 'broken'
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = lines.pop()!
      if (rest.length > MAX_LINE_CHARS) return 'broken'
      for (const line of lines) if (line !== '') told(JSON.parse(line) as T)
    }
  } catch {
    return 'broken'
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

async function withinQuiet<T>(reading: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('silent')), QUIET_MS)
  try {
    return await Promise.race([reading, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
