/** A stage for a measurement, and what is measured on it again and again. */
import { readFileSync } from 'node:fs'
import type { NostrEvent } from '../../../src/event/event.ts'
import { until } from '../../support/until.ts'
import type { LabNode } from '../lab/lab-node.ts'
import { createStage, type Stage } from '../lab/stage.ts'

/** Runs the task on a new stage and removes it, whatever happens. */
export async function onStage<T>(task: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await createStage()
  try {
    return await task(stage)
  } finally {
    await stage.lab.end()
  }
}

const LOST_MS = 30_000
const RELAYED_MS = 60_000

/** From the call of /publish until a pull of the recipient shows it; a pull every ten milliseconds. */
export async function unicastMs(from: LabNode, to: LabNode, content: string): Promise<number> {
  const startMs = performance.now()
  const sent = from.client.publish({ content, tags: [['p', to.client.keys.pubkey]] })
  await shown(to, await sent)
  return performance.now() - startMs
}

export async function shown(node: LabNode, event: NostrEvent): Promise<void> {
  await node.client.gets(event, LOST_MS)
}

/** Until others come to it through a relay. */
export async function untilRelayed(node: LabNode): Promise<void> {
  const isRelayed = async () => (await node.status()).reachability.relays.length > 0
  await until(`a reservation of ${node.name}`, isRelayed, RELAYED_MS)
}

export function slowest(samples: readonly number[]): number {
  return Math.max(...samples)
}

/** Resident memory and CPU time of the node's process so far. */
export function processOf(node: LabNode): { rssBytes: number; cpuMs: number } {
  const pid = node.run().child.pid
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  // Clock ticks, 100 a second: fields 14 and 15 of proc(5) stat.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return { rssBytes: Number(rss) * 1024, cpuMs: (Number(fields[11]) + Number(fields[12])) * 10 }
}
