import { describe, expect, it } from 'vitest'
import { createQuotas, QUOTAS, type QuotaName } from '../../../src/overlay/quota.ts'
import { createTurns } from '../../../src/overlay/streams/turns.ts'
import { createFakeClock, settle } from '../../support/fake-clock.ts'

const START_MS = 1_700_000_000_000

describe('what one peer may ask (O8.1)', () => {
  it.each(Object.keys(QUOTAS) as QuotaName[])(
    'O8.1: %s: its burst at once, then its rate, for each peer apart',
    async name => {
      const clock = createFakeClock(START_MS)
      const quotas = createQuotas(clock)
      const { burst, perSecond } = QUOTAS[name]
      for (let i = 0; i < burst; i++) expect(quotas.take(name, 'p')).toBe(true)
      expect(quotas.take(name, 'p')).toBe(false)
      expect(quotas.take(name, 'q')).toBe(true)
      const some = Math.min(10, burst)
      await clock.pass((some / perSecond) * 1000)
      for (let i = 0; i < some; i++) expect(quotas.take(name, 'p')).toBe(true)
      expect(quotas.take(name, 'p')).toBe(false)
    },
  )

  it('O8.1: the numbers are those of the specification', () => {
    expect(QUOTAS).toEqual({
      events: { burst: 2_000, perSecond: 200 },
      nodes: { burst: 500, perSecond: 20 },
      hello: { burst: 10, perSecond: 0.2 },
      dht: { burst: 60, perSecond: 2 },
      deliver: { burst: 1_000, perSecond: 20 },
      fetch: { burst: 60, perSecond: 2 },
      own: { burst: 2_000, perSecond: 50 },
      sync: { burst: 12, perSecond: 0.1 },
      stun: { burst: 60, perSecond: 4 },
      stunTotal: { burst: 1_000, perSecond: 500 },
      circuit: { burst: 60, perSecond: 1 },
      door: { burst: 20, perSecond: 2 },
      doorTotal: { burst: 100, perSecond: 20 },
      where: { burst: 20, perSecond: 0.5 },
      whereTotal: { burst: 1_000, perSecond: 100 },
      reach: { burst: 10, perSecond: 0.05 },
    })
  })

  it('never saves up more than the burst', async () => {
    const clock = createFakeClock(START_MS)
    const quotas = createQuotas(clock)
    quotas.take('hello', 'p')
    await clock.pass(24 * 3_600_000)
    for (let i = 0; i < 10; i++) expect(quotas.take('hello', 'p')).toBe(true)
    expect(quotas.take('hello', 'p')).toBe(false)
  })

  it('takes nothing when there is not enough', () => {
    const quotas = createQuotas(createFakeClock(START_MS))
    expect(quotas.take('deliver', 'p', 999)).toBe(true)
    expect(quotas.take('deliver', 'p', 2)).toBe(false)
    expect(quotas.take('deliver', 'p', 1)).toBe(true)
  })

  it('a clock that is set back takes nothing away', () => {
    const clock = createFakeClock(START_MS)
    const quotas = createQuotas(clock)
    quotas.take('hello', 'p')
    clock.set(START_MS - 3_600_000)
    for (let i = 0; i < 9; i++) expect(quotas.take('hello', 'p')).toBe(true)
    expect(quotas.take('hello', 'p')).toBe(false)
  })

  it('is remembered of 5,000 peers; the longest unused goes first', () => {
    const quotas = createQuotas(createFakeClock(START_MS))
    for (let i = 0; i < 10; i++) quotas.take('hello', 'first')
    for (let i = 0; i < 10; i++) quotas.take('hello', 'second')
    for (let i = 0; i < 4_998; i++) quotas.take('fetch', `${i}`)
    expect(quotas.take('hello', 'second')).toBe(false)
    quotas.take('fetch', 'one more')
    expect(quotas.take('hello', 'second')).toBe(false)
    expect(quotas.take('hello', 'first')).toBe(true)
  })
})

describe('turns', () => {
  it('run so many of one key side by side, the others in order, and keys do not wait for each other', async () => {
    const turns = createTurns(2, 10)
    const gates = Array.from({ length: 4 }, () => Promise.withResolvers<number>())
    const started: number[] = []
    const all = gates.map(({ promise }, i) =>
      turns.take('a', () => {
        started.push(i)
        return promise
      }),
    )
    await turns.take('b', async () => started.push(9))
    expect(started).toEqual([0, 1, 9])
    gates[1]?.resolve(1)
    await settle()
    expect(started).toEqual([0, 1, 9, 2])
    gates[0]?.reject(new Error('failed'))
    await expect(all[0]).rejects.toThrow('failed')
    await settle()
    expect(started).toEqual([0, 1, 9, 2, 3])
    gates[2]?.resolve(2)
    gates[3]?.resolve(3)
    expect(await Promise.all(all.slice(1))).toEqual([1, 2, 3])
  })

  it('refuse who comes when too many wait', async () => {
    const turns = createTurns(1, 1)
    const gate = Promise.withResolvers<void>()
    const first = turns.take('a', () => gate.promise)
    const second = turns.take('a', async () => 'second')
    await expect(turns.take('a', async () => 'third')).rejects.toThrow('too many')
    gate.resolve()
    await first
    expect(await second).toBe('second')
    expect(await turns.take('a', async () => 'later')).toBe('later')
  })
})
