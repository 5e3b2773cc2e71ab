/** Connections that do nothing, and the memory after everything. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from './connection.ts'
import { opened } from './live.ts'
import { atMost, type Figure, type Part } from './part.ts'
import type { Relay } from './relays.ts'

const CONNECTIONS = 2_000
/** Where a relay would take this machine's memory, fewer have to do. */
const ENOUGH_BYTES = 500_000_000
const STEP = 100
/** Until a collector has given back what a flood took, if it does. */
const QUIET_MS = 30_000
const WATCH_MS = 10_000
const QUICK_WATCH_MS = 2_000

export const idle: Part = {
  name: 'idle',
  // Memory that other work has left would take them in for nothing.
  needs: 'empty',
  async measure({ relay, quick, progress }) {
    progress(`${CONNECTIONS} idle connections`)
    // Some before, so that what the first ones load and allocate for good is not counted.
    await closeAll(await opened(STEP, relay.url))
    await sleep(QUIET_MS)
    const before = relay.rssBytes()
    const connections = await many(relay)
    await sleep(QUIET_MS)
    const after = relay.rssBytes()
    const cpuBeforeMs = relay.cpuMs()
    await sleep(quick ? QUICK_WATCH_MS : WATCH_MS)
    const cpuMs = relay.cpuMs()
    await closeAll(connections)
    if (before === undefined || after === undefined || cpuMs === undefined || cpuBeforeMs === undefined) return []
    const share = (100 * (cpuMs - cpuBeforeMs)) / (quick ? QUICK_WATCH_MS : WATCH_MS)
    return [
      { what: 'an idle connection', value: (after - before) / connections.length / 1000, unit: 'kB', goal: atMost(12) },
      { what: 'CPU of 2,000 of them', value: (share * CONNECTIONS) / connections.length, unit: '%', goal: atMost(2) },
    ]
  },
}

export const memory: Part = {
  name: 'memory',
  needs: 'filled',
  async measure({ relay }): Promise<Figure[]> {
    await sleep(QUIET_MS)
    const rss = relay.rssBytes()
    const anonymous = relay.anonymousBytes()
    if (rss === undefined || anonymous === undefined) return []
    return [
      { what: 'memory 30 s after all this', value: rss / 1e6, unit: 'MB', goal: atMost(130) },
      { what: 'of it no pages of files', value: anonymous / 1e6, unit: 'MB' },
    ]
  },
}

/** @returns up to 2,000 connections */
async function many(relay: Relay): Promise<Connection[]> {
  const before = relay.rssBytes() ?? 0
  const connections: Connection[] = []
  while (connections.length < CONNECTIONS && (relay.rssBytes() ?? 0) - before < ENOUGH_BYTES) {
    connections.push(...(await opened(STEP, relay.url)))
  }
  return connections
}

async function closeAll(connections: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(connections.map(connection => connection.close()))
}
