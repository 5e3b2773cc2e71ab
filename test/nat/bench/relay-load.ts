import { rateOfParallel } from '../../bench/statistics.ts'
import type { Table } from '../../bench/table.ts'
import { startAll } from '../lab/lab-node.ts'
import type { HomeNode } from '../lab/stage.ts'
import { onStage, processOf, unicastMs, untilRelayed } from './on-stage.ts'

/** Unicasts of one home that wait at a time. */
const OPEN_PER_HOME = 8

export const relayLoad: Table = {
  name: 'relay-load',
  title: 'Unicasts through one public node',
  how: `Pairs of homes behind symmetric NAT, each with a circuit of its own through one public node; on the same cores. Every home keeps ${OPEN_PER_HOME} posts of 140 characters on the way to its partner.`,
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
      const perSecond = await rateOfParallel(count, homes.length * OPEN_PER_HOME, async i => {
        const home = i % homes.length
        await unicastMs(homes[home]!, partner(home), `${i} `.padEnd(140, 'x'))
      })
      const cpuMs = (processOf(hub).cpuMs - before) / count
      return [
        { what: `${pairs} pairs at a time: delivered`, value: perSecond, unit: '/s' },
        { what: 'CPU of the public node per unicast', value: cpuMs, unit: 'ms' },
        { what: 'one core of it alone would pass', value: 1_000 / cpuMs, unit: '/s' },
      ]
    })
  },
}
