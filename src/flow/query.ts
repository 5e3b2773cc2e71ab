/** A client's question → a page from the store; what is missing or stale is asked for in the background. */
import type { VerifiedEvent } from '../event/event.ts'
import { type Filter, parseFilter } from '../event/filter.ts'
import { isHex32 } from '../event/hex.ts'
import { KIND } from '../event/kinds.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import { isGuests, type View } from '../store/mark.ts'
import { type EventStore, POSITIONS_PER_MS, type Position, type StoredEvent } from '../store/store.ts'
import { DEFAULT_PULL_EVENTS, MAX_PULL_BYTES, MAX_PULL_EVENTS } from '../wire/limits.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { LookUp } from './look-up.ts'

export interface Page {
  readonly events: readonly VerifiedEvent[]
  /** Where the next pull goes on; given with every answer to a pull (kind 40000). */
  readonly cursor?: string
  /** More events are waiting behind the cursor. */
  readonly more: boolean
  /** Which of `events` came late, by their places; given to a client that uses the cursor. */
  readonly late?: readonly number[]
}

/** How much one answer may hold. */
export interface Most {
  readonly events: number
  readonly bytes: number
}

/**
 * @param input the body of `/req`, parsed from JSON and otherwise unchecked
 * @param most less than usual, for a way that carries little
 */
export type Query = (input: unknown, most?: Most) => Promise<Page | Rejection>

export interface QueryParts {
  readonly events: EventStore
  readonly lookUp: LookUp
  readonly clock: Clock
}

const USUAL: Most = { events: MAX_PULL_EVENTS, bytes: MAX_PULL_BYTES }
/** The original's name for "all that the owner may see": a pull. */
const PULL_KIND = 40_000
/** Between the client's clock reading and the node's answer lie rounding to seconds and the way there and back. */
const SLACK_SECONDS = 5
/**
 * An event that came this long after its own date is no news: it fills a gap. Gossip takes seconds, and clocks of people
 * are off by less than two minutes when they are set at all.
 */
export const LATE_SECONDS = 120
/** How long a question is not repeated to other nodes. */
const MISSING_REST_MS = 10_000
const REFRESH_REST_MS = 3_600_000
/** A profile or follow list that arrived longer ago than this is refreshed in the background. */
const STALE_MS = 24 * 3_600_000

export function createQuery({ events, lookUp, clock }: QueryParts): Query {
  async function pull(filter: Filter, cursor: unknown, most: Most): Promise<Page | Rejection> {
    if (cursor !== undefined && cursor !== null) return pullAfter(cursor, filter.limit ?? most.events, most)
    const usesCursor = cursor === null
    const since = correctedSince(filter, nowSeconds(clock))
    const limit = Math.min(filter.limit ?? (since === undefined ? DEFAULT_PULL_EVENTS : most.events), most.events)
    const after = since === undefined ? 0 : Math.max(0, since * 1000 * POSITIONS_PER_MS - 1)
    const found = await events.latest(limit, after, most.bytes)
    // With nothing new the cursor stays where the search began; a `since` from the future must not skip what comes.
    const end = found.at(-1)?.position ?? Math.min(after, events.lastPosition())
    return page(found, { end, more: false, usesCursor })
  }

  async function pullAfter(cursor: unknown, limit: number, most: Most): Promise<Page | Rejection> {
    const place = decodeCursor(cursor, events)
    if (place === undefined)
      return reject('malformed', 'The cursor is not one that this node gave. Leave it out to begin anew.')
    const found = await events.after(place.from, Math.min(limit, most.events), most.bytes)
    const end = found.at(-1)?.position ?? place.from
    return page(found, { end, more: found.length > 0 && end < events.lastPosition(), usesCursor: true })
  }

  function page(found: readonly StoredEvent[], { end, more, usesCursor }: PageEnd): Page {
    const late = found.flatMap((one, place) => (isLate(one) ? [place] : []))
    const cursor = encodeCursor(events, end)
    return { events: found.map(({ event }) => event), cursor, more, ...(usesCursor && { late }) }
  }

  async function search(filter: Filter, given: Given, most: Most): Promise<Page | Rejection> {
    const { authors: _, ...byId } = filter
    const { behind } = given
    if (behind !== undefined && (!isHex32(behind) || filter.until === undefined)) return NO_PLACE
    const limit = Math.min(filter.limit ?? DEFAULT_PULL_EVENTS, most.events)
    const view = behind === undefined ? notGuests : viewBehind(behind, filter.until!)
    const all = await events.query(asksForPosts(filter) ? byId : filter, limit, view)
    const found = most.bytes < MAX_PULL_BYTES ? within(all, most.bytes) : all
    askForMissing(filter, found, given)
    return { events: found, more: false }
  }

  /** The three questions that the phone client asks of people's nodes (specification/rest-api.md, R3.4, R3.5). */
  function askForMissing(filter: Filter, found: readonly VerifiedEvent[], given: Given): void {
    const kind = filter.kinds?.length === 1 ? filter.kinds[0] : undefined
    const [author] = filter.authors ?? []
    if (author === undefined) return
    if (asksForPosts(filter) && found.length < filter.ids!.length) {
      for (const [by, ids] of missingByAuthor(found, given)) {
        void lookUp(by, { kinds: [KIND.post], ids: [...ids] }, MISSING_REST_MS)
      }
    }
    if (kind !== KIND.profile && kind !== KIND.follows) return
    for (const pubkey of filter.authors ?? []) {
      const held = events.newest(pubkey, kind)
      const isStale = held !== undefined && clock.nowMs() - held.position / POSITIONS_PER_MS > STALE_MS
      if (held === undefined || isStale) {
        void lookUp(pubkey, { kinds: [kind], authors: [pubkey], limit: 1 }, isStale ? REFRESH_REST_MS : MISSING_REST_MS)
      }
    }
  }

  return async (input, most = USUAL) => {
    const filter = parseFilter(input)
    if (isRejection(filter)) return filter
    const { cursor, ...given } = input as { cursor?: unknown } & Given
    if (filter.kinds?.includes(PULL_KIND)) return pull(filter, cursor, most)
    return search(filter, given, most)
  }
}

/** The first of them, one at least, that have so many bytes together. */
function within(events: readonly VerifiedEvent[], maxBytes: number): readonly VerifiedEvent[] {
  let bytes = 0
  const end = events.findIndex(event => {
    bytes += JSON.stringify(event).length
    return bytes > maxBytes
  })
  return end < 0 ? events : events.slice(0, Math.max(1, end))
}

/** What a filter of NIP-01 does not say; `ids` and `authors` are checked by then. */
interface Given {
  /** The last event of the page before; unchecked. */
  readonly behind?: unknown
  /** In the order in which they came, each as often as it did. */
  readonly ids?: readonly string[]
  readonly authors?: readonly string[]
}

const NO_PLACE = reject(
  'malformed',
  '"behind" is the id of the last event of the page before, and needs its date as "until".',
)

/** Goes on behind an event of the second `until`: of that second come those after it, where the lower id is first. */
function viewBehind(id: string, until: number): View {
  return (event, mark) => notGuests(event, mark) && (event.created_at < until || event.id > id)
}

/** Whom to ask for which posts: the author in the same place, where there are as many as ids, or else the first. */
function missingByAuthor(found: readonly VerifiedEvent[], { ids = [], authors = [] }: Given): Map<string, Set<string>> {
  const held = new Set(found.map(({ id }) => id))
  const wanted = new Map<string, Set<string>>()
  for (const [place, id] of ids.entries()) {
    if (held.has(id)) continue
    const author = authors[ids.length === authors.length ? place : 0]!
    wanted.set(author, (wanted.get(author) ?? new Set()).add(id))
  }
  return wanted
}

interface PageEnd {
  readonly end: Position
  readonly more: boolean
  /** The client knows of the cursor, so it is no client of the original system. */
  readonly usesCursor: boolean
}

function isLate({ event, position }: StoredEvent): boolean {
  return Math.floor(position / POSITIONS_PER_MS / 1000) - event.created_at > LATE_SECONDS
}

/** Guests' events are the relay's affair: no pull brings them, and neither does a question here. */
const notGuests: View = (_, mark) => !isGuests(mark)

/** Whether this is the phone client's question for posts by id, where the author only says whom to ask. */
function asksForPosts({ kinds, ids, authors }: Filter): boolean {
  return kinds?.length === 1 && kinds[0] === KIND.post && ids !== undefined && authors !== undefined
}

/**
 * `since` by the node's clock. The client's `until` is its clock at the time of the request, so the difference to the
 * node's own is how far it is off. Some seconds may be repeated; none is missed.
 */
function correctedSince(filter: Filter, now: number): number | undefined {
  if (filter.since === undefined) return undefined
  if (filter.until === undefined) return filter.since
  return Math.max(0, filter.since + now - filter.until - SLACK_SECONDS)
}
