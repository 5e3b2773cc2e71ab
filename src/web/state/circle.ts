/** Whom the owner follows, as the newest follow list says (kind 3, NIP-02). */
import { tagValues } from '../../event/event.ts'
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import type { Book } from './book.ts'

export interface Circle {
  /** Public keys, each once; undefined while no list is known. */
  followed(): ReadonlySet<string> | undefined
  isFollowed(pubkey: string): boolean
}

/** @param owner undefined before somebody is in */
export function createCircle(book: Book, owner: () => string | undefined): Circle {
  let listId: string | undefined
  let keys: ReadonlySet<string> | undefined
  function followed(): ReadonlySet<string> | undefined {
    const pubkey = owner()
    const list = pubkey === undefined ? undefined : book.newest(KIND.follows, pubkey)
    if (list?.id !== listId) {
      listId = list?.id
      keys = list && new Set(tagValues(list, 'p').filter(isHex32))
    }
    return keys
  }
  return { followed, isFollowed: pubkey => followed()?.has(pubkey) === true }
}
