/** Answers of many lines: no faster than they are read, and not for ever. */
import { describe, expect, test } from 'vitest'
import { answerLines } from '../../../src/api/lines.ts'
import { testClock } from './client-side.ts'

function answer(lines: AsyncIterator<Uint8Array>, changes: { method?: string; until?: AbortSignal } = {}) {
  const time = testClock()
  const happened: string[] = []
  const response = answerLines(lines, {
    request: { method: changes.method ?? 'GET', cut: () => happened.push('cut') },
    clock: time.clock,
    onEnd: () => happened.push('end'),
    onFault: error => happened.push(String(error)),
    until: changes.until,
  })
  return { response, happened, time }
}

async function* numbers(made: number[], count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    made.push(i)
    yield Buffer.from(`${i}\n`)
  }
}

describe('an answer of lines', () => {
  test('is made as it is read', async () => {
    const made: number[] = []
    const { response, happened, time } = answer(numbers(made, 3))
    expect(made).toEqual([])
    const reader = response.body!.getReader()
    await reader.read()
    expect(made).toEqual([0])
    await reader.read()
    await reader.read()
    expect((await reader.read()).done).toBe(true)
    expect([happened, time.waiting()]).toEqual([['end'], 0])
  })

  test('is cut when nobody reads on, and made no further', async () => {
    const made: number[] = []
    const { response, happened, time } = answer(numbers(made, 100))
    const reader = response.body!.getReader()
    await reader.read()
    time.fireAll()
    expect([happened, made.length]).toEqual([['end', 'cut'], 1])
  })

  test('ends with its reader, with a fault, and when it is called off', async () => {
    const left = answer(numbers([], 100))
    await left.response.body!.cancel()
    expect(left.happened).toEqual(['end'])
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('1\n')
      throw new Error('the disk is gone')
    }
    const failed = answer(broken())
    const reader = failed.response.body!.getReader()
    await reader.read()
    void reader.read()
    await expect.poll(() => failed.happened).toEqual(['Error: the disk is gone', 'end', 'cut'])
    const revoked = new AbortController()
    const shut = answer(numbers([], 100), { until: revoked.signal })
    revoked.abort()
    expect(shut.happened).toEqual(['end', 'cut'])
  })

  test('has a head without anything made', () => {
    const made: number[] = []
    const { response, happened } = answer(numbers(made, 3), { method: 'HEAD' })
    expect([response.body, happened, made]).toEqual([null, ['end'], []])
  })
})
