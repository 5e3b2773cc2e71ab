/** What a person says of themselves (kind 0, NIP-24), as far as it is of use and safe to show. */
import type { NostrEvent } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import type { Book } from './book.ts'

export interface Profile {
  readonly pubkey: string
  /** Never empty when given. */
  readonly name?: string
  readonly about?: string
  /** http(s) URLs only. */
  readonly picture?: string
  readonly banner?: string
  readonly website?: string
  /** Lightning address, NIP-05 name and their like, unread. */
  readonly nip05?: string
}

/** Longer names are cut: they are shown in one line. */
const MAX_NAME = 60
const MAX_ABOUT = 5_000

export function profileOf(book: Book, pubkey: string): Profile {
  const event = book.newest(KIND.profile, pubkey)
  return event === undefined ? { pubkey } : readProfile(event)
}

const read = new WeakMap<NostrEvent, Profile>()

function readProfile(event: NostrEvent): Profile {
  const known = read.get(event)
  if (known !== undefined) return known
  const profile = parseProfile(event)
  read.set(event, profile)
  return profile
}

function parseProfile({ pubkey, content }: NostrEvent): Profile {
  let fields: Record<string, unknown>
  try {
    const value: unknown = JSON.parse(content)
    fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return { pubkey }
  }
  const name = plainLine(fields.display_name) ?? plainLine(fields.name)
  const about = typeof fields.about === 'string' ? fields.about.slice(0, MAX_ABOUT) : undefined
  const picture = webUrl(fields.picture)
  const banner = webUrl(fields.banner)
  const website = webUrl(fields.website)
  const nip05 = plainLine(fields.nip05)
  return {
    pubkey,
    ...(name !== undefined && { name }),
    ...(about !== undefined && about !== '' && { about }),
    ...(picture !== undefined && { picture }),
    ...(banner !== undefined && { banner }),
    ...(website !== undefined && { website }),
    ...(nip05 !== undefined && { nip05 }),
  }
}

/** Letters by their class that show nothing: fillers of Hangul, the empty pattern of Braille. */
const BLANK_LETTERS = /[\u115f\u1160\u2800\u3164\uffa0]/g

/** One line without control, direction and invisible characters, which can make one name look like another. */
export function plainLine(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const line = value
    .slice(0, 1_000)
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(BLANK_LETTERS, ' ')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
    .replace(/\s+/g, ' ')
    .trim()
  // Marks alone stand on nothing.
  return /[^\s\p{M}]/u.test(line) ? [...line].slice(0, MAX_NAME).join('') : undefined
}

/** An http(s) URL, or nothing. */
export function webUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 2_000) return undefined
  try {
    const url = new URL(value.trim())
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
  } catch {
    return undefined
  }
}
