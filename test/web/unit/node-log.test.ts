import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Call } from '../../../src/web/node/call.ts'
import { followLog, MAX_LINES, type NodeLog } from '../../../src/web/state/node-log.ts'
import type { LogLine } from '../../../src/wire/log-line.ts'
import { until } from '../../support/until.ts'

function line(number: number): LogLine {
  const at = new Date(1_700_000_000_000 + number).toISOString()
  return { at, level: 'info', what: 'log', text: `line ${number}`, details: {} }
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(from + i))

/** Answers like the node's, each cut into small pieces with heartbeats between. */
function answering(...answers: (readonly LogLine[] | string)[]): Call {
  return async () => {
    const answer = answers.shift()
    if (answer === undefined) return { trouble: 'away' }
    const text = typeof answer === 'string' ? answer : answer.map(one => `${JSON.stringify(one)}\n\n`).join('')
    const pieces = text.match(/.{1,37}/gs) ?? []
    const bytes = pieces.map(piece => new TextEncoder().encode(piece))
    return new Response(
      new ReadableStream({
        start(controller) {
          for (const piece of bytes) controller.enqueue(piece)
          controller.close()
        },
      }),
    )
  }
}

describe('the log of the node', () => {
  let log: NodeLog

  beforeEach(() => {
    vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
  })
  afterEach(() => {
    log.stop()
    vi.unstubAllGlobals()
  })

  const last = (text: string) => until(text, () => log.lines.value.at(-1)?.text === text)

  it('keeps the newest lines, and none twice when they are told again after a break', async () => {
    log = followLog(answering(numbered(0, 650), numbered(450, 651)))
    await last('line 649')
    expect(log.lines.value).toHaveLength(MAX_LINES)
    await last('line 650')
    expect(log.lines.value.map(({ text }) => text)).toEqual(numbered(151, 651).map(({ text }) => text))
    expect(new Set(log.lines.value.map(({ number }) => number)).size).toBe(MAX_LINES)
  })

  it('goes on behind an answer that cannot be read, and says while nothing comes', async () => {
    log = followLog(answering([line(1)], '<html>', [line(2)]))
    await last('line 1')
    await until('the trouble', () => log.trouble.value !== undefined)
    await last('line 2')
  })
})
