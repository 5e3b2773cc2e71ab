/** GET /metrics: Prometheus text. The library is loaded by the first question, for most nodes are never asked. */
import type { Registry } from 'prom-client'
import type { ReadStatus } from '../flow/status.ts'
import { COUNTERS, type CounterName, type Counters } from '../observe/counters.ts'
import type { NodeStatus } from '../wire/node-status.ts'

export interface Metrics {
  readonly contentType: string
  readonly text: string
}

type Prometheus = typeof import('prom-client')

/** Reads everything afresh at each call; nothing is counted twice or kept between calls but the process's own. */
export function createMetrics(parts: { counters: Counters; readStatus: ReadStatus }): () => Promise<Metrics> {
  let loading: Promise<{ prometheus: Prometheus; process: Registry }> | undefined
  return async () => {
    loading ??= load()
    const { prometheus, process } = await loading
    const node = nodeRegistry(prometheus, await parts.readStatus(), parts.counters)
    return { contentType: node.contentType, text: `${await node.metrics()}\n${await process.metrics()}` }
  }
}

async function load(): Promise<{ prometheus: Prometheus; process: Registry }> {
  // CommonJS: in the bundle its names are on the default export only.
  const { default: prometheus } = await import('prom-client')
  const process = new prometheus.Registry()
  prometheus.collectDefaultMetrics({ register: process })
  return { prometheus, process }
}

function nodeRegistry({ Registry, Counter, Gauge }: Prometheus, status: NodeStatus, counters: Counters): Registry {
  const register = new Registry()
  const registers = [register]
  const byName = new Map<CounterName, InstanceType<typeof Counter<'by'>>>()
  for (const [name, help] of Object.entries(COUNTERS)) {
    const counter = new Counter({ name: `nostrp2p_${name}_total`, help, labelNames: ['by'], registers })
    byName.set(name as CounterName, counter)
  }
  for (const { name, label, value } of counters.entries()) byName.get(name)?.inc({ by: label }, value)

  const gauge = (name: string, help: string, value: number) =>
    new Gauge({ name: `nostrp2p_${name}`, help, registers }).set(value)
  gauge('store_events', 'Events in the store.', status.store.events)
  gauge('store_events_max', 'Events that the store may hold.', status.store.maxEvents)
  gauge('store_bytes', 'Bytes of the store, keys and values.', status.store.bytes)
  gauge('store_bytes_max', 'Bytes that the store may hold.', status.store.maxBytes)
  gauge('store_guest_events', "Guests' events in the store.", status.store.guests.events)
  gauge('store_guest_bytes', "Bytes of guests' events in the store.", status.store.guests.bytes)
  gauge('relay_connections', 'WebSockets of Nostr clients.', status.relay.connections)
  gauge('relay_subscriptions', 'Their subscriptions.', status.relay.subscriptions)
  gauge('sync_learned', 'Events that came by comparing with neighbours, since the start.', status.sync.learned)
  gauge('sync_sent', 'Events that neighbours got in the same way, since the start.', status.sync.sent)
  const { completeUntil } = status.sync
  const until = completeUntil === null ? 0 : Date.parse(completeUntil) / 1000
  gauge('sync_complete_until_seconds', 'Up to when the node surely has what its neighbours have; 0 for never.', until)
  gauge('known_nodes', 'Nodes in the directory.', status.knownNodes)
  gauge('uptime_seconds', 'Seconds since the node started.', status.uptimeSeconds)

  const labelNames = ['of']
  const used = new Gauge({
    name: 'nostrp2p_used',
    help: 'How much there is of what is bounded.',
    labelNames,
    registers,
  })
  const limit = new Gauge({ name: 'nostrp2p_limit', help: 'How much of it there may be.', labelNames, registers })
  for (const [of, fill] of Object.entries(status.limits)) {
    used.set({ of }, fill.used)
    limit.set({ of }, fill.max)
  }

  const deliveries = new Gauge({ name: 'nostrp2p_outbox', help: 'Deliveries by state.', labelNames: ['by'], registers })
  for (const state of ['waiting', 'delivered', 'expired'] as const) deliveries.set({ by: state }, status.outbox[state])
  const peers = new Gauge({
    name: 'nostrp2p_peers',
    help: 'Connections to other nodes.',
    labelNames: ['direction', 'transport'],
    registers,
  })
  for (const { direction, transport } of status.peers) peers.inc({ direction, transport })
  return register
}
