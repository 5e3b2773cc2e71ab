/** Whether the clock of this machine agrees with those of other nodes, as their hellos tell the time. */
import { count } from '../words/plain-text.ts'
import { type Check, fail, pass, warn } from './check.ts'

/** More than this is no matter of rounding and of slow networks. */
const NOTABLE_MS = 30_000
/** Events and announcements from further ahead are refused by other nodes (specification/event.md, E4). */
const REFUSED_MS = 900_000

export const clockCheck: Check = {
  name: 'clock',
  label: 'clock',
  async look({ witnesses }) {
    const ahead = (await witnesses).flatMap(({ clockAheadMs }) => clockAheadMs ?? [])
    if (ahead.length === 0) {
      return [
        warn(
          'no other node could be asked for the time',
          'Run doctor again when a bootstrap answers, or look at the clock of this machine yourself.',
        ),
      ]
    }
    const offsetMs = -median(ahead)
    const details = { offsetMs, nodes: ahead.length }
    const others = ahead.length === 1 ? 'the clock of one other node' : `the clocks of ${ahead.length} other nodes`
    if (Math.abs(offsetMs) <= NOTABLE_MS) return [pass(`agrees with ${others}`, details)]
    const how = `${durationWords(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead of' : 'behind'} ${others}`
    if (Math.abs(offsetMs) <= REFUSED_MS) {
      return [warn(how, 'Switch on automatic time on this machine: posts are shown in a wrong order.', details)]
    }
    const consequence =
      offsetMs > 0 ? 'other nodes refuse what you post' : 'this node refuses what others post, and yours looks old'
    return [fail(how, `Switch on automatic time on this machine: until then ${consequence}.`, details)]
  },
}

/** One node with a wrong clock among several does not count. */
function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : Math.round((sorted[middle - 1]! + sorted[middle]!) / 2)
}

/** `45 seconds`, `12 minutes`, `3 hours`, `2 days`. */
export function durationWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return count(seconds, 'second')
  if (seconds < 2 * 3_600) return count(Math.round(seconds / 60), 'minute')
  if (seconds < 2 * 86_400) return count(Math.round(seconds / 3_600), 'hour')
  return count(Math.round(seconds / 86_400), 'day')
}
