/** New events → what the owner may want to hear of at once (specification/rest-api.md, R19). */
import { type NostrEvent, tagValues } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import { answersOf, COMMENT } from '../event/thread.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { EventStore } from '../store/store.ts'
import type { HouseRules } from './house-rules.ts'
import type { News } from './live.ts'
import { GIVE_UP_MS } from './schedule.ts'
import type { Source } from './source.ts'

export interface Notice {
  readonly what: 'mention' | 'reply' | 'like'
  readonly event: NostrEvent
  /** The post that it is about; null where it is none. */
  readonly about: string | null
}

export type NoticeOf = (news: News, via: Source['via']) => Notice | undefined

export interface NoticeParts {
  readonly owner: () => string | undefined
  readonly events: Pick<EventStore, 'get' | 'newest'>
  readonly rules: Pick<HouseRules, 'has'>
  readonly clock: Clock
}

/** Ways by which others' events come that are for the owner; what a client or a guest brings is not told. */
const FROM_OTHERS: ReadonlySet<Source['via']> = new Set(['deliver', 'gossip', 'own-node', 'fetch', 'sync'])
/** Muted people (NIP-51). */
const MUTES = 10_000

export function createNoticeOf({ owner, events, rules, clock }: NoticeParts): NoticeOf {
  function isMuted(pubkey: string, of: string): boolean {
    if (rules.has('bannedPubkey', pubkey)) return true
    // Of the list (NIP-51) only the part that is public can be read here.
    const list = events.newest(of, MUTES)?.event
    return list !== undefined && tagValues(list, 'p').includes(pubkey)
  }

  function read(event: NostrEvent, of: string): Notice | undefined {
    const people = tagValues(event, 'p')
    if (!people.includes(of)) return undefined
    if (event.kind === KIND.reaction) {
      // The author of what is liked is the last one (NIP-25).
      if (people.at(-1) !== of || event.content === '-') return undefined
      return { what: 'like', event, about: tagValues(event, 'e').at(-1) ?? null }
    }
    if (event.kind !== KIND.post && event.kind !== COMMENT) return undefined
    const parent = answersOf(event)?.parent
    const isReply = parent !== undefined && events.get(parent)?.pubkey === of
    return { what: isReply ? 'reply' : 'mention', event, about: parent ?? null }
  }

  return ({ event }, via) => {
    const of = owner()
    if (of === undefined || event.pubkey === of || !FROM_OTHERS.has(via)) return undefined
    // What comes later than a delivery is tried is no news.
    if (event.created_at < nowSeconds(clock) - GIVE_UP_MS / 1000) return undefined
    const notice = read(event, of)
    return notice === undefined || isMuted(event.pubkey, of) ? undefined : notice
  }
}
