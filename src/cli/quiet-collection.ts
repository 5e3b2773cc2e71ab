/**
 * After a flood V8 keeps what it took, up to 400 MB, for as long as hardly anything is allocated: it takes rest for work
 * (nodejs/node#66564), and pages that it has emptied stay in a pool. In a quiet moment it is made to collect and to give
 * all of that back, and then the C library and the kernel are asked for theirs.
 */
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { createGiveBack } from './give-back.ts'

export interface Memory {
  /** What the process holds, used or not. */
  bytes(): number
  /** Share of the time since the last call in which the event loop had something to do. */
  load(): number
  /** Lets go of what was not used since the last call. @returns its bytes, which a collection gives back */
  forgetUnused(): number
  collect(): Promise<unknown>
}

const LOOK_MS = 1_000
/** Growth since the last collection, or what was let go of, that is worth another one. */
const WORTH_BYTES = 16 * 1024 * 1024
/** Busier than this is no quiet moment. */
const QUIET = 0.1
/** Until V8 has given back what it will. */
const SETTLED_MS = 2_000
/** So much outside of its heap makes V8 begin a collection beside the event loop. */
const PRESSURE_BYTES = 128 * 1024 * 1024
/** Of looks: an owner who writes a post now and then must not cost a collection each time. */
const LEAST_BETWEEN = 15
/** Of looks, until what was not used is let go of. */
const UNUSED = 10

/** @returns what has to be called every second */
export function createQuietCollection(memory: Memory): () => void {
  /** The least that was held since the last collection. */
  let least = 0
  let looks = LEAST_BETWEEN
  let unusedLooks = 0
  let forgotten = 0
  return () => {
    const bytes = memory.bytes()
    const isQuiet = memory.load() < QUIET
    looks++
    unusedLooks++
    if (bytes < least) least = bytes
    if (!isQuiet) return
    if (unusedLooks >= UNUSED) {
      unusedLooks = 0
      forgotten += memory.forgetUnused()
    }
    if (looks < LEAST_BETWEEN || bytes - least + forgotten < WORTH_BYTES) return
    looks = 0
    forgotten = 0
    least = bytes
    void memory.collect()
  }
}

/**
 * Looks at this process for as long as it lives, and keeps it alive for nothing.
 * @param dataDir whose mapped files leave memory in a quiet moment too
 */
export function collectWhenQuiet(dataDir: string, forgetUnused: Memory['forgetUnused']): void {
  const giveBack = createGiveBack()
  let before = performance.eventLoopUtilization()
  const look = createQuietCollection({
    bytes: () => process.memoryUsage.rss(),
    load() {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      return utilization
    },
    forgetUnused,
    async collect() {
      beginCollection()
      await sleep(SETTLED_MS, undefined, { ref: false })
      await giveBack(dataDir)
    },
  })
  setInterval(look, LOOK_MS).unref()
}

/**
 * A collection that begins while this flag is set gives back all that it can. The buffer is never written to: it makes V8
 * begin, and takes no memory itself.
 */
export function beginCollection(): void {
  setFlagsFromString('--optimize-for-size')
  try {
    new ArrayBuffer(PRESSURE_BYTES)
  } catch {
    // Where there is not even room for that, V8 collects by itself.
  } finally {
    setFlagsFromString('--no-optimize-for-size')
  }
}
