import { describe, expect, test } from 'vitest'
import { createHalfOpen, networkOf } from '../../../src/overlay/doors/half-open.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const BOUNDS = { max: 4, maxOfHost: 2, ms: 10_000 }

describe('peers that have proved no key yet (D2.4)', () => {
  test('one host has no more than its part, and gets another place when one has gone', () => {
    const places = createHalfOpen(createFakeClock(0), BOUNDS)
    const first = places.enter('203.0.113.1', () => {})
    expect(places.enter('203.0.113.1', () => {})).toBeDefined()
    expect(places.enter('203.0.113.1', () => {})).toBeUndefined()
    expect(places.enter('203.0.113.2', () => {})).toBeDefined()
    first?.leave()
    first?.leave()
    expect(places.enter('203.0.113.1', () => {})).toBeDefined()
    expect(places.size()).toBe(3)
  })

  test('of many the one that waits longest gives way, and is told once', () => {
    const places = createHalfOpen(createFakeClock(0), BOUNDS)
    const cut: number[] = []
    const entered = Array.from({ length: 6 }, (_, i) => places.enter(`203.0.113.${i}`, () => cut.push(i)))
    expect(entered.every(place => place !== undefined)).toBe(true)
    expect([cut, places.size()]).toEqual([[0, 1], 4])
    entered[0]?.leave()
    expect(places.size()).toBe(4)
  })

  test('none waits for ever', async () => {
    const clock = createFakeClock(0)
    const places = createHalfOpen(clock, BOUNDS)
    let cut = 0
    places.enter('203.0.113.1', () => cut++)
    places.enter('203.0.113.2', () => cut++)?.leave()
    await clock.pass(BOUNDS.ms)
    expect([cut, places.size()]).toEqual([1, 0])
  })

  test('an IPv6 network is one host, and IPv4 is written in one way', () => {
    expect(networkOf('2001:db8:1:2:3::9')).toBe(networkOf('2001:db8:1:2::'))
    expect(networkOf('2001:db8::1')).not.toBe(networkOf('2001:db8:0:1::1'))
    expect(networkOf('::ffff:203.0.113.1')).toBe('203.0.113.1')
    expect(networkOf('fe80::1%eth0')).toBe(networkOf('fe80::2'))
    expect(networkOf('12D3KooWHo1js8E7maLtQmEGxcw7Xh1hsHnDjjWFGUfzafdaL589')).toMatch(/^12D3/)
  })
})
