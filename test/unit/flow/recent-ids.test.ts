import { expect, test } from 'vitest'
import { createRecentIds } from '../../../src/flow/recent-ids.ts'

test('remembers the last ids, however many came before, and forgets those before them', () => {
  const recent = createRecentIds(100)
  for (let i = 0; i < 1_050; i++) recent.add(`id ${i}`)
  const remembered = Array.from({ length: 1_050 }, (_, i) => i).filter(i => recent.delete(`id ${i}`))
  expect(remembered).toEqual(Array.from({ length: remembered.length }, (_, i) => 1_050 - remembered.length + i))
  expect(remembered.length).toBeGreaterThanOrEqual(100)
  expect(remembered.length).toBeLessThan(200)
})

test('an id that came twice is gone when it is deleted once', () => {
  const recent = createRecentIds(2)
  recent.add('a')
  recent.add('b')
  recent.add('a')
  expect(recent.delete('a')).toBe(true)
  expect(recent.delete('a')).toBe(false)
  expect(recent.delete('c')).toBe(false)
})
