import { expect, test } from 'vitest'
import { useCleanUp } from '../../support/clean-up.ts'
import { personFrom, signedEvent } from '../../support/events.ts'
import { diskBackend, NEARLY_NO_CACHE } from '../../support/stores.ts'

const cleanUp = useCleanUp()

test('records that nobody asked for since the last look are let go of, and read from the disk when somebody does', async () => {
  const backend = await diskBackend()
  cleanUp.add(() => backend.dispose())
  const { store } = await backend.open({}, { recordCache: NEARLY_NO_CACHE })
  const event = signedEvent(personFrom('alice'), { content: 'here' })
  await store.events.put(event, { durable: false })
  const asked = async () => {
    const found = await store.events.read([{ ids: [event.id] }], { maxEvents: 1 }).next(1)
    return found.map(({ event }) => event.content)
  }
  expect(store.forgetUnused()).toBe(0)
  expect(await asked()).toEqual(['here'])
  expect(store.forgetUnused()).toBe(0)
  expect(store.forgetUnused()).toBe(NEARLY_NO_CACHE.segmentBytes)
  expect(store.forgetUnused()).toBe(0)
  expect(await asked()).toEqual(['here'])
})
