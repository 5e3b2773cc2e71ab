/**
 * `npm run soak`: does a node grow that is busy for long? Hours of a busy person's node pressed into minutes: all is as
 * it is in life, only more often. `--minutes n` (30) says how long after twelve minutes of warming up, `--short` is five in all.
 * Ends with 1 when something grows beyond its bound for sure. Linux only: it reads /proc.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createProcesses } from '../support/processes.ts'
import { BOUNDS } from './bounds.ts'
import { startLoad } from './load.ts'
import { growsBeyond, lineThrough } from './regression.ts'
import { type Sample, startWatchedNode } from './watched-node.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, short: { type: 'boolean', default: false } },
})
const minutes = values.short ? 2.5 : Number(values.minutes)
/** Gossip remembers messages for ten minutes, the quick node 3,000 of them, of a minute or two. */
const warmUpMs = (values.short ? 2.5 : 12) * 60_000
const everyMs = values.short ? 2_500 : 10_000

const MIB = 1024 * 1024
/**
 * What is measured, how it is shown, and how much it may grow in a minute. A node that nobody has seen before leaves 7 kB
 * in lists that end at 1,000 to 10,000 nodes, so visitors bring 0.1 MiB a minute; in the short form code is still compiled.
 * Resident memory is what is left of it after a collection, for V8 lets it go up and down by a hundred megabytes otherwise:
 * the process's own, and pages of files, of which LevelDB's tables are some.
 */
const FIGURES: readonly {
  readonly name: string
  readonly unit: string
  readonly of: (sample: Sample) => number
  readonly perMinute: { readonly long: number; readonly short: number }
}[] = [
  {
    name: 'heap and buffers',
    unit: 'MiB',
    of: ({ heapBytes }) => heapBytes / MIB,
    perMinute: { long: 0.3, short: 0.5 },
  },
  { name: 'memory of its own', unit: 'MiB', of: ({ anonBytes }) => anonBytes / MIB, perMinute: { long: 1, short: 5 } },
  { name: 'pages of files', unit: 'MiB', of: ({ fileBytes }) => fileBytes / MIB, perMinute: { long: 0.5, short: 1 } },
  { name: 'handles', unit: '', of: ({ handles }) => handles, perMinute: { long: 0.5, short: 0.5 } },
  { name: 'file descriptors', unit: '', of: ({ descriptors }) => descriptors, perMinute: { long: 0.5, short: 0.5 } },
  { name: 'files', unit: '', of: ({ files }) => files, perMinute: { long: 0.5, short: 0.5 } },
  { name: 'disk', unit: 'MiB', of: ({ diskBytes }) => diskBytes / MIB, perMinute: { long: 0.2, short: 0.2 } },
]

const processes = await createProcesses()
let isGrowing = false
try {
  const node = await startWatchedNode('mona', processes.home, values.short)
  const load = await startLoad(node, processes)
  console.log(`warming up for ${warmUpMs / 1000} s, then watching for ${minutes} min`)
  await pause(warmUpMs)
  const before = { ...load.counts }
  const samples: [number, Sample][] = []
  for (const startMs = performance.now(); performance.now() - startMs < minutes * 60_000; await pause(everyMs)) {
    samples.push([(performance.now() - startMs) / 60_000, await node.sample()])
  }
  const counts = Object.entries(load.counts).map(
    ([name, count]) => `${name} ${count - before[name as keyof typeof before]}`,
  )
  const { store } = await node.client.status()
  await load.stop()
  await node.stop()
  console.log(`meanwhile: ${counts.join(', ')}; ${store.events} of ${BOUNDS.events} events held`)
  const rss = samples.map(([, { rssBytes }]) => rssBytes / MIB)
  console.log(`resident between collections: ${Math.min(...rss).toFixed(0)} to ${Math.max(...rss).toFixed(0)} MiB\n`)
  isGrowing = report(samples)
} finally {
  await processes.endAll()
}
process.exit(isGrowing ? 1 : 0)

function report(samples: readonly [number, Sample][]): boolean {
  const lines = FIGURES.map(({ name, unit, of, perMinute }) => {
    const line = lineThrough(samples.map(([minute, sample]) => [minute, of(sample)]))
    const bound = values.short ? perMinute.short : perMinute.long
    const isBeyond = growsBeyond(line, bound)
    const text = (value: number): string => value.toFixed(2)
    const [first, last] = [samples[0]![1], samples.at(-1)![1]].map(sample => of(sample))
    return {
      isBeyond,
      row: [
        name,
        unit,
        text(first!),
        text(last!),
        `${text(line.slope)} ± ${text(line.error)}`,
        `${bound}`,
        isBeyond ? 'GROWS' : 'level',
      ],
    }
  })
  const rows = [['', 'unit', 'first', 'last', 'a minute', 'bound', ''], ...lines.map(({ row }) => row)]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
  return lines.some(({ isBeyond }) => isBeyond)
}
