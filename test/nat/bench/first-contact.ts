import { median, percentile } from '../../bench/statistics.ts'
import { goalAtLeast, goalAtMost, type Row, type Table } from '../../bench/table.ts'
import { until } from '../../support/until.ts'
import { transportsBetween } from '../lab/conversation.ts'
import { type LabNode, startAll } from '../lab/lab-node.ts'
import type { Stage } from '../lab/stage.ts'
import { onStage, shown, unicastMs, untilRelayed } from './on-stage.ts'

/** From the first unicast until a direct connection stands. */
const DIRECT_MS = 10_000
const PAYLOAD_BYTES = 10_000

interface Tries {
  readonly firstMs: number[]
  readonly directAfterMs: number[]
  readonly laterMs: number[]
  readonly relayBytes: number[]
}

export const firstContact: Table = {
  name: 'unicast',
  title: 'Unicast to a node behind NAT that was never met before',
  how: `Each try with two new homes behind routers of their own and one public node. From the call of /publish until a pull of the recipient shows it, pulled every 10 ms. First: nothing was exchanged before. Direct: within ${DIRECT_MS / 1_000} s of the first unicast. Relay bytes: packets of more than 1,000 bytes from and to the public node while unicasts of ${PAYLOAD_BYTES} characters go, per unicast.`,
  async measure(run) {
    const count = run.quick ? 4 : 40
    const open: Tries = { firstMs: [], directAfterMs: [], laterMs: [], relayBytes: [] }
    for (let i = 0; i < count; i++) {
      run.progress(`port-restricted, ${i + 1} of ${count}`)
      await onStage(stage => tryPair(stage, open, 'port-restricted'))
    }
    const relayed: Tries = { firstMs: [], directAfterMs: [], laterMs: [], relayBytes: [] }
    const relayedCount = run.quick ? 2 : 10
    for (let i = 0; i < relayedCount; i++) {
      run.progress(`symmetric, ${i + 1} of ${relayedCount}`)
      await onStage(stage => tryPair(stage, relayed, 'symmetric'))
    }
    const first = [...open.firstMs, ...relayed.firstMs]
    const inTime = open.directAfterMs.filter(ms => ms <= DIRECT_MS)
    return [
      { what: 'first unicast, p50', value: median(first), unit: 'ms', bound: goalAtMost(150) },
      { what: 'first unicast, p99', value: percentile(first, 0.99), unit: 'ms', bound: goalAtMost(1_500) },
      ...latencies('over the circuit', relayed.laterMs),
      ...latencies('over WebRTC', open.laterMs),
      {
        what: 'pairs with a direct connection',
        value: (inTime.length / count) * 100,
        unit: '%',
        bound: goalAtLeast(95),
      },
      { what: 'direct after, p50', value: median(inTime), unit: 'ms' },
      { what: 'direct after, p99', value: percentile(inTime, 0.99), unit: 'ms' },
      {
        what: 'relay bytes per unicast, once direct, median',
        value: median(open.relayBytes),
        unit: 'B',
        bound: goalAtMost(0),
      },
      // Hellos and announcements are counted with it.
      { what: 'the same, most', value: Math.max(...open.relayBytes), unit: 'B' },
      { what: 'the same over the circuit, median', value: median(relayed.relayBytes), unit: 'B' },
    ]
  },
}

function latencies(what: string, samples: readonly number[]): Row[] {
  return [
    { what: `${what}, p50`, value: median(samples), unit: 'ms', bound: goalAtMost(150) },
    { what: `${what}, p99`, value: percentile(samples, 0.99), unit: 'ms', bound: goalAtMost(1_500) },
  ]
}

async function tryPair(stage: Stage, tries: Tries, nat: 'port-restricted' | 'symmetric'): Promise<void> {
  const hub = await stage.publicNode('hub')
  const [ann, ben] = [await stage.home('ann', { nat }), await stage.home('ben', { nat })]
  await hub.start()
  await startAll(ann, ben)
  await Promise.all([ann, ben].map(untilRelayed))
  // What a recipient publishes tells of its node; a first unicast follows something that was read.
  await shown(ann, await ben.client.publish({ content: 'who reads this?' }))
  const startMs = performance.now()
  tries.firstMs.push(await unicastMs(ann, ben, 'hello'))
  if (nat === 'port-restricted') {
    const directMs = await directAfter(ann, ben, startMs)
    if (directMs === undefined) return
    tries.directAfterMs.push(directMs)
  }
  for (let i = 0; i < 5; i++)
    tries.laterMs.push(await unicastMs(i % 2 === 0 ? ann : ben, i % 2 === 0 ? ben : ann, `${i}`))
  const large = await stage.internet.countLarge(hub.host.cable)
  for (let i = 0; i < 5; i++) await unicastMs(ann, ben, `${i}`.padEnd(PAYLOAD_BYTES, 'x'))
  tries.relayBytes.push((await large()) / 5)
}

async function directAfter(ann: LabNode, ben: LabNode, startMs: number): Promise<number | undefined> {
  try {
    const isDirect = async () => (await transportsBetween(ann, ben)).includes('webrtc')
    await until('a direct connection', isDirect, DIRECT_MS)
    return performance.now() - startMs
  } catch {
    return undefined
  }
}
