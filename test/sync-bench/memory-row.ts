/** What it takes to compare a million ids, beyond a node that rests: one that never did it, and one that has its ids at hand. */
import { startBenchNode } from './bench-node.ts'
import { filledDirectory, sampleOf, windowOf } from './data.ts'
import { atMost, type Row } from './row.ts'

const MiB = 1024 ** 2

export const memory: Row = {
  name: 'memory',
  async measure({ workspace, quick, progress }) {
    const sample = sampleOf(quick ? 100_000 : 1_000_000, 0, 0)
    const directories = [
      await filledDirectory(workspace, sample, progress),
      await filledDirectory(workspace, sample, progress),
    ]
    const options = { maxEvents: 2 * sample.count }
    const other = await startBenchNode(workspace, { dataDir: directories[0]!, ...options })
    const asker = await startBenchNode(workspace, { dataDir: directories[1]!, bootstrap: other.address, ...options })
    const nodes = [asker, other]
    const usages = () => Promise.all(nodes.map(node => node.tell<'usage'>({ do: 'usage' })))
    const watch = () => Promise.all(nodes.map(node => node.tell<'watch'>({ do: 'watch' })))
    const scope = windowOf(sample)
    await Promise.all(nodes.map(node => node.tell<'rest'>({ do: 'rest' })))
    const started = await usages()
    await watch()
    progress('reading a million ids')
    // The ids are in memory from the first question on, whoever asks it.
    const { until } = scope
    await asker.tell<'sync'>({ do: 'sync', peer: other.peer, scope: { since: until + 10, until: until + 20 } })
    const first = await usages()
    await watch()
    progress('comparing a million')
    const { report, tookMs } = await asker.tell<'sync'>({ do: 'sync', peer: other.peer, scope })
    if (!report.isComplete) throw new Error(report.reason)
    const second = await usages()
    await asker.stop()
    await other.stop()
    const what = `comparing ${sample.count.toLocaleString('en')} ids`
    const most = (i: number) => Math.max(first[i]!.peakBytes, second[i]!.peakBytes)
    const beyondStart = (i: number) => (most(i) - started[i]!.memoryBytes) / MiB
    const beyondHeld = (i: number) => (second[i]!.peakBytes - first[i]!.memoryBytes) / MiB
    return [
      {
        what: `${what}: beyond a node that never did, the asker`,
        value: beyondStart(0),
        unit: 'MiB',
        goal: atMost(64),
      },
      {
        what: `${what}: beyond a node that never did, the other`,
        value: beyondStart(1),
        unit: 'MiB',
        goal: atMost(64),
      },
      { what: 'of these beyond one that has its ids at hand, the asker', value: beyondHeld(0), unit: 'MiB' },
      { what: 'of these beyond one that has its ids at hand, the other', value: beyondHeld(1), unit: 'MiB' },
      { what: `${what}: round trips`, value: report.roundTrips, unit: '' },
      { what: `${what}: took`, value: tookMs, unit: 'ms' },
      { what: 'memory of the node before', value: started[0]!.memoryBytes / MiB, unit: 'MiB' },
      { what: 'and after', value: second[0]!.memoryBytes / MiB, unit: 'MiB' },
      { what: "pages of LevelDB's files in memory before", value: started[0]!.fileBytes / MiB, unit: 'MiB' },
      { what: 'and after', value: second[0]!.fileBytes / MiB, unit: 'MiB' },
    ]
  },
}
