import { defineConfig } from 'vitest/config'

const NAT = 'test/nat/**/*.test.ts'

export default defineConfig({
  test: {
    // Processes, sockets and LevelDB: forks keep native modules apart, and a hung test must not hold up the rest.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default'],
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: [NAT] } },
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
