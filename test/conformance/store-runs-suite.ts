/** A store whose directory is put back to an older state (specification/storage.md, "Receive order"). Runs on every database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import type { Store } from '../../src/store/store.ts'
import { strangerKey, unsignedEvent } from '../support/events.ts'
import { type Backend, type BackendFactory, START_MS } from '../support/stores.ts'

const alice = strangerKey('alice')

export function storeRunsSuite(createBackend: BackendFactory): void {
  let backend: Backend
  let store: Store
  let db: Database
  beforeEach(async () => {
    backend = await createBackend()
    ;({ store, db } = await backend.open())
  })
  afterEach(() => backend.dispose())

  describe('that is put back to an older state, where the clock was an hour ahead in what was lost', () => {
    const HOUR_MS = 3_600_000
    let nowMs = START_MS
    const restart = async (change: () => Promise<void> = async () => {}) => {
      await store.close()
      await db.open()
      await change()
      await db.close()
      ;({ store, db } = await backend.open({ nowMs: () => nowMs }))
    }
    const putOne = async (content: string) => {
      const event = unsignedEvent(alice, { content })
      await store.events.put(event, { durable: false })
      nowMs += 1_000
      return event.id
    }
    const place = () => [store.events.run(), store.events.lastPosition()] as const
    const seenFrom = async (...[run, position]: ReturnType<typeof place>) =>
      (await store.events.after(store.events.resume(run, position), 10, 1e9)).map(({ event }) => event.id)

    test('who had seen that goes on where it was cut, after any restarts', async () => {
      await restart()
      await putOne('kept')
      const early = place()
      const before = await putOne('kept too')
      const rows = await db.iterator({}).all()
      nowMs += HOUR_MS
      await putOne('lost')
      const cursor = place()
      nowMs -= HOUR_MS
      await restart(async () => {
        await db.clear({})
        await db.batch(
          rows.map(([key, value]) => ({ type: 'put', key, value })),
          { sync: false },
        )
      })
      expect(await seenFrom(...cursor)).toEqual([])
      const after = [await putOne('new')]
      await restart()
      after.push(await putOne('newer'))
      expect(cursor[1]).toBeGreaterThan(store.events.lastPosition())
      expect(await seenFrom(...cursor)).toEqual(after)
      expect(await seenFrom(...early)).toEqual([before, ...after])
      expect(await seenFrom(...place())).toEqual([])
      // Of a run that is forgotten as a whole: all of it is better than an hour of nothing.
      expect(await seenFrom('01234567', cursor[1])).toHaveLength(4)
      expect(await seenFrom('01234567', place()[1])).toEqual([])
    })
  })
}
