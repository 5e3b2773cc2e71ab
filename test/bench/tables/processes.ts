import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyPair } from '../../../src/event/keys.ts'
import { buildPackage, type NodeProcess, startNodeProcess } from '../node-process.ts'
import { createPoller, POLL_MS, type Poller } from '../poller.ts'
import { post, writer } from '../posts.ts'
import { connectClient, type RawClient } from '../raw-client.ts'
import { percentile, sum } from '../statistics.ts'
import { goalAtLeast, goalAtMost, originalAtMost, type Row, type Run, type Table } from '../table.ts'
import { until, untilPeers, untilStored } from '../watch.ts'

const PER_SECOND = 5
/** Processes → the original's median, and the goal for the slowest of a hundred. */
const CASES: readonly { count: number; p50: number; p99?: number }[] = [
  { count: 4, p50: 7 },
  { count: 10, p50: 12, p99: 60 },
  { count: 25, p50: 31 },
]
const LOST_MS = 8_000

export const processes: Table = {
  name: 'processes',
  title: `Nodes as processes of the built package, ${PER_SECOND} posts a second in all`,
  how: `From the call of /publish until a pull of another node shows the post, each node pulled every ${POLL_MS} ms from the publish until it shows it. CPU in a second run without pulls: user and system time of all nodes beyond what they use idle, for each delivery.`,
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

interface Member {
  readonly owner: KeyPair
  readonly node: NodeProcess
  readonly client: RawClient
  readonly poller: Poller
}

async function measureProcesses(run: Run, count: number): Promise<Figures> {
  run.progress(`${count} processes: starting`)
  const nodes = await startNodes(run, count)
  // Nodes look every ten seconds whether they have enough connections.
  await sleep(run.quick ? 3_000 : 15_000)
  const members = await Promise.all(nodes.map(meet))
  for (const { client } of members) await untilPeers(client, Math.min(count - 1, 3))
  const posts = run.quick ? 30 : 100
  run.progress(`${count} processes: pulled`)
  const delaysMs = await pulled(members, posts)
  run.progress(`${count} processes: idle`)
  const periodMs = (posts / PER_SECOND) * 1_000
  const cpu = () => sum(members.map(({ node }) => node.cpuMs()))
  const atRest = cpu()
  await sleep(periodMs)
  const idleCpuMs = cpu() - atRest
  run.progress(`${count} processes: left alone`)
  const before = cpu()
  await postAll(members, posts, posts)
  await sleep(500)
  const cpuMs = (cpu() - before - idleCpuMs) / (posts * (count - 1))
  for (const { client } of members) await untilStored(client, 2 * posts)
  for (const { client, poller } of members) {
    client.close()
    poller.close()
  }
  await Promise.all(members.map(({ node }) => node.stop()))
  return {
    delaysMs,
    delivered: delaysMs.length / (posts * (count - 1)),
    cpuMs,
    idleCpuMs: (idleCpuMs / count / periodMs) * 60_000,
  }
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

async function meet(node: NodeProcess, i: number): Promise<Member> {
  const [client, poller] = [await connectClient(node.clientPort), await createPoller(node.clientPort)]
  return { owner: ownerOf(i), node, client, poller }
}

/** Publishes at the rate, each member in turn; told of each post before it is sent. */
async function postAll(
  members: readonly Member[],
  count: number,
  firstNumber: number,
  onPost = (_: string, __: Member) => {},
) {
  const startMs = performance.now()
  for (let i = 0; i < count; i++) {
    const member = members[i % members.length]!
    const event = post(member.owner, firstNumber + i)
    await sleep(Math.max(0, startMs + (i * 1_000) / PER_SECOND - performance.now()))
    onPost(event.id, member)
    const { status } = await member.client.request('POST', '/publish', JSON.stringify(event))
    if (status !== 200) throw new Error(`a post was answered with ${status}`)
  }
}

async function pulled(members: readonly Member[], count: number): Promise<number[]> {
  await postAll(members, count, 0, (id, from) => {
    for (const member of members) if (member !== from) member.poller.expect(id)
  })
  const untilMs = performance.now() + LOST_MS
  const isDone = async () => members.every(({ poller }) => poller.missing() === 0) || performance.now() > untilMs
  await until('the posts', isDone)
  return members.flatMap(({ poller }) => poller.delaysMs())
}
