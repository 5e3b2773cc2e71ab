/** Whom the owner follows, from the newest follow list in the store (NIP-02). */
import { type NostrEvent, tagValues } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import type { StoredEvent } from '../store/store.ts'

export interface Follows {
  includes(pubkey: string): boolean
  /** All of them. */
  list(): readonly string[]
  /** To be told of every new event. */
  noticed(event: NostrEvent): void
}

const NOBODY: ReadonlySet<string> = new Set()
/** By which a follow list comes, or goes. */
const CHANGES: ReadonlySet<number> = new Set([KIND.follows, KIND.deletion, KIND.vanish])

/** A list of thousands is read once, and again when it may be another one. */
export function createFollows(
  owner: () => string | undefined,
  newest: (pubkey: string, kind: number) => StoredEvent | undefined,
): Follows {
  let known: { readonly by: string; readonly followed: ReadonlySet<string> } | undefined
  function read(): ReadonlySet<string> {
    const by = owner()
    if (by === undefined) return NOBODY
    if (known?.by !== by) {
      const list = newest(by, KIND.follows)?.event
      known = { by, followed: list === undefined ? NOBODY : new Set(tagValues(list, 'p')) }
    }
    return known.followed
  }

  return {
    includes: pubkey => read().has(pubkey),
    list: () => [...read()],
    noticed({ pubkey, kind }) {
      if (pubkey === known?.by && CHANGES.has(kind)) known = undefined
    },
  }
}
