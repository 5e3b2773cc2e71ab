/** The node's log on stderr: everything with `-d`, otherwise only what went wrong. */
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import { clockTime, plain } from '../words/plain-text.ts'
import type { Ink } from './ink.ts'
import type { Output } from './surroundings.ts'

const FIELD_LENGTH = 200

export function createConsoleLog(
  err: Output,
  options: { debug: boolean; ink: Ink; clock: Pick<Clock, 'nowMs'> },
): Logger {
  const { debug, ink, clock } = options
  return (level, message, fields = {}) => {
    if (!debug && level !== 'warn' && level !== 'error') return
    const parts = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${plain(String(value), FIELD_LENGTH)}`)
    const details = parts.length === 0 ? '' : ` ${ink.quiet(parts.join(' '))}`
    err.write(`${ink.quiet(clockTime(clock.nowMs()))}  ${level.padEnd(5)} ${message}${details}\n`)
  }
}
