/** Whom this node could connect to: nodes that it has heard of or met, without those that are better left alone now. */
import { multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../observe/clock.ts'
import type { PeerBook } from '../store/store.ts'
import { isCrowded, subnetOf } from './dial-filter.ts'
import type { Directory } from './directory.ts'
import type { Host } from './libp2p.ts'

export interface CandidatesParts {
  readonly host: Host
  readonly directory: Directory
  readonly book: PeerBook
  readonly clock: Clock
  /** Addresses that are being dialled already, whoever is there. */
  readonly awaited: () => readonly string[]
}

/** Node peer IDs, in random order but for one rule: one of each network that somebody may own before the second of any. */
export interface Found {
  /** Nodes with a way of their own. */
  readonly reachable: readonly string[]
  /** Nodes to which a relay leads. */
  readonly behindNat: readonly string[]
}

export interface Candidates {
  /** Throws what the store throws. */
  find(): Promise<Found>
  /** Leaves a node alone for a while. */
  rest(id: string): void
  /** It has answered after all. */
  wake(id: string): void
  isResting(id: string): boolean
}

/** A peer that could not be reached is left alone for this long. */
const REST_MS = 5 * 60_000
/** Nodes heard of lately that are looked at. */
const LOOKED_THROUGH = 200

export function createCandidates({ host, directory, book, clock, awaited }: CandidatesParts): Candidates {
  /** When a peer may be tried again. */
  const resting = new Map<string, number>()
  return {
    async find() {
      for (const [id, untilMs] of resting) if (untilMs <= clock.nowMs()) resting.delete(id)
      const all = [...directory.recent(LOOKED_THROUGH), ...(await book.list())]
      const dialled = new Set(awaited())
      const connections = host.getConnections()
      const isWelcome = ({ addresses }: { readonly addresses: readonly string[] }) =>
        !addresses.some(address => dialled.has(address)) && !isCrowded(addresses.map(multiaddr), connections)
      const unwelcome = new Set(all.filter(node => !isWelcome(node)).map(({ id }) => id))
      const connected = new Set(
        connections.filter(({ status }) => status === 'open').map(to => to.remotePeer.toString()),
      )
      const isFree = (id: string) =>
        id !== host.peerId.toString() && !resting.has(id) && !unwelcome.has(id) && !connected.has(id)
      const behindNat = new Set(all.filter(({ addresses }) => addresses.some(isCircuit)).map(({ id }) => id))
      const nodes = new Map(all.filter(({ id }) => isFree(id)).map(node => [node.id, node]))
      const ids = oneOfEachNetwork(shuffled([...nodes.values()])).map(({ id }) => id)
      return { reachable: ids.filter(id => !behindNat.has(id)), behindNat: ids.filter(id => behindNat.has(id)) }
    },
    rest: id => void resting.set(id, clock.nowMs() + REST_MS),
    wake: id => void resting.delete(id),
    isResting: id => resting.has(id),
  }
}

function isCircuit(address: string): boolean {
  return address.includes('/p2p-circuit')
}

function networkOf(addresses: readonly string[]): string | undefined {
  return addresses.map(address => subnetOf(multiaddr(address))).find(network => network !== undefined)
}

/**
 * The same nodes, one of each network that somebody may own before the second of any: whoever seems to be many has no
 * more turns than others.
 */
export function oneOfEachNetwork<T extends { readonly id: string; readonly addresses: readonly string[] }>(
  nodes: readonly T[],
): T[] {
  const networks = [...Map.groupBy(nodes, ({ id, addresses }) => networkOf(addresses) ?? id).values()]
  const rounds = Math.max(0, ...networks.map(({ length }) => length))
  return Array.from({ length: rounds }, (_, i) => networks.flatMap(network => network.slice(i, i + 1))).flat()
}

function shuffled<T>(items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[items[i], items[j]] = [items[j]!, items[i]!]
  }
  return items
}
