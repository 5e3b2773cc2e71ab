/** Whom the owner follows, from the newest follow list in the store (NIP-02). */
import { tagValues } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import type { StoredEvent } from '../store/store.ts'

export interface Follows {
  includes(pubkey: string): boolean
  /** All of them. */
  list(): readonly string[]
}

/** Reads the list anew when it was replaced; in between a question costs one look-up of its id. */
export function createFollows(
  owner: () => string | undefined,
  newest: (pubkey: string, kind: number) => StoredEvent | undefined,
): Follows {
  let listId = ''
  let followed: ReadonlySet<string> = new Set()
  function read(): ReadonlySet<string> {
    const author = owner()
    const list = author === undefined ? undefined : newest(author, KIND.follows)?.event
    if (list === undefined) return NOBODY
    if (list.id !== listId) {
      followed = new Set(tagValues(list, 'p'))
      listId = list.id
    }
    return followed
  }

  return { includes: pubkey => read().has(pubkey), list: () => [...read()] }
}

const NOBODY: ReadonlySet<string> = new Set()
