/** Waits for what a node says of itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeStatus } from '../../src/wire/node-status.ts'
import type { RawClient } from './raw-client.ts'

const WAIT_MS = 60_000
const LOOK_MS = 50

export async function statusOf(client: RawClient): Promise<NodeStatus> {
  const { status, body } = await client.request('GET', '/status')
  if (status !== 200) throw new Error(`/status was answered with ${status}`)
  return JSON.parse(body.toString()) as NodeStatus
}

/** Until the node is connected to this many others. */
export async function untilPeers(client: RawClient, count: number): Promise<void> {
  await until(`${count} peers`, async () => (await statusOf(client)).peers.length >= count)
}

/** Until the node holds this many events. */
export async function untilStored(client: RawClient, count: number): Promise<void> {
  await until(`${count} events`, async () => (await statusOf(client)).store.events >= count)
}

/** @throws after a minute */
export async function until(what: string, isThere: () => Promise<boolean>, waitMs = WAIT_MS): Promise<void> {
  const untilMs = performance.now() + waitMs
  while (performance.now() < untilMs) {
    if (await isThere()) return
    await sleep(LOOK_MS)
  }
  throw new Error(`waited in vain for ${what}`)
}
