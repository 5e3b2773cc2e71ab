import { setTimeout as sleep } from 'node:timers/promises'
import { DEFAULTS } from '../../../src/config.ts'
import { type MeshOptions, startMesh } from '../mesh.ts'
import { goalAtMost, originalAtMost, type Row, type Run, type Table } from '../table.ts'

const MS_PER_MINUTE = 60_000
const { mesh } = DEFAULTS.tuning
/** Nodes, and what the original took with as many in a star and in a full mesh, kB. */
const CASES: readonly { options: MeshOptions; originalKb: number; as: string }[] = [
  { options: { hosts: 1, nodesPerHost: 4, mesh }, originalKb: 1.7, as: 'star' },
  { options: { hosts: 5, nodesPerHost: 5, mesh }, originalKb: 341, as: 'full mesh' },
]

export const idle: Table = {
  name: 'idle',
  title: 'Idle traffic per node and minute',
  how: 'TCP payload that a node sends and receives on all connections when nobody posts, the joining done; kB of 1,000 bytes. The original had 1.7 (star of 4), 6.5 (star of 25), 341 kB (full mesh of 25).',
  async measure(run) {
    const rows: Row[] = []
    for (const { options, originalKb, as } of CASES) {
      const { kb, peers } = await measureIdle(run, options)
      const label = `${options.hosts * options.nodesPerHost} nodes`
      rows.push(
        { what: `${label}: neighbours of a node, mean`, value: peers, unit: '' },
        { what: `${label}: traffic`, value: kb, unit: 'kB', bound: goalAtMost(20) },
        { what: `${label}: traffic, against a ${as}`, value: kb, unit: 'kB', bound: originalAtMost(originalKb) },
      )
    }
    return rows
  },
}

async function measureIdle(run: Run, options: MeshOptions): Promise<{ kb: number; peers: number }> {
  const nodes = options.hosts * options.nodesPerHost
  run.progress(`${nodes} nodes: joining`)
  const running = await startMesh(run.workspace, options)
  await sleep(run.quick ? 25_000 : 45_000)
  run.progress(`${nodes} nodes: idle`)
  const before = await running.figures()
  const startMs = performance.now()
  // Two minutes see every periodic task of a connection once at least.
  await sleep(run.quick ? 30_000 : 2 * MS_PER_MINUTE)
  const after = await running.figures()
  const minutes = (performance.now() - startMs) / MS_PER_MINUTE
  running.stop()
  const peers = after.peers.reduce((total, count) => total + count, 0) / nodes
  return { kb: (after.bytes - before.bytes) / nodes / minutes / 1_000, peers }
}
