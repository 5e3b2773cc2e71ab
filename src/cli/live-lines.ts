/** Activities → lines on the screen, never more than a person or a log can take. */
import type { Activity } from '../observe/activity.ts'
import type { Clock } from '../observe/clock.ts'
import type { ActivityLine } from '../words/activity-lines.ts'
import { clockTime, count } from '../words/plain-text.ts'
import type { Ink } from './ink.ts'
import type { Output } from './surroundings.ts'

/** Beyond this, activities of the same second are counted instead of printed. */
const MAX_LINES_PER_SECOND = 25

export interface LiveLines {
  show(activity: Activity): void
  stop(): void
}

export function createLiveLines(parts: { out: Output; line: ActivityLine; ink: Ink; clock: Clock }): LiveLines {
  const { out, line, ink, clock } = parts
  let shown = 0
  let left = 0
  let cancel: (() => void) | undefined
  const print = (text: string) => out.write(`${ink.quiet(clockTime(clock.nowMs()))}  ${text}\n`)
  const endOfSecond = () => {
    cancel = undefined
    if (left > 0) print(ink.quiet(`and ${count(left, 'more event', 'more events')} in the same second`))
    shown = 0
    left = 0
  }
  return {
    show(activity) {
      // Rendered even when it is not printed: names and posts are learnt from it.
      const text = line(activity)
      if (text === undefined) return
      cancel ??= clock.after(1_000, endOfSecond)
      if (shown < MAX_LINES_PER_SECOND) {
        shown += 1
        print(text)
      } else {
        left += 1
      }
    },
    stop() {
      cancel?.()
      endOfSecond()
    },
  }
}
