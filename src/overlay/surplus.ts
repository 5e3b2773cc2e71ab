/** Lets go of direct connections to nodes behind NAT that nobody needs: keeping one open costs 10 kB a minute. */
import type { Connection } from '@libp2p/interface'
import type { Clock } from '../observe/clock.ts'
import { HTTP_PROTOCOL } from '../wire/away.ts'
import type { Host } from './libp2p.ts'
import { lastExchangeMs } from './streams/exchange.ts'
import { isWebRtc } from './webrtc.ts'

/** With so few neighbours a node keeps each of them, so that the network holds when a public node goes. */
export const FEW_NEIGHBOURS = 3
/** Whoever was talked to may be talked to again; after that a circuit is there in a tenth of a second. */
const IDLE_MS = 2 * 60_000
const LOOK_MS = 20_000

/** @returns what ends it */
export function startSurplus({ host, clock }: { readonly host: Host; readonly clock: Clock }): () => void {
  let cancel = clock.after(LOOK_MS, look)

  function look(): void {
    cancel = clock.after(LOOK_MS, look)
    const direct = host.getConnections().filter(({ limits, status }) => limits === undefined && status === 'open')
    const usedMs = (connection: Connection) => lastExchangeMs(connection) ?? connection.timeline.open
    const idle = direct
      .filter(connection => isWebRtc(connection) && !isServed(connection))
      .filter(connection => clock.nowMs() - usedMs(connection) > IDLE_MS)
      .sort((a, b) => usedMs(a) - usedMs(b))
    for (const connection of idle.slice(0, Math.max(0, direct.length - FEW_NEIGHBOURS))) void leave(connection)
  }

  return () => cancel()
}

/** A device of the owner's that is away holds a stream open for what is new. */
function isServed({ streams }: Connection): boolean {
  return streams.some(({ protocol }) => protocol === HTTP_PROTOCOL)
}

async function leave(connection: Connection): Promise<void> {
  try {
    await connection.close({ signal: AbortSignal.timeout(LOOK_MS) })
  } catch (error) {
    connection.abort(error instanceof Error ? error : new Error(String(error)))
  }
}
