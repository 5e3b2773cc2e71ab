/**
 * The follow list (kind 3, NIP-02). The newest is read before a change, everything else in it is left alone, and changes
 * are made one after another.
 */
import type { NostrEvent, Tag } from '../../event/event.ts'
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import type { SignerTrouble } from '../key/signer.ts'
import type { EventCalls } from '../node/events.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'
import type { Book } from './book.ts'
import { createInTurn } from './in-turn.ts'
import { createNewestOwn, dateAfter } from './newest-own.ts'
import type { Draft, Publish } from './publish.ts'

export interface Follows {
  /** Whom the owner follows, as far as it is known; undefined until a list has come. Follows `book.version`. */
  of(): ReadonlySet<string> | undefined
  /** @param pubkeys hex; all in one change, so that the owner signs once */
  follow(pubkeys: readonly string[]): Promise<NostrEvent | undefined | Trouble | SignerTrouble>
  unfollow(pubkey: string): Promise<NostrEvent | undefined | Trouble | SignerTrouble>
}

export interface FollowsParts {
  readonly owner: () => string | undefined
  readonly book: Pick<Book, 'add' | 'newest' | 'version'>
  readonly ask: EventCalls['ask']
  readonly publish: Publish
  /** Waits before the node is asked once more what it looked for elsewhere. */
  readonly pause?: (() => Promise<void>) | undefined
}

export function createFollows(parts: FollowsParts): Follows {
  const { owner, book, publish } = parts
  const newest = createNewestOwn({ ...parts, kind: KIND.follows })
  const inTurn = createInTurn()
  /** Whom the newest known list names; made once for each list. */
  let read: { event: NostrEvent; followed: ReadonlySet<string> } | undefined

  async function change(edit: (tags: readonly Tag[]) => readonly Tag[] | undefined) {
    const pubkey = owner()
    if (pubkey === undefined) return { signerTrouble: 'locked' } as const
    const before = await newest(pubkey)
    if (isTrouble(before)) return before
    const draft = nextList(before === 'none' ? undefined : before, edit)
    return draft === undefined ? undefined : publish(draft)
  }

  return {
    of() {
      void book.version.value
      const pubkey = owner()
      const event = pubkey === undefined ? undefined : book.newest(KIND.follows, pubkey)
      if (event === undefined) return undefined
      if (read?.event !== event) read = { event, followed: followedBy(event) }
      return read.followed
    },
    follow: pubkeys => inTurn(() => change(tags => withPeople(tags, pubkeys))),
    unfollow: pubkey => inTurn(() => change(tags => withoutPerson(tags, pubkey))),
  }
}

/** The `p` tags of a follow list that name a key. */
function followedBy({ tags }: Pick<NostrEvent, 'tags'>): ReadonlySet<string> {
  return new Set(tags.flatMap(([name, value]) => (name === 'p' && isHex32(value) ? [value] : [])))
}

/** undefined when everybody is in it already. */
function withPeople(tags: readonly Tag[], pubkeys: readonly string[]): readonly Tag[] | undefined {
  const present = followedBy({ tags })
  const missing = [...new Set(pubkeys)].filter(pubkey => !present.has(pubkey))
  return missing.length === 0 ? undefined : [...tags, ...missing.map(pubkey => ['p', pubkey])]
}

function withoutPerson(tags: readonly Tag[], pubkey: string): readonly Tag[] | undefined {
  const rest = tags.filter(([name, value]) => name !== 'p' || value !== pubkey)
  return rest.length === tags.length ? undefined : rest
}

/** Content and all other tags stay as they are. */
function nextList(
  before: NostrEvent | undefined,
  edit: (tags: readonly Tag[]) => readonly Tag[] | undefined,
): Draft | undefined {
  const tags = edit(before?.tags ?? [])
  if (tags === undefined) return undefined
  return { kind: KIND.follows, created_at: dateAfter(before), tags, content: before?.content ?? '' }
}
