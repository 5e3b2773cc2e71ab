/** The one door: every event of every source goes through here, and nothing else writes events. */
import { boundNode } from '../event/binding.ts'
import type { NostrEvent, VerifiedEvent } from '../event/event.ts'
import { classOf, KIND } from '../event/kinds.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { asksToVanish } from '../event/vanish.ts'
import { checkId } from '../event/verify.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, silent } from '../observe/log.ts'
import type { Mark } from '../store/mark.ts'
import type { EventStore, Pending, Position, PutOutcome } from '../store/store.ts'
import type { GuestRules } from './guests.ts'
import { createKeep } from './keep.ts'
import { ASKS_TO_WRITE, type Circumstances, isNews, judge } from './policy.ts'
import { type Route, routeOf } from './route.ts'
import { GIVE_UP_MS, STANDBY_MS } from './schedule.ts'
import type { Source } from './source.ts'
import { isGiftWrap, markOf } from './visibility.ts'

/** `passed`: an ephemeral event, good and not stored (NIP-01). The others as in the store. */
export interface Accepted {
  readonly result: 'stored' | 'duplicate' | 'superseded' | 'passed'
  readonly event: NostrEvent
  readonly route: Route
  /** Whose it is here: who is shown it. */
  readonly mark: Mark
  /** Where a stored event stands in receive order. */
  readonly position?: Position
  /** How and where it was held while it was a guest's only: who was shown it then has it already. */
  readonly promotedFrom?: PutOutcome['promotedFrom']
  /** What of its route is this node's to do, for a stored event. */
  readonly pending?: Pending
}

/** @param event of the right form (`parseEvent` or a `wire/` decoder), otherwise unchecked */
export type Accept = (event: NostrEvent, source: Source) => Promise<Accepted | Rejection>

export interface AcceptParts {
  readonly events: Pick<EventStore, 'has' | 'isGuests' | 'get' | 'isDeleted' | 'put'>
  readonly verify: (event: NostrEvent, priority: 'wanted' | 'offered') => Promise<VerifiedEvent | Rejection>
  readonly circumstances: () => Circumstances
  /** What is asked of others' events beyond that. */
  readonly guests: GuestRules
  /** Whether this URL leads to this node's relay (NIP-62). */
  readonly isOwnRelay: (url: string) => boolean
  readonly counters: Counters
  readonly log?: Logger
}

export function createAccept(parts: AcceptParts): Accept {
  const { events, verify, circumstances, guests, isOwnRelay, counters, log = silent } = parts
  const keep = createKeep(events, log)
  /** The last ephemeral events. */
  const passed = new Set<string>()

  async function admit(event: NostrEvent, source: Source): Promise<Accepted | Rejection> {
    const lookUp = (id: string) => events.get(id)
    // Whether a neighbour may pass on a deletion must not hang on what this node holds: the neighbour holds other events.
    const found = routeOf(event, id => (PASSED_ON.has(source.via) ? undefined : lookUp(id)))
    const isCopiedDeletion = source.via === 'own-node' && event.kind === KIND.deletion
    const isOpenThere = isCopiedDeletion && source.isOpen === true
    // What it names may never have been here. That node knew, and does not say so of a like or a reply.
    const route = isCopiedDeletion ? { ...found, broadcast: isOpenThere } : found
    // Cheap first: rules, then the hash, then the store, and only then the signature.
    const refused = judge(event, route, source, circumstances()) ?? judgeVisit(event, source) ?? checkId(event)
    if (refused !== undefined) return refused
    const mark = isOpenThere ? 'open' : markOf(event, route, source.via, lookUp)
    if (events.has(event.id) && !isPromoted(event.id, source)) return { result: 'duplicate', event, route, mark }
    if (events.isDeleted(event)) return deleted(event)
    const isPassing = classOf(event.kind) === 'ephemeral'
    // Whoever holds an event of the owner's that was passed could have it gossiped again and again.
    if (isPassing && ASKS_TO_WRITE.has(source.via) && passed.has(event.id))
      return { result: 'duplicate', event, route, mark }
    const late = source.via === 'guest' ? guests.charge(source.visitor) : undefined
    if (late !== undefined) return late
    const verified = await verify(event, isUninvited(source) ? 'offered' : 'wanted')
    if (isRejection(verified)) return verified
    if (isPassing) {
      notePassed(event.id)
      return { result: 'passed', event: verified, route, mark }
    }
    return store(verified, route, source, mark)
  }

  function notePassed(id: string): void {
    passed.add(id)
    if (passed.size > MAX_PASSED) passed.delete(passed.values().next().value!)
  }

  /** What a guest brought first, and now comes as what it is: a delivery, or public news. */
  function isPromoted(id: string, source: Source): boolean {
    return source.via !== 'guest' && events.isGuests(id)
  }

  function judgeVisit(event: NostrEvent, source: Source): Rejection | undefined {
    if (source.via !== 'guest' && source.via !== 'client') return undefined
    const refused = source.via === 'guest' ? guests.judge(event, source.visitor) : undefined
    if (refused !== undefined || asksToVanish(event, isOwnRelay) !== false) return refused
    return reject('restricted', 'This request to vanish (NIP-62) names other relays, and not this one.')
  }

  async function store(event: VerifiedEvent, route: Route, source: Source, mark: Mark): Promise<Accepted | Rejection> {
    // What somebody gets an acknowledgement for must survive a power cut; what comes from peers can be had again.
    const durable = ACKNOWLEDGED.has(source.via)
    const pending = pendingOf(event, route, source)
    const vanish = VANISHING.has(source.via) && asksToVanish(event, isOwnRelay) === true
    const unlessEvicted = source.via === 'sync'
    const kept = await keep(event, { durable, pending, mark, vanish, unlessEvicted })
    if (isRejection(kept)) return kept
    const { result, position, promotedFrom } = kept
    if (result === 'deleted') return deleted(event)
    if (result === 'full') return reject('full', 'The store is full and holds nothing that may go for this event.')
    if (result === 'quota')
      return reject('restricted', 'This relay holds as many of your events as it keeps of a guest.')
    return { result, event, route, mark, position, pending, promotedFrom }
  }

  /**
   * What goes out from here. Of what the owner published at another node public news, for that node may have no
   * neighbour but this one; its deliveries are its own business as long as it is heard of (O20.6).
   */
  function pendingOf(event: VerifiedEvent, route: Route, source: Source): Pending {
    const { owner, nowSeconds } = circumstances()
    if (source.via === 'client') return { broadcast: route.broadcast, to: route.to.filter(pubkey => pubkey !== owner) }
    if (source.via === 'import') {
      // What is no news any more was sent when it was; whoever has the rest already takes no notice.
      const isYoung = event.created_at >= nowSeconds - GIVE_UP_MS / 1000
      const to = isYoung ? route.to.filter(pubkey => pubkey !== owner) : []
      return { broadcast: route.broadcast && isNews(event, nowSeconds), to }
    }
    if (source.via !== 'own-node') return NOTHING_PENDING
    const isOurs = event.pubkey === owner
    const broadcast = isOurs && route.broadcast && isNews(event, nowSeconds)
    // A gift wrap is signed by nobody; one that is here and not for the owner is from the owner.
    const isSent = isOurs || (isGiftWrap(event.kind) && owner !== undefined && !route.to.includes(owner))
    if (!isSent || event.created_at < nowSeconds - STANDBY_SECONDS) return { broadcast, to: [] }
    const standby = { for: source.peer, dueMs: nowSeconds * 1000 + STANDBY_MS }
    return { broadcast, to: route.to.filter(pubkey => pubkey !== owner), standby }
  }

  return async (event, source) => {
    const outcome = await admit(event, source)
    counters.add('accepted', isRejection(outcome) ? outcome.rejected : outcome.result)
    return outcome
  }
}

const NOTHING_PENDING: Pending = { broadcast: false, to: [] }
/** As long as a delivery is tried, and the two days by which the date of a gift wrap may lie (NIP-59). */
const STANDBY_SECONDS = GIVE_UP_MS / 1000 + 2 * 86_400

/** Ephemeral events remembered: what comes in some minutes. */
const MAX_PASSED = 2_000

/** A check for those who may be anybody must not displace one that the owner waits for. */
function isUninvited(source: Source): boolean {
  if (source.via === 'client') return source.visitor !== undefined && source.visitor.role !== 'owner'
  return PASSED_ON.has(source.via) || source.via === 'guest'
}

/** Ways in of public events that whoever has them passes on. */
const PASSED_ON: ReadonlySet<Source['via']> = new Set(['gossip', 'sync'])

/** Ways in whose sender is told that the event is kept. */
const ACKNOWLEDGED: ReadonlySet<Source['via']> = new Set(['client', 'import', 'offer', 'guest', 'deliver'])
/** Ways in by which an author asks this relay to forget them; another node of the owner was asked in their place. */
const VANISHING: ReadonlySet<Source['via']> = new Set(['client', 'guest', 'own-node'])

function deleted(event: NostrEvent): Rejection {
  if (boundNode(event) === undefined) return reject('deleted', 'The author has deleted this event.')
  return reject('deleted', 'The owner has withdrawn this binding. Sign a new one, dated after the withdrawal.')
}
