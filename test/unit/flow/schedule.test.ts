import { describe, expect, it } from 'vitest'
import { GIVE_UP_MS, nextTryMs } from '../../../src/flow/schedule.ts'

const MINUTE_MS = 60_000
const CREATED_MS = 1_700_000_000_000

describe('the schedule of a delivery (O7.6)', () => {
  it.each([
    [1, 5],
    [2, 10],
    [3, 20],
    [4, 40],
    [5, 80],
    [6, 160],
    [7, 320],
    [8, 640],
    [9, 1_280],
    [10, 2_560],
  ])('O7.6: after failure %i the next try comes %i minutes later', (attempts, minutes) => {
    expect(nextTryMs(attempts, CREATED_MS, CREATED_MS)).toBe(CREATED_MS + minutes * MINUTE_MS)
  })

  it('O7.6: ends 3.5 days after the publication, to the millisecond', () => {
    expect(GIVE_UP_MS).toBe(3.5 * 24 * 3_600_000)
    const lastMs = CREATED_MS + GIVE_UP_MS
    expect(nextTryMs(1, CREATED_MS, lastMs - 5 * MINUTE_MS)).toBe(lastMs)
    expect(nextTryMs(1, CREATED_MS, lastMs - 5 * MINUTE_MS + 1)).toBeUndefined()
  })

  it('O7.6: a recipient who stays away is tried ten times and then given up', () => {
    let nowMs = CREATED_MS
    let attempts = 1
    for (let next = nextTryMs(attempts, CREATED_MS, nowMs); next !== undefined; ) {
      nowMs = next
      next = nextTryMs(++attempts, CREATED_MS, nowMs)
    }
    // 0, 5, 15, 35, 75, 155, 315, 635, 1,275, 2,555 minutes; the next would be at 5,115 of 5,040.
    expect(attempts).toBe(10)
    expect(nowMs - CREATED_MS).toBe(2_555 * MINUTE_MS)
  })
})
