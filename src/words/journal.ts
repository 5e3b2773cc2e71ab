/**
 * What happens in the node, as lines for the owner's page: activities as the terminal shows them, and what the log says
 * from `info` on. The last ones are kept; more than a person can read in a second are counted.
 */
import type { Activity, OnActivity } from '../observe/activity.ts'
import type { Clock } from '../observe/clock.ts'
import type { LogFields, Logger } from '../observe/log.ts'
import type { LogLine } from '../wire/log-line.ts'
import type { ActivityLine } from './activity-lines.ts'
import { count, plain } from './plain-text.ts'

export interface Journal {
  readonly log: Logger
  readonly onActivity: OnActivity
  /** The last lines, the oldest first. */
  last(): readonly LogLine[]
  /**
   * Tells of each line from now on.
   * @param ended told when there will be no more
   * @returns what ends it
   */
  follow(told: (line: LogLine) => void, ended: () => void): () => void
  close(): void
}

/** Lines that are kept. */
export const KEPT_LINES = 200
/** As on the terminal. */
const MAX_LINES_PER_SECOND = 25
const TEXT_LENGTH = 200

/** @param say an activity → a line in English, or none */
export function createJournal({ clock, say }: { clock: Clock; say: ActivityLine }): Journal {
  const lines: LogLine[] = []
  const followers = new Set<{ readonly told: (line: LogLine) => void; readonly ended: () => void }>()
  let shown = 0
  let left = 0
  let cancel: (() => void) | undefined
  let isClosed = false

  function add(line: Omit<LogLine, 'at'>): void {
    const whole: LogLine = { at: new Date(clock.nowMs()).toISOString(), ...line }
    lines.push(whole)
    if (lines.length > KEPT_LINES) lines.shift()
    for (const { told } of [...followers]) told(whole)
  }

  /** Whether this second has room for one more line. */
  function isRoom(): boolean {
    cancel ??= clock.after(1_000, endOfSecond)
    if (shown >= MAX_LINES_PER_SECOND) {
      left += 1
      return false
    }
    shown += 1
    return true
  }

  function endOfSecond(): void {
    cancel = undefined
    const more = left
    shown = 0
    left = 0
    if (more === 0 || isClosed) return
    const text = `and ${count(more, 'more line')} in the same second`
    add({ level: 'info', what: 'several', text, details: { count: more } })
  }

  return {
    log(level, message, fields = {}) {
      if (level === 'debug' || isClosed || !isRoom()) return
      const details = hidden(fields)
      const named = Object.entries(details).map(([name, value]) => ` ${name}=${value}`)
      add({ level, what: 'log', text: `${message}${named.join('')}`, details })
    },
    onActivity(activity) {
      // What is not shown is not put into words either: in a flood that would be most of the work.
      if (isClosed || !isRoom()) return
      const text = say(activity)
      if (text === undefined) shown -= 1
      else
        add({ level: levelOf(activity), what: activity.what, text: withoutTokens(text), details: detailsOf(activity) })
    },
    last: () => [...lines],
    follow(told, ended) {
      const follower = { told, ended }
      if (isClosed) ended()
      else followers.add(follower)
      return () => void followers.delete(follower)
    },
    close() {
      isClosed = true
      cancel?.()
      for (const { ended } of [...followers]) ended()
      followers.clear()
    },
  }
}

/** What whoever starts the node is told, the journal is told too. */
export function toldTwice(
  first: { readonly log: Logger; readonly onActivity?: OnActivity },
  journal: Journal,
): { readonly log: Logger; readonly onActivity: OnActivity } {
  return {
    log(level, message, fields) {
      first.log(level, message, fields)
      journal.log(level, message, fields)
    },
    onActivity(activity) {
      first.onActivity?.(activity)
      journal.onActivity(activity)
    },
  }
}

/** What the owner should do something about, or know. */
function levelOf(activity: Activity): LogLine['level'] {
  switch (activity.what) {
    case 'expired':
      return 'warn'
    case 'bootstrap':
    case 'reachability':
      return activity.state === 'unreachable' ? 'warn' : 'info'
    case 'binding':
      return activity.state === 'valid' ? 'info' : 'warn'
    default:
      return 'info'
  }
}

/** The activity without its name, of an event what tells it from others. */
function detailsOf(activity: Activity): LogLine['details'] {
  const { what: _, ...rest } = activity
  const details: Record<string, unknown> = { ...rest }
  if ('event' in activity) {
    const { id, pubkey, kind } = activity.event
    details.event = { id, pubkey, kind }
  }
  if ('reason' in activity) details.reason = withoutTokens(plain(activity.reason, TEXT_LENGTH))
  return details
}

function hidden(fields: LogFields): Readonly<Record<string, string | number | boolean>> {
  const shown = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined) return []
    return [[name, typeof value === 'string' ? withoutTokens(plain(value, TEXT_LENGTH)) : value] as const]
  })
  return Object.fromEntries(shown)
}

/** An address with a token opens the node. */
function withoutTokens(text: string): string {
  return text.replace(/\/k\/[\w-]+/g, '/k/…')
}
