/** A node's schedule of catching up over a scripted comparison, on a clock of the test's own. */
import { beforeEach } from 'vitest'
import { type CatchUp, createCatchUp } from '../../../src/flow/catch-up.ts'
import type { Neighbour } from '../../../src/flow/neighbours.ts'
import type { SyncScope } from '../../../src/flow/sync.ts'
import type { Activity } from '../../../src/observe/activity.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import { silent } from '../../../src/observe/log.ts'
import type { Store } from '../../../src/store/store.ts'
import type { CleanUp } from '../../support/clean-up.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import { openTestStore } from './memory-store.ts'
import { createScriptedSync, neighbour, type ScriptedSync } from './scripted-sync.ts'

export const REPAIR_MS = 60_000
export const HOUR = 3_600
export const DAY = 24 * HOUR

export interface CatchUpWorld {
  clock: FakeClock
  /** How far the clock of the machine was set; its timers go on as they did. */
  offsetMs: number
  store: Store
  sync: ScriptedSync
  here: Neighbour[]
  authors: string[]
  readonly activities: Activity[]
  catchUp: CatchUp
  /** The schedule of a node that was started anew. */
  anew(): void
  /** Seconds since 1970 by the node's clock. */
  now(): number
  /** Whom it compared with, in order. */
  asked(): string[]
  /** Begins with these, and lets everything happen that does not wait. */
  startWith(...neighbours: readonly Neighbour[]): Promise<void>
}

export const [a, b, c] = ['a', 'b', 'c'].map(id => neighbour(id)) as [Neighbour, Neighbour, Neighbour]

export function windowOf(scope: SyncScope | undefined) {
  if (scope === undefined || 'authors' in scope) throw new Error('no window')
  return scope
}

/** One that is new before each test. */
export function useCatchUpWorld(cleanUp: CleanUp): CatchUpWorld {
  const world = {} as CatchUpWorld & { activities: Activity[] }
  beforeEach(async () => {
    const { clock, store } = await openTestStore(cleanUp)
    Object.assign(world, {
      clock,
      store,
      offsetMs: 0,
      sync: createScriptedSync(() => clock.nowMs()),
      here: [],
      authors: [],
      activities: [],
      anew() {
        world.catchUp = create(world)
        cleanUp.add(world.catchUp.stop.bind(world.catchUp))
      },
      now: () => Math.floor((clock.nowMs() + world.offsetMs) / 1000),
      asked: () => world.sync.comparisons.map(({ peer }) => peer),
      async startWith(...neighbours: readonly Neighbour[]) {
        world.here = [...neighbours]
        world.catchUp.start()
        await clock.pass(0)
      },
    })
    world.anew()
  })
  return world
}

function create(world: CatchUpWorld): CatchUp {
  const { clock } = world
  return createCatchUp({
    sync: world.sync,
    neighbours: () => world.here,
    authors: () => world.authors,
    book: world.store.completeness,
    clock: { nowMs: () => clock.nowMs() + world.offsetMs, after: clock.after },
    log: silent,
    counters: createCounters(),
    onActivity: activity => void world.activities.push(activity),
    repairMs: REPAIR_MS,
    // The middle of every jitter.
    random: () => 0.5,
  })
}
