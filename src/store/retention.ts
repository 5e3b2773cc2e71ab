/** Keeps the store within its bounds: who goes first when it is full (specification/storage.md, "Eviction"). */
import type { NostrEvent, Tag, VerifiedEvent } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import { MAX_FUTURE_SECONDS, MAX_KIND } from '../event/limits.ts'
import type { Database } from './database.ts'
import { isPending } from './deliveries.ts'
import type { Draft } from './draft.ts'
import { type Growth, removeEvent } from './insert.ts'
import { authorKindsRange, positionRange, readPosition, TABLE } from './keys.ts'
import { isGuests, type Mark } from './mark.ts'
import type { Slices } from './pace.ts'
import { decodeRecord, markOf } from './record.ts'
import type { State } from './state.ts'
import type { GuestBounds, Position, StoreOptions } from './store.ts'
import type { Commit } from './writer.ts'

/**
 * A letter names the owner in a `p` tag: a reply, a mention, a like, a gift wrap. Nobody else has it, whereas a
 * followed author's post can be fetched again; so letters go last.
 */
export type Rank = 'guest' | 'stranger' | 'followed' | 'strangers-letter' | 'letter' | 'own'

/**
 * Who makes room for whom, first to last. What strangers send, letters included, never pushes out what the owner
 * chose to follow; a flood of letters costs strangers' events only.
 */
const GIVES_WAY: Readonly<Record<Rank, readonly Exclude<Rank, 'own'>[]>> = {
  guest: ['guest'],
  stranger: ['guest', 'stranger'],
  'strangers-letter': ['guest', 'stranger', 'strangers-letter'],
  followed: ['guest', 'stranger', 'followed', 'strangers-letter', 'letter'],
  letter: ['guest', 'stranger', 'followed', 'strangers-letter', 'letter'],
  own: ['guest', 'stranger', 'followed', 'strangers-letter', 'letter'],
}

/** Evicted at once, as a share of the bounds, so that the cost is spread. */
const SHARE = 0.01
/** Records read in one step, and evicted in one batch. */
const STEP = 64
const STEP_BYTES = 1024 * 1024
/** A store that is no fuller than this has room for what went before: its bounds were raised, or much was deleted. */
const ROOMY = 0.5
/** When a rank that had nobody to give is searched from the start again: people are unfollowed, deliveries settle. */
const SEARCH_AGAIN_MS = 10 * 60_000

type Usage = Readonly<Pick<State, 'events' | 'bytes' | 'guestEvents' | 'guestBytes'>>

const NO_GUESTS: GuestBounds = { maxEvents: 0, maxBytes: 0, maxPerAuthor: 0 }

export interface Retention {
  rankOf(event: NostrEvent, mark: Mark | undefined): Rank
  hasRoom(state: Usage, growth: Growth, isGuests: boolean): boolean
  /** Whether a guest who has so many events may have one more. */
  isWithinQuota(events: number): boolean
  /** Whether an eviction for the sake of an event of this rank may find anybody. */
  mayHelp(rank: Rank): boolean
  /** Evicts until there is room for one event of this size and some more, or nobody is left who gives way to it. */
  makeRoom(rank: Rank, bytes: number, commit: Commit): Promise<void>
  /** An event of this rank came in: there is somebody to evict again. */
  noteStored(rank: Rank): void
  /** See `EventStore`. */
  evictedUntil(state: Readonly<State>, whose: 'all' | 'followed'): number
  /** Whether an event of this rank may be one that was evicted. */
  mayBeEvicted(state: Readonly<State>, event: NostrEvent, rank: Rank): boolean
}

export function createRetention(db: Database, options: StoreOptions, slices: Slices): Retention {
  const { worth, nowMs } = options
  /** Bounds may be changed while the store is open. */
  const guestBounds = (): GuestBounds => options.guests ?? NO_GUESTS
  /** Where the search for each rank goes on: who stands before it was spared or is of another rank. */
  const searched = new Map<Rank, Position>()
  const exhausted = new Set<Rank>()
  const searchedAllMs = new Map<Rank, number>()

  function rankOf(event: NostrEvent, mark: Mark | undefined): Rank {
    if (isGuests(mark)) return 'guest'
    const owner = worth.owner()
    if (event.pubkey === owner) return 'own'
    const followed = worth.isFollowed(event.pubkey)
    // Follow lists name everybody; they are no letters.
    const names = (tag: Tag): boolean => tag[0] === 'p' && tag[1] === owner
    const isLetter = owner !== undefined && event.kind !== KIND.follows && event.tags.some(names)
    if (isLetter) return followed ? 'letter' : 'strangers-letter'
    return followed ? 'followed' : 'stranger'
  }

  function hasRoom(state: Usage, { events, bytes }: Growth, isGuest: boolean): boolean {
    const guests = guestBounds()
    if (isGuest && (state.guestEvents + events > guests.maxEvents || state.guestBytes + bytes > guests.maxBytes)) {
      return false
    }
    return state.events + events <= options.maxEvents && state.bytes + bytes <= options.maxBytes
  }

  /** Profiles and follow lists that are held are the newest ones; they stay while anything else of the author does. */
  async function isSpared(event: VerifiedEvent, position: Position, draft: Draft): Promise<boolean> {
    if (isPending(draft, position)) return true
    if (event.kind !== KIND.profile && event.kind !== KIND.follows) return false
    const between = authorKindsRange(event.pubkey, KIND.profile + 1, KIND.follows - 1)
    const above = authorKindsRange(event.pubkey, KIND.follows + 1, MAX_KIND)
    for (const range of [between, above]) {
      if ((await db.keys({ ...range, limit: 1 }).all()).length > 0) return true
    }
    return false
  }

  /** One step through the records, oldest first. */
  async function evictStep(
    victim: Rank,
    draft: Draft,
    enough: () => boolean,
  ): Promise<{ count: number; end: boolean }> {
    if (victim === 'guest' && draft.state.guestEvents === 0) return { count: 0, end: true }
    const range = positionRange(TABLE.event, searched.get(victim) ?? 0)
    const records = await db.iterator({ ...range, limit: STEP, highWaterMarkBytes: STEP_BYTES }).all()
    let count = 0
    for (const [key, record] of records) {
      if (enough()) return { count, end: false }
      const position = readPosition(key, 1)
      const mark = markOf(record)
      if ((victim === 'guest') === isGuests(mark)) {
        const event = decodeRecord(record)
        if (rankOf(event, mark) === victim && !(await isSpared(event, position, draft))) {
          removeEvent(draft, { event, position, mark })
          noteEvicted(draft.state, event, mark, victim)
          count++
        }
      }
      searched.set(victim, position)
      if (slices.isOver()) await slices.rest()
    }
    return { count, end: records.length < STEP }
  }

  /** A floor beyond what the door lets in was set by a clock that went wrong. */
  function plausible(floor: number): number {
    return floor <= nowMs() / 1000 + MAX_FUTURE_SECONDS ? floor : 0
  }

  /** Of what everybody has; private letters and guests' events are in nobody's window. */
  function noteEvicted(state: State, { created_at }: NostrEvent, mark: Mark | undefined, rank: Rank): void {
    if (mark === 'private' || isGuests(mark)) return
    state.evictedUntil = Math.max(plausible(state.evictedUntil), created_at)
    if (!isOfFollowed(rank)) return
    state.evictedFollowedUntil = Math.max(plausible(state.evictedFollowedUntil), created_at)
  }

  function isSearchDue(victim: Rank): boolean {
    const lastMs = searchedAllMs.get(victim)
    return lastMs === undefined || Math.abs(nowMs() - lastMs) >= SEARCH_AGAIN_MS
  }

  /** Evicts victims of one rank until it is enough or all were searched. */
  async function evict(victim: Rank, enough: (state: Usage) => boolean, commit: Commit): Promise<boolean> {
    for (;;) {
      let done = false
      let end = false
      let count = 0
      await commit(async draft => {
        const step = await evictStep(victim, draft, () => enough(draft.state))
        count = step.count
        end = step.end
        done = enough(draft.state)
      })
      if (count > 0) options.onEvicted?.(count)
      if (done) return true
      if (!end) continue
      if (!isSearchDue(victim)) {
        exhausted.add(victim)
        return false
      }
      searchedAllMs.set(victim, nowMs())
      searched.delete(victim)
    }
  }

  function evictedUntil(state: Readonly<State>, whose: 'all' | 'followed'): number {
    if (state.events <= options.maxEvents * ROOMY && state.bytes <= options.maxBytes * ROOMY) return 0
    return plausible(whose === 'all' ? state.evictedUntil : state.evictedFollowedUntil)
  }

  return {
    rankOf,
    hasRoom,
    isWithinQuota: events => events < guestBounds().maxPerAuthor,
    mayHelp: rank => GIVES_WAY[rank].some(victim => !exhausted.has(victim) || isSearchDue(victim)),
    async makeRoom(rank, bytes, commit) {
      const isGuest = rank === 'guest'
      const share = (max: number, least: number): number => Math.max(least, Math.floor(max * SHARE))
      // A guest's event must not cost the guests a share of all.
      const bounds = isGuest ? guestBounds() : options
      const room = { events: share(bounds.maxEvents, 1), bytes: share(bounds.maxBytes, bytes) }
      const enough = (state: Usage): boolean => hasRoom(state, room, isGuest)
      for (const victim of GIVES_WAY[rank]) {
        if (await evict(victim, enough, commit)) return
      }
    },
    noteStored: rank => {
      exhausted.delete(rank)
    },
    evictedUntil,
    mayBeEvicted: (state, { created_at }, rank) =>
      rank !== 'own' && created_at <= evictedUntil(state, isOfFollowed(rank) ? 'followed' : 'all'),
  }
}

function isOfFollowed(rank: Rank): boolean {
  return rank === 'followed' || rank === 'letter'
}
