/** A filter made ready to be compared with many records: as `matches` of event/filter.ts, in constant time an entry. */
import type { Filter } from '../event/filter.ts'
import { hasAllWords, parseSearch } from '../event/search.ts'
import type { Found } from './found.ts'
import type { View } from './mark.ts'
import { tagFinder } from './record.ts'

export type Accepts = (found: Found) => boolean

/** Whether an event matches, has not expired, and is seen in this view. */
export function acceptsOf(filter: Filter, nowSeconds: number, view: View | undefined): Accepts {
  const { since = 0, until = Number.POSITIVE_INFINITY } = filter
  const ids = filter.ids && new Set(filter.ids)
  const authors = filter.authors && new Set(filter.authors)
  const kinds = filter.kinds && new Set(filter.kinds)
  const search = filter.search === undefined ? undefined : parseSearch(filter.search)
  const tags = [...(filter.tags ?? [])].map(([name, values]) => tagFinder(name, values))
  return found =>
    found.createdAt >= since &&
    found.createdAt <= until &&
    (kinds === undefined || kinds.has(found.kind)) &&
    (authors === undefined || authors.has(found.pubkey)) &&
    (ids === undefined || ids.has(found.id)) &&
    tags.every(find => found.has(find)) &&
    (search === undefined || hasAllWords(search, found.event)) &&
    !found.isExpired(nowSeconds) &&
    (view === undefined || isSeen(view, found))
}

function isSeen(view: View, found: Found): boolean {
  return view.glance?.(found.kind, found.mark, found.isProtected) ?? view(found.event, found.mark)
}

/** A list without entries matches nothing (NIP-01). */
export function isEmpty({ ids, authors, kinds, tags, since = 0, until = Number.POSITIVE_INFINITY }: Filter): boolean {
  const lists = [ids, authors, kinds, ...(tags?.values() ?? [])]
  return lists.some(list => list?.length === 0) || since > until
}
