/** A real store in memory on a clock of the test's own, for flows. */
import type { VerifiedEvent } from '../../../src/event/event.ts'
import type { Store, StoreOptions } from '../../../src/store/store.ts'
import type { CleanUp } from '../../support/clean-up.ts'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts'
import { memoryBackend } from '../../support/stores.ts'

/** A little after the time of the events that `events.ts` makes. */
export const NOW_SECONDS = 1_700_000_100
export const NOW_MS = NOW_SECONDS * 1000

export interface TestStore {
  readonly store: Store
  readonly clock: FakeClock
  /** Puts an event in as the client's publish does. */
  put(event: VerifiedEvent, pending?: { broadcast?: boolean; to?: readonly string[] }): Promise<void>
  /** Closes the store and opens it again over the same data. */
  reopen(): Promise<Store>
}

export async function openTestStore(cleanUp: CleanUp, options: Partial<StoreOptions> = {}): Promise<TestStore> {
  const clock = createFakeClock(NOW_MS)
  const backend = await memoryBackend()
  cleanUp.add(() => backend.dispose())
  const open = async () => (await backend.open({ nowMs: clock.nowMs, ...options })).store
  const store = await open()
  return {
    store,
    clock,
    async put(event, { broadcast = false, to = [] } = {}) {
      const { result } = await store.events.put(event, { durable: false, pending: { broadcast, to } })
      if (result !== 'stored') throw new Error(`the store says ${result}`)
    },
    async reopen() {
      await store.close()
      return open()
    },
  }
}
