/** Finds connections that lead nowhere any more, as after the router got another address, sooner than silence would tell. */
import type { Connection } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { Host } from './libp2p.ts'

export interface LivenessParts {
  readonly host: Host
  readonly clock: Clock
  readonly log: Logger
}

export interface Liveness {
  stop(): void
}

/** Ping of libp2p: 32 bytes that come back. */
const PING_PROTOCOL = '/ipfs/ping/1.0.0'
const PING = new Uint8Array(32)
/** Far longer than the longest round trip: a machine may be busy. */
const ANSWER_MS = 4_000
/** Several connections that break together are one event. */
const GATHER_MS = 200

/**
 * When a connection that this node has dialled breaks, all others are asked for a sign of life, and those that give none
 * are closed: what needs them dials anew.
 */
export function createLiveness({ host, clock, log }: LivenessParts): Liveness {
  const ended = new AbortController()
  let cancel: (() => void) | undefined

  async function probe(connection: Connection): Promise<void> {
    try {
      await ping(connection)
    } catch (error) {
      const fields = { node: connection.remotePeer.toString(), reason: messageOf(error) }
      if (!ended.signal.aborted) log('debug', 'a connection leads nowhere any more', fields)
      connection.abort(new Error('no sign of life'))
    }
  }

  function probeAll(): void {
    cancel = undefined
    for (const connection of host.getConnections()) if (connection.status === 'open') void probe(connection)
  }

  function onClose({ detail: { direction, limits } }: CustomEvent<Connection>): void {
    if (direction === 'outbound' && limits === undefined) cancel ??= clock.after(GATHER_MS, probeAll)
  }

  host.addEventListener('connection:close', onClose, { signal: ended.signal })
  return {
    stop() {
      ended.abort()
      cancel?.()
    },
  }
}

async function ping(connection: Connection): Promise<void> {
  const signal = AbortSignal.timeout(ANSWER_MS)
  const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true })
  try {
    const bytes = byteStream(stream)
    await bytes.write(PING, { signal })
    await bytes.read({ bytes: PING.length, signal })
    await stream.close({ signal })
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}
