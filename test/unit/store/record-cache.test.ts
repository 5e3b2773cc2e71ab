import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PlaceTable } from '../../../src/store/place-table.ts'
import { encodeRecord, idOf } from '../../../src/store/record.ts'
import { createRecordCache, type RecordPlace } from '../../../src/store/record-cache.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'

const ALICE = strangerKey('alice')
/** Records of 200 to 500 bytes under positions that differ below or above 32 bits. */
const RECORDS = Array.from({ length: 60 }, (_, i) => ({
  position: i % 2 === 0 ? 1 + i : 1 + i * 2 ** 34,
  record: encodeRecord(unsignedEvent(ALICE, { content: `${i} ${'x'.repeat((i * 37) % 300)}` })),
}))
const BOUNDS = { segments: 3, segmentBytes: 4_096 }

const place = (record: Buffer): RecordPlace => ({ bytes: record, start: 0, end: record.length })
const bytesOf = ({ bytes, start, end }: RecordPlace): Buffer => bytes.subarray(start, end)

describe('the cache of records', () => {
  const step = fc.record({
    task: fc.constantFrom('add', 'add', 'add', 'remove', 'clear'),
    which: fc.nat({ max: RECORDS.length - 1 }),
    /** Clearing is rare, or nothing would ever be full. */
    chance: fc.nat({ max: 40 }),
  })

  test('holds what was added last and not removed, whatever happens in between', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 600 }), steps => {
        const cache = createRecordCache(BOUNDS)
        /** In the order in which they were added; what is gone stays in its segment, and counts. */
        let model = new Map<number, Buffer>()
        let added = 0
        for (const { task, which, chance } of steps) {
          const { position, record } = RECORDS[which]!
          if (task === 'add') {
            cache.add(position, place(record))
            expect(cache.get(position)).toBeDefined()
            if (!model.has(position)) added++
            model.set(position, record)
          } else if (task === 'remove') {
            cache.remove(position)
            model.delete(position)
          } else if (chance === 0) {
            cache.clear()
            model = new Map()
          }
          for (const known of RECORDS) {
            const held = cache.get(known.position)
            if (held === undefined) {
              expect(cache.byId(idOf(known.record))).toBeUndefined()
              // It is forgotten to make room, and then really is.
              model.delete(known.position)
              continue
            }
            expect(bytesOf(held)).toEqual(model.get(known.position))
            const byId = cache.byId(idOf(known.record))!
            expect(byId.position).toBe(known.position)
            expect(bytesOf(byId.place)).toEqual(known.record)
          }
        }
        expect(added).toBeGreaterThan(0)
      }),
      { seed: SEED, numRuns: 60 },
    )
  })

  test('forgets the oldest first, and keeps at least all segments but one full', () => {
    const cache = createRecordCache(BOUNDS)
    for (const { position, record } of RECORDS) cache.add(position, place(record))
    const held = RECORDS.map(({ position }) => cache.get(position) !== undefined)
    const first = held.indexOf(true)
    expect(first).toBeGreaterThan(0)
    expect(held.slice(first)).not.toContain(false)
    const bytes = RECORDS.slice(first).reduce((sum, { record }) => sum + record.length, 0)
    expect(bytes).toBeGreaterThan((BOUNDS.segments - 1) * BOUNDS.segmentBytes * 0.8)
    expect(bytes).toBeLessThan(BOUNDS.segments * BOUNDS.segmentBytes)
  })

  test('leaves what is being read as it was, long after it was forgotten', () => {
    const cache = createRecordCache(BOUNDS)
    const [first] = RECORDS
    cache.add(first!.position, place(first!.record))
    const held = cache.get(first!.position)!
    for (let round = 0; round < 10; round++) {
      for (const { position, record } of RECORDS.slice(1)) cache.add(position + round * 1_000, place(record))
    }
    expect(cache.get(first!.position)).toBeUndefined()
    expect(bytesOf(held)).toEqual(first!.record)
  })

  test('takes nothing that is as large as hundreds of others', () => {
    const cache = createRecordCache(BOUNDS)
    const large = encodeRecord(unsignedEvent(ALICE, { content: 'x'.repeat(BOUNDS.segmentBytes / 8) }))
    cache.add(1, place(large))
    expect(cache.get(1)).toBeUndefined()
    expect(cache.byId(idOf(large))).toBeUndefined()
  })
})

describe('a table of places', () => {
  test('gives all places of a hash, as a map does, while it grows and shrinks', () => {
    /** Few hashes, close together and at both ends, so that searches run into one another and around. */
    const hash = fc.constantFrom(0, 1, 2 ** 22, 2 ** 22 + 1, 2 ** 23, 2 ** 32 - 1, 2 ** 32 - 2 ** 22)
    const step = fc.record({ isAdd: fc.boolean(), hash, place: fc.integer({ min: 1, max: 30 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), fc.boolean(), (steps, isLarge) => {
        const table = new PlaceTable()
        const model = new Map<number, Set<number>>()
        const others = isLarge ? 2_000 : 0
        for (let i = 0; i < others; i++) table.add(Math.imul(i, 0x9e3779b1) >>> 0, 1_000 + i)
        for (const { isAdd, hash: key, place: value } of steps) {
          const places = model.get(key) ?? new Set()
          model.set(key, places)
          if (isAdd && !places.has(value)) {
            table.add(key, value)
            places.add(value)
          } else if (!isAdd) {
            table.remove(key, value)
            places.delete(value)
          }
        }
        for (const [key, places] of model) {
          expect(found(table, key).filter(value => value < 1_000)).toEqual([...places].sort((a, b) => a - b))
        }
        for (let i = 0; i < others; i++) {
          const key = Math.imul(i, 0x9e3779b1) >>> 0
          expect(found(table, key)).toContain(1_000 + i)
          table.remove(key, 1_000 + i)
          expect(found(table, key)).not.toContain(1_000 + i)
        }
        table.clear()
        for (const key of model.keys()) expect(table.find(key)).toBe(-1)
      }),
      { seed: SEED, numRuns: 200 },
    )
  })

  function found(table: PlaceTable, hash: number): number[] {
    const places: number[] = []
    for (let slot = table.find(hash); slot !== -1; slot = table.find(hash, slot)) places.push(table.at(slot))
    return places.sort((a, b) => a - b)
  }
})
