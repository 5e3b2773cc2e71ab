import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../../bench/statistics.ts'
import { goalAtMost, type Table } from '../../bench/table.ts'
import type { LabNode } from '../lab/lab-node.ts'
import type { HomeNode } from '../lab/stage.ts'
import { onStage, processOf, untilRelayed } from './on-stage.ts'

const MEGABYTE = 1_000_000
const MS_PER_MINUTE = 60_000
/** Started at a time, so that none waits too long for the two cores. */
const AT_ONCE = 4

export const weight: Table = {
  name: 'weight',
  title: 'A public node with many homes on it',
  how: 'Homes behind port-restricted routers of their own, all with one bootstrap; nobody posts. After four quiet minutes for one more: bytes of IP packets, headers included, in both directions, kB of 1,000 bytes. Reservations: homes that are reached through the public node.',
  async measure(run) {
    const count = run.quick ? 12 : 100
    return onStage(async stage => {
      const hub = await stage.publicNode('hub')
      await hub.start()
      const homes: HomeNode[] = []
      while (homes.length < count) {
        run.progress(`${homes.length} of ${count} homes`)
        const more = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => stage.home(`home${homes.length + i}`)))
        await Promise.all(more.map(home => home.start()))
        homes.push(...more)
      }
      run.progress('reservations')
      // One after the other: a hundred that are asked at once have nothing else to do.
      for (const home of homes) await untilRelayed(home)
      const held = await reservationsAt(hub, homes)
      run.progress('settling')
      await sleep(run.quick ? 20_000 : 4 * MS_PER_MINUTE)
      run.progress('idle')
      const machines = [hub, ...homes]
      const bytes = () => Promise.all(machines.map(({ host }) => host.cable.bytes()))
      const [before, cpuBefore, startMs] = [await bytes(), processOf(hub).cpuMs, performance.now()]
      await sleep(run.quick ? 20_000 : MS_PER_MINUTE)
      const minutes = (performance.now() - startMs) / MS_PER_MINUTE
      const after = await bytes()
      const kb = after.map((value, i) => (value - before[i]!) / 1_000 / minutes)
      const cpuMs = (processOf(hub).cpuMs - cpuBefore) / minutes
      const homeKb = kb.slice(1)
      const memory = homes.map(home => processOf(home).rssBytes / MEGABYTE)
      return [
        { what: `public node, ${count} homes: reservations`, value: held, unit: '' },
        { what: 'public node: memory', value: processOf(hub).rssBytes / MEGABYTE, unit: 'MB' },
        { what: 'public node: idle traffic per minute', value: kb[0]!, unit: 'kB' },
        { what: 'public node: CPU per idle minute', value: cpuMs, unit: 'ms' },
        { what: 'home: memory, median', value: median(memory), unit: 'MB' },
        { what: 'home: idle traffic per minute, median', value: median(homeKb), unit: 'kB', bound: goalAtMost(20) },
        { what: 'home: idle traffic per minute, most', value: Math.max(...homeKb), unit: 'kB', bound: goalAtMost(20) },
      ]
    })
  },
}

async function reservationsAt(hub: LabNode, homes: readonly HomeNode[]): Promise<number> {
  const id = hub.peerId()
  const all = await Promise.all(homes.map(home => home.status()))
  return all.filter(({ reachability }) => reachability.relays.includes(id)).length
}
