/** What a command sees of the process around it, so that commands can be tested without one. */

export interface Output {
  write(text: string): void
  readonly isTerminal: boolean
}

export interface Input {
  /**
   * One line, without the end of the line: typed at a terminal after the prompt and not shown, or the next one of what is
   * piped in. The caller wipes it. Undefined when it was called off or there is none.
   */
  readSecret(prompt: string): Promise<Uint8Array | undefined>
}

export interface Surroundings {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: Output
  readonly err: Output
  readonly input: Input
  /** What is piped in, to its end. */
  readonly piped: () => AsyncIterable<Uint8Array>
  /** To where `out` goes; resolves when there is room for more, so that nothing is lost however much it is. */
  readonly writeWhole: (bytes: Uint8Array) => Promise<void>
  readonly platform: NodeJS.Platform
  readonly homeDir: string
  readonly workDir: string
  /** Aborted when the program has to stop. */
  readonly signal: AbortSignal
}

/** Exit codes: 1 for whatever is not the fault of the command line. */
export const EXIT = { ok: 0, failed: 1, misuse: 2 } as const

/** A command line that cannot be followed, as one sentence that says what to do. */
export interface Misuse {
  readonly misuse: string
}

export function misuse(sentence: string): Misuse {
  return { misuse: sentence }
}

export function isMisuse(value: unknown): value is Misuse {
  return typeof value === 'object' && value !== null && 'misuse' in value
}
