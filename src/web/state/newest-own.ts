/**
 * The newest version of a list of the owner's, before it is changed. A list is one event for all of it: who changes it
 * without knowing the newest version loses what others have put in.
 */
import type { NostrEvent } from '../../event/event.ts'
import type { EventCalls } from '../node/events.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'
import type { Book } from './book.ts'
import { nowSeconds } from './clock.ts'

/** `none` where the node knows of none either, or why that is not known. */
export type NewestOwn = (pubkey: string) => Promise<NostrEvent | 'none' | Trouble>

export interface NewestOwnParts {
  readonly kind: number
  readonly book: Pick<Book, 'add' | 'newest'>
  readonly ask: EventCalls['ask']
  /** Waits before the node is asked once more what it looked for elsewhere. */
  readonly pause?: (() => Promise<void>) | undefined
}

const LOOK_MS = 2_500

export function createNewestOwn({ kind, book, ask, pause = look }: NewestOwnParts): NewestOwn {
  /** The node has answered twice that there is none. */
  let isNone = false
  return async pubkey => {
    const filter = { kinds: [kind], authors: [pubkey] }
    const answer = await ask(filter)
    if (!isTrouble(answer)) book.add(answer)
    const held = book.newest(kind, pubkey)
    if (held !== undefined) return held
    if (isTrouble(answer)) return answer
    if (isNone) return 'none'
    // The node had none and looks for one elsewhere now: an old key on a new node has its list with others.
    await pause()
    const again = await ask(filter)
    if (isTrouble(again)) return again
    book.add(again)
    isNone = true
    return book.newest(kind, pubkey) ?? 'none'
  }
}

/** A version that takes the place of the one before: dated later than that, or it would change nothing. */
export function dateAfter(before: NostrEvent | undefined): number {
  return Math.max(nowSeconds(), (before?.created_at ?? 0) + 1)
}

function look(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, LOOK_MS))
}
