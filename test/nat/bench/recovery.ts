import { setTimeout as sleep } from 'node:timers/promises'
import { goalAtMost, type Row, type Run, type Table } from '../../bench/table.ts'
import { until } from '../../support/until.ts'
import { isConnected } from '../lab/conversation.ts'
import { elapse, startAll } from '../lab/lab-node.ts'
import type { Stage } from '../lab/stage.ts'
import { onStage, slowest, unicastMs } from './on-stage.ts'

const HOUR_SECONDS = 3_600

export const recovery: Table = {
  name: 'recovery',
  title: 'Back after an interruption',
  how: 'Two homes behind symmetric NAT, so that all unicasts pass the relay; the slowest of several rounds. Relay: killed and started again; from its start until a unicast passes. Hour: the clocks of all nodes are put forward while nothing passes to the relay; from its return until both are connected to it, in seconds of those clocks. WAN address: port-restricted NAT; from the change until a unicast to that home arrives.',
  async measure(run) {
    const rounds = run.quick ? 1 : 5
    return [
      await row(run, rounds, 'circuit, after a restart of the relay', 5_000, afterRestart),
      await row(run, rounds, 'circuit, after an hour without the relay', 60_000, afterAnHour),
      await row(run, rounds, 'home whose WAN address changed', 15_000, afterMove),
    ]
  },
}

async function row(
  run: Run,
  rounds: number,
  what: string,
  goalMs: number,
  task: (stage: Stage) => Promise<number>,
): Promise<Row> {
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    run.progress(`${what}, ${i + 1} of ${rounds}`)
    times.push(await onStage(task))
  }
  return { what, value: slowest(times), unit: 'ms', bound: goalAtMost(goalMs) }
}

async function twoHomes(stage: Stage, nat: 'symmetric' | 'port-restricted', elastic = false) {
  const hub = await stage.publicNode('hub', { elastic })
  const [ann, ben] = [await stage.home('ann', { nat, elastic }), await stage.home('ben', { nat, elastic })]
  await hub.start()
  await startAll(ann, ben)
  await unicastMs(ann, ben, 'hello')
  await unicastMs(ben, ann, 'hello')
  return { hub, ann, ben }
}

async function afterRestart(stage: Stage): Promise<number> {
  const { hub, ann, ben } = await twoHomes(stage, 'symmetric')
  await hub.end()
  await until('that both have noticed', async () => !(await isConnected(ann, hub)) && !(await isConnected(ben, hub)))
  await hub.start()
  return unicastMs(ann, ben, 'are you back?')
}

async function afterAnHour(stage: Stage): Promise<number> {
  const { hub, ann, ben } = await twoHomes(stage, 'symmetric', true)
  const all = [hub, ann, ben]
  await stage.internet.block(hub.host.cable)
  await elapse(all, HOUR_SECONDS)
  await stage.internet.unblock(hub.host.cable)
  const startMs = performance.now()
  let aheadMs = 0
  await until('that both are back', async () => {
    await elapse(all, 0.5)
    aheadMs += 500
    return (await isConnected(ann, hub)) && (await isConnected(ben, hub))
  })
  return aheadMs + performance.now() - startMs
}

async function afterMove(stage: Stage): Promise<number> {
  const { ann, ben } = await twoHomes(stage, 'port-restricted')
  // Whatever they had to do with each other at the beginning is done.
  await sleep(5_000)
  await ann.router.wan.move()
  await ann.router.flush()
  return unicastMs(ben, ann, 'are you there?')
}
