/** R17 of specification/rest-api.md: who reads the log, how many, and what becomes of a reader that does not read. */
import { describe, expect, test } from 'vitest'
import { MAX_LOG_READERS, MAX_LOG_UNREAD_BYTES } from '../../../src/api/limits.ts'
import type { LogLine } from '../../../src/wire/log-line.ts'
import type { Journal } from '../../../src/words/journal.ts'
import { readLines } from '../../support/lines.ts'
import { createClientSide, ELSEWHERE, LOOPBACK } from './client-side.ts'

/** The client side with a journal that writes what it is told, however much. */
function side() {
  const last: LogLine[] = []
  const followers = new Set<{ told: (line: LogLine) => void; ended: () => void }>()
  const journal: Pick<Journal, 'last' | 'follow'> = {
    last: () => last,
    follow(told, ended) {
      const follower = { told, ended }
      followers.add(follower)
      return () => followers.delete(follower)
    },
  }
  const made = createClientSide({ journal })
  return {
    ...made,
    note(text: string) {
      const line: LogLine = { at: '2026-11-21T12:00:00.000Z', level: 'info', what: 'log', text, details: {} }
      last.push(line)
      for (const { told } of [...followers]) told(line)
    },
    close() {
      for (const { ended } of [...followers]) ended()
    },
    followers,
    read: () => made.send('/log', { method: 'GET' }),
  }
}

describe('GET /log', () => {
  test('gives what was, then what comes, and ends with the node', async () => {
    const { note, read, close } = side()
    note('before')
    const response = await read()
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
    const lines = readLines(response)
    expect(await lines.next<LogLine>()).toMatchObject({ text: 'before', what: 'log' })
    note('after')
    expect(await lines.next<LogLine>()).toMatchObject({ text: 'after' })
    close()
    expect(await lines.next()).toBeUndefined()
  })

  test('is for who may read, and has a head', async () => {
    const { send } = side()
    expect((await send('/log', { method: 'GET', connection: ELSEWHERE })).status).toBe(401)
    const head = await send('/log', { method: 'HEAD' })
    expect([head.status, head.body]).toEqual([200, null])
  })

  test(`has ${MAX_LOG_READERS} readers; one that leaves makes room`, async () => {
    const { read } = side()
    const readers = await Promise.all(Array.from({ length: MAX_LOG_READERS }, async () => readLines(await read())))
    const refused = await read()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    await readers[3]!.leave()
    expect((await read()).status).toBe(200)
  })

  test('cuts a reader that does not read, and goes on with the others', async () => {
    const { send, note, read, followers } = side()
    let cuts = 0
    await send('/log', { method: 'GET', connection: { ...LOOPBACK, cut: () => cuts++ } })
    const good = readLines(await read())
    const line = 'x'.repeat(1_000)
    for (let bytes = 0; bytes <= MAX_LOG_UNREAD_BYTES; bytes += line.length) {
      note(line)
      expect(await good.next<LogLine>()).toMatchObject({ text: line })
    }
    expect([cuts, followers.size]).toEqual([1, 1])
    note('and on')
    expect(await good.next<LogLine>()).toMatchObject({ text: 'and on' })
  })

  test('shows now and then that it is there', async () => {
    const { read, time } = side()
    const response = await read()
    const reader = response.body!.getReader()
    time.fireAll()
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('\n')
    await reader.cancel()
    expect(time.waiting()).toBe(0)
  })
})
