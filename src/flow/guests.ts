/** What the relay takes from others than the owner (specification/relay-access.md, A5). Cheap rules; each says why not. */
import type { RelayTerms } from '../config.ts'
import type { NostrEvent } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import { difficultyOf, targetOf } from '../event/work.ts'
import { neighbourhood } from '../ip-address.ts'
import type { Clock } from '../observe/clock.ts'
import type { HouseRules } from './house-rules.ts'
import { ownersOnly } from './policy.ts'
import { isGiftWrap } from './visibility.ts'
import type { Visitor } from './visitor.ts'

export interface GuestRules {
  /** Why the relay does not take this event from this visitor. */
  judge(event: NostrEvent, visitor: Visitor): Rejection | undefined
  /** Counts an event that is going to cost a signature check; says when it was one too many. */
  charge(visitor: Visitor): Rejection | undefined
}

export interface GuestParts {
  readonly owner: () => string | undefined
  readonly rules: HouseRules
  readonly relay: RelayTerms
  readonly clock: Clock
}

/** Addresses whose events are counted at once: the oldest are forgotten, and may then begin anew. */
const MAX_COUNTED = 10_000
const MINUTE_MS = 60_000

export function createGuestRules({ owner, rules, relay, clock }: GuestParts): GuestRules {
  const { eventBytes, eventsPerMinute } = relay.guests
  /** Neighbourhood → events it may still bring, and when that was so; the latest counted last. */
  const budgets = new Map<string, { left: number; atMs: number }>()

  const isListed = (pubkey: string) => rules.has('allowedPubkey', pubkey)

  function banned({ id, pubkey }: NostrEvent, { pubkeys }: Visitor): Rejection | undefined {
    if (rules.has('allowedEvent', id)) return undefined
    if (rules.has('bannedEvent', id)) return reject('blocked', 'The owner of this relay has banned this event.')
    if (rules.has('bannedPubkey', pubkey)) return reject('blocked', 'The owner of this relay has banned its author.')
    const isBanned = [...pubkeys].some(key => rules.has('bannedPubkey', key))
    return isBanned ? reject('blocked', 'The owner of this relay has banned you.') : undefined
  }

  /** The owner's client may bring anybody's; a listed person the gift wraps that a key of the moment has signed. */
  function isInCircle({ pubkey, kind }: NostrEvent, { role }: Visitor): boolean {
    if (relay.writes === 'anyone' || role === 'owner' || isListed(pubkey)) return true
    return role === 'listed' && isGiftWrap(kind)
  }

  function unwantedKind(kind: number): Rejection | undefined {
    const isWanted = !rules.isUsed('allowedKind') || rules.has('allowedKind', String(kind))
    if (isWanted && !rules.has('disallowedKind', String(kind))) return undefined
    return reject('blocked', `This relay takes no events of kind ${kind}.`)
  }

  function lacksWork(event: NostrEvent, visitor: Visitor): Rejection | undefined {
    if (relay.pow === 0 || visitor.role === 'owner' || visitor.role === 'listed' || isListed(event.pubkey))
      return undefined
    const difficulty = difficultyOf(event.id)
    if (difficulty < relay.pow) {
      return reject('pow', `This relay asks for ${relay.pow} bits of work (NIP-13); this event has ${difficulty}.`)
    }
    // Who aims lower and is lucky has not done the work (NIP-13).
    const target = targetOf(event)
    if (target === undefined || target >= relay.pow) return undefined
    return reject('pow', `This relay asks for ${relay.pow} bits of work (NIP-13); this event was made for ${target}.`)
  }

  return {
    judge(event, visitor) {
      if (relay.writes === 'owner') return ownersOnly(owner(), event)
      // Whoever asks to be forgotten is, member or not (NIP-62).
      if (event.kind === KIND.vanish) return undefined
      const isBanned = banned(event, visitor)
      if (isBanned !== undefined) return isBanned
      if (isLargerThan(event, eventBytes)) {
        return reject('too-large', `A guest's event may have ${eventBytes} bytes here.`)
      }
      if (rules.has('allowedEvent', event.id)) return undefined
      if (!isInCircle(event, visitor)) {
        return reject('restricted', `This relay takes events of people whom its owner has listed.`)
      }
      return unwantedKind(event.kind) ?? lacksWork(event, visitor)
    },
    charge({ role, address }) {
      if (eventsPerMinute === 0 || role === 'owner') return undefined
      const key = neighbourhood(address)
      const now = clock.nowMs()
      const before = budgets.get(key) ?? { left: eventsPerMinute, atMs: now }
      const gained = (Math.max(0, now - before.atMs) * eventsPerMinute) / MINUTE_MS
      const left = Math.min(eventsPerMinute, before.left + gained)
      budgets.delete(key)
      budgets.set(key, { left: left < 1 ? left : left - 1, atMs: now })
      if (budgets.size > MAX_COUNTED) budgets.delete(budgets.keys().next().value!)
      if (left >= 1) return undefined
      return reject(
        'rate-limited',
        `This relay takes ${eventsPerMinute} events a minute from one address. Wait a little.`,
      )
    },
  }
}

/** In UTF-8 and JSON a character takes six bytes at most; so most events need not be written to know it. */
function isLargerThan(event: NostrEvent, maxBytes: number): boolean {
  let units = event.content.length
  let quotes = 0
  for (const tag of event.tags) {
    quotes += 3 + 3 * tag.length
    for (const element of tag) units += element.length
  }
  if (6 * units + quotes + MAX_FIXED_BYTES <= maxBytes) return false
  return Buffer.byteLength(JSON.stringify(event)) > maxBytes
}

/** What an event has around tags and content: names, hex, numbers. */
const MAX_FIXED_BYTES = 512
