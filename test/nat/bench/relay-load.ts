import type { Table } from '../../bench/table.ts'
import { until } from '../../support/until.ts'
import { type LabNode, startAll } from '../lab/lab-node.ts'
import type { HomeNode } from '../lab/stage.ts'
import { onStage, processOf, unicastMs, untilRelayed } from './on-stage.ts'

const ARRIVED_MS = 60_000

export const relayLoad: Table = {
  name: 'relay-load',
  title: 'Unicasts through one public node',
  how: 'Pairs of homes behind symmetric NAT, each with a circuit of its own through one public node; on the same cores. Every home publishes posts of 140 characters to its partner, one after the other, and all have arrived at the end.',
  async measure(run) {
    const pairs = run.quick ? 2 : 6
    const each = run.quick ? 20 : 100
    return onStage(async stage => {
      const hub = await stage.publicNode('hub')
      await hub.start()
      const homes: HomeNode[] = []
      for (let i = 0; i < 2 * pairs; i++) homes.push(await stage.home(`home${i}`, { nat: 'symmetric' }))
      await startAll(...homes)
      await Promise.all(homes.map(untilRelayed))
      const partner = (i: number) => homes[i ^ 1]!
      run.progress('first contact')
      for (const [i, home] of homes.entries()) await unicastMs(home, partner(i), 'hello')
      run.progress(`${each} unicasts from each of ${homes.length} homes`)
      const before = processOf(hub).cpuMs
      const count = each * homes.length
      const startMs = performance.now()
      await Promise.all(homes.map((home, i) => sendAll(home, partner(i), each)))
      const perSecond = (count / (performance.now() - startMs)) * 1_000
      const cpuMs = (processOf(hub).cpuMs - before) / count
      return [
        { what: `${pairs} pairs at a time: delivered`, value: perSecond, unit: '/s' },
        { what: 'CPU of the public node per unicast', value: cpuMs, unit: 'ms' },
        { what: 'one core of it alone would pass', value: 1_000 / cpuMs, unit: '/s' },
      ]
    })
  },
}

/** Publishes without waiting for what is under way, then waits until all is there. */
async function sendAll(from: LabNode, to: LabNode, count: number): Promise<void> {
  const tags = [['p', to.client.keys.pubkey]]
  const sent: string[] = []
  for (let i = 0; i < count; i++) {
    sent.push((await from.client.publish({ content: `load ${i} `.padEnd(140, 'x'), tags })).id)
  }
  const isThere = async () => {
    const held = new Set((await to.client.pull()).map(({ id }) => id))
    return sent.every(id => held.has(id))
  }
  await until('that all unicasts have arrived', isThere, ARRIVED_MS)
}
