/**
 * What a view needs and the page does not have: profiles and posts, asked of the node together and not again and again.
 * What the node has to look for itself comes with a later pull.
 */
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import type { EventCalls } from '../node/events.ts'
import { isTrouble } from '../node/trouble.ts'
import type { Book } from './book.ts'

export interface Missing {
  wantProfile(pubkey: string): void
  /** @param author whose nodes can be asked for it */
  wantPost(id: string, author?: string): void
}

export interface MissingParts {
  readonly ask: EventCalls['ask']
  readonly book: Book
}

/** Wants that come together are one question. */
const GATHER_MS = 60
const MAX_AT_ONCE = 100
/** The same thing is not asked for again before this. */
const REST_MS = 60_000
/** A page may be open for weeks: beyond this what may be asked for again is forgotten. */
const MAX_REMEMBERED = 5_000

export function createMissing({ ask, book }: MissingParts): Missing {
  const asked = new Map<string, number>()
  const profiles = new Set<string>()
  const posts = new Map<string, string | undefined>()
  let isGathering = false

  function isDue(key: string): boolean {
    const now = Date.now()
    const last = asked.get(key)
    if (last !== undefined && now - last < REST_MS) return false
    if (asked.size >= MAX_REMEMBERED) for (const [old, at] of asked) if (now - at >= REST_MS) asked.delete(old)
    asked.set(key, now)
    return true
  }

  function gather(): void {
    if (isGathering) return
    isGathering = true
    setTimeout(() => {
      isGathering = false
      void askAll()
    }, GATHER_MS)
  }

  async function askAll(): Promise<void> {
    const people = [...profiles].slice(0, MAX_AT_ONCE)
    const wanted = [...posts].slice(0, MAX_AT_ONCE)
    for (const pubkey of people) profiles.delete(pubkey)
    for (const [id] of wanted) posts.delete(id)
    if (profiles.size + posts.size > 0) gather()
    await Promise.all([
      people.length > 0 && take(ask({ kinds: [KIND.profile], authors: people, limit: people.length })),
      wanted.length > 0 && askForPosts(wanted),
    ])
  }

  async function askForPosts(wanted: readonly (readonly [string, string | undefined])[]): Promise<void> {
    const ids = wanted.map(([id]) => id)
    await take(ask({ ids, limit: ids.length }))
    // What is not here its author's nodes are asked for: as many authors as posts, each in the place of theirs (R3.4).
    const away = wanted.flatMap(([id, author]) =>
      isHex32(author) && book.get(id) === undefined ? [{ id, author }] : [],
    )
    if (away.length === 0) return
    await take(ask({ kinds: [KIND.post], ids: away.map(({ id }) => id), authors: away.map(({ author }) => author) }))
  }

  async function take(asking: ReturnType<EventCalls['ask']>): Promise<void> {
    const found = await asking
    if (!isTrouble(found)) book.add(found)
  }

  return {
    wantProfile(pubkey) {
      if (!isHex32(pubkey) || book.newest(KIND.profile, pubkey) !== undefined || !isDue(pubkey)) return
      profiles.add(pubkey)
      gather()
    },
    wantPost(id, author) {
      if (book.get(id) !== undefined || !isDue(id)) return
      posts.set(id, author)
      gather()
    },
  }
}
