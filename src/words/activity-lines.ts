/** One activity of the node → one line for a person, or none. */
import { type NostrEvent, tagValues } from '../event/event.ts'
import { shortNpub } from '../event/keys.ts'
import { KIND } from '../event/kinds.ts'
import { routeOf } from '../flow/route.ts'
import type { Activity } from '../observe/activity.ts'
import { createNames } from './names.ts'
import { count, hourMinute, plain } from './plain-text.ts'

/** Posts whose beginning is remembered, so that a like can say what it likes. */
const MAX_REMEMBERED = 500
const QUOTE_LENGTH = 48

export type ActivityLine = (activity: Activity) => string | undefined

/** What each kind is called. */
export const KIND_WORDS: ReadonlyMap<number, string> = new Map([
  [KIND.profile, 'profile'],
  [KIND.post, 'post'],
  [KIND.follows, 'follow list'],
  [KIND.deletion, 'deletion'],
  [KIND.repost, 'repost'],
  [KIND.genericRepost, 'repost'],
  [KIND.reaction, 'like'],
  [KIND.giftWrap, 'private message'],
  [KIND.ephemeralGiftWrap, 'private message'],
  [KIND.appData, 'settings'],
])

/**
 * Remembers names and beginnings of posts as they pass by.
 * @param owner the public key of this node's owner, asked for each line; undefined while there is none
 */
export function createActivityLine(owner: () => string | undefined): ActivityLine {
  const names = createNames()
  const posts = createPostMemory()
  /** Bootstraps that were reported as not answering, so that each try does not make a line. */
  const away = new Set<string>()
  let peers = 0

  const who = (pubkey: string) => (pubkey === owner() ? 'you' : names.full(pubkey))
  const whose = (pubkey: string) => (pubkey === owner() ? 'your other node' : `${names.short(pubkey)}'s node`)
  const people = (pubkeys: readonly string[]) =>
    pubkeys.length > 3
      ? `${pubkeys.slice(0, 2).map(who).join(', ')} and ${pubkeys.length - 2} others`
      : pubkeys.map(who).join(', ')
  const about = (event: NostrEvent) => {
    const liked = event.kind === KIND.reaction ? posts.find(tagValues(event, 'e').at(-1)) : undefined
    if (liked !== undefined) return ` on ${liked.pubkey === owner() ? 'your' : 'the'} post "${liked.beginning}"`
    const own = event.kind === KIND.post ? plain(event.content, QUOTE_LENGTH) : ''
    return own === '' ? '' : `: "${own}"`
  }
  const published = (event: NostrEvent, broadcast: boolean, to: readonly string[]) => {
    const what = `${wordFor(event)} by you`
    if (event.kind === KIND.reaction) return `${what}${about(event)} saved, on its way to ${people(to)}`
    if (to.length > 0) return `${what} to ${people(to)} saved, on its way${about(event)}`
    if (!broadcast) return `${what} saved on this node`
    // The line of the broadcast follows at once when there is somebody to send to.
    return peers > 0 ? undefined : `${what} saved; it goes out when another node is connected${about(event)}`
  }

  const render = (activity: Activity): string | undefined => {
    switch (activity.what) {
      case 'published':
        return published(activity.event, activity.broadcast, activity.to)
      case 'broadcast':
        return `${wordFor(activity.event)} by ${who(activity.event.pubkey)} sent to ${count(activity.peers, 'node')}${about(activity.event)}`
      case 'received':
        if (activity.via === 'own-node' && activity.event.pubkey === owner())
          return `${wordFor(activity.event)} by you came from your other node${about(activity.event)}`
        return `${wordFor(activity.event)} from ${who(activity.event.pubkey)}${about(activity.event)}`
      case 'delivered':
        return `${wordFor(activity.event)} delivered to ${whose(activity.to)}`
      case 'waiting':
        return `${whose(activity.to)} is away: 1 ${wordFor(activity.event)} waits, next try ${hourMinute(activity.nextTryMs)} or when it returns`
      case 'expired':
        return `${wordFor(activity.event)} to ${who(activity.to)} given up: ${whose(activity.to)} did not come back in time`
      case 'peer-connected':
        peers = activity.peers
        return `connected to ${nodeOf(activity.owner, whose)}, ${count(peers, 'node')} now`
      case 'peer-disconnected':
        peers = activity.peers
        return `disconnected from ${nodeOf(activity.owner, whose)}, ${count(peers, 'node')} left`
      case 'bootstrap':
        return bootstrapLine(activity, away)
      case 'copied':
        return `${count(activity.events, 'event')} came from your other node`
      case 'imported':
        return importedLine(activity)
      case 'caught-up':
        return `caught up: ${count(activity.events, 'event')} from ${count(activity.neighbours, 'neighbour')}`
      case 'binding':
        return bindingLine(activity)
      case 'reachability':
        return reachabilityLine(activity)
      case 'claimed':
        return `claimed: this node belongs to ${shortNpub(activity.owner)} now`
    }
  }
  return activity => {
    if ('event' in activity) {
      names.learn(activity.event)
      posts.remember(activity.event)
    }
    return render(activity)
  }
}

function nodeOf(owner: string | null, whose: (pubkey: string) => string): string {
  return owner === null ? 'a node without an owner' : whose(owner)
}

/** What an event is called by people; a post that goes to somebody is a reply, as it travels like one. */
export function wordFor(event: NostrEvent): string {
  if (event.kind === KIND.post && routeOf(event, () => undefined).to.length > 0) return 'reply'
  if (event.kind === KIND.reaction && event.content === '-') return 'dislike'
  return KIND_WORDS.get(event.kind) ?? `event of kind ${event.kind}`
}

function importedLine({ stored, had, refused }: Activity & { what: 'imported' }): string {
  const rest = [...(had > 0 ? [`${had} were here`] : []), ...(refused > 0 ? [`${refused} were not taken`] : [])]
  return `imported: ${[count(stored, 'new event'), ...rest].join(', ')}`
}

function reachabilityLine({ state, addresses, relays }: Activity & { what: 'reachability' }): string | undefined {
  const at = addresses[0] === undefined ? '' : ` at ${addressWords(addresses[0])}`
  switch (state) {
    case 'public':
      return `others reach this node${at}; it helps those that cannot be reached`
    case 'mapped':
      return `others reach this node${at}: the router lets them in`
    case 'relayed':
      return `the router lets nobody in; others reach this node through ${count(relays.length, 'relay')}`
    case 'unreachable':
      return 'the router lets nobody in, and no relay has a place yet; this node gets what is public and asks on'
    case 'unknown':
      return undefined
  }
}

function bootstrapLine(activity: Activity & { what: 'bootstrap' }, away: Set<string>): string | undefined {
  const { address, state, reason } = activity
  if (state === 'connected') {
    away.delete(address)
    return `bootstrap ${addressWords(address)} connected`
  }
  if (away.has(address)) return undefined
  away.add(address)
  const why = reason === '' ? '' : ` (${plain(reason, 80)})`
  return `bootstrap ${addressWords(address)} cannot be reached${why}; this node keeps trying and says when it is connected`
}

/** What a person has to know, and to do, about the binding. */
function bindingLine({ state, expires }: Activity & { what: 'binding' }): string {
  const until = expires?.slice(0, 10)
  switch (state) {
    case 'valid':
      return `binding signed: this node is yours until ${until}, and nobody else gets what is addressed to you`
    case 'expires-soon':
      return `your binding of this node ends on ${until}: run "nostrp2p bind" or sign in your client`
    case 'withdrawn':
      return 'you have withdrawn this node: it gets nothing addressed to you until you run "nostrp2p bind" or sign in your client'
    case 'none':
      return 'the binding of this node has ended: run "nostrp2p bind" or sign in your client'
  }
}

/** A multiaddr as it was probably typed: `/dns/example.org/tcp/20000` → `example.org:20000`. */
export function addressWords(address: string): string {
  const match = /^\/(?:ip4|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)$/.exec(address)
  if (match !== null) return `${match[1]}:${match[2]}`
  const v6 = /^\/ip6\/([^/]+)\/tcp\/(\d+)$/.exec(address)
  return v6 === null ? plain(address, 160) : `[${v6[1]}]:${v6[2]}`
}

interface RememberedPost {
  readonly pubkey: string
  readonly beginning: string
}

function createPostMemory(): {
  remember(event: NostrEvent): void
  find(id: string | undefined): RememberedPost | undefined
} {
  const posts = new Map<string, RememberedPost>()
  return {
    remember(event) {
      if (event.kind !== KIND.post) return
      posts.set(event.id, { pubkey: event.pubkey, beginning: plain(event.content, QUOTE_LENGTH) })
      if (posts.size > MAX_REMEMBERED) posts.delete(posts.keys().next().value!)
    },
    find: id => (id === undefined ? undefined : posts.get(id)),
  }
}
