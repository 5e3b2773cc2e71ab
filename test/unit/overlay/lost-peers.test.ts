import { beforeEach, describe, expect, it } from 'vitest'
import { createLostPeers, type LostPeers } from '../../../src/overlay/lost-peers.ts'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts'

const MINUTE_MS = 60_000
let clock: FakeClock
let lost: LostPeers

beforeEach(() => {
  clock = createFakeClock(1_700_000_000_000)
  lost = createLostPeers(clock)
})

/** How often it is due within this time, looked at as often as the program does. */
async function tries(ms: number): Promise<number> {
  let count = 0
  for (let passed = 0; passed < ms; passed += 10_000) {
    await clock.pass(10_000)
    count += lost.due().length
  }
  return count
}

describe('neighbours that were lost (O1.7)', () => {
  it('are tried soon, then more and more rarely, and every five minutes or so for two days', async () => {
    lost.lose('a')
    expect(lost.due()).toEqual([])
    await clock.pass(10_000)
    expect(lost.due()).toEqual(['a'])
    expect(lost.due()).toEqual([])
    const firstHour = await tries(60 * MINUTE_MS)
    expect(firstHour).toBeGreaterThan(9)
    expect(firstHour).toBeLessThan(25)
    const nextHour = await tries(60 * MINUTE_MS)
    expect(nextHour).toBeGreaterThanOrEqual(9)
    expect(nextHour).toBeLessThanOrEqual(15)
    await clock.pass(46 * 60 * MINUTE_MS)
    lost.due()
    expect(await tries(60 * MINUTE_MS)).toBe(0)
  })

  it('are not tried any more once they are found', async () => {
    lost.lose('a')
    lost.find('a')
    expect(await tries(10 * MINUTE_MS)).toBe(0)
  })

  it('are sixteen at most: the longest lost goes', async () => {
    for (let i = 0; i < 20; i++) lost.lose(`${i}`)
    await clock.pass(MINUTE_MS)
    expect(lost.due()).toEqual(Array.from({ length: 16 }, (_, i) => `${i + 4}`))
  })
})
