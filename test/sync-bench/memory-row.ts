/** What it takes to compare a million ids, beyond a node that holds them and rests. */
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
    const scope = windowOf(sample)
    const started = await asker.tell<'usage'>({ do: 'usage' })
    // The ids are in memory from the first question on, whoever asks it.
    await asker.tell<'sync'>({
      do: 'sync',
      peer: other.peer,
      scope: { since: scope.until + 10, until: scope.until + 20 },
    })
    const idle = [await asker.tell<'usage'>({ do: 'usage' }), await other.tell<'usage'>({ do: 'usage' })]
    for (const node of [asker, other]) await node.tell<'watch'>({ do: 'watch' })
    progress('comparing a million')
    const { report, tookMs } = await asker.tell<'sync'>({ do: 'sync', peer: other.peer, scope })
    if (!report.isComplete) throw new Error(report.reason)
    const busy = [await asker.tell<'usage'>({ do: 'usage' }), await other.tell<'usage'>({ do: 'usage' })]
    await asker.stop()
    await other.stop()
    const what = `comparing ${sample.count.toLocaleString('en')} ids`
    const beyond = (i: number) => (busy[i]!.peakBytes - idle[i]!.memoryBytes) / MiB
    return [
      { what: `${what}: beyond idle, the asker`, value: beyond(0), unit: 'MiB', goal: atMost(64) },
      { what: `${what}: beyond idle, the other`, value: beyond(1), unit: 'MiB', goal: atMost(64) },
      { what: `${what}: round trips`, value: report.roundTrips, unit: '' },
      { what: `${what}: took`, value: tookMs, unit: 'ms' },
      { what: 'memory of the node at rest, all ids at hand', value: idle[0]!.memoryBytes / MiB, unit: 'MiB' },
      { what: 'and before its first question', value: started.memoryBytes / MiB, unit: 'MiB' },
    ]
  },
}
