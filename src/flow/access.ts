/** Who may read at the relay, and what they are shown (specification/relay-access.md, A1 to A3). */
import type { Circle, RelayTerms } from '../config.ts'
import type { Filter } from '../event/filter.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import { canonicalAddress } from '../ip-address.ts'
import type { View } from '../store/mark.ts'
import type { HouseRules } from './house-rules.ts'
import { type Bans, isForParties, viewOf } from './visibility.ts'
import type { Role, Visitor } from './visitor.ts'

/** What is known of a connection. */
export interface Facts {
  /** It comes from this machine or carries the access token (specification/rest-api.md, R6). */
  readonly trusted: boolean
  /** Keys proved by NIP-42. */
  readonly pubkeys: ReadonlySet<string>
  readonly address: string | undefined
}

export interface Access {
  /** To be asked again after each proof and each change. */
  visitor(facts: Facts): Visitor
  /** Why these questions are not answered; undefined when they are. */
  mayAsk(visitor: Visitor, filters: readonly Filter[]): Rejection | undefined
  /** What the visitor is shown, the same for stored and live events, counts, sets and search; undefined for everything. */
  viewOf(visitor: Visitor): View | undefined
  /** Whether the owner has blocked this address: no connection from it is served. */
  isBlocked(address: string | undefined): boolean
  /** Tells when the owner has changed a list: who was let in may have to go. @returns how to be told no more */
  onChange(told: () => void): () => void
  /** What the relay says of itself (NIP-11). */
  terms(): AccessTerms
}

export interface AccessTerms {
  readonly name: string | undefined
  readonly description: string | undefined
  readonly icon: string | undefined
  /** Reading needs NIP-42 when one does not come by the token or from this machine. */
  readonly authRequired: boolean
  /** Not everybody's events are stored. */
  readonly restrictedWrites: boolean
  readonly minPowDifficulty: number
  /** Bytes of a guest's event as JSON; undefined where there are no guests. */
  readonly guestEventBytes: number | undefined
}

export interface AccessParts {
  readonly owner: () => string | undefined
  readonly rules: HouseRules
  readonly relay: RelayTerms
}

const UNCLAIMED = reject('restricted', 'This node has no owner yet, so it shows nothing.')
const OWNER_ONLY = 'This relay shows what it holds to its owner only.'
const LISTED_ONLY = 'This relay shows what it holds to people whom its owner has listed.'

export function createAccess({ owner, rules, relay }: AccessParts): Access {
  function roleOf({ trusted, pubkeys }: Facts): Role {
    const pubkey = owner()
    if (trusted || (pubkey !== undefined && pubkeys.has(pubkey))) return 'owner'
    if ([...pubkeys].some(key => rules.has('allowedPubkey', key))) return 'listed'
    return pubkeys.size > 0 ? 'guest' : 'stranger'
  }

  const isBannedKey = (pubkey: string) => pubkey !== owner() && rules.has('bannedPubkey', pubkey)
  const bans: Bans = {
    has: ({ id, pubkey }) => (rules.has('bannedEvent', id) || isBannedKey(pubkey)) && !rules.has('allowedEvent', id),
    areThere: () => rules.isUsed('bannedEvent') || rules.isUsed('bannedPubkey'),
  }

  return {
    visitor: facts => ({ role: roleOf(facts), pubkeys: facts.pubkeys, address: facts.address }),
    mayAsk(visitor, filters) {
      if (owner() === undefined) return UNCLAIMED
      if (visitor.role === 'owner') return undefined
      if ([...visitor.pubkeys].some(isBannedKey)) return reject('blocked', 'The owner of this relay has banned you.')
      const refused = outside(relay.reads, visitor)
      if (refused !== undefined) return refused
      // Nothing would come: this says what to do about it (NIP-42).
      if (visitor.role !== 'stranger' || !filters.every(asksForLetters)) return undefined
      return reject('auth-required', 'Events of this kind are shown to the people they are for.')
    },
    // Where there are no guests, everything is the owner's: then counting need not look at each event.
    viewOf: visitor =>
      visitor.role === 'owner' && relay.writes === 'owner' ? undefined : viewOf(visitor, owner(), bans),
    isBlocked(address) {
      const canonical = address === undefined ? undefined : canonicalAddress(address)
      return canonical !== undefined && rules.has('blockedIp', canonical)
    },
    onChange: rules.onChange,
    terms: () => ({
      name: rules.info('name'),
      description: rules.info('description'),
      icon: rules.info('icon'),
      authRequired: relay.reads !== 'anyone',
      restrictedWrites: relay.writes !== 'anyone' || relay.pow > 0 || rules.isUsed('allowedKind'),
      minPowDifficulty: relay.writes === 'owner' ? 0 : relay.pow,
      guestEventBytes: relay.writes === 'owner' ? undefined : relay.guests.eventBytes,
    }),
  }
}

function asksForLetters({ kinds = [] }: Filter): boolean {
  return kinds.length > 0 && kinds.every(isForParties)
}

/** Why somebody other than the owner is not in the circle: a stranger may still prove to be. */
function outside(circle: Circle, { role }: Visitor): Rejection | undefined {
  if (circle === 'anyone' || (circle === 'listed' && role === 'listed')) return undefined
  const reason = circle === 'owner' ? OWNER_ONLY : LISTED_ONLY
  return reject(role === 'stranger' ? 'auth-required' : 'restricted', reason)
}
