/** What two nodes compare: the scope of a synchronisation as a filter, its bounds, and its parts. */
import type { NostrEvent } from '../event/event.ts'
import { type Filter, matches } from '../event/filter.ts'
import { MAX_SYNC_AUTHORS } from '../wire/limits.ts'
import type { SyncScope } from '../wire/sync.ts'

/** What is older than this goes by the authors whom somebody follows, and not by windows. */
export const SYNC_SECONDS = 3 * 365 * 24 * 3600
/** Two clocks may differ, and events may be dated ahead. */
export const SYNC_SLACK_SECONDS = 24 * 3600

export function filterOf(scope: SyncScope): Filter {
  if ('authors' in scope) return { authors: scope.authors, since: scope.since ?? 0 }
  return { since: scope.since, until: scope.until }
}

export function isInScope(scope: SyncScope, event: NostrEvent): boolean {
  return matches(filterOf(scope), event)
}

/** Whether another node may ask for this window; of authors all is asked for. */
export function isWithinBounds(scope: SyncScope, nowSeconds: number): boolean {
  if ('authors' in scope) return true
  return scope.since >= nowSeconds - SYNC_SECONDS - SYNC_SLACK_SECONDS && scope.until <= nowSeconds + SYNC_SLACK_SECONDS
}

/** What may be asked for of a scope, in parts of one stream each; none if nothing is left of it. */
export function partsOf(scope: SyncScope, nowSeconds: number): SyncScope[] {
  if (!('authors' in scope)) {
    const since = Math.max(scope.since, nowSeconds - SYNC_SECONDS)
    const until = Math.min(scope.until, nowSeconds + SYNC_SLACK_SECONDS / 2)
    return since <= until ? [{ since, until }] : []
  }
  const authors = [...new Set(scope.authors)]
  const since = scope.since ?? 0
  const parts: SyncScope[] = []
  for (let at = 0; at < authors.length; at += MAX_SYNC_AUTHORS)
    parts.push({ authors: authors.slice(at, at + MAX_SYNC_AUTHORS), since })
  return parts
}

/** Two parts of a scope that holds too much; undefined if it has none. The newer part of a window comes first. */
export function halvesOf(scope: SyncScope): [SyncScope, SyncScope] | undefined {
  if ('authors' in scope) {
    const { authors, since = 0 } = scope
    const half = authors.length >> 1
    if (half === 0) return undefined
    return [
      { authors: authors.slice(0, half), since },
      { authors: authors.slice(half), since },
    ]
  }
  const { since, until } = scope
  if (since === until) return undefined
  const middle = Math.floor((since + until) / 2)
  return [
    { since: middle + 1, until },
    { since, until: middle },
  ]
}

/** The same from a later second on; undefined if nothing is left of it. */
export function openedAt<Scope extends SyncScope>(scope: Scope, since: number): Scope | undefined {
  const later = { ...scope, since: Math.max(scope.since ?? 0, since) }
  return 'until' in later && later.since > later.until ? undefined : later
}
