/** Colour: one accent and a quiet tone, on a terminal only and never against the wish of `NO_COLOR`. */

export interface Ink {
  /** For what matters. */
  accent(text: string): string
  /** For what may be overlooked. */
  quiet(text: string): string
}

const ACCENT = '\u001b[36m'
const QUIET = '\u001b[2m'
const RESET = '\u001b[0m'

/** https://no-color.org: any value but the empty one switches colour off. */
export function createInk(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Ink {
  const colourful = isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint = (code: string) => (text: string) => (colourful && text !== '' ? `${code}${text}${RESET}` : text)
  return { accent: paint(ACCENT), quiet: paint(QUIET) }
}
