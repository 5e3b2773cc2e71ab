/** How the demo speaks: a time column, a name column, an arrow column. */
import type { Ink } from './ink.ts'
import type { Output } from './surroundings.ts'

/** Between two lines, for somebody who reads along. */
const READING_MS = 280

/** `→` goes out, `←` comes in, `·` stays where it is. */
export type Arrow = '→' | '←' | '·'

export interface Teller {
  /** A heading, in a sentence. */
  scene(sentence: string): Promise<void>
  /** One thing that travels, or stays. */
  line(name: string, arrow: Arrow, partner: string, what: string): Promise<void>
  /** Text as it is. */
  text(text: string): void
  /** Time that passes in the story. */
  rest(ms: number): Promise<void>
}

const NAME_WIDTH = 7
const PARTNER_WIDTH = 12

export function createTeller(out: Output, ink: Ink, signal: AbortSignal): Teller {
  const startMs = performance.now()
  const time = () => `${((performance.now() - startMs) / 1000).toFixed(2)} s`.padStart(8)
  const pace = () => (out.isTerminal ? pause(READING_MS, signal) : Promise.resolve())
  return {
    async scene(sentence) {
      out.write(`\n${ink.accent(sentence)}\n`)
      await pace()
    },
    async line(name, arrow, partner, what) {
      const names = `${name.padEnd(NAME_WIDTH)}${ink.accent(arrow)} ${partner.padEnd(PARTNER_WIDTH)}`
      out.write(`${ink.quiet(time())}  ${names}${what}\n`)
      await pace()
    },
    text: text => out.write(text),
    rest: ms => pause(ms, signal),
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
