/** Many nodes: what the running repair costs when nothing happens, and how soon it brings what gossip lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DEFAULTS } from '../../src/config.ts'
import { type Mesh, startMesh } from '../bench/mesh.ts'
import { sum } from '../bench/statistics.ts'
import { atMost, type Row, type Stage } from './row.ts'

const HOSTS = 5
/** Nodes look every ten seconds whether they have enough connections, and compare with one new neighbour after the other. */
const SETTLED_MS = 90_000
const WATCHED_MS = 60_000
/** Repair is watched so many times as often as it is, and divided by it: what else goes on differs from run to run. */
const FASTER = 10

export const quiet: Row = {
  name: 'quiet',
  async measure(stage) {
    const nodes = stage.quick ? 10 : 50
    const withRepair = await bytesAMinute(stage, nodes, DEFAULTS.tuning.repairMs / FASTER)
    const without = await bytesAMinute(stage, nodes, 0)
    const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
    stage.progress(`${kB(withRepair)} with ${FASTER} times the repair, ${kB(without)} without`)
    const what = `quiet network of ${nodes}: repair, a node and minute`
    return [{ what, value: (withRepair - without) / FASTER / 1000, unit: 'kB', goal: atMost(5) }]
  },
}

/** Of all its overlay connections, in and out, a node and minute. */
async function bytesAMinute(stage: Stage, nodes: number, repairMs: number): Promise<number> {
  stage.progress(`${nodes} nodes, ${repairMs === 0 ? 'without repair' : 'with it'}`)
  const options = { hosts: HOSTS, nodesPerHost: nodes / HOSTS, mesh: DEFAULTS.tuning.mesh, repairMs }
  const mesh = await startMesh(stage.workspace, options)
  await sleep(stage.quick ? SETTLED_MS / 2 : SETTLED_MS)
  const before = await mesh.figures()
  await sleep(WATCHED_MS)
  const after = await mesh.figures()
  mesh.stop()
  return ((after.bytes - before.bytes) / nodes) * (60_000 / WATCHED_MS)
}

const LOSS = 0.1
const PER_SECOND = 10
const PATIENCE_MS = 240_000

export const loss: Row = {
  name: 'loss',
  async measure(stage) {
    const { hosts, nodesPerHost, posts } = stage.quick
      ? { hosts: 2, nodesPerHost: 5, posts: 50 }
      : { hosts: 5, nodesPerHost: 5, posts: 200 }
    const nodes = hosts * nodesPerHost
    stage.progress(`${nodes} nodes that each lose a tenth of what is gossiped`)
    const mesh = await startMesh(stage.workspace, { hosts, nodesPerHost, mesh: DEFAULTS.tuning.mesh, loss: LOSS })
    await sleep(stage.quick ? SETTLED_MS / 2 : SETTLED_MS)
    for (let i = 0; i < posts; i++) {
      await mesh.postOne()
      await sleep(1_000 / PER_SECOND)
    }
    const lastMs = performance.now()
    const lacking = await missing(mesh, nodes, posts)
    while ((await missing(mesh, nodes, posts)) > 0) {
      if (performance.now() - lastMs > PATIENCE_MS) throw new Error('some posts never came')
      await sleep(500)
    }
    const seconds = (performance.now() - lastMs) / 1000
    mesh.stop()
    const what = `${nodes} nodes, 10 % of gossip lost, ${posts} posts:`
    return [
      { what: `${what} not there after the last one`, value: (100 * lacking) / (nodes * posts), unit: '%' },
      { what: `${what} until all have all`, value: seconds, unit: 's', goal: atMost(120) },
    ]
  },
}

async function missing(mesh: Mesh, nodes: number, posts: number): Promise<number> {
  return nodes * posts - sum([...(await mesh.figures()).events])
}
