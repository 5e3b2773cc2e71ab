/** `/nostrp2p/reach/1`: a peer dials back to the address that it sees, at the ports that it is told. */
import { isIP } from 'node:net'
import type { Connection, PeerId } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { isRejection } from '../../event/rejection.ts'
import { MAX_REACH_BYTES } from '../../wire/limits.ts'
import { decodeReach, decodeReachReply, encodeReach, encodeReachReply } from '../../wire/reach.ts'
import type { Host } from '../libp2p.ts'
import type { Quotas } from '../quota.ts'
import { answer, ask } from '../streams/exchange.ts'

export const REACH_PROTOCOL = '/nostrp2p/reach/1'
const BOUNDS = { maxRequestBytes: MAX_REACH_BYTES, maxReplyBytes: MAX_REACH_BYTES }
const MAX_STREAMS = 2
/** A firewall that drops packets answers nothing; two ports and the exchange stay under the time of an exchange. */
const DIAL_BACK_MS = 3_000

export interface Reached {
  /** The IP address from which the peer sees this node come. */
  readonly seen: string
  /** Ports at which the peer says that it got in. */
  readonly open: readonly number[]
}

/** Asks one peer. Throws when it gives no proper answer. */
export type AskReach = (connection: Connection, ports: readonly number[]) => Promise<Reached>

/** Asks a connected peer whether it gets in at these ports of the address it sees. Throws when it gives no proper answer. */
export async function askReachOf(
  host: Parameters<typeof ask>[0],
  peer: PeerId,
  ports: readonly number[],
): Promise<Reached> {
  const reply = await ask(host, peer, REACH_PROTOCOL, encodeReach(ports), BOUNDS, next => next())
  const reached = decodeReachReply(reply)
  if (isRejection(reached)) throw new Error(reached.reason)
  if (isIP(reached.seen) === 0) throw new Error('the peer names no address')
  return { seen: reached.seen, open: ports.filter((_, i) => reached.open[i]) }
}

/**
 * Answers by dialling the address that the asker comes from, and no other: nobody can send this node to knock at the
 * door of a third one. The connection that proves it is closed at once.
 */
export async function serveReach(host: Host, quotas: Quotas): Promise<AskReach> {
  await answer(host, REACH_PROTOCOL, BOUNDS, MAX_STREAMS, async (request, connection) => {
    const ports = decodeReach(request)
    if (isRejection(ports)) throw new Error(ports.reason)
    const [ip] = connection.remoteAddr.getComponents()
    if (connection.limits !== undefined || ip?.value === undefined || !ip.name.startsWith('ip'))
      throw new Error('no address to dial back to')
    if (!quotas.take('reach', connection.remotePeer.toString())) throw new Error('asked too often')
    const open: boolean[] = []
    for (const port of ports) open.push(await getsIn(host, connection, `/${ip.name}/${ip.value}/tcp/${port}`))
    return [encodeReachReply({ seen: ip.value, open })]
  })
  return (connection, ports) => askReachOf(host, connection.remotePeer, ports)
}

async function getsIn(host: Host, { remotePeer }: Connection, address: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(DIAL_BACK_MS)
    // A connection that stands proves nothing, and a dial of the same peer that is under way may go to a dead address.
    const connection = await host.services.transports.dial(multiaddr(`${address}/p2p/${remotePeer}`), signal)
    await connection.close({ signal })
    return true
  } catch {
    // That it does not get in is the answer.
    return false
  }
}
