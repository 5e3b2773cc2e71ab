/** Reads a secret line by line: typed without being shown, or piped in. Nothing of it is kept. */
import type { Input, Output } from './surroundings.ts'

/** What is used of `process.stdin`. */
export type InputStream = Pick<NodeJS.ReadStream, 'on' | 'off' | 'pause' | 'resume' | 'readableEnded' | 'destroyed'> & {
  readonly isTTY?: boolean
  setRawMode?(mode: boolean): unknown
}

/** No key or password is longer. */
export const MAX_SECRET_BYTES = 4_096

const KEY = { interrupt: 0x03, end: 0x04, backspace: 0x08, newLine: 0x0a, enter: 0x0d, clear: 0x15, delete: 0x7f }

/** @param stdin asked for when something is read: a look at it alone would keep some processes alive */
export function createSecretInput(stdin: () => InputStream, prompts: Output, signal: AbortSignal): Input {
  /** What was piped in behind the last line. */
  let rest: Buffer = Buffer.alloc(0)
  let hasEnded = false

  return {
    async readSecret(prompt) {
      const stream = stdin()
      const isTyped = stream.isTTY === true
      if (isTyped) prompts.write(prompt)
      stream.setRawMode?.(true)
      const line = new Line(isTyped)
      try {
        while (line.state === 'open') {
          const piece = rest.length > 0 ? rest : hasEnded ? undefined : await nextPiece(stream, signal)
          if (piece === undefined) {
            hasEnded = true
            line.end()
          } else {
            const taken = line.take(piece)
            rest = Buffer.from(piece.subarray(taken))
            piece.fill(0)
          }
        }
      } finally {
        stream.setRawMode?.(false)
        stream.pause()
        if (isTyped) prompts.write('\n')
      }
      return line.result()
    },
  }
}

/** Undefined at the end of the input, or when the program has to stop. */
function nextPiece(stream: InputStream, signal: AbortSignal): Promise<Buffer | undefined> {
  return new Promise(resolve => {
    const finish = (piece: Buffer | undefined) => {
      stream.off('data', finish)
      for (const end of ['end', 'close', 'error']) stream.off(end, stop)
      signal.removeEventListener('abort', stop)
      // What comes meanwhile waits in the stream.
      stream.pause()
      resolve(piece)
    }
    const stop = () => finish(undefined)
    stream.on('data', finish)
    for (const end of ['end', 'close', 'error']) stream.on(end, stop)
    signal.addEventListener('abort', stop)
    if (signal.aborted || stream.readableEnded || stream.destroyed) stop()
    else stream.resume()
  })
}

/** One line as it comes in, with the keys that a terminal in raw mode leaves to the program. */
class Line {
  state: 'open' | 'done' | 'called off' = 'open'
  readonly #isTyped: boolean
  readonly #bytes = Buffer.alloc(MAX_SECRET_BYTES)
  #length = 0

  constructor(isTyped: boolean) {
    this.#isTyped = isTyped
  }

  /** @returns how many bytes belong to this line, its end included */
  take(piece: Uint8Array): number {
    let taken = 0
    while (taken < piece.length && this.state === 'open') this.#takeByte(piece[taken++]!)
    return taken
  }

  end(): void {
    this.state = this.#length > 0 ? 'done' : 'called off'
  }

  /** The bytes of the line, which the caller wipes; what was gathered here is wiped already. */
  result(): Uint8Array | undefined {
    const bytes = Uint8Array.from(this.#bytes.subarray(0, this.#length))
    this.#bytes.fill(0)
    return this.state === 'done' ? bytes : undefined
  }

  #takeByte(byte: number): void {
    if (byte === KEY.newLine || byte === KEY.enter) this.state = 'done'
    else if (this.#isTyped && byte === KEY.interrupt) this.state = 'called off'
    else if (this.#isTyped && byte === KEY.end) this.end()
    else if (this.#isTyped && byte === KEY.clear) this.#length = 0
    else if (this.#isTyped && (byte === KEY.backspace || byte === KEY.delete)) this.#deleteCharacter()
    else if (this.#length < MAX_SECRET_BYTES) this.#bytes[this.#length++] = byte
    else this.state = 'called off'
  }

  /** The last character of UTF-8: its bytes that go on, and the one it begins with. */
  #deleteCharacter(): void {
    while (this.#length > 0 && (this.#bytes[--this.#length]! & 0xc0) === 0x80) this.#bytes[this.#length] = 0
  }
}
