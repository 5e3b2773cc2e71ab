/**
 * V8 compiles and collects on threads of its own, four of them also where there are two cores: a question that comes while
 * they work would wait some milliseconds for a core. With a lower priority they take what is left of it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/** By which Node names them. */
const V8_THREAD = 'V8Worker'
/** A tenth of a core, when the program or another one wants it too. */
const NICENESS = 10

/** On Linux, where a thread has a priority of its own; elsewhere, or where the system forbids it, all stays as it is. */
export function lowerBackgroundThreads(): void {
  if (process.platform !== 'linux') return
  const tasks = '/proc/self/task'
  try {
    for (const thread of readdirSync(tasks)) {
      const isOfV8 = readFileSync(`${tasks}/${thread}/comm`, 'utf8').trim() === V8_THREAD
      if (isOfV8) setPriority(Number(thread), NICENESS)
    }
  } catch {
    return
  }
  // The program stands still in these collections: they must not wait for a thread that waits for a core.
  setFlagsFromString('--no-parallel-scavenge')
}
