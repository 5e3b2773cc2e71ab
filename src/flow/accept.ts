/** The one door: every event of every source goes through here, and nothing else writes events. */
import { boundNode } from '../event/binding.ts'
import type { NostrEvent, VerifiedEvent } from '../event/event.ts'
import { classOf } from '../event/kinds.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { checkId } from '../event/verify.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, silent } from '../observe/log.ts'
import type { EventStore, Pending, Position } from '../store/store.ts'
import { createKeep } from './keep.ts'
import { type Circumstances, isNews, judge } from './policy.ts'
import { type Route, routeOf } from './route.ts'
import type { Source } from './source.ts'

/** `passed`: an ephemeral event, good and not stored (NIP-01). The others as in the store. */
export interface Accepted {
  readonly result: 'stored' | 'duplicate' | 'superseded' | 'passed'
  readonly event: NostrEvent
  readonly route: Route
  /** Where a stored event stands in receive order. */
  readonly position?: Position
  /** What of its route is this node's to do, for a stored event. */
  readonly pending?: Pending
}

/** @param event of the right form (`parseEvent` or a `wire/` decoder), otherwise unchecked */
export type Accept = (event: NostrEvent, source: Source) => Promise<Accepted | Rejection>

export interface AcceptParts {
  readonly events: Pick<EventStore, 'has' | 'get' | 'isDeleted' | 'put'>
  readonly verify: (event: NostrEvent, priority: 'wanted' | 'offered') => Promise<VerifiedEvent | Rejection>
  readonly circumstances: () => Circumstances
  readonly counters: Counters
  readonly log?: Logger
}

export function createAccept(parts: AcceptParts): Accept {
  const { events, verify, circumstances, counters, log = silent } = parts
  const keep = createKeep(events, log)

  async function admit(event: NostrEvent, source: Source): Promise<Accepted | Rejection> {
    // Whether a neighbour may gossip a deletion must not hang on what this node holds: the neighbour holds other events.
    const route = routeOf(event, id => (source.via === 'gossip' ? undefined : events.get(id)))
    // Cheap first: rules, then the hash, then the store, and only then the signature.
    const refused = judge(event, route, source, circumstances()) ?? checkId(event)
    if (refused !== undefined) return refused
    if (events.has(event.id)) return { result: 'duplicate', event, route }
    if (events.isDeleted(event)) return deleted(event)
    const verified = await verify(event, source.via === 'gossip' ? 'offered' : 'wanted')
    if (isRejection(verified)) return verified
    if (classOf(event.kind) === 'ephemeral') return { result: 'passed', event: verified, route }
    return store(verified, route, source)
  }

  async function store(event: VerifiedEvent, route: Route, source: Source): Promise<Accepted | Rejection> {
    // What somebody gets an acknowledgement for must survive a power cut; gossip can be had again.
    const durable = source.via === 'client' || source.via === 'deliver'
    const pending = pendingOf(event, route, source)
    const kept = await keep(event, { durable, pending })
    if (isRejection(kept)) return kept
    const { result, position } = kept
    if (result === 'deleted') return deleted(event)
    if (result === 'full') return reject('full', 'The store is full and holds nothing that may go for this event.')
    if (result === 'quota') return reject('full', 'This node keeps no more events of this author.')
    return { result, event, route, position, pending }
  }

  /**
   * What goes out from here. Of what the owner published at another node only public news, for that node may have no
   * neighbour but this one; its deliveries are its own business, so that nothing is sent twice (O20.6).
   */
  function pendingOf(event: VerifiedEvent, route: Route, source: Source): Pending {
    if (source.via === 'client') return route
    const { owner, nowSeconds } = circumstances()
    const isOurs = source.via === 'own-node' && event.pubkey === owner
    return { broadcast: isOurs && route.broadcast && isNews(event, nowSeconds), to: [] }
  }

  return async (event, source) => {
    const outcome = await admit(event, source)
    counters.add('accepted', isRejection(outcome) ? outcome.rejected : outcome.result)
    return outcome
  }
}

function deleted(event: NostrEvent): Rejection {
  if (boundNode(event) === undefined) return reject('deleted', 'The author has deleted this event.')
  return reject('deleted', 'The owner has withdrawn this binding. Sign a new one, dated after the withdrawal.')
}
