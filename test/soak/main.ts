/**
 * `npm run soak`: does a node grow that is busy for long? Hours of a busy person's node pressed into minutes: all is as
 * it is in life, only more often. `--minutes n` (30) says how long after twelve minutes of warming up. `--short` is five
 * in all, with small tables that are full by then and turn over (quick-node.ts), and allows no growth at all.
 * `--visitors n` come a minute; `--snapshots directory` writes the heap before and after, and all samples, for
 * whoever looks for what grew.
 * Ends with 1 when something grows beyond its bound for sure, or when nothing can be said. Linux only: it reads /proc.
 */
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createProcesses } from '../support/processes.ts'
import { BOUNDS } from './bounds.ts'
import { startLoad } from './load.ts'
import { growsBeyond, type Line, lineThrough, lowestOf, wouldSee } from './regression.ts'
import { type Sample, startWatchedNode } from './watched-node.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    short: { type: 'boolean', default: false },
    visitors: { type: 'string' },
    snapshots: { type: 'string' },
  },
})
const minutes = Number(values.minutes ?? (values.short ? 2.5 : 30))
/** Gossip remembers messages for ten minutes, the quick node only the last ones. */
const warmUpMs = (values.short ? 2.5 : 12) * 60_000
const everyMs = values.short ? 4_000 : 10_000
const visitorEveryMs = 60_000 / Number(values.visitors ?? (values.short ? 60 : 15))

const MIB = 1024 * 1024

interface Figure {
  readonly name: string
  readonly unit: string
  readonly of: (sample: Sample) => number
  /** How much it may grow in a minute. */
  readonly long: number
  readonly short: number
  /** Growth of a minute that the short form must be able to see. */
  readonly sees: number
  /** While LevelDB compacts, old and new tables are both there: of so many samples the lowest counts. */
  readonly lowestOf?: number
}

/**
 * What is measured. A node that nobody has seen before leaves 7 kB in lists that end at 1,000 to 10,000 nodes, so visitors
 * of the long form bring 0.1 MiB a minute; the short one, with lists of 30 to 60, sees 1 kB that each visitor leaves.
 * Resident memory is what is left of it after a collection, for V8 lets it go up and down by a hundred megabytes otherwise:
 * the process's own, and pages of files, of which LevelDB's tables are some. What malloc keeps of it is not this program's.
 */
const FIGURES: readonly Figure[] = [
  { name: 'heap and buffers', unit: 'MiB', of: of => of.heapBytes / MIB, long: 0.3, short: 0, sees: 0.06 },
  { name: 'compiled code', unit: 'MiB', of: of => of.codeBytes / MIB, long: 0.3, short: 0.05, sees: 0.1 },
  { name: 'handles', unit: '', of: of => of.handles, long: 0.5, short: 0, sees: 2 },
  { name: 'file descriptors', unit: '', of: of => of.descriptors, long: 0.5, short: 0, sees: 2 },
  { name: 'files', unit: '', of: of => of.files, long: 0.5, short: 0, sees: 2, lowestOf: 5 },
  { name: 'disk', unit: 'MiB', of: of => of.diskBytes / MIB, long: 0.2, short: 0, sees: 0.5, lowestOf: 5 },
  { name: 'memory of its own', unit: 'MiB', of: of => of.anonBytes / MIB, long: 1, short: 1, sees: 5 },
  { name: 'pages of files', unit: 'MiB', of: of => of.fileBytes / MIB, long: 0.5, short: 1, sees: 5 },
]

const processes = await createProcesses()
let isWell = false
try {
  const node = await startWatchedNode('mona', processes.home, values.short)
  const load = await startLoad(node, processes, visitorEveryMs)
  console.log(`warming up for ${warmUpMs / 1000} s, then watching for ${minutes} min`)
  await pause(warmUpMs)
  const before = { ...load.counts }
  const snapshot = async (name: string): Promise<void> => {
    const directory = values.snapshots
    if (directory !== undefined) await load.atRest(() => node.sample(join(resolve(directory), `${name}.heapsnapshot`)))
  }
  await snapshot('before')
  const samples: [number, Sample][] = []
  for (const startMs = performance.now(); performance.now() - startMs < minutes * 60_000; ) {
    await pause(everyMs)
    const sample = await load.atRest(() => node.sample())
    samples.push([(performance.now() - startMs) / 60_000, sample])
  }
  const counts = Object.entries(load.counts).map(
    ([name, count]) => `${name} ${count - before[name as keyof typeof before]}`,
  )
  await snapshot('after')
  if (values.snapshots !== undefined)
    await writeFile(join(resolve(values.snapshots), 'samples.json'), JSON.stringify(samples))
  const { store } = await node.client.status()
  await load.stop()
  await node.stop()
  console.log(`meanwhile: ${counts.join(', ')}; ${store.events} of ${BOUNDS.events} events held`)
  const rss = samples.map(([, { rssBytes }]) => rssBytes / MIB)
  console.log(`resident between collections: ${Math.min(...rss).toFixed(0)} to ${Math.max(...rss).toFixed(0)} MiB\n`)
  isWell = report(samples)
} finally {
  await processes.endAll()
}
process.exit(isWell ? 0 : 1)

/** @returns whether all of it is level */
function report(samples: readonly [number, Sample][]): boolean {
  const lines = FIGURES.map(figure => {
    const points = samples.map(([minute, sample]) => [minute, figure.of(sample)] as const)
    const line = lineThrough(lowestOf(figure.lowestOf ?? 1, points))
    const [first, last] = [samples[0]![1], samples.at(-1)![1]].map(sample => figure.of(sample).toFixed(2))
    const slope = `${line.slope.toFixed(3)} ± ${line.error.toFixed(3)}`
    const bound = values.short ? figure.short : figure.long
    return [figure.name, figure.unit, first!, last!, slope, `${bound}`, verdictOn(line, figure)]
  })
  const rows = [['', 'unit', 'first', 'last', 'a minute', 'bound', ''], ...lines]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
  console.log('\nA slope grows that is beyond its bound by three of its standard errors (test/soak/regression.ts).')
  return lines.every(row => row.at(-1) === 'level')
}

function verdictOn(line: Line, { long, short, sees }: Figure): 'GROWS' | 'UNCLEAR' | 'level' {
  if (growsBeyond(line, values.short ? short : long)) return 'GROWS'
  return values.short && !wouldSee(line, sees) ? 'UNCLEAR' : 'level'
}
