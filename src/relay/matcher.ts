/** Who wants a new event: subscriptions under the values that they ask for, so that those of others cost nothing. */
import type { NostrEvent } from '../event/event.ts'
import { type Filter, matchesButTags } from '../event/filter.ts'

export interface Matcher<S> {
  /** A subscription that is there already gets these filters in place of its old ones. */
  add(subscription: S, filters: readonly Filter[]): void
  remove(subscription: S): void
  /** The subscriptions that want the event, each once. What is added or removed meanwhile does not change the list. */
  match(event: NostrEvent): readonly S[]
  readonly size: number
}

export function createMatcher<S>(): Matcher<S> {
  return new IndexedMatcher<S>()
}

interface Entry<S> {
  readonly subscription: S
  readonly places: readonly Place<S>[]
  /** Number of the last event that the subscription was found for. */
  found: number
}

type TagLists = Iterable<readonly [name: string, wanted: readonly string[]]>

/** One filter under the values of one of its lists. */
interface Place<S> {
  readonly entry: Entry<S>
  readonly shelf: Shelf<S, string> | Shelf<S, number>
  readonly values: readonly (string | number)[]
  /** What the filter demands beside that list: tags, and the other fields. */
  readonly tags: TagLists
  readonly rest: Filter
}

/** Most values are asked for by one filter, which then stands there without a set around it. */
type Bucket<S> = Place<S> | Set<Place<S>>

/** A subscription that stands in no index yet. */
interface Fresh<S> {
  readonly subscription: S
  readonly filters: readonly Filter[]
}

/**
 * Most subscriptions are closed as soon as their stored events are out. So the newest few are compared one by one, and
 * only what stays comes into the index: tables that gain and lose entries all the time are much work, and old ones of
 * them, of which V8 does not know yet that nobody needs them, keep alive what once stood in them.
 */
const MAX_FRESH = 16
/** Whoever lists more stands in the index from the beginning. */
const MAX_FRESH_VALUES = 64

class IndexedMatcher<S> implements Matcher<S> {
  /** The oldest first. */
  readonly #fresh: Fresh<S>[] = []
  readonly #entries = new Map<S, Entry<S>>()
  readonly #ids = new Shelf<S, string>()
  readonly #authors = new Shelf<S, string>()
  readonly #kinds = new Shelf<S, number>()
  /** Letter → values. */
  readonly #tags = new Map<string, Shelf<S, string>>()
  /** Filters without any list, all under one value. */
  readonly #rest = new Shelf<S, number>()
  #events = 0

  get size(): number {
    return this.#entries.size + this.#fresh.length
  }

  add(subscription: S, filters: readonly Filter[]): void {
    this.remove(subscription)
    if (valuesOf(filters) > MAX_FRESH_VALUES) {
      this.#index(subscription, filters)
      return
    }
    this.#fresh.push({ subscription, filters })
    if (this.#fresh.length <= MAX_FRESH) return
    const oldest = this.#fresh.shift()!
    this.#index(oldest.subscription, oldest.filters)
  }

  #index(subscription: S, filters: readonly Filter[]): void {
    const places: Place<S>[] = []
    const entry: Entry<S> = { subscription, places, found: 0 }
    for (const filter of filters) {
      if (wantsNothing(filter)) continue
      const place = this.#choose(entry, filter)
      for (const value of place.values) (place.shelf as Shelf<S, string | number>).put(value, place)
      places.push(place)
    }
    this.#entries.set(subscription, entry)
  }

  remove(subscription: S): void {
    const fresh = this.#fresh.findIndex(each => each.subscription === subscription)
    if (fresh !== -1) {
      this.#fresh.splice(fresh, 1)
      return
    }
    const entry = this.#entries.get(subscription)
    if (entry === undefined) return
    this.#entries.delete(subscription)
    for (const place of entry.places) {
      for (const value of place.values) (place.shelf as Shelf<S, string | number>).take(value, place)
    }
  }

  match(event: NostrEvent): readonly S[] {
    this.#events += 1
    const found: S[] = []
    const tags = new TagValues(event)
    const compare = (place: Place<S>) => {
      const { entry } = place
      if (entry.found === this.#events || !fits(place.rest, place.tags, event, tags)) return
      entry.found = this.#events
      found.push(entry.subscription)
    }
    this.#rest.each(EVERYTHING[0], compare)
    this.#kinds.each(event.kind, compare)
    this.#authors.each(event.pubkey, compare)
    this.#ids.each(event.id, compare)
    for (const [letter, shelf] of this.#tags) {
      for (const value of tags.of(letter)) shelf.each(value, compare)
    }
    for (const { subscription, filters } of this.#fresh) {
      if (filters.some(filter => fits(filter, filter.tags ?? NO_LISTS, event, tags))) found.push(subscription)
    }
    return found
  }

  /**
   * An id is that of one event; else of authors and tags the list that costs least: its own length in memory, and what
   * stands with it under a value for each event. Half of all events are of one kind.
   */
  #choose(entry: Entry<S>, filter: Filter): Place<S> {
    const { tags, ...rest } = filter
    const tagLists = tags === undefined ? [] : [...tags]
    if (rest.ids) return { entry, shelf: this.#ids, values: rest.ids, tags: tagLists, rest: without(rest, 'ids') }
    let best: Place<S> | undefined
    let leastCost = Number.POSITIVE_INFINITY
    const consider = (shelf: Shelf<S, string>, values: readonly string[], others: TagLists, rest: Filter) => {
      const cost = values.length + shelf.fullest(values)
      if (cost >= leastCost) return
      leastCost = cost
      best = { entry, shelf, values, tags: others, rest }
    }
    for (const list of tagLists) {
      consider(
        this.#tagShelf(list[0]),
        list[1],
        tagLists.filter(other => other !== list),
        rest,
      )
    }
    if (rest.authors) consider(this.#authors, rest.authors, tagLists, without(rest, 'authors'))
    if (best !== undefined) return best
    if (rest.kinds) {
      return { entry, shelf: this.#kinds, values: rest.kinds, tags: NO_LISTS, rest: without(rest, 'kinds') }
    }
    return { entry, shelf: this.#rest, values: EVERYTHING, tags: NO_LISTS, rest }
  }

  #tagShelf(letter: string): Shelf<S, string> {
    const shelf = this.#tags.get(letter) ?? new Shelf<S, string>()
    this.#tags.set(letter, shelf)
    return shelf
  }
}

/** Value → who asks for it. */
class Shelf<S, V> {
  readonly #buckets = new Map<V, Bucket<S>>()

  put(value: V, place: Place<S>): void {
    const bucket = this.#buckets.get(value)
    if (bucket === undefined) this.#buckets.set(value, place)
    else if (bucket instanceof Set) bucket.add(place)
    else this.#buckets.set(value, new Set([bucket, place]))
  }

  take(value: V, place: Place<S>): void {
    const bucket = this.#buckets.get(value)
    if (bucket instanceof Set) bucket.delete(place)
    if (bucket === place || (bucket instanceof Set && bucket.size === 0)) this.#buckets.delete(value)
  }

  each(value: V, visit: (place: Place<S>) => void): void {
    const bucket = this.#buckets.get(value)
    if (bucket === undefined) return
    if (bucket instanceof Set) for (const place of bucket) visit(place)
    else visit(bucket)
  }

  /** How many filters stand under that of the values which has most. */
  fullest(values: readonly V[]): number {
    let most = 0
    for (const value of values) {
      const bucket = this.#buckets.get(value)
      if (bucket !== undefined) most = Math.max(most, bucket instanceof Set ? bucket.size : 1)
    }
    return most
  }
}

const NO_LISTS: TagLists = []
const NO_VALUES: ReadonlySet<string> = new Set()
/** The one value under which filters without any list stand. */
const EVERYTHING: readonly [number] = [0]

/** The values of an event's tags by name, made once it is asked for them. */
class TagValues {
  readonly #event: NostrEvent
  #byName: Map<string, Set<string>> | undefined

  constructor(event: NostrEvent) {
    this.#event = event
  }

  of(name: string): ReadonlySet<string> {
    this.#byName ??= this.#collect()
    return this.#byName.get(name) ?? NO_VALUES
  }

  #collect(): Map<string, Set<string>> {
    const byName = new Map<string, Set<string>>()
    for (const [name, value] of this.#event.tags) {
      if (name?.length !== 1 || value === undefined) continue
      const values = byName.get(name)
      if (values === undefined) byName.set(name, new Set([value]))
      else values.add(value)
    }
    return byName
  }
}

/** `matches`, in steps of the lists' lengths: 2,000 tags against 5,000 wanted values are not ten million. */
function fits(filter: Filter, tagLists: TagLists, event: NostrEvent, tags: TagValues): boolean {
  if (!matchesButTags(filter, event)) return false
  for (const [name, wanted] of tagLists) {
    const values = tags.of(name)
    if (values.size === 0 || !wanted.some(value => values.has(value))) return false
  }
  return true
}

function without(filter: Filter, list: 'ids' | 'authors' | 'kinds'): Filter {
  const { [list]: _, ...rest } = filter
  return rest
}

/** A filter costs something itself, beside the values that it lists. */
export function valuesOf(filters: readonly Filter[]): number {
  let values = 0
  for (const { ids, authors, kinds, tags } of filters) {
    values += 1 + (ids?.length ?? 0) + (authors?.length ?? 0) + (kinds?.length ?? 0)
    for (const list of tags?.values() ?? []) values += list.length
  }
  return values
}

function wantsNothing({ ids, authors, kinds, since, until, tags }: Filter): boolean {
  if (since !== undefined && until !== undefined && since > until) return true
  if ([ids, authors, kinds].some(list => list?.length === 0)) return true
  return tags !== undefined && [...tags.values()].some(list => list.length === 0)
}
