/** From a circuit to a direct connection: by WebRTC, or by dialling back where one side can be reached; then the circuit goes. */
import type { Connection, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import { dialable } from './dial-filter.ts'
import type { Host } from './libp2p.ts'
import type { WebRtc } from './webrtc.ts'

export interface DirectParts {
  readonly host: Host
  readonly webRtc: WebRtc
  /** Announced addresses of a node, without its peer ID. */
  readonly addressesOf: (node: string) => readonly string[]
  /** Whether others get in at this node's side. */
  readonly isOpen: () => boolean
  readonly clock: Clock
  readonly log: Logger
}

export interface Direct {
  /** A peer has introduced itself: if only circuits lead to it, a direct way is looked for. */
  consider(node: string): void
  stop(): void
}

/** After a failure, as between two symmetric NATs, the circuit stays; waits between tries are doubled up to the last. */
const REST_MS = { first: 10_000, last: 10 * 60_000 } as const
/** A peer may become ready for a direct connection after it was met: as long as a circuit stands it is looked at again. */
const LOOK_AGAIN_MS = { first: 1_000, last: 60_000 } as const
const MAX_RESTING = 1_000
/** Where both sides have dialled, the one with the lower ID waits so long for the other. */
const GIVE_WAY_MS = 500
const DIAL_MS = 5_000
/** What still runs over a circuit may end there. */
const LINGER_MS = 10_000
const IDLE_LOOK_MS = 250
/** Streams that libp2p itself opens on every connection. */
const BY_ITSELF = /^\/ipfs\/(id|ping)\//

export function createDirect(parts: DirectParts): Direct {
  const { host, webRtc, clock, log } = parts
  const ended = new AbortController()
  const resting = new Map<string, { readonly untilMs: number; readonly waitMs: number }>()
  const trying = new Set<string>()

  const connectionsTo = (peer: PeerId) => host.getConnections(peer).filter(({ status }) => status === 'open')
  const isDirect = (peer: PeerId) => connectionsTo(peer).some(({ limits }) => limits === undefined)

  /** Both ways at once: a WebRTC connection that does not come about takes long to fail. */
  function tryDirect(peer: PeerId): void {
    if (isDirect(peer)) return
    const addresses = parts.addressesOf(peer.toString())
    void once(`own ${peer}`, () => dialItself(peer, addresses))
    if ((resting.get(peer.toString())?.untilMs ?? 0) <= clock.nowMs())
      void once(`webrtc ${peer}`, () => openWebRtc(peer, addresses))
  }

  async function once(key: string, task: () => Promise<void>): Promise<void> {
    if (trying.has(key)) return
    trying.add(key)
    await task()
    trying.delete(key)
  }

  async function openWebRtc(peer: PeerId, addresses: readonly string[]): Promise<void> {
    const circuits = connectionsTo(peer)
    const dialled = circuits.find(({ direction }) => direction === 'outbound')
    // Whoever can be reached is dialled by the other side, and need not load WebRTC.
    if (dialled === undefined || parts.isOpen()) return
    if (addresses.length > 0 && !addresses.some(address => address.endsWith('/webrtc'))) return
    if (circuits.length > 1 && peer.toString() > host.peerId.toString()) {
      await new Promise<void>(resolve => clock.after(GIVE_WAY_MS, resolve))
      if (isDirect(peer)) return
    }
    const id = peer.toString()
    try {
      await webRtc.dial(dialled.remoteAddr, peer, ended.signal)
      resting.delete(id)
    } catch (error) {
      const waitMs = Math.min((resting.get(id)?.waitMs ?? REST_MS.first / 2) * 2, REST_MS.last)
      resting.delete(id)
      resting.set(id, { untilMs: clock.nowMs() + waitMs, waitMs })
      if (resting.size > MAX_RESTING) resting.delete(resting.keys().next().value!)
      log('debug', 'no direct way to a peer was found', { node: id, reason: messageOf(error) })
    }
  }

  /** By an address of its own, which it may have announced since the circuit was opened. */
  async function dialItself(peer: PeerId, addresses: readonly string[]): Promise<void> {
    try {
      const plain = addresses.filter(address => !address.includes('/p2p-circuit'))
      const own = (await dialable(plain, 'public')).map(address => address.encapsulate(`/p2p/${peer}`))
      if (own.length === 0) return
      await host.dial(own, { signal: AbortSignal.any([ended.signal, AbortSignal.timeout(DIAL_MS)]) })
    } catch (error) {
      log('debug', 'a peer is not reached at its own address', { node: peer.toString(), reason: messageOf(error) })
    }
  }

  /** Once a direct connection stands, nothing begins on the circuit any more; what runs may end. */
  function leaveCircuits(peer: PeerId): void {
    const untilMs = clock.nowMs() + LINGER_MS
    const look = () => {
      const circuits = connectionsTo(peer).filter(({ limits }) => limits !== undefined)
      if (ended.signal.aborted || circuits.length === 0 || !isDirect(peer)) return
      const isLate = clock.nowMs() >= untilMs
      for (const circuit of circuits) if (isLate || isIdle(circuit)) void close(circuit)
      clock.after(IDLE_LOOK_MS, look)
    }
    look()
  }

  async function close(circuit: Connection): Promise<void> {
    try {
      await circuit.close({ signal: AbortSignal.timeout(LINGER_MS) })
    } catch (error) {
      circuit.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  function watch(circuit: Connection, waitMs: number): void {
    clock.after(waitMs, () => {
      if (ended.signal.aborted || circuit.status !== 'open') return
      tryDirect(circuit.remotePeer)
      watch(circuit, Math.min(waitMs * 2, LOOK_AGAIN_MS.last))
    })
  }

  function onOpen({ detail }: CustomEvent<Connection>): void {
    leaveCircuits(detail.remotePeer)
    if (detail.limits !== undefined) watch(detail, LOOK_AGAIN_MS.first)
  }

  host.addEventListener('connection:open', onOpen, { signal: ended.signal })
  return {
    consider: node => tryDirect(peerIdFromString(node)),
    stop: () => ended.abort(),
  }
}

function isIdle({ streams }: Connection): boolean {
  return streams.every(({ protocol }) => BY_ITSELF.test(protocol))
}
