/** Filters of NIP-01: unknown → Filter, and the plain matcher that every index is compared with. */
import type { NostrEvent } from './event.ts'
import { isHex32 } from './hex.ts'
import { MAX_CREATED_AT, MAX_KIND, MAX_TAG_ELEMENT_BYTES } from './limits.ts'
import { isRejection, type Rejection, reject } from './rejection.ts'
import { MAX_SEARCH_CHARS, parseSearch, type Search, wordsOf } from './search.ts'

export interface Filter {
  readonly ids?: readonly string[]
  readonly authors?: readonly string[]
  readonly kinds?: readonly number[]
  /** Inclusive, seconds. */
  readonly since?: number
  /** Inclusive, seconds. */
  readonly until?: number
  readonly limit?: number
  /** Single letter → wanted values. */
  readonly tags?: ReadonlyMap<string, readonly string[]>
  /** Words (NIP-50); see event/search.ts. */
  readonly search?: string
}

/** Entries of all lists of one filter together; more is a download, not a question. */
export const MAX_FILTER_ENTRIES = 5_000

const KNOWN = new Set(['ids', 'authors', 'kinds', 'since', 'until', 'limit', 'search'])

/**
 * A filter from JSON (NIP-01). Fields that are no filter fields are passed over; -1 for `since`, `until` and `limit`
 * means "not given", as the original's phone client writes it.
 */
export function parseFilter(input: unknown): Filter | Rejection {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return malformed('A filter is a JSON object.')
  const fields = input as Record<string, unknown>
  const ids = list(fields.ids, isHex32, 'ids must be an array of 64 lower-case hex digits each.')
  if (isRejection(ids)) return ids
  const authors = list(fields.authors, isHex32, 'authors must be an array of 64 lower-case hex digits each.')
  if (isRejection(authors)) return authors
  const kinds = list(fields.kinds, isKind, `kinds must be an array of whole numbers from 0 to ${MAX_KIND}.`)
  if (isRejection(kinds)) return kinds
  const since = bound(fields.since, 'since')
  if (isRejection(since)) return since
  const until = bound(fields.until, 'until')
  if (isRejection(until)) return until
  const limit = bound(fields.limit, 'limit')
  if (isRejection(limit)) return limit
  const search = searchOf(fields.search)
  if (isRejection(search)) return search
  const tags = tagLists(fields)
  if (isRejection(tags)) return tags
  let entries = (ids?.length ?? 0) + (authors?.length ?? 0) + (kinds?.length ?? 0)
  for (const values of tags.values()) entries += values.length
  if (entries > MAX_FILTER_ENTRIES) {
    return reject('too-large', `A filter may list ${MAX_FILTER_ENTRIES} values; this one lists ${entries}.`)
  }
  return {
    ...(ids && { ids }),
    ...(authors && { authors }),
    ...(kinds && { kinds }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(limit !== undefined && { limit }),
    ...(tags.size > 0 && { tags }),
    ...(search !== undefined && { search }),
  }
}

/** The plain matcher. `limit` is not its business. */
export function matches(filter: Filter, event: NostrEvent): boolean {
  if (!matchesButTags(filter, event)) return false
  for (const [name, wanted] of filter.tags ?? []) {
    if (!event.tags.some(tag => tag[0] === name && tag[1] !== undefined && wanted.includes(tag[1]))) return false
  }
  return true
}

/** What the filter asks for beside tags. */
export function matchesButTags(filter: Filter, event: NostrEvent): boolean {
  if (filter.ids && !filter.ids.includes(event.id)) return false
  if (filter.authors && !filter.authors.includes(event.pubkey)) return false
  if (filter.kinds && !filter.kinds.includes(event.kind)) return false
  if (filter.since !== undefined && event.created_at < filter.since) return false
  if (filter.until !== undefined && event.created_at > filter.until) return false
  return filter.search === undefined || matchesSearch(filter, filter.search, event)
}

/** Filters of subscriptions are compared with every event, so what a search asks for is worked out once, */
const searches = new WeakMap<Filter, Search | 'all'>()
/** and what the words of an event are once for all of them. */
const wordsOfEvents = new WeakMap<NostrEvent, ReadonlySet<string>>()

function matchesSearch(filter: Filter, text: string, event: NostrEvent): boolean {
  let search = searches.get(filter)
  if (search === undefined) {
    search = parseSearch(text) ?? 'all'
    searches.set(filter, search)
  }
  if (search === 'all') return true
  let words = wordsOfEvents.get(event)
  if (words === undefined) {
    words = wordsOf(event)
    wordsOfEvents.set(event, words)
  }
  return search.words.length > 0 && search.words.every(word => words.has(word))
}

function searchOf(value: unknown): string | Rejection | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') return malformed('search must be a string.')
  if (value.length <= MAX_SEARCH_CHARS) return value
  return reject('too-large', `A search may have ${MAX_SEARCH_CHARS} characters.`)
}

function tagLists(fields: Record<string, unknown>): Map<string, readonly string[]> | Rejection {
  const tags = new Map<string, readonly string[]>()
  for (const [name, value] of Object.entries(fields)) {
    if (KNOWN.has(name) || !/^#[a-zA-Z]$/.test(name)) continue
    const values = list(value, isTagValue, `${name} must be an array of strings.`)
    if (isRejection(values)) return values
    if (values) tags.set(name.slice(1), values)
  }
  return tags
}

function list<T>(
  value: unknown,
  isElement: (element: unknown) => element is T,
  reason: string,
): readonly T[] | Rejection | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) return malformed(reason)
  if (value.length > MAX_FILTER_ENTRIES) return reject('too-large', `A filter may list ${MAX_FILTER_ENTRIES} values.`)
  return value.every(isElement) ? [...new Set(value)] : malformed(reason)
}

function bound(value: unknown, name: string): number | Rejection | undefined {
  if (value === undefined || value === null || value === -1) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return Math.min(value, MAX_CREATED_AT)
  return malformed(`${name} must be a whole number, 0 or more.`)
}

function isKind(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_KIND
}

function isTagValue(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TAG_ELEMENT_BYTES
}

function malformed(reason: string): Rejection {
  return reject('malformed', reason)
}
