import { setTimeout as sleep } from 'node:timers/promises'
import type { NostrEvent } from '../../../src/event/event.ts'
import type { KeyPair } from '../../../src/event/keys.ts'
import { buildPackage, type NodeProcess, startNodeProcess } from '../node-process.ts'
import { post, writer } from '../posts.ts'
import { connectClient, type RawClient } from '../raw-client.ts'
import { createReader, PULL_EVERY_MS } from '../reader.ts'
import { percentile, sum } from '../statistics.ts'
import { goalAtLeast, goalAtMost, originalAtMost, type Row, type Run, type Table } from '../table.ts'
import { untilPeers } from '../watch.ts'

const PER_SECOND = 5
/** Processes → the original's median, and the goal for the slowest of a hundred. */
const CASES: readonly { count: number; p50: number; p99?: number }[] = [
  { count: 4, p50: 7 },
  { count: 10, p50: 12, p99: 60 },
  { count: 25, p50: 31 },
]
/** So that the code is compiled as in a node that has run for an hour; the original needs no such time. */
const WARM_UP = { posts: 500, perSecond: 40 }

export const processes: Table = {
  name: 'processes',
  title: `Nodes as processes of the built package, ${PER_SECOND} posts a second in all`,
  how: `After ${WARM_UP.posts} posts to warm up. From the call of /publish until a pull of another node shows the post; that node is pulled with ${PULL_EVERY_MS} ms between two pulls, another one for each post, so that the pulls do not take the CPU that is measured. Delivered: posts that all nodes show at the end. CPU in a second run without pulls: user and system time of all nodes beyond what they use idle, for each delivery.`,
  async measure(run) {
    await buildPackage(run)
    const rows: Row[] = []
    for (const { count, p50, p99 } of run.quick ? CASES.slice(0, 2) : CASES) {
      const figures = await measureProcesses(run, count)
      const slowest = percentile(figures.delaysMs, 0.99)
      rows.push(
        { what: `${count}: delivered`, value: figures.delivered * 100, unit: '%', bound: goalAtLeast(100) },
        { what: `${count}: p50`, value: percentile(figures.delaysMs, 0.5), unit: 'ms', bound: originalAtMost(p50) },
        { what: `${count}: p99`, value: slowest, unit: 'ms', bound: p99 === undefined ? undefined : goalAtMost(p99) },
        { what: `${count}: CPU per delivery`, value: figures.cpuMs, unit: 'ms', bound: originalAtMost(0.8) },
        {
          what: `${count}: CPU of an idle node per minute`,
          value: figures.idleCpuMs,
          unit: 'ms',
          bound: originalAtMost(300),
        },
      )
    }
    return rows
  },
}

interface Figures {
  readonly delaysMs: readonly number[]
  readonly delivered: number
  readonly cpuMs: number
  readonly idleCpuMs: number
}

async function measureProcesses(run: Run, count: number): Promise<Figures> {
  const say = (what: string) => run.progress(`${count} processes: ${what}`)
  say('starting')
  const nodes = await startNodes(run, count)
  // Nodes look every ten seconds whether they have enough connections.
  await sleep(run.quick ? 3_000 : 15_000)
  await withClients(nodes, async clients => {
    for (const client of clients) await untilPeers(client, Math.min(count - 1, 3))
  })
  const posts = run.quick ? 30 : 100
  const periodMs = (posts / PER_SECOND) * 1_000
  const cpu = () => sum(nodes.map(node => node.cpuMs()))
  const published: string[] = []
  const nextPost = (i: number) => {
    const event = post(ownerOf(i % count), published.length)
    published.push(event.id)
    return event
  }

  say('warming up')
  await withClients(nodes, clients =>
    paced(run.quick ? 100 : WARM_UP.posts, WARM_UP.perSecond, i => publish(clients[i % count]!, nextPost(i))),
  )
  say('pulled')
  const delaysMs: number[] = []
  await withClients(nodes, clients =>
    paced(2 * posts, PER_SECOND, async i => {
      const distance = 1 + (Math.floor(i / count) % (count - 1))
      const reader = await createReader(nodes[(i + distance) % count]!.clientPort)
      const event = nextPost(i)
      const startMs = performance.now()
      const [shownMs] = await Promise.all([reader.shown(event.id), publish(clients[i % count]!, event)])
      reader.close()
      if (shownMs !== undefined) delaysMs.push(shownMs - startMs)
    }),
  )
  say('idle')
  const atRest = cpu()
  await sleep(periodMs)
  const idleCpuMs = cpu() - atRest
  say('left alone')
  const before = cpu()
  await withClients(nodes, clients => paced(posts, PER_SECOND, i => publish(clients[i % count]!, nextPost(i))))
  await sleep(500)
  const cpuMs = (cpu() - before - idleCpuMs) / (posts * (count - 1))
  say('counting')
  const delivered = await shownShare(nodes, published)
  await Promise.all(nodes.map(node => node.stop()))
  return { delaysMs, delivered, cpuMs, idleCpuMs: (idleCpuMs / count / periodMs) * 60_000 }
}

/** All of them with the first one as bootstrap. */
async function startNodes({ workspace }: Run, count: number): Promise<NodeProcess[]> {
  const nodes: NodeProcess[] = []
  for (let i = 0; i < count; i++) {
    const bootstraps = nodes.slice(0, 1).map(node => node.overlayPort)
    const dataDir = workspace.folder('node')
    nodes.push(await startNodeProcess(workspace, { owner: ownerOf(i).pubkey, dataDir, bootstraps }))
  }
  return nodes
}

function ownerOf(i: number): KeyPair {
  return writer(`process ${i}`)
}

/** Calls the task at the rate; a task that takes longer delays the next one. */
async function paced(count: number, perSecond: number, task: (i: number) => Promise<void>): Promise<void> {
  const startMs = performance.now()
  for (let i = 0; i < count; i++) {
    await sleep(Math.max(0, startMs + (i * 1_000) / perSecond - performance.now()))
    await task(i)
  }
}

/** A connection to each, for as long as the task takes; a node closes one that is idle for half a minute. */
async function withClients(nodes: readonly NodeProcess[], task: (clients: readonly RawClient[]) => Promise<void>) {
  const clients = await Promise.all(nodes.map(({ clientPort }) => connectClient(clientPort)))
  await task(clients)
  for (const client of clients) client.close()
}

async function publish(client: RawClient, event: NostrEvent): Promise<void> {
  const { status } = await client.request('POST', '/publish', JSON.stringify(event))
  if (status !== 200) throw new Error(`a post was answered with ${status}`)
}

/** Share of the posts that pulls of the nodes show, the slowest ones given their time. */
async function shownShare(nodes: readonly NodeProcess[], ids: readonly string[]): Promise<number> {
  let shown = 0
  for (const { clientPort } of nodes) {
    const reader = await createReader(clientPort, { fromStart: true })
    for (const id of ids) if ((await reader.shown(id)) !== undefined) shown++
    reader.close()
  }
  return shown / (ids.length * nodes.length)
}
