/** What people call themselves, learnt from the profiles that pass by. Bounded: the longest unseen are forgotten. */
import type { NostrEvent } from '../event/event.ts'
import { shortNpub } from '../event/keys.ts'
import { KIND } from '../event/kinds.ts'
import { plain } from './plain-text.ts'

const MAX_NAMES = 2_000
const NAME_LENGTH = 24
/** Beyond this a profile is not read for its name. */
const MAX_PROFILE_LENGTH = 64 * 1024

export interface Names {
  /** Learns from a profile; other kinds are left alone. */
  learn(event: NostrEvent): void
  /** The name; the short npub of somebody without one. */
  short(pubkey: string): string
  /** `alice (npub1f49k…)`: names are free to take, so the key stands beside it. */
  full(pubkey: string): string
}

export function createNames(): Names {
  const names = new Map<string, { name: string; createdAt: number }>()
  const nameOf = (pubkey: string) => names.get(pubkey)?.name
  return {
    learn(event) {
      if (event.kind !== KIND.profile) return
      const known = names.get(event.pubkey)
      if (known !== undefined && known.createdAt > event.created_at) return
      const name = profileName(event.content)
      names.delete(event.pubkey)
      if (name === undefined) return
      names.set(event.pubkey, { name, createdAt: event.created_at })
      if (names.size > MAX_NAMES) names.delete(names.keys().next().value!)
    },
    short: pubkey => nameOf(pubkey) ?? shortNpub(pubkey),
    full(pubkey) {
      const name = nameOf(pubkey)
      return name === undefined ? shortNpub(pubkey) : `${name} (${shortNpub(pubkey)})`
    },
  }
}

/** The `name` of a profile's JSON (NIP-01), safe to print; undefined without a usable one. */
export function profileName(content: string): string | undefined {
  if (content.length > MAX_PROFILE_LENGTH) return undefined
  try {
    const profile: unknown = JSON.parse(content)
    const name = typeof profile === 'object' && profile !== null && 'name' in profile ? profile.name : undefined
    const text = typeof name === 'string' ? plain(name, NAME_LENGTH) : ''
    return text === '' ? undefined : text
  } catch {
    // Whatever is not JSON has no name.
    return undefined
  }
}
