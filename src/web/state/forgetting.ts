/** What the page lets go of when it knows too much: what was not shown for the longest time. Pure. */
import { type NostrEvent, tagValues } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import { newestFirst } from '../../event/order.ts'

export interface Wanted {
  /** Whose page it is: of their own nothing goes. */
  readonly owner: string | undefined
  /** It is on the screen. */
  isHeld(id: string): boolean
}

/** A list begins with the newest posts, and what concerns the owner is counted: of both the newest stay. */
const MIN_POSTS = 500
const MIN_CONCERNING = 2_000

/**
 * So many that may go, or one more; fewer where the rest is wanted.
 * @param events what was shown or came last is last
 * @param posts newest first
 */
export function leastWanted(
  events: Iterable<NostrEvent>,
  posts: readonly NostrEvent[],
  excess: number,
  { owner, isHeld }: Wanted,
): ReadonlySet<NostrEvent> {
  const all = [...events]
  const kept = new Set([...posts.slice(0, MIN_POSTS), ...concerning(all, owner)])
  const mayGo = (event: NostrEvent) => event.pubkey !== owner && !kept.has(event) && !isHeld(event.id)
  /** Author → how much of theirs is here beside what they say of themselves, and that. */
  const left = new Map<string, number>()
  const profiles = new Map<string, NostrEvent>()
  for (const event of all) {
    if (event.kind === KIND.profile) profiles.set(event.pubkey, event)
    else left.set(event.pubkey, (left.get(event.pubkey) ?? 0) + 1)
  }
  const gone = new Set<NostrEvent>()
  for (const event of all) {
    if (gone.size >= excess) break
    const others = left.get(event.pubkey) ?? 0
    if (!mayGo(event) || (event.kind === KIND.profile && others > 0)) continue
    gone.add(event)
    left.set(event.pubkey, others - 1)
    const profile = profiles.get(event.pubkey)
    // It goes with the last of what they said.
    if (others === 1 && profile !== undefined && mayGo(profile)) gone.add(profile)
  }
  return gone
}

function concerning(events: readonly NostrEvent[], owner: string | undefined): readonly NostrEvent[] {
  if (owner === undefined) return []
  return events
    .filter(event => tagValues(event, 'p').includes(owner))
    .sort(newestFirst)
    .slice(0, MIN_CONCERNING)
}
