import { setTimeout as sleep } from 'node:timers/promises'
import { fillDirectory, manyAuthors } from '../filled-store.ts'
import { buildPackage, startNodeProcess } from '../node-process.ts'
import { writer } from '../posts.ts'
import { median } from '../statistics.ts'
import { goalAtMost, originalAtMost, type Row, type Run, type Table } from '../table.ts'

/** Stored posts → what the original took: milliseconds to the first answer, and MiB of memory. */
const CASES: readonly { posts: number; originalMs?: number; originalMib: number; goalMs?: number }[] = [
  { posts: 0, originalMs: 9, originalMib: 16, goalMs: 250 },
  { posts: 10_000, originalMib: 48 },
  { posts: 100_000, originalMs: 1_650, originalMib: 264, goalMs: 250 },
]
const IDLE_MS = 5_000
const MIB = 1024 * 1024
const MB = 1_000_000

export const packageTable: Table = {
  name: 'package',
  title: 'The built package: start and memory',
  how: 'From the start of the process to the first answer of /healthz (median of several starts); resident memory five seconds after that, of the last start.',
  async measure(run) {
    await buildPackage(run)
    const rows: Row[] = []
    const memory: number[] = []
    for (const { posts, originalMs, originalMib, goalMs } of CASES) {
      run.progress(`${posts} posts`)
      const { startMs, rssBytes } = await measureNode(run, posts)
      const label = `${posts.toLocaleString('en-US')} posts`
      memory.push(rssBytes)
      if (goalMs !== undefined)
        rows.push({ what: `start, ${label}`, value: startMs, unit: 'ms', bound: goalAtMost(goalMs) })
      if (originalMs !== undefined)
        rows.push({ what: `start, ${label}`, value: startMs, unit: 'ms', bound: originalAtMost(originalMs) })
      rows.push(
        { what: `memory, ${label}`, value: rssBytes / MB, unit: 'MB', bound: goalAtMost(100) },
        { what: `memory, ${label}`, value: rssBytes / MB, unit: 'MB', bound: originalAtMost((originalMib * MIB) / MB) },
      )
    }
    const spread = (Math.max(...memory) - Math.min(...memory)) / MB
    return [...rows, { what: 'memory, most less least', value: spread, unit: 'MB', bound: goalAtMost(10) }]
  },
}

async function measureNode({ workspace, quick }: Run, posts: number): Promise<{ startMs: number; rssBytes: number }> {
  const owner = writer('keeper').pubkey
  const dataDir = workspace.folder('node')
  if (posts > 0) await fillDirectory({ dataDir, count: posts, authors: manyAuthors(owner), durable: false })
  const starts: number[] = []
  let rssBytes = 0
  // The first start makes keys and fills the caches of disk and compiler; it does not count.
  const count = quick ? 4 : 9
  for (let i = 0; i < count; i++) {
    const node = await startNodeProcess(workspace, { owner, dataDir })
    if (i > 0) starts.push(node.startedMs)
    if (i === count - 1) {
      await sleep(IDLE_MS)
      rssBytes = node.rssBytes()
    }
    await node.stop()
  }
  return { startMs: median(starts), rssBytes }
}
