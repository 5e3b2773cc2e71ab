/** Loaded before the program that is watched (`node --import`): says how much it holds when it is asked. */
import { getHeapCodeStatistics, setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

/** What it is asked. */
export interface Measure {
  /** Where to write all that is on the heap. */
  readonly snapshot?: string | undefined
}

export interface Held {
  /** After collection: on the heap, but for code, and beside it in buffers. */
  readonly heapBytes: number
  /** What V8 has made of the program. */
  readonly codeBytes: number
  /** Sockets, timers and other things that keep an event loop busy. */
  readonly handles: number
}

const ALL_OF_IT = { type: 'major', execution: 'sync', flavor: 'last-resort' }

if (isMainThread && process.send !== undefined) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (how: object) => void
  process.on('message', ({ snapshot }: Measure) => {
    // What the first collection frees by finalizers is gone after the second. This kind gives back empty pages as well:
    // otherwise resident memory goes up and down by a hundred megabytes in the course of minutes, as V8 finds it worth while.
    collect(ALL_OF_IT)
    collect(ALL_OF_IT)
    const { heapUsed, external } = process.memoryUsage()
    const code = getHeapCodeStatistics()
    const codeBytes = code.code_and_metadata_size + code.bytecode_and_metadata_size
    const heapBytes = heapUsed + external - codeBytes
    const held: Held = { heapBytes, codeBytes, handles: process.getActiveResourcesInfo().length }
    if (snapshot !== undefined) writeHeapSnapshot(snapshot)
    process.send?.(held)
  })
  process.channel?.unref()
}
