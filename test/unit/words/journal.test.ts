/** R17 of specification/rest-api.md: what the journal holds, and how much of it. */
import { describe, expect, test } from 'vitest'
import type { Activity } from '../../../src/observe/activity.ts'
import type { LogLine } from '../../../src/wire/log-line.ts'
import { createActivityLine } from '../../../src/words/activity-lines.ts'
import { createJournal, KEPT_LINES } from '../../../src/words/journal.ts'
import { personFrom, signedEvent } from '../../support/events.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const ALICE = personFrom('alice')
const START_MS = 1_800_000_000_000

function journal() {
  const clock = createFakeClock(START_MS)
  return { clock, journal: createJournal({ clock, say: createActivityLine(() => ALICE.pubkey) }) }
}

const post = signedEvent(ALICE, { content: 'what a day' })
const sent: Activity = { what: 'broadcast', event: post, peers: 3 }

describe('the journal', () => {
  test('tells an activity in words, and again for programs, without what the event says', () => {
    const { journal: of } = journal()
    of.onActivity(sent)
    expect(of.last()).toEqual([
      {
        at: new Date(START_MS).toISOString(),
        level: 'info',
        what: 'broadcast',
        text: 'post by you sent to 3 nodes: "what a day"',
        details: { event: { id: post.id, pubkey: ALICE.pubkey, kind: 1 }, peers: 3 },
      },
    ])
  })

  test('takes of the log what is info and worse, and no address that opens the node', () => {
    const { journal: of } = journal()
    of.log('debug', 'nobody wants to know')
    of.log('warn', 'a thing failed', { reason: 'GET http://10.0.0.1:20001/k/0123456789abcdef0123/req', tries: 2 })
    expect(of.last()).toMatchObject([
      {
        level: 'warn',
        what: 'log',
        text: 'a thing failed reason=GET http://10.0.0.1:20001/k/…/req tries=2',
        details: { tries: 2 },
      },
    ])
    expect(JSON.stringify(of.last())).not.toContain('0123456789abcdef')
  })

  test('warns of what the owner should know', () => {
    const { journal: of } = journal()
    of.onActivity({ what: 'bootstrap', address: '/ip4/192.0.2.1/tcp/20000', state: 'unreachable', reason: '' })
    of.onActivity({ what: 'expired', event: post, to: ALICE.pubkey })
    of.onActivity({ what: 'binding', state: 'valid', expires: '2027-01-01T00:00:00.000Z' })
    expect(of.last().map(({ level }) => level)).toEqual(['warn', 'warn', 'info'])
  })

  test('keeps the last lines, and counts what nobody could read', async () => {
    const { journal: of, clock } = journal()
    for (let second = 0; second < 10; second++) {
      for (let i = 0; i < 30; i++) of.onActivity({ what: 'copied', peer: 'p', events: second * 30 + i + 1 })
      await clock.pass(1_000)
    }
    const lines = of.last()
    expect(lines).toHaveLength(KEPT_LINES)
    expect(lines.at(-1)).toMatchObject({
      what: 'several',
      text: 'and 5 more lines in the same second',
      details: { count: 5 },
    })
    expect(lines.filter(({ what }) => what === 'several')).toHaveLength(8)
  })

  test('tells whoever follows until they or it end', () => {
    const { journal: of } = journal()
    const told: LogLine[] = []
    let ended = 0
    const leave = of.follow(
      line => told.push(line),
      () => ended++,
    )
    of.onActivity(sent)
    leave()
    of.onActivity(sent)
    of.follow(
      line => told.push(line),
      () => ended++,
    )
    of.close()
    of.onActivity(sent)
    of.follow(
      line => told.push(line),
      () => ended++,
    )
    expect([told.length, ended]).toEqual([1, 2])
  })
})
