import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { nowSeconds, systemClock } from '../../../src/observe/clock.ts'
import { COUNTERS, createCounters } from '../../../src/observe/counters.ts'
import { messageOf, silent } from '../../../src/observe/log.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

describe('the system clock', () => {
  it('runs a task once, and not at all when it was called off', async () => {
    const ran: string[] = []
    systemClock.after(1, () => void ran.push('kept'))
    const cancel = systemClock.after(1, () => void ran.push('called off'))
    cancel()
    await delay(20)
    cancel()
    expect(ran).toEqual(['kept'])
    expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1_000)
  })
})

describe('seconds', () => {
  it('are whole, and never ahead', () => {
    expect(nowSeconds(createFakeClock(1_999))).toBe(1)
  })
})

describe('counters', () => {
  it('count by name and label, from nothing', () => {
    const counters = createCounters()
    expect([...counters.entries()]).toEqual([])
    counters.add('evicted')
    counters.add('evicted', '', 4)
    counters.add('gossip_verdicts', 'accept')
    expect([...counters.entries()]).toEqual([
      { name: 'evicted', label: '', value: 5 },
      { name: 'gossip_verdicts', label: 'accept', value: 1 },
    ])
    expect(Object.keys(COUNTERS)).toEqual(expect.arrayContaining([...counters.entries()].map(({ name }) => name)))
  })

  it('of two nodes have nothing to do with each other', () => {
    createCounters().add('evicted')
    expect([...createCounters().entries()]).toEqual([])
  })
})

describe('what is logged of a failure', () => {
  it('is its message, without a stack trace', () => {
    expect(messageOf(new Error('no space'))).toBe('no space')
    expect(messageOf('text')).toBe('text')
    expect(messageOf(undefined)).toBe('undefined')
    expect(silent('error', 'x')).toBeUndefined()
  })
})
