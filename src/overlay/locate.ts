/** The nodes of an owner: those known here, else those that neighbours or the DHT know. */
import type { PeerId } from '@libp2p/interface'
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { Dht } from './dht/dht.ts'
import { nearestScope } from './dial-filter.ts'
import type { Directory } from './directory.ts'
import type { Introductions } from './introductions.ts'
import type { Host } from './libp2p.ts'

export interface LocateParts {
  readonly host: Host
  readonly directory: Directory
  readonly dht: Pick<Dht, 'find'>
  readonly introductions: Pick<Introductions, 'hear'>
  /** Asks a neighbour for the announcements of an owner's nodes; throws when it gives no proper answer. */
  readonly askForNodes: (neighbour: PeerId, owner: string) => Promise<readonly Uint8Array[]>
  readonly clock: Clock
  readonly log: Logger
}

/** Neighbours asked for the nodes of an owner that is not known here. */
const ASKED_NEIGHBOURS = 5
/** How long a delivery to nodes that only claim an owner's key waits for the neighbours' word, and how rarely. */
const DOUBT_MS = 1_500
const DOUBT_REST_MS = 60_000
const MAX_DOUBTED = 1_000

/** @returns node peer IDs, by the rules of the directory; this node is none of them */
export function createLocate(parts: LocateParts): (owner: string) => Promise<string[]> {
  const { host, directory, dht, introductions, clock, log } = parts
  /** Owners → when the neighbours were asked whether a node of theirs is proven, the latest last. */
  const doubted = new Map<string, number>()
  const own = host.peerId.toString()
  const othersOf = (owner: string) => directory.nodesOf(owner).filter(id => id !== own)

  /** Whether the neighbours were not asked about this owner's claimed nodes lately. */
  function mayDoubt(owner: string): boolean {
    const nowMs = clock.nowMs()
    if (nowMs - (doubted.get(owner) ?? 0) < DOUBT_REST_MS) return false
    doubted.delete(owner)
    doubted.set(owner, nowMs)
    if (doubted.size > MAX_DOUBTED) doubted.delete(doubted.keys().next().value!)
    return true
  }

  async function askNeighbours(owner: string): Promise<void> {
    await Promise.all(
      host
        .getPeers()
        .slice(0, ASKED_NEIGHBOURS)
        .map(peer => askOne(peer, owner)),
    )
  }

  async function askOne(neighbour: PeerId, owner: string): Promise<void> {
    try {
      const announcements = await parts.askForNodes(neighbour, owner)
      const heardOver = nearestScope(host.getConnections(neighbour))
      for (const announcement of announcements) await introductions.hear(announcement, heardOver)
    } catch (error) {
      log('debug', 'a neighbour could not be asked for a node', { reason: messageOf(error) })
    }
  }

  async function withinMs(ms: number, task: Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<void>()
    const cancel = clock.after(ms, late.resolve)
    await Promise.race([task, late.promise])
    cancel()
  }

  return async owner => {
    if (directory.provenOf(owner).some(id => id !== own)) return othersOf(owner)
    if (othersOf(owner).length === 0) await askNeighbours(owner)
    if (othersOf(owner).length === 0) await dht.find(owner)
    // What only claims the owner's key may be a thief's: whoever knows the proven nodes is asked first, now and then.
    else if (mayDoubt(owner)) await withinMs(DOUBT_MS, Promise.all([askNeighbours(owner), dht.find(owner)]))
    return othersOf(owner)
  }
}
