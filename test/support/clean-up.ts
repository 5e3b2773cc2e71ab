/** What a test opened is closed in reverse order, however the test ends. */
import { afterEach } from 'vitest'

export interface CleanUp {
  add(task: () => unknown): void
  /** Runs every task once, the latest first; the first failure is thrown when all have run. */
  run(): Promise<void>
}

export function createCleanUp(): CleanUp {
  const tasks: (() => unknown)[] = []
  return {
    add: task => void tasks.push(task),
    async run() {
      const failures: unknown[] = []
      for (const task of tasks.splice(0).reverse()) {
        try {
          await task()
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}

/** A clean-up that runs after every test of the file. */
export function useCleanUp(): CleanUp {
  const cleanUp = createCleanUp()
  afterEach(() => cleanUp.run())
  return cleanUp
}
