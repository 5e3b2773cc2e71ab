/** The part of the page that speaks libp2p, loaded when the node is not at home's address: its ways to the node. */
import type { KeptNode } from '../keep/kept-node.ts'
import { letGo, type Met, meet } from './meet.ts'
import { type PeerConnection, startPeer } from './peer.ts'
import { createStreamWay } from './stream-way.ts'
import type { Way, WayFault, WayKind } from './way.ts'

export interface Overlay {
  /** Ends with the first way that is taken; a direct one beside a circuit is offered when it comes. */
  find(node: Sought, signal: AbortSignal, search: Search): Promise<WayFault | undefined>
  /** Tries again for a direct way while the circuit stands. */
  improve(search: Search): Promise<void>
  stop(): Promise<void>
}

export type Sought = Pick<KeptNode, 'node' | 'addresses'>

export interface Search {
  /** Takes a way, or says why not: then it is closed. */
  readonly offer: (way: Way) => Promise<WayFault | undefined>
  /** Nothing gets through beside the circuit. */
  readonly noDirect: () => void
  /** Tells that something is tried as long as this runs. */
  readonly during: <T>(kinds: readonly WayKind[], work: Promise<T>) => Promise<T>
}

/** So long the direct connection may take before the circuit, with its little room, is used at all. */
const HOLD_MS = 1_500

/** @param seed of this browser's key */
export async function startOverlay(seed: Uint8Array, isSecurePage: boolean): Promise<Overlay> {
  const peer = await startPeer(seed)
  const stopping = new AbortController()
  let standing: Met | undefined

  function wayOf(kind: 'direct' | 'circuit', connection: PeerConnection, relay: PeerConnection | undefined): Way {
    const close = (): void => letGo({ connection, relay })
    connection.ended.addEventListener('abort', () => relay?.close())
    return createStreamWay({ kind, open: connection.open, ended: connection.ended, close })
  }

  async function offer(way: Way, search: Search): Promise<WayFault | undefined> {
    try {
      const fault = await search.offer(way)
      if (fault !== undefined) way.close()
      return fault
    } catch {
      way.close()
      return 'node-away'
    }
  }

  /** A direct connection beside the circuit; whether it was taken. */
  async function goDirect(dialling: Promise<PeerConnection | undefined>, search: Search): Promise<boolean> {
    const connection = await search.during(['direct'], dialling)
    if (connection === undefined) search.noDirect()
    return connection !== undefined && (await offer(wayOf('direct', connection, undefined), search)) === undefined
  }

  return {
    async find({ node, addresses }, signal, search) {
      const ending = AbortSignal.any([signal, stopping.signal])
      const met = await search.during(['circuit'], meet({ peer, node, addresses, isSecurePage, signal: ending }))
      if (typeof met === 'string') return met
      const { connection, relay } = met
      if (relay === undefined) return offer(wayOf('direct', connection, undefined), search)
      const dialling = met.direct(ending).catch(() => undefined)
      const soon = await Promise.race([search.during(['direct'], dialling), waited(HOLD_MS)])
      if (typeof soon === 'object' && (await offer(wayOf('direct', soon, undefined), search)) === undefined) {
        letGo(met)
        return undefined
      }
      const fault = await offer(wayOf('circuit', connection, relay), search)
      if (fault !== undefined) return fault
      standing = met
      connection.ended.addEventListener('abort', () => {
        if (standing === met) standing = undefined
      })
      if (soon === undefined) search.noDirect()
      else if (soon === 'late') void goDirect(dialling, search)
      return undefined
    },
    async improve(search) {
      if (standing !== undefined)
        await goDirect(
          standing.direct(stopping.signal).catch(() => undefined),
          search,
        )
    },
    async stop() {
      stopping.abort()
      await peer.stop()
    },
  }
}

function waited(ms: number): Promise<'late'> {
  return new Promise(resolve => setTimeout(resolve, ms, 'late'))
}
