/** Two nodes with 100,000 posts that differ in some, and what it costs to find and exchange them. */
import type { SyncReport, SyncScope } from '../../src/flow/sync.ts'
import { buildPackage } from '../bench/node-process.ts'
import { median } from '../bench/statistics.ts'
import { sampleEvents } from '../relay-bench/events.ts'
import { ingest } from '../relay-bench/ingest.ts'
import { ownRelay } from '../relay-bench/relays.ts'
import { type BenchNode, startBenchNode } from './bench-node.ts'
import { filledDirectory, postsOf, type Sample, sampleOf, windowOf } from './data.ts'
import { atLeast, atMost, type Figure, type Row, type Stage } from './row.ts'

const NEWEST = 1_000
const SCATTERED = 200
/** Below what a node lets a peer begin at once. */
const RUNS = 5

function sizeOf({ quick }: Stage): number {
  return quick ? 10_000 : 100_000
}

interface Pair {
  readonly asker: BenchNode
  readonly other: BenchNode
  stop(): Promise<void>
}

/** Two connected nodes: what each of them holds beside what both do, by numbers. */
async function pairOf(
  { workspace, progress }: Stage,
  sample: Sample,
  extras: { readonly asker: readonly number[]; readonly other: readonly number[]; readonly signed: boolean },
): Promise<Pair> {
  const [askerDir, otherDir] = [
    await filledDirectory(workspace, sample, progress),
    await filledDirectory(workspace, sample, progress),
  ]
  const maxEvents = 2 * sample.count
  const other = await startBenchNode(workspace, { dataDir: otherDir, maxEvents })
  const asker = await startBenchNode(workspace, { dataDir: askerDir, maxEvents, bootstrap: other.address })
  await Promise.all([
    asker.tell<'fill'>({ do: 'fill', posts: postsOf(sample, extras.asker, extras.signed) }),
    other.tell<'fill'>({ do: 'fill', posts: postsOf(sample, extras.other, extras.signed) }),
  ])
  return {
    asker,
    other,
    async stop() {
      await asker.stop()
      await other.stop()
    },
  }
}

/** A short window: the ids are in memory after it, as they are in a node that has run for a minute. */
async function warmUp({ asker, other }: Pair, sample: Sample): Promise<void> {
  const { until } = windowOf(sample)
  await asker.tell<'sync'>({ do: 'sync', peer: other.peer, scope: { since: until + 10, until: until + 20 } })
}

async function compare({ asker, other }: Pair, sample: Sample, scope: SyncScope = windowOf(sample)) {
  const before = await other.tell<'usage'>({ do: 'usage' })
  const { report, tookMs, cpuMs } = await asker.tell<'sync'>({
    do: 'sync',
    peer: other.peer,
    scope,
  })
  const after = await other.tell<'usage'>({ do: 'usage' })
  if (!report.isComplete) throw new Error(report.reason)
  return { report, tookMs, askerCpuMs: cpuMs, otherCpuMs: after.cpuMs - before.cpuMs }
}

/** Bytes of the posts themselves, as they cross the wire. */
function besideEvents({ bytes, learned, sent }: SyncReport): number {
  return bytes - (learned + sent) * ENCODED_POST_BYTES
}

/** Keys and signature (98), time, kind, tags and content of 140 characters with their headers: 5 + 1 + 1 + 142, the array. */
const ENCODED_POST_BYTES = 1 + 98 + 5 + 1 + 1 + 142

export const equal: Row = {
  name: 'equal',
  async measure(stage) {
    const sample = sampleOf(sizeOf(stage), NEWEST, SCATTERED)
    const rest = [...sample.newest, ...sample.scattered]
    const pair = await pairOf(stage, sample, { asker: rest, other: rest, signed: false })
    await warmUp(pair, sample)
    stage.progress('comparing what is the same')
    const runs = []
    for (let i = 0; i < RUNS; i++) runs.push(await compare(pair, sample))
    await pair.stop()
    const what = `nothing missing among ${sample.count.toLocaleString('en')}`
    const { report } = runs[0]!
    return [
      { what: `${what}: round trips`, value: report.roundTrips, unit: '', goal: atMost(1) },
      { what: `${what}: bytes`, value: report.bytes, unit: 'B', goal: atMost(1024) },
      {
        what: `${what}: CPU of the asker`,
        value: median(runs.map(run => run.askerCpuMs)),
        unit: 'ms',
        goal: atMost(20),
      },
      {
        what: `${what}: CPU of the other`,
        value: median(runs.map(run => run.otherCpuMs)),
        unit: 'ms',
        goal: atMost(20),
      },
    ]
  },
}

function exchanged(what: string, run: Awaited<ReturnType<typeof compare>>, trips: number, kib: number): Figure[] {
  const { report, tookMs } = run
  return [
    { what: `${what}: exchanged`, value: report.learned + report.sent, unit: '' },
    { what: `${what}: round trips`, value: report.roundTrips, unit: '', goal: atMost(trips) },
    { what: `${what}: beside the events`, value: besideEvents(report) / 1024, unit: 'KiB', goal: atMost(kib) },
    { what: `${what}: took`, value: tookMs, unit: 'ms' },
  ]
}

export const newest: Row = {
  name: 'newest',
  async measure(stage) {
    const sample = sampleOf(sizeOf(stage), NEWEST, SCATTERED)
    const pair = await pairOf(stage, sample, { asker: sample.scattered, other: sample.scattered, signed: false })
    await pair.other.tell<'fill'>({ do: 'fill', posts: postsOf(sample, sample.newest, true) })
    await warmUp(pair, sample)
    stage.progress('the last thousand are missing')
    const run = await compare(pair, sample)
    await pair.stop()
    return exchanged(`last ${NEWEST.toLocaleString('en')} of ${sample.count.toLocaleString('en')}`, run, 4, 40)
  },
}

export const scattered: Row = {
  name: 'scattered',
  async measure(stage) {
    const sample = sampleOf(sizeOf(stage), NEWEST, SCATTERED)
    const mine = sample.scattered.filter((_, i) => i % 2 === 0)
    const theirs = sample.scattered.filter((_, i) => i % 2 === 1)
    const pair = await pairOf(stage, sample, { asker: mine, other: theirs, signed: true })
    for (const node of [pair.asker, pair.other])
      await node.tell<'fill'>({ do: 'fill', posts: postsOf(sample, sample.newest, false) })
    await warmUp(pair, sample)
    stage.progress('some are missing on each side')
    const run = await compare(pair, sample)
    await pair.stop()
    return exchanged(`100 + 100 scattered among ${sample.count.toLocaleString('en')}`, run, 3, 220)
  },
}

/** So many that starting up does not count. */
const MANY = 10_000
/** Exchanged before, until what was just started is compiled; the same for both. */
const FIRST = 5_000

/**
 * @param cores where the asker and the other have one each, the door alone the asker's; without them all share all
 * @returns events a second, and the CPU time of each
 */
async function exchangeMany(stage: Stage, sample: Sample, cores?: { readonly asker: number; readonly other: number }) {
  const [first, many] = [sample.newest.slice(0, FIRST), sample.newest.slice(FIRST)]
  const pair = await pairOf(stage, sample, { asker: [], other: sample.newest, signed: true })
  await compare(pair, sample, { ...windowOf(sample), until: windowOf(sample).until - MANY })
  for (const node of [pair.asker, pair.other]) await node.tell<'rest'>({ do: 'rest' })
  if (cores !== undefined) {
    pair.asker.pin(cores.asker)
    pair.other.pin(cores.other)
  }
  stage.progress('ten thousand are missing')
  const run = await compare(pair, sample)
  if (run.report.learned !== MANY) throw new Error(`${run.report.learned} events came`)
  await pair.stop()
  // The same events at the same door of another node, with nothing around them.
  const alone = await startBenchNode(stage.workspace, {
    dataDir: await filledDirectory(stage.workspace, sample, stage.progress),
    maxEvents: 2 * sample.count,
  })
  // As the two were before.
  await alone.tell<'rest'>({ do: 'rest' })
  await alone.tell<'ingest'>({ do: 'ingest', posts: postsOf(sample, first, true) })
  await alone.tell<'rest'>({ do: 'rest' })
  if (cores !== undefined) alone.pin(cores.asker)
  const door = await alone.tell<'ingest'>({ do: 'ingest', posts: postsOf(sample, many, true) })
  await alone.stop()
  return { synced: (MANY / run.tookMs) * 1000, atDoor: (MANY / door.tookMs) * 1000, run, door }
}

/** At which a node takes in what clients send it over sockets, on the same machine as they are (`npm run bench:relay`). */
async function ingestRate(stage: Stage): Promise<number> {
  const { workspace, quick, progress } = stage
  await buildPackage(stage)
  const options = { name: 'ingest', nativeVerifier: false, profile: undefined, maxEvents: 2 * MANY }
  const relay = await ownRelay(workspace, options).start()
  const events = sampleEvents(MANY, progress)
  const [stored] = await ingest('wasm').measure({ relay, events, quick, progress })
  await relay.stop()
  return stored!.value
}

export const rate: Row = {
  name: 'rate',
  async measure(stage) {
    const ingested = await ingestRate(stage)
    const sample = sampleOf(sizeOf(stage) + FIRST + MANY, FIRST + MANY, SCATTERED)
    const { synced, atDoor, run, door } = await exchangeMany(stage, sample)
    const own = await exchangeMany(stage, sample, { asker: 0, other: 1 })
    const what = `${MANY.toLocaleString('en')} missing`
    return [
      { what: `${what}: events a second, both nodes on all cores`, value: synced, unit: '/s' },
      { what: "the rate of the relay's ingest, it and its client on all cores", value: ingested, unit: '/s' },
      { what: 'of that rate', value: (100 * synced) / ingested, unit: '%', goal: atLeast(80) },
      { what: 'CPU for an event: the asker, all threads', value: (1_000 * run.askerCpuMs) / MANY, unit: 'us' },
      { what: 'CPU for an event: the other', value: (1_000 * run.otherCpuMs) / MANY, unit: 'us' },
      { what: 'CPU for an event: the door alone', value: (1_000 * door.cpuMs) / MANY, unit: 'us' },
      { what: 'the same events at the door alone, on all cores', value: atDoor, unit: '/s' },
      { what: "of that rate, with the other node's work on the same cores", value: (100 * synced) / atDoor, unit: '%' },
      { what: `${what}: events a second, each node on one core`, value: own.synced, unit: '/s' },
      { what: 'the same events at the door alone, on one core', value: own.atDoor, unit: '/s' },
      { what: 'of that rate', value: (100 * own.synced) / own.atDoor, unit: '%' },
    ]
  },
}
