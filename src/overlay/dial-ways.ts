/** Dials a node by whatever leads to it: its own addresses first, and ways through relays when those do not answer soon. */
import type { Connection } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../observe/clock.ts'
import type { Host } from './libp2p.ts'

/** A working address of a continent answers sooner; a dead one takes seconds. */
const HEAD_START_MS = 250
/** A relay that stalls must not keep the next one waiting. */
const NEXT_RELAY_MS = 750
const AGAIN_MS = 1_000
const MAX_RELAYS = 3

/**
 * The first connection that stands. An own address that answers later gets its connection all the same, and `direct.ts`
 * leaves the circuit then. WebRTC addresses are passed over: those connections begin on a circuit too.
 * @param addresses all with the peer ID of the node
 * @param avoided relays through which it just failed: they come last
 * @throws when none leads there
 */
export async function dialWays(
  host: Host,
  addresses: readonly Multiaddr[],
  signal: AbortSignal,
  clock: Clock,
  avoided: readonly string[] = [],
): Promise<Connection> {
  const plain = addresses.filter(address => !isCircuit(address))
  const circuits = throughOthers(host, addresses, avoided)
  if (circuits.length === 0 && plain.length === 0) throw new Error('no way to that node is known')
  const found = new AbortController()
  const direct = plain.length === 0 ? Promise.reject(new Error('no own address')) : host.dial(plain, { signal })
  const relayed = circuits.map(async (circuit, i) => {
    await Promise.race([afterFailure(direct, i), pause(clock, HEAD_START_MS + i * NEXT_RELAY_MS)])
    found.signal.throwIfAborted()
    const ended = AbortSignal.any([signal, found.signal])
    try {
      return await dialCircuit(host, circuit, ended)
    } catch (error) {
      // The node may be just coming back: its relay still tries the connection that is gone.
      ended.throwIfAborted()
      await pause(clock, AGAIN_MS)
      ended.throwIfAborted()
      return dialCircuit(host, circuit, ended).catch(() => Promise.reject(error))
    }
  })
  try {
    return await Promise.any([direct, ...relayed])
  } finally {
    found.abort()
  }
}

/** The connection to the relay is made here: libp2p would dial what it keeps of addresses, which is what is public only. */
async function dialCircuit(host: Host, circuit: Multiaddr, signal: AbortSignal): Promise<Connection> {
  const [relay = ''] = circuit.toString().split('/p2p-circuit')
  await host.dial(multiaddr(relay), { signal })
  return host.services.transports.dial(circuit, signal)
}

/** When there is nothing to wait for: the own addresses have failed, and this is the first relay. */
function afterFailure(direct: Promise<unknown>, turn: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (turn === 0) direct.catch(() => resolve())
  return promise
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise(resolve => void clock.after(ms, resolve))
}

/** One way through each relay, without those through this node itself: whoever has a place here is connected. */
function throughOthers(host: Host, addresses: readonly Multiaddr[], avoided: readonly string[]): Multiaddr[] {
  const byRelay = new Map<string, Multiaddr>()
  for (const address of addresses) {
    const relay = relayOf(address)
    if (relay === undefined || relay === host.peerId.toString() || byRelay.has(relay)) continue
    byRelay.set(relay, address)
  }
  const isConnected = (relay: string) => host.getPeers().some(peer => peer.toString() === relay)
  const badness = (relay: string) => (avoided.includes(relay) ? 2 : 0) + (isConnected(relay) ? 0 : 1)
  const known = [...byRelay].sort(([a], [b]) => badness(a) - badness(b))
  return known.slice(0, MAX_RELAYS).map(([, address]) => address)
}

/** Node peer ID of the relay that a way leads through. */
export function relayOf(way: Multiaddr): string | undefined {
  return /\/p2p\/([^/]+)\/p2p-circuit\/p2p\//.exec(way.toString())?.[1]
}

function isCircuit(address: Multiaddr): boolean {
  return address.toString().includes('/p2p-circuit')
}
