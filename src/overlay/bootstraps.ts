/** The nodes that the owner names to join through: dialled for ever, with growing waits; others may be named meanwhile. */
import type { Connection, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { OnActivity } from '../observe/activity.ts'
import type { Clock } from '../observe/clock.ts'
import { dialErrorWords } from './dial-error.ts'
import { dialable } from './dial-filter.ts'
import type { Host } from './libp2p.ts'

export interface BootstrapState {
  /** Multiaddr, with or without `/p2p/…`. */
  readonly address: string
  state: 'connecting' | 'connected' | 'unreachable'
  lastError: string
}

export interface BootstrapsParts {
  readonly host: Host
  readonly clock: Clock
  readonly onActivity: OnActivity
  /** Wait before a bootstrap is dialled again: the first one, doubled up to the last. */
  readonly redialMs: { readonly first: number; readonly last: number }
  /** Ends a dial that takes too long, or all of them. */
  readonly dialSignal: () => AbortSignal
}

/** One that was let go is no longer in the list, whatever a dial under way brings. */
interface Entry extends BootstrapState {
  /** Node peer ID, once it has answered. */
  node: string | undefined
  cancel: () => void
}

export interface Bootstraps {
  /** Begins to dial. */
  start(): void
  list(): readonly BootstrapState[]
  /** These from now on, and no others; a connection that stands is kept. */
  replace(addresses: readonly string[]): void
  /** Whether this node is one of them, as far as they have answered. */
  includes(node: string): boolean
  /** Dials anew what was connected to this peer. */
  lost(peer: PeerId): void
  stop(): void
}

export function createBootstraps(parts: BootstrapsParts, addresses: readonly string[]): Bootstraps {
  const { host, clock, onActivity, redialMs } = parts
  let entries = addresses.map(entryOf)
  let isStarted = false
  let isStopped = false

  /** Dials until it is connected, with growing waits; a disconnect starts it again. */
  async function dial(entry: Entry, waitMs: number): Promise<void> {
    try {
      // It may have come back by itself and dialled first: a second connection would only cost.
      const open = entry.node === undefined ? undefined : openConnection(host, peerIdFromString(entry.node))
      const signal = parts.dialSignal()
      const connection = open ?? (await host.dial(await dialable([entry.address], 'loopback'), { signal }))
      if (!isWanted(entry)) return
      entry.node = connection.remotePeer.toString()
      entry.state = 'connected'
      entry.lastError = ''
      onActivity({ what: 'bootstrap', address: entry.address, state: 'connected', reason: '' })
      // Closed again before it was written down here: nobody will tell us any more.
      if (!isConnected(host, connection.remotePeer)) lost(connection.remotePeer)
    } catch (error) {
      if (!isWanted(entry)) return
      entry.lastError = dialErrorWords(error)
      if (entry.state !== 'unreachable') {
        entry.state = 'unreachable'
        onActivity({ what: 'bootstrap', address: entry.address, state: 'unreachable', reason: entry.lastError })
      }
      const nextMs = Math.min(waitMs * 2, redialMs.last)
      entry.cancel = clock.after(waitMs, () => void dial(entry, nextMs))
    }
  }

  function isWanted(entry: Entry): boolean {
    return !isStopped && entries.includes(entry)
  }

  function lost(peer: PeerId): void {
    for (const entry of entries) {
      if (entry.state !== 'connected' || entry.node !== peer.toString()) continue
      entry.state = 'connecting'
      entry.cancel = clock.after(redialMs.first, () => void dial(entry, redialMs.first))
    }
  }

  return {
    start() {
      isStarted = true
      for (const entry of entries) void dial(entry, redialMs.first)
    },
    list: () => entries.map(({ address, state, lastError }) => ({ address, state, lastError })),
    replace(wanted) {
      const before = entries
      entries = wanted.map(address => before.find(entry => entry.address === address) ?? entryOf(address))
      for (const entry of before) if (!entries.includes(entry)) entry.cancel()
      if (!isStarted) return
      for (const entry of entries) if (!before.includes(entry)) void dial(entry, redialMs.first)
    },
    includes: node => entries.some(entry => entry.node === node),
    lost,
    stop() {
      isStopped = true
      for (const entry of entries) entry.cancel()
    },
  }
}

function entryOf(address: string): Entry {
  return { address, state: 'connecting', lastError: '', node: undefined, cancel: () => {} }
}

export function isConnected(host: Host, peer: PeerId): boolean {
  return openConnection(host, peer) !== undefined
}

function openConnection(host: Host, peer: PeerId): Connection | undefined {
  return host.getConnections(peer).find(connection => connection.status === 'open')
}
