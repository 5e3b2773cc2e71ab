import { setTimeout as sleep } from 'node:timers/promises'
import { DEFAULTS, type Tuning } from '../../../src/config.ts'
import { startMesh } from '../mesh.ts'
import { percentile } from '../statistics.ts'
import type { Row, Run, Table } from '../table.ts'

const DEGREES: readonly Tuning['mesh'][] = [
  { d: 6, low: 4, high: 12, lazy: 6 },
  { d: 4, low: 3, high: 6, lazy: 4 },
  { d: 3, low: 3, high: 5, lazy: 6 },
  { d: 3, low: 2, high: 4, lazy: 6 },
  { d: 2, low: 2, high: 3, lazy: 6 },
]
const HOSTS = 5
const NODES_PER_HOST = 5
const PER_SECOND = 10

export const mesh: Table = {
  name: 'mesh',
  title: 'Mesh degree: copies against delay and loss, 25 nodes',
  how: `Nodes in ${HOSTS} processes of ${NODES_PER_HOST}, real sockets and stores; ${PER_SECOND} posts a second from all of them in turn; delay until the post is in another node's store. "Killed": one process is ended half-way through the posts, and the nodes that are left count. Degree: wanted/least/most neighbours, and neighbours told by IHAVE.`,
  async measure(run) {
    const rows: Row[] = []
    const degrees = run.quick ? [DEFAULTS.tuning.mesh] : DEGREES
    for (const degree of degrees) rows.push(...(await measureDegree(run, degree)))
    return rows
  },
}

async function measureDegree(run: Run, degree: Tuning['mesh']): Promise<Row[]> {
  const label = `${degree.d}/${degree.low}/${degree.high}, ${degree.lazy}`
  run.progress(`${label}: starting`)
  const running = await startMesh(run.workspace, { hosts: HOSTS, nodesPerHost: NODES_PER_HOST, mesh: degree })
  // Nodes look every ten seconds whether they have enough connections.
  await sleep(run.quick ? 12_000 : 25_000)
  run.progress(`${label}: posting`)
  const count = run.quick ? 50 : 150
  const calm = await running.post(count, PER_SECOND)
  run.progress(`${label}: killing`)
  const killed = await running.post(count, PER_SECOND, () => running.killHost())
  running.stop()
  return [
    { what: `${label}: copies a node receives`, value: calm.copies, unit: '' },
    { what: `${label}: delay p50`, value: percentile(calm.delaysMs, 0.5), unit: 'ms' },
    { what: `${label}: delay p99`, value: percentile(calm.delaysMs, 0.99), unit: 'ms' },
    { what: `${label}: delivered`, value: calm.delivered * 100, unit: '%' },
    { what: `${label}: delivered, 5 of 25 killed`, value: killed.delivered * 100, unit: '%' },
    { what: `${label}: delay p99, 5 of 25 killed`, value: percentile(killed.delaysMs, 0.99), unit: 'ms' },
  ]
}
