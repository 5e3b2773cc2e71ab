/** What a question at the relay shows to be missing here is looked for in the overlay; what is found comes live. */
import type { Filter } from '../event/filter.ts'
import { KIND } from '../event/kinds.ts'
import type { Clock } from '../observe/clock.ts'
import { type EventStore, POSITIONS_PER_MS } from '../store/store.ts'
import type { LookUp } from './look-up.ts'

/**
 * @param given how many events the filters found here
 * @returns undefined when nothing is missing; else what resolves when all that was asked has been answered
 */
export type AskForMissing = (filters: readonly Filter[], given: number) => Promise<unknown> | undefined

export interface MissingParts {
  readonly events: Pick<EventStore, 'has' | 'newest' | 'query'>
  readonly owner: () => string | undefined
  readonly lookUp: LookUp
  readonly clock: Clock
}

/** What people are known by, of which each has one. */
const ONE_EACH: readonly number[] = [KIND.profile, KIND.follows, KIND.relayList]
/** Ids in one question to a node; and authors of one REQ that are asked about. */
const MAX_IDS = 100
const MAX_AUTHORS = 32
/** Posts of somebody of whom none is here. */
const FIRST_POSTS = 50
/** How long a question is not repeated to other nodes. */
const MISSING_REST_MS = 10_000
const REFRESH_REST_MS = 3_600_000
/** A profile or list that arrived longer ago than this is refreshed in the background. */
const STALE_MS = 24 * 3_600_000

export function createAskForMissing({ events, owner, lookUp, clock }: MissingParts): AskForMissing {
  function askForIds({ ids = [], authors, kinds }: Filter): Promise<void>[] {
    const missing = ids.filter(id => !events.has(id)).slice(0, MAX_IDS)
    if (missing.length === 0) return []
    return [lookUp(authors?.[0], { ids: missing, ...(kinds && { kinds }) }, MISSING_REST_MS)]
  }

  function askForAuthor(author: string, kinds: readonly number[]): Promise<void>[] {
    const asked: Promise<void>[] = []
    const wanted = kinds.filter(kind => ONE_EACH.includes(kind))
    const missing = wanted.filter(kind => events.newest(author, kind) === undefined)
    if (missing.length > 0) asked.push(lookUp(author, { authors: [author], kinds: missing }, MISSING_REST_MS))
    const stale = wanted.filter(kind => isStale(author, kind))
    // What is here is shown at once; nobody waits for a newer one.
    if (stale.length > 0) void lookUp(author, { authors: [author], kinds: stale }, REFRESH_REST_MS)
    if (kinds.includes(KIND.post)) asked.push(askForPosts(author))
    return asked
  }

  function isStale(author: string, kind: number): boolean {
    const held = events.newest(author, kind)
    return held !== undefined && clock.nowMs() - held.position / POSITIONS_PER_MS > STALE_MS
  }

  async function askForPosts(author: string): Promise<void> {
    const posts = { authors: [author], kinds: [KIND.post] }
    const [one] = await events.query(posts, 1)
    if (one === undefined) await lookUp(author, { ...posts, limit: FIRST_POSTS }, MISSING_REST_MS)
  }

  return (filters, given) => {
    const [only, ...others] = filters
    if (only !== undefined && others.length === 0 && isAnswered(only, given)) return undefined
    const asked: Promise<void>[] = []
    let authorsLeft = MAX_AUTHORS
    for (const filter of filters) {
      const { ids, authors = [], kinds = [], tags } = filter
      if (ids !== undefined) asked.push(...askForIds(filter))
      if (ids !== undefined || tags !== undefined || kinds.length === 0) continue
      const others = authors.filter(author => author !== owner()).slice(0, authorsLeft)
      authorsLeft -= others.length
      for (const author of others) asked.push(...askForAuthor(author, kinds))
    }
    return asked.length === 0 ? undefined : Promise.allSettled(asked)
  }
}

/** What the answer alone shows: every id is there, or some posts of that person. */
function isAnswered({ ids, authors = [], kinds = [] }: Filter, given: number): boolean {
  if (ids !== undefined) return given >= new Set(ids).size
  return authors.length === 1 && kinds.length === 1 && kinds[0] === KIND.post && given > 0
}
