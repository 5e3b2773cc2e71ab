/**
 * Circuits to this node by peers that say nothing: a relay has few places for circuits to one node, and each that a stranger
 * holds open is one less for a device of the owner's (specification/away.md, W5.4).
 */
import type { Connection } from '@libp2p/interface'
import type { Clock } from '../../observe/clock.ts'
import type { Counters } from '../../observe/counters.ts'
import { createHalfOpen } from '../doors/half-open.ts'
import type { Host } from '../libp2p.ts'
import { RELAY_LIMITS } from './relay.ts'

/** Half of what one relay carries to this node; of one peer; and how long a hello or a pairing takes at the very most. */
const BOUNDS = { max: RELAY_LIMITS.maxCircuitsTo / 2, maxOfHost: 2, ms: 30_000 }

export interface StrangerCircuitsParts {
  readonly host: Pick<Host, 'addEventListener'>
  /** Whether this peer is a device of the owner's, or a node that has said hello. */
  readonly isKnown: (peer: string) => boolean
  readonly clock: Clock
  readonly counters: Counters
}

/** @param signal ends it */
export function boundStrangerCircuits(
  { host, isKnown, clock, counters }: StrangerCircuitsParts,
  signal: AbortSignal,
): void {
  const places = createHalfOpen(clock, BOUNDS)
  const held = new Map<string, () => void>()

  function onOpen({ detail: connection }: CustomEvent<Connection>): void {
    const { id, direction, limits, remotePeer } = connection
    const peer = remotePeer.toString()
    if (direction !== 'inbound' || limits === undefined || isKnown(peer)) return
    const cut = () => {
      held.delete(id)
      if (isKnown(peer)) return
      counters.add('away', 'idle circuits')
      connection.abort(new Error('nothing was said on this circuit'))
    }
    const place = places.enter(peer, cut)
    if (place === undefined) cut()
    else held.set(id, place.leave)
  }

  function onClose({ detail: { id } }: CustomEvent<Connection>): void {
    held.get(id)?.()
    held.delete(id)
  }

  host.addEventListener('connection:open', onOpen, { signal })
  host.addEventListener('connection:close', onClose, { signal })
}
