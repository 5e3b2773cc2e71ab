import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const NAT = 'test/nat/**/*.test.ts'
/** The page, most of it in a real Chromium at real nodes. */
const WEB = 'test/web/**/*.test.ts'
/** Half a dozen nodes at once that are asked to be in time: nothing runs beside it. */
const FAULTS = 'test/faults/faults.test.ts'

export default defineConfig({
  test: {
    // Processes, sockets and LevelDB: forks keep native modules apart, and a hung test must not hold up the rest.
    pool: 'forks',
    // Vitest leaves one core to itself, and most of the time it has nothing to do.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default'],
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: [NAT, FAULTS, WEB] } },
      { extends: true, test: { name: 'web', include: [WEB], globalSetup: ['test/web/support/global-setup.ts'] } },
      { extends: true, test: { name: 'faults', include: [FAULTS], sequence: { groupOrder: 2 } } },
      {
        extends: true,
        test: {
          name: 'nat',
          include: [NAT],
          globalSetup: ['test/nat/notice.ts'],
          // Most of the time something is waited for, so more at once than there are cores; and nothing beside it.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
