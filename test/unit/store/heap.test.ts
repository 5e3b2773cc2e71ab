import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Heap } from '../../../src/store/heap.ts'
import { SEED } from '../../support/seed.ts'

test('a heap gives in order what was put in between, also when its top has changed', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(1_000), fc.constantFrom('remove', 'later'))), steps => {
      const heap = new Heap<{ at: number }>((a, b) => a.at < b.at)
      let plain: number[] = []
      for (const step of steps) {
        if (typeof step === 'number') {
          heap.push({ at: step })
          plain = [...plain, step].sort((a, b) => a - b)
        } else if (step === 'remove') {
          heap.removeTop()
          plain.shift()
        } else if (heap.top !== undefined) {
          heap.top.at += 100
          heap.sink()
          plain = [plain[0]! + 100, ...plain.slice(1)].sort((a, b) => a - b)
        }
        expect(heap.top?.at).toBe(plain[0])
      }
      for (const at of plain) {
        expect(heap.top?.at).toBe(at)
        heap.removeTop()
      }
      expect(heap.top).toBeUndefined()
    }),
    { seed: SEED },
  )
})
