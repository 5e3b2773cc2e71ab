/** Finds connections that lead nowhere any more, as after the router got another address, sooner than silence would tell. */
import type { Connection } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { Host } from './libp2p.ts'
import { isWebRtc } from './webrtc.ts'

export interface LivenessParts {
  readonly host: Host
  readonly clock: Clock
  readonly log: Logger
  /** One of several direct connections to a peer has gone; this one is left. */
  readonly onLeft: (connection: Connection) => void
}

export interface Liveness {
  stop(): void
}

/** Ping of libp2p: 32 bytes that come back. */
const PING_PROTOCOL = '/ipfs/ping/1.0.0'
const PING = new Uint8Array(32)
/** Far longer than the longest round trip: a machine may be busy. */
const ANSWER_MS = 4_000
/** A peer that comes again has just shown how fast it answers. */
const ANSWER_ON_OLD_MS = 1_500
/** A neighbour that vanished without a word is noticed within this and a few seconds. */
const ROUND_MS = 120_000
/** Several connections that break together are one event. */
const GATHER_MS = 200

/**
 * When a connection that this node has dialled breaks, all others are asked for a sign of life; when a peer comes again, its
 * older connections are. Those that give none are closed: what needs them dials anew.
 */
export function createLiveness({ host, clock, log, onLeft }: LivenessParts): Liveness {
  const ended = new AbortController()
  let cancel: (() => void) | undefined
  let cancelRound = clock.after(ROUND_MS, round)

  /** WebRTC asks by itself, every few seconds (RFC 7675). */
  function round(): void {
    cancelRound = clock.after(ROUND_MS, round)
    for (const connection of host.getConnections()) if (!isWebRtc(connection)) void probe(connection, ANSWER_MS)
  }

  async function probe(connection: Connection, withinMs: number): Promise<void> {
    if (await givesSignOfLife(connection, withinMs)) return
    if (!ended.signal.aborted) log('debug', 'a connection led nowhere', { node: connection.remotePeer.toString() })
  }

  function probeAll(): void {
    cancel = undefined
    for (const connection of host.getConnections()) void probe(connection, ANSWER_MS)
  }

  function onClose({ detail: { direction, limits, remotePeer } }: CustomEvent<Connection>): void {
    if (limits !== undefined) return
    if (direction === 'outbound') cancel ??= clock.after(GATHER_MS, probeAll)
    const left = host.getConnections(remotePeer).find(({ status, limits }) => status === 'open' && limits === undefined)
    if (left !== undefined) onLeft(left)
  }

  function onOpen({ detail: newest }: CustomEvent<Connection>): void {
    if (newest.limits !== undefined) return
    const older = host
      .getConnections(newest.remotePeer)
      .filter(({ id, limits }) => id !== newest.id && limits === undefined)
    for (const connection of older) void probe(connection, ANSWER_ON_OLD_MS)
  }

  host.addEventListener('connection:close', onClose, { signal: ended.signal })
  host.addEventListener('connection:open', onOpen, { signal: ended.signal })
  return {
    stop() {
      ended.abort()
      cancel?.()
      cancelRound()
    },
  }
}

/** Asks a connection for a sign of life, and closes it when there is none. */
export async function givesSignOfLife(connection: Connection, withinMs = ANSWER_MS): Promise<boolean> {
  if (connection.status !== 'open') return false
  const signal = AbortSignal.timeout(withinMs)
  try {
    await ping(connection, signal)
    return true
  } catch {
    // Whoever refuses is alive.
    if (!signal.aborted) return connection.status === 'open'
    // At once: whoever asks again must not be led to it. Nothing comes or goes on it that could still meet its end.
    connection.abort(new Error('no sign of life'))
    return false
  }
}

async function ping(connection: Connection, signal: AbortSignal): Promise<void> {
  const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true })
  try {
    const bytes = byteStream(stream)
    const askedMs = performance.now()
    await bytes.write(PING, { signal })
    await bytes.read({ bytes: PING.length, signal })
    connection.rtt = Math.round(performance.now() - askedMs)
    await stream.close({ signal })
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}
