/**
 * After a flood V8 keeps what it took, some 170 MB, for as long as hardly anything is allocated. One collection in a
 * quiet moment makes it look: it works beside the event loop, and some ten seconds later V8 gives the rest back itself.
 * What the C library keeps is given back then, where it can be asked to.
 */
import { createRequire } from 'node:module'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Heap {
  /** What V8 holds, used or not. */
  bytes(): number
  /** Share of the time since the last call in which the event loop had something to do. */
  load(): number
  collect(): Promise<unknown>
}

const LOOK_MS = 1_000
/** Growth since the last collection that is worth another one. */
const WORTH_BYTES = 32 * 1024 * 1024
/** Busier than this is no quiet moment. */
const QUIET = 0.1
/** Until V8 has given back what it will. */
const SETTLED_MS = 12_000
/** Of looks: an owner who writes a post now and then must not cost a collection each time. */
const LEAST_BETWEEN = 15

/** @returns what has to be called every second */
export function createQuietCollection(heap: Heap): () => void {
  /** The least that was held since the last collection. */
  let least = 0
  let looks = LEAST_BETWEEN
  return () => {
    const bytes = heap.bytes()
    const isQuiet = heap.load() < QUIET
    looks++
    if (bytes < least) least = bytes
    if (!isQuiet || looks < LEAST_BETWEEN || bytes - least < WORTH_BYTES) return
    looks = 0
    least = bytes
    void heap.collect()
  }
}

/** Looks at this process for as long as it lives, and keeps it alive for nothing. */
export function collectWhenQuiet(): void {
  const collect = exposedCollector()
  const trimMalloc = createTrimMalloc()
  let before = performance.eventLoopUtilization()
  const look = createQuietCollection({
    bytes: () => getHeapStatistics().total_heap_size,
    load() {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      return utilization
    },
    async collect() {
      await collect()
      await sleep(SETTLED_MS, undefined, { ref: false })
      trimMalloc()
    },
  })
  setInterval(look, LOOK_MS).unref()
}

/** V8's own collector, which it shows only where it is told to. */
function exposedCollector(): () => Promise<unknown> {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return async () => (typeof collect === 'function' ? collect({ type: 'major', execution: 'async' }) : undefined)
}

/**
 * glibc keeps freed memory between what is still in use: some 30 MB after a flood. Asked on another thread, it takes 5 ms;
 * without glibc or without `koffi` nothing is asked.
 */
function createTrimMalloc(): () => void {
  let trim: ReturnType<typeof bindMallocTrim> | undefined
  return () => {
    if (process.platform !== 'linux') return
    try {
      trim ??= bindMallocTrim()
      trim.async(0, () => {})
    } catch {
      // What could not be given back is used again by the next flood.
    }
  }
}

function bindMallocTrim() {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
  return koffi.load('libc.so.6').func('int malloc_trim(size_t pad)')
}
