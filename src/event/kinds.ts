/** The closed table of kinds: how each is kept and how it travels (specification/event.md). */

/** How many events of a kind an author has (NIP-01). */
export type KindClass = 'regular' | 'replaceable' | 'addressable' | 'ephemeral'

/**
 * `broadcast`: to everybody. `post`: to everybody, or only to the people a reply names. `reaction`: to the author of
 * what is liked. `deletion`: the way of what it deletes. `gift`: to the person it is wrapped for. `kept`: stays on
 * the owner's node, handed out on request. `private`: stays on the owner's node, handed to nobody.
 * `addressed`: to the people it names, or to everybody when it names nobody.
 */
export type Travel = 'broadcast' | 'post' | 'reaction' | 'deletion' | 'gift' | 'kept' | 'private' | 'addressed'

export const KIND = {
  profile: 0,
  post: 1,
  follows: 3,
  encryptedMessage: 4,
  deletion: 5,
  repost: 6,
  reaction: 7,
  seal: 13,
  chatMessage: 14,
  fileMessage: 15,
  genericRepost: 16,
  vanish: 62,
  giftWrap: 1059,
  relayList: 10_002,
  ephemeralGiftWrap: 21059,
  clientAuth: 22242,
  httpAuth: 27235,
  appData: 30078,
} as const

const TRAVELS: ReadonlyMap<number, Travel> = new Map<number, Travel>([
  [KIND.profile, 'broadcast'],
  [KIND.post, 'post'],
  [KIND.follows, 'kept'],
  [KIND.encryptedMessage, 'private'],
  [KIND.deletion, 'deletion'],
  [KIND.repost, 'broadcast'],
  [KIND.reaction, 'reaction'],
  [KIND.seal, 'private'],
  [KIND.chatMessage, 'private'],
  [KIND.fileMessage, 'private'],
  [KIND.genericRepost, 'broadcast'],
  [KIND.vanish, 'kept'],
  [KIND.giftWrap, 'gift'],
  [KIND.ephemeralGiftWrap, 'gift'],
  // Proofs of identity towards one server (NIP-42, NIP-98) must never be seen by another.
  [KIND.clientAuth, 'private'],
  [KIND.httpAuth, 'private'],
])

export function travelOf(kind: number): Travel {
  return TRAVELS.get(kind) ?? (classOf(kind) === 'ephemeral' ? 'addressed' : 'kept')
}

/** The ranges of NIP-01. */
export function classOf(kind: number): KindClass {
  if (kind === KIND.profile || kind === KIND.follows || (kind >= 10_000 && kind < 20_000)) return 'replaceable'
  if (kind >= 20_000 && kind < 30_000) return 'ephemeral'
  if (kind >= 30_000 && kind < 40_000) return 'addressable'
  return 'regular'
}
