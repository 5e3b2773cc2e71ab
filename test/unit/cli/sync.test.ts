import { describe, expect, it } from 'vitest'
import { createProgressLine } from '../../../src/cli/progress-line.ts'
import { progressWords, resultWords } from '../../../src/cli/sync.ts'
import type { RoundReport } from '../../../src/wire/sync-status.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const REPORT: RoundReport = {
  number: 3,
  kind: 'asked',
  ended: '2026-11-21T14:05:33.000Z',
  seconds: 3.21,
  neighbours: 2,
  learned: 214,
  sent: 0,
  refused: 0,
  bytes: 90_000,
  complete: true,
  reason: '',
}
const until = { completeUntil: null }

describe('what a round of comparing came to', () => {
  it.each<[string, Partial<RoundReport>, string]>([
    ['much', {}, 'Caught up: 214 events from 2 neighbours in 3.2 s.'],
    ['nothing', { learned: 0 }, 'Nothing was missing: compared with 2 neighbours in 3.2 s.'],
    [
      'both ways, and refused',
      { learned: 1, sent: 12, refused: 3 },
      "Caught up: 1 event from 2 neighbours in 3.2 s. 12 events went to them. 3 of theirs were not taken: deleted, replaced, or against this node's rules.",
    ],
    [
      'not all',
      { complete: false, reason: 'No answer.\u001b[2J' },
      'Not complete: No answer.[2J 214 events came before that. The node tries again by itself.',
    ],
  ])('is said in words: %s', (_name, fields, words) => {
    expect(resultWords({ ...REPORT, ...fields }, until)).toBe(words)
  })

  it('says up to when the node is complete, unless there was one neighbour only', () => {
    const completeUntil = '2026-11-21T14:05:33.000Z'
    expect(resultWords(REPORT, { completeUntil })).toMatch(/ Complete up to \d\d:\d\d:33\.$/)
    expect(resultWords({ ...REPORT, neighbours: 1 }, { completeUntil })).toMatch(/ Only one neighbour could be asked;/)
  })

  it('is told while it goes on', () => {
    const progress = { number: 1, kind: 'asked', neighbour: 0, found: 0, learned: 0, sent: 0 } as const
    expect(progressWords(progress)).toBe('looking for a neighbour …')
    expect(progressWords({ ...progress, neighbour: 1 })).toBe('comparing with neighbour 1')
    expect(progressWords({ ...progress, neighbour: 2, found: 300, learned: 120, sent: 4 })).toBe(
      'comparing with neighbour 2: 120 of 300 missing events here, 4 given',
    )
  })
})

describe('the line of progress', () => {
  function lineOn(isTerminal: boolean) {
    const written: string[] = []
    const clock = createFakeClock(0)
    const line = createProgressLine({ isTerminal, write: text => void written.push(text) }, clock)
    return { written, clock, line }
  }

  it('is not there for what is over within a second', () => {
    const { written, clock, line } = lineOn(true)
    line.show('working', 0.5)
    clock.set(999)
    line.show('working', 0.9)
    line.end()
    expect(written).toEqual([])
  })

  it('changes in its place on a terminal, with an estimate, and goes at the end', () => {
    const { written, clock, line } = lineOn(true)
    clock.set(1_500)
    line.show('a quarter', 0.25)
    clock.set(4_000)
    line.show('half', 0.5)
    line.end()
    line.end()
    expect(written).toEqual(['\r\u001b[Ka quarter', '\r\u001b[Khalf, about 4 seconds left', '\r\u001b[K'])
  })

  it('is a line every five seconds elsewhere', () => {
    const { written, clock, line } = lineOn(false)
    for (let ms = 0; ms <= 12_000; ms += 500) {
      clock.set(ms)
      line.show(`at ${ms}`)
    }
    line.end()
    expect(written).toEqual(['at 1000\n', 'at 6000\n', 'at 11000\n'])
  })
})
