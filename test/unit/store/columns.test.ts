import { describe, expect, it } from 'vitest'
import { Columns, type Head } from '../../../src/store/columns.ts'
import { createRandom } from '../../faults/random.ts'
import { watchVitals } from '../../support/vitals.ts'

const SEED = 20_261_121
const END = { createdAt: 2 ** 32 - 1, position: Number.MAX_SAFE_INTEGER }

/** Times go up as they mostly do, and ten events share a second. */
function head(position: number, createdAt = Math.floor(position / 10)): Head {
  return { createdAt, position, kind: position % 3, authorHigh: position, authorLow: -position }
}

/** All that is there, newest first, and whether it still has its kind and its author. */
function walked(columns: Columns): number[] {
  const positions: number[] = []
  columns.walk(END, {}, Number.MAX_SAFE_INTEGER, (_, position) => positions.push(position) > 0)
  for (const kind of [0, 1, 2]) {
    columns.walk(END, { kinds: new Set([kind]) }, Number.MAX_SAFE_INTEGER, (createdAt, position) => {
      const author = { has: (high: number, low: number) => high === position && low === -position }
      expect(position % 3).toBe(kind)
      expect(columns.isBy({ createdAt, position }, author)).toBe(true)
      return true
    })
  }
  return positions
}

describe('columns from which most goes again', () => {
  it(`hold what stays, in order, whatever comes and goes between (seed ${SEED})`, () => {
    const random = createRandom(SEED)
    const columns = new Columns()
    const kept = new Map<number, Head>()
    let position = 0
    // Grows to some chunks, shrinks to a few rows in each, and again.
    for (const chance of [0.9, 0.1, 0.8, 0.02, 0.7, 0]) {
      for (let i = 0; i < 6_000; i++) {
        const late = Math.floor(random.next() * 600)
        const here = random.next() < 0.1 ? head(++position, late) : head(++position)
        const gone = [...kept.values()][Math.floor(random.next() * kept.size)]
        if (random.next() < chance || gone === undefined) {
          kept.set(here.position, here)
          columns.add(here)
        } else {
          kept.delete(gone.position)
          columns.remove(gone)
        }
      }
      const sorted = [...kept.values()].sort((a, b) => b.createdAt - a.createdAt || b.position - a.position)
      expect(columns.size).toBe(kept.size)
      expect(walked(columns)).toEqual(sorted.map(one => one.position))
    }
  })

  it('give the memory of what has gone back, also where one of five hundred stays', () => {
    const vitals = watchVitals()
    const columns = new Columns()
    const count = 300_000
    for (let position = 0; position < count; position++) columns.add(head(position))
    for (let position = 0; position < count; position++) if (position % 500 !== 0) columns.remove(head(position))
    // 300 chunks of 22 kB without it.
    expect(vitals.read().grownBytes).toBeLessThan(1e6)
    expect(columns.size).toBe(count / 500)
  })
})
