/** How far something is: one line that changes on a terminal, a line every few seconds otherwise. */
import type { Clock } from '../observe/clock.ts'
import { count } from '../words/plain-text.ts'
import type { Output } from './surroundings.ts'

export interface ProgressLine {
  /** @param share how much of it is done, from 0 to 1, for the estimate; undefined where nobody knows */
  show(text: string, share?: number): void
  /** Leaves the screen as if there had been no line. */
  end(): void
}

/** What is over so soon needs no line. */
const FIRST_MS = 1_000
const EVERY_MS = 5_000
const CLEAR_LINE = '\r\u001b[K'

export function createProgressLine(out: Output, clock: Pick<Clock, 'nowMs'>): ProgressLine {
  const startedMs = clock.nowMs()
  let nextMs = startedMs + FIRST_MS
  let isShown = false

  function left(share: number | undefined): string {
    const ms = clock.nowMs() - startedMs
    if (share === undefined || share <= 0 || share >= 1 || ms < 2 * FIRST_MS) return ''
    return `, about ${count(Math.ceil((ms * (1 / share - 1)) / 1000), 'second')} left`
  }

  return {
    show(text, share) {
      const nowMs = clock.nowMs()
      if (nowMs < nextMs) return
      if (out.isTerminal) {
        isShown = true
        out.write(`${CLEAR_LINE}${text}${left(share)}`)
      } else {
        nextMs = nowMs + EVERY_MS
        out.write(`${text}${left(share)}\n`)
      }
    },
    end() {
      if (isShown) out.write(CLEAR_LINE)
      isShown = false
    },
  }
}
