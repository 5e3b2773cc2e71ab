/**
 * Who is shown which event at the relay: one table and two pure functions, for stored events, counts, negentropy, search
 * and live events alike (specification/relay-access.md, A3).
 */
import { boundNode } from '../event/binding.ts'
import { deletionTargets } from '../event/deletion.ts'
import { isProtected, type NostrEvent, tagValues } from '../event/event.ts'
import { classOf, KIND, travelOf } from '../event/kinds.ts'
import type { Address } from '../event/order.ts'
import type { Mark, View } from '../store/mark.ts'
import { isShared, type Route, routeOf } from './route.ts'
import type { Source } from './source.ts'
import type { Visitor } from './visitor.ts'

type LookUp = (id: string) => NostrEvent | undefined

/**
 * Kinds that an owner's node keeps and that clients write for themselves: settings, drafts, wallets. Bindings, of kind
 * 30078 too, are for everybody.
 */
const PERSONAL: ReadonlySet<number> = new Set([
  KIND.appData,
  // Drafts, their checkpoints, and where they are kept (NIP-37).
  1234,
  10_013,
  31_234,
  // Cashu wallets: tokens, history, the wallet (NIP-60).
  7374,
  7375,
  7376,
  17_375,
  // A zap request goes to a payment server and to nobody else (NIP-57).
  9734,
])

/** Kinds that are for the people they name, whoever brings them; with those that should not be published at all. */
const FOR_PARTIES: ReadonlySet<number> = new Set([
  KIND.encryptedMessage,
  KIND.seal,
  KIND.chatMessage,
  KIND.fileMessage,
  KIND.giftWrap,
  KIND.ephemeralGiftWrap,
])

/** Whether only the people it names are shown an event of this kind. */
export function isForParties(kind: number): boolean {
  return FOR_PARTIES.has(kind)
}

export function isGiftWrap(kind: number): boolean {
  return kind === KIND.giftWrap || kind === KIND.ephemeralGiftWrap
}

/**
 * Whose an event is, by what it is and how it came here. `private` wherever there is doubt.
 * @param lookUp finds an event that is held: a deletion is as open as what it deletes
 */
export function markOf(event: NostrEvent, route: Route, via: Source['via'], lookUp: LookUp): Mark {
  if (via === 'guest') return isForParties(event.kind) ? 'guest-closed' : 'guest'
  // What was gossiped or reconciled is known to everybody.
  if (via === 'gossip' || via === 'sync') return 'open'
  if (via === 'deliver') return 'private'
  return isOpen(event, route, lookUp) ? 'open' : 'private'
}

/** As `markOf`, of an event that was stored without a mark: by its form alone. */
export function markOfForm(event: NostrEvent): Mark {
  const unknown = () => undefined
  return isOpen(event, routeOf(event, unknown), unknown) ? 'open' : 'private'
}

/**
 * Whether an event may be in the set that any two nodes reconcile (specification/sync.md, Y2), by its form alone: a deletion
 * of what is not known may be one of something public.
 */
export function isPublicForm(event: NostrEvent): boolean {
  if (isProtected(event) || !isSpread(event.kind)) return false
  if (event.kind !== KIND.deletion) return markOfForm(event) === 'open'
  const { ids, addresses } = deletionTargets(event)
  return ids.length > 0 || addresses.some(address => isOpenAddress(event, address, () => undefined))
}

/** That set, of what is stored: what is open here and not protected by its author (NIP-70). */
export const PUBLIC_SET: View = Object.assign(
  (event: NostrEvent, mark: Mark | undefined) =>
    isSpread(event.kind) && (mark ?? markOfForm(event)) === 'open' && !isProtected(event),
  {
    glance: (kind: number, mark: Mark | undefined, isProtected: boolean) => {
      if (isProtected || !isSpread(kind)) return false
      return mark === undefined ? undefined : mark === 'open'
    },
  },
)

/** What everybody may have stays on its owner's node all the same, unless it is of a kind that goes to everybody. */
function isSpread(kind: number): boolean {
  return travelOf(kind) !== 'kept' && classOf(kind) !== 'ephemeral'
}

function isOpen(event: NostrEvent, route: Route, lookUp: LookUp): boolean {
  if (event.kind === KIND.deletion) return isOpenDeletion(event, lookUp)
  if (PERSONAL.has(event.kind) && boundNode(event) === undefined) return false
  return isShared(event, route)
}

/** When everything it names is known to be open: the id of a private reply is nobody's business either. */
function isOpenDeletion(deletion: NostrEvent, lookUp: LookUp): boolean {
  const { ids, addresses } = deletionTargets(deletion)
  if (ids.length + addresses.length === 0) return false
  const isOpenId = (id: string): boolean => {
    const target = lookUp(id)
    if (target === undefined || target.pubkey !== deletion.pubkey || target.kind === KIND.deletion) return false
    return isOpen(target, routeOf(target, lookUp), lookUp)
  }
  return ids.every(isOpenId) && addresses.every(address => isOpenAddress(deletion, address, lookUp))
}

function isOpenAddress(deletion: NostrEvent, { kind, d, pubkey }: Address, lookUp: LookUp): boolean {
  const form = { ...deletion, pubkey, kind, tags: [['d', d]] }
  return isOpen(form, routeOf(form, lookUp), lookUp)
}

/** What the owner has banned from the relay, by id or author. */
export interface Bans {
  has(event: NostrEvent): boolean
  areThere(): boolean
}

/** What the visitor is shown of what is marked so. */
type Sight = (event: NostrEvent) => boolean

/**
 * The table of who sees what.
 * @param owner whose node it is
 */
export function viewOf(visitor: Visitor, owner: string | undefined, bans: Bans): View {
  const unlessBanned = (sight: Sight) => (event: NostrEvent) => sight(event) && !bans.has(event)
  const parties = visitor.role === 'owner' ? withOwner(visitor.pubkeys, owner) : visitor.pubkeys
  const isParty: Sight = event => isPartyOf(event, parties)
  const all: Sight = () => true
  const isOwner = visitor.role === 'owner'
  const sights: Readonly<Record<Mark, Sight>> = {
    open: isOwner ? all : unlessBanned(all),
    // Of the owner's letters a visitor gets the gift wraps that are for them (NIP-59), and nothing else.
    private: isOwner ? all : unlessBanned(event => isGiftWrap(event.kind) && isParty(event)),
    guest: unlessBanned(all),
    'guest-closed': unlessBanned(isParty),
  }
  const view = (event: NostrEvent, mark: Mark | undefined) => sights[mark ?? markOfForm(event)](event)
  const unlessBans = (): true | undefined => (bans.areThere() ? undefined : true)
  const forParties = parties.size > 0 ? undefined : false
  const glances: Readonly<Record<Mark, (kind: number) => boolean | undefined>> = {
    open: isOwner ? () => true : unlessBans,
    private: isOwner ? () => true : kind => (isGiftWrap(kind) ? forParties : false),
    guest: unlessBans,
    'guest-closed': () => forParties,
  }
  return Object.assign(view, {
    glance: (kind: number, mark: Mark | undefined) => (mark === undefined ? undefined : glances[mark](kind)),
  })
}

/** Gift wraps are for the person named; the key that signs them is nobody. Other letters also for their author. */
function isPartyOf(event: NostrEvent, pubkeys: ReadonlySet<string>): boolean {
  if (pubkeys.size === 0) return false
  if (!isGiftWrap(event.kind) && pubkeys.has(event.pubkey)) return true
  return tagValues(event, 'p').some(pubkey => pubkeys.has(pubkey))
}

function withOwner(pubkeys: ReadonlySet<string>, owner: string | undefined): ReadonlySet<string> {
  return owner === undefined ? pubkeys : new Set([...pubkeys, owner])
}
