/** Lines of an answer, one after the other, as they come. */

export interface LineReader {
  /** The next line that is not empty, as JSON; undefined at the end. Throws when the connection is cut. */
  next<T>(): Promise<T | undefined>
  /** All that is left. */
  rest<T>(): Promise<T[]>
  /** Goes away in the middle. */
  leave(): Promise<void>
}

export function readLines(response: Response): LineReader {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''

  async function next<T>(): Promise<T | undefined> {
    for (;;) {
      const end = text.indexOf('\n')
      if (end !== -1) {
        const line = text.slice(0, end)
        text = text.slice(end + 1)
        if (line !== '') return JSON.parse(line) as T
        continue
      }
      const { done, value } = await reader.read()
      if (done) {
        if (text !== '') throw new Error(`the last line has no end: ${text.slice(0, 80)}`)
        return undefined
      }
      text += value
    }
  }

  return {
    next,
    async rest<T>() {
      const lines: T[] = []
      for (let line = await next<T>(); line !== undefined; line = await next<T>()) lines.push(line)
      return lines
    },
    leave: () => reader.cancel(),
  }
}
