import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SEED } from '../support/seed.ts'
import { auditStore } from '../support/store-audit.ts'
import { groupsOfPuts, StoreModel } from '../support/store-model.ts'
import { memoryBackend } from '../support/stores.ts'

describe('a store', () => {
  test('does with puts, replacements and deletions in any order and grouping what the rules say', async () => {
    await fc.assert(
      fc.asyncProperty(groupsOfPuts, async groups => {
        const backend = await memoryBackend()
        const { store, db } = await backend.open()
        const model = new StoreModel()
        for (const group of groups) {
          const expected = group.map(event => model.put(event))
          const outcomes = await Promise.all(group.map(event => store.events.put(event, { durable: false })))
          expect(outcomes.map(({ result }) => result)).toEqual(expected)
        }
        const held = (await store.events.after(0, 1_000, 1e9)).map(({ event }) => event)
        expect(held).toEqual(model.held)
        expect(await auditStore(db)).toEqual([])
        expect(store.events.usage().events).toBe(model.held.length)
        await backend.dispose()
      }),
      { seed: SEED, numRuns: 400 },
    )
  })
})
