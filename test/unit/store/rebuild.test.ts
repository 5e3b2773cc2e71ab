import { describe, expect, test } from 'vitest'
import { deliveryKey, eventKey } from '../../../src/store/keys.ts'
import { markForRebuild } from '../../../src/store/rebuild.ts'
import { encodeRecord } from '../../../src/store/record.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { countedUsage, memoryBackend } from '../../support/stores.ts'

const alice = strangerKey('alice')
const bob = strangerKey('bob')

describe('a store that was repaired', () => {
  test('drops noise and what contradicts itself, keeps the rest at its place, and goes on', async () => {
    const backend = await memoryBackend()
    const { store, db } = await backend.open()
    const events = [1, 2, 3, 4].map(n => unsignedEvent(alice, { content: `post ${n}` }))
    const positions: number[] = []
    const pending = { broadcast: false, to: [bob] }
    for (const event of events) positions.push((await store.events.put(event, { durable: true, pending })).position)
    const [, second, third, fourth] = positions as [number, number, number, number]
    const changed = encodeRecord({ ...events[1]!, content: 'not what was signed' })
    await db.batch(
      [
        { type: 'put', key: eventKey(second), value: changed },
        { type: 'put', key: eventKey(third), value: Buffer.from('noise') },
        { type: 'put', key: deliveryKey(fourth, bob), value: Buffer.from('noise') },
        // The same event once more, as a lost deletion of LevelDB would bring it back.
        { type: 'put', key: eventKey(fourth + 10), value: encodeRecord(events[3]!) },
      ],
      { sync: false },
    )
    await store.completeness.save(1_700_000_000)
    await markForRebuild(db)
    await store.close()

    const { store: rebuilt } = await backend.open()
    const held = await rebuilt.events.after(0, 10, 1e6)
    expect(held.map(({ event }) => event.content)).toEqual(['post 1', 'post 4'])
    expect(held.map(({ position }) => position)).toEqual([positions[0], fourth])
    expect(rebuilt.events.usage()).toMatchObject(await countedUsage(db))
    expect((await rebuilt.outbox.openFor(bob, 10)).map(({ eventId }) => eventId)).toEqual([events[0]!.id])
    expect(rebuilt.outbox.counts()).toEqual({ waiting: 1, delivered: 0, expired: 0 })
    // What was lost has to be caught up with.
    expect(rebuilt.completeness.completeUntil()).toBeUndefined()
    expect((await rebuilt.events.put(events[1]!, { durable: true })).position).toBeGreaterThan(fourth + 10)
    await backend.dispose()
  })
})
