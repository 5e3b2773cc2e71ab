/** Nodes in the same LAN find each other without a bootstrap, by multicast DNS under a service name of the overlay's own. */
import { start, stop } from '@libp2p/interface'
import { type Logger, messageOf } from '../observe/log.ts'
import type { Host } from './libp2p.ts'

export interface LanParts {
  readonly host: Host
  /** A node said where it is. */
  readonly onFound: (node: string, addresses: readonly string[]) => void
  readonly log: Logger
}

export interface Lan {
  stop(): Promise<void>
}

const SERVICE = '_nostrp2p._udp.local'
/** Whoever comes asks at once, and those that are there answer: asking again is for answers that were lost. */
const ASK_EVERY_MS = 60_000
/** Of one node; what comes beyond is passed over. */
const MAX_ADDRESSES = 16

/** Begins to ask and to answer; without a LAN, or where the port is taken, it says so in the log and does nothing. */
export async function startLan({ host, onFound, log }: LanParts): Promise<Lan> {
  try {
    const { mdns } = await import('@libp2p/mdns')
    const service = mdns({ serviceTag: SERVICE, interval: ASK_EVERY_MS })(host.services.inside.components)
    service.addEventListener('peer', ({ detail: { id, multiaddrs } }) => {
      if (!id.equals(host.peerId)) onFound(id.toString(), multiaddrs.slice(0, MAX_ADDRESSES).map(String))
    })
    await start(service)
    return { stop: () => stop(service) }
  } catch (error) {
    log('info', 'nodes in this LAN are not looked for', { reason: messageOf(error) })
    return { stop: async () => {} }
  }
}
