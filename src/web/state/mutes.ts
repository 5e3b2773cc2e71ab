/** Whom and what the owner does not want to see (NIP-51, kind 10000). Whom one mutes is nobody else's business. */
import { type NostrEvent, type Tag, tagValues } from '../../event/event.ts'
import type { OwnList } from './own-list.ts'
import { answersOf } from './thread.ts'

export const MUTE_LIST = 10_000

/** A person, a word, a hashtag, a conversation. */
export type MuteWhat = 'p' | 'word' | 't' | 'e'

export interface Mute {
  readonly what: MuteWhat
  readonly value: string
}

const NAMES: ReadonlySet<string> = new Set<MuteWhat>(['p', 'word', 't', 'e'])

export function mutesIn(tags: readonly Tag[]): readonly Mute[] {
  return tags.flatMap(([name, value]) =>
    name !== undefined && NAMES.has(name) && value ? { what: name as MuteWhat, value } : [],
  )
}

/** Says whether an event is hidden by the list as it is now; the owner's own never are. */
export function hiddenBy(list: OwnList, owner: string): (event: NostrEvent) => boolean {
  const mutes = mutesIn(list.tags.value)
  const people = valuesOf(mutes, 'p')
  const tags = valuesOf(mutes, 't')
  const threads = valuesOf(mutes, 'e')
  const words = [...valuesOf(mutes, 'word')]
  return event => {
    if (event.pubkey === owner || mutes.length === 0) return false
    if (people.has(event.pubkey) || threads.has(event.id)) return true
    if (tags.size > 0 && tagValues(event, 't').some(tag => tags.has(tag.toLowerCase()))) return true
    if (threads.size > 0 && threads.has(answersOf(event)?.root ?? '')) return true
    const text = words.length === 0 ? '' : event.content.toLowerCase()
    return words.some(word => text.includes(word))
  }
}

function valuesOf(mutes: readonly Mute[], wanted: MuteWhat): ReadonlySet<string> {
  return new Set(mutes.filter(({ what }) => what === wanted).map(({ value }) => value.toLowerCase()))
}
