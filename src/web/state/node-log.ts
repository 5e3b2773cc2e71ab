/** What happens in the node, line by line (R17): follows by itself again after a break, bounded, each line once. */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { LogLine } from '../../wire/log-line.ts'
import type { Call } from '../node/call.ts'
import { askLines } from '../node/lines.ts'
import type { Trouble } from '../node/trouble.ts'

/** A line with a number of its own, by which a list tells it from others. */
export interface NumberedLine extends LogLine {
  readonly number: number
}

export interface NodeLog {
  /** The oldest first. */
  readonly lines: ReadonlySignal<readonly NumberedLine[]>
  /** Why no lines come at the moment. */
  readonly trouble: ReadonlySignal<Trouble | undefined>
  stop(): void
}

export const MAX_LINES = 500
const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 30_000
/** Lines that come within this are drawn together. */
const GATHER_MS = 100

/** Nothing comes while nobody looks; then the node tells its last lines again. */
export function followLog(call: Call): NodeLog {
  const lines = signal<readonly NumberedLine[]>([])
  const trouble = signal<Trouble | undefined>(undefined)
  /** What came, so that lines that are told again are not shown again. */
  const known = new Set<string>()
  let waiting: NumberedLine[] = []
  let gathering: ReturnType<typeof setTimeout> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let stopping = new AbortController()
  let failures = 0
  let number = 0

  function take(line: LogLine): void {
    failures = 0
    const key = `${line.at} ${line.what} ${line.text}`
    if (known.has(key)) return
    known.add(key)
    if (known.size > 2 * MAX_LINES) known.delete(known.values().next().value!)
    number += 1
    waiting.push({ ...line, number })
    gathering ??= setTimeout(show, GATHER_MS)
  }

  function show(): void {
    gathering = undefined
    lines.value = [...lines.value, ...waiting].slice(-MAX_LINES)
    waiting = []
  }

  async function follow(): Promise<void> {
    const { signal } = stopping
    const begun = (): void => {
      trouble.value = undefined
    }
    const ended = await askLines<LogLine>(call, '/log', { signal }, { line: take, begun })
    if (signal.aborted) return
    trouble.value = ended ?? { trouble: 'away' }
    retry = setTimeout(follow, Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** failures))
    failures += 1
  }

  function begin(): void {
    end()
    if (document.visibilityState === 'hidden') return
    stopping = new AbortController()
    void follow()
  }

  function end(): void {
    stopping.abort()
    clearTimeout(retry)
  }

  document.addEventListener('visibilitychange', begin)
  begin()
  return {
    lines,
    trouble,
    stop() {
      document.removeEventListener('visibilitychange', begin)
      end()
      clearTimeout(gathering)
    },
  }
}
