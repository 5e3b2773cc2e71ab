/**
 * History → what is wrong with it. Pure. What may be missing is told apart with care: an event is only in doubt when its
 * client never heard that it is kept, or when the node that said so lost it with its last second.
 */
import { deletes, deletionTargets } from '../../src/event/deletion.ts'
import { tagValues } from '../../src/event/event.ts'
import { KIND } from '../../src/event/kinds.ts'
import { addressOf, supersedes } from '../../src/event/order.ts'
import type { History, Publication, Rollback, Sight } from './history.ts'

export type Rule =
  /** Acknowledged, and not where it has to be. */
  | 'lost'
  /** In doubt, and then at some and not at others. */
  | 'uneven'
  /** In a node, and never shown to its client. */
  | 'missed'
  /** Deleted, or replaced by a newer version, and there all the same. */
  | 'back'
  /** More is held than may be. */
  | 'over'
  /** Shown more than once. */
  | 'twice'
  | 'order'
  /** At a node that it is none of the business of. */
  | 'leaked'
  /** Published by nobody, or changed on the way. */
  | 'unknown'
  /** Refused, and kept all the same. */
  | 'refused'
  | 'crashed'

export interface Complaint {
  readonly rule: Rule
  readonly node: number
  /** Event id; empty where it is about none. */
  readonly id: string
  readonly text: string
}

/** Time may put these right, also the order, of what a node lost and has again and not shown yet; the others stay wrong. */
export const MAY_HEAL: ReadonlySet<Rule> = new Set(['lost', 'uneven', 'missed', 'back', 'order'])

export function check(history: History): Complaint[] {
  const facts = gather(history)
  const nodes = history.holdings.map((_, node) => node)
  return [
    ...history.crashes.map(({ node, text }): Complaint => ({ rule: 'crashed', node, id: '', text })),
    ...nodes.flatMap(node => [...checkHeld(facts, node), ...checkCap(facts, node), ...checkSeen(facts, node)]),
    ...history.publications.flatMap(publication => checkArrival(facts, publication)),
  ]
}

interface Facts {
  readonly history: History
  readonly byId: ReadonlyMap<string, Publication>
  /** Ids in each node. */
  readonly held: readonly ReadonlySet<string>[]
  readonly versions: ReadonlyMap<string, readonly Publication[]>
  /** Deletions of each id. */
  readonly deletions: ReadonlyMap<string, readonly Publication[]>
  /** Of each node that is as full as it may be: who its owner follows. */
  readonly full: ReadonlyMap<number, ReadonlySet<string>>
}

function gather(history: History): Facts {
  const byId = new Map(history.publications.map(publication => [publication.event.id, publication]))
  const versions = new Map<string, Publication[]>()
  const deletions = new Map<string, Publication[]>()
  for (const publication of history.publications) {
    const address = addressOf(publication.event)
    if (address !== undefined) list(versions, JSON.stringify(address)).push(publication)
    if (publication.event.kind !== KIND.deletion) continue
    for (const id of deletionTargets(publication.event).ids) list(deletions, id).push(publication)
  }
  const held = history.holdings.map(events => new Set(events.map(({ id }) => id)))
  const facts = { history, byId, held, versions, deletions, full: new Map() }
  return { ...facts, full: fullNodes(facts) }
}

/** Evicted at once, as a share of what a node may hold (specification/storage.md, "Eviction"). */
const EVICTED_SHARE = 0.01

/** What was deleted or replaced leaves room, which what went before does not take again. */
function fullNodes(facts: Facts): Map<number, ReadonlySet<string>> {
  const { publications, caps, owners, holdings } = facts.history
  const left = publications.filter(one => isReplaced(facts, one) || deletionOf(facts, one) !== undefined).length
  const full = new Map<number, ReadonlySet<string>>()
  for (const [name, cap] of Object.entries(caps)) {
    const node = Number(name)
    const held = holdings[node] ?? []
    if (held.length < cap * (1 - EVICTED_SHARE) - left) continue
    const follows = held.find(({ kind, pubkey }) => kind === KIND.follows && pubkey === owners[node])
    full.set(node, new Set(follows === undefined ? [] : tagValues(follows, 'p')))
  }
  return full
}

/** What gives way where there is no room: of strangers, and no letter to the owner. Anything else would go later. */
function mayBeEvicted({ history, full }: Facts, node: number, { event }: Publication): boolean {
  const followed = full.get(node)
  const owner = history.owners[node]!
  if (followed === undefined || event.pubkey === owner || followed.has(event.pubkey)) return false
  return !tagValues(event, 'p').includes(owner)
}

function checkCap({ history: { caps, holdings } }: Facts, node: number): Complaint[] {
  const [cap, held] = [caps[node], holdings[node]!.length]
  if (cap === undefined || held <= cap) return []
  return [{ rule: 'over', node, id: '', text: `${held} events are held where ${cap} may be` }]
}

/** Nodes of the same owner, this one among them. */
function siblings({ history: { owners } }: Facts, node: number): number[] {
  return owners.flatMap((owner, other) => (owner === owners[node] ? [other] : []))
}

function list<T>(lists: Map<string, T[]>, key: string): T[] {
  const found = lists.get(key) ?? []
  lists.set(key, found)
  return found
}

/** Whether the author's node has it for sure: it said so, and did not lose what it wrote then. */
function isSure({ history }: Facts, { outcome, node, sentMs, ackedMs }: Publication): boolean {
  if (outcome !== 'acked') return false
  return !history.rollbacks.some(lost => lost.node === node && sentMs <= lost.toMs && ackedMs >= lost.fromMs)
}

/** Whether it is in the world, and not only meant to be. */
function exists(facts: Facts, publication: Publication): boolean {
  return isSure(facts, publication) || facts.held.some(ids => ids.has(publication.event.id))
}

/** The deletion that took it away; `undefined` if it stays. */
function deletionOf(facts: Facts, { event }: Publication): Publication | undefined {
  const named = facts.deletions.get(event.id) ?? []
  return named.find(deletion => deletes(deletion.event, event) && exists(facts, deletion))
}

/** Whether a newer version of it is in the world. */
function isReplaced(facts: Facts, { event }: Publication): boolean {
  const address = addressOf(event)
  if (address === undefined) return false
  const versions = facts.versions.get(JSON.stringify(address)) ?? []
  return versions.some(other => supersedes(other.event, event) && exists(facts, other))
}

/**
 * Whether this node may have taken it, said so to the sender, and lost it with its last second: nobody brings it again.
 * What its client saw before that was there before, too.
 */
function mayHaveLost({ history }: Facts, node: number, { event, firstMs }: Publication): boolean {
  const seen = history.sights[node]!.find(({ id }) => id === event.id)
  const isIn = (lost: Rollback): boolean => seen === undefined || seen.atMs >= lost.fromMs
  return history.rollbacks.some(lost => lost.node === node && firstMs <= lost.toMs && isIn(lost))
}

/** Whether this node may have refused it by a wrong clock: then the next try is minutes away, and must be in the outbox. */
function isWaiting({ history }: Facts, node: number, { event, firstMs }: Publication): boolean {
  const wasOff = history.clocks.some(clock => clock.node === node && firstMs <= clock.toMs)
  const { owners, waiting } = history
  return wasOff && waiting.some(({ id, to }) => id === event.id && owners[to] === owners[node])
}

function checkHeld(facts: Facts, node: number): Complaint[] {
  const complaints: Complaint[] = []
  const ids = new Set<string>()
  for (const event of facts.history.holdings[node]!) {
    const complain = (rule: Rule, text: string) => complaints.push({ rule, node, id: event.id, text })
    if (ids.has(event.id)) complain('twice', 'is held twice')
    ids.add(event.id)
    const stray = strayOf(facts, node, event.id)
    if (stray !== undefined) complain(...stray)
    const publication = facts.byId.get(event.id)
    if (publication === undefined) continue
    if (JSON.stringify(publication.event) !== JSON.stringify(event))
      complain('unknown', `was changed on the way: ${JSON.stringify(event)}, not ${JSON.stringify(publication.event)}`)
    if (publication.outcome === 'refused') complain('refused', 'was refused by its own node and is held')
    if (isReplaced(facts, publication)) complain('back', 'is held although a newer version is there')
    const deletion = deletionOf(facts, publication)
    if (deletion !== undefined && !mayLackDeletion(facts, node, deletion)) {
      complain('back', `is held although #${deletion.action} deleted it`)
    }
  }
  return complaints
}

/** A deletion for some may be lost like anything for some; one for everybody comes again. */
function mayLackDeletion(facts: Facts, node: number, deletion: Publication): boolean {
  if (deletion.audience === 'everybody') return false
  if (siblings(facts, node).some(own => own === deletion.node || facts.held[own]!.has(deletion.event.id))) return false
  return mayHaveLost(facts, node, deletion) || isWaiting(facts, node, deletion)
}

/** What is wrong with this event's being known at this node at all. */
function strayOf(facts: Facts, node: number, id: string): [Rule, string] | undefined {
  const publication = facts.byId.get(id)
  if (publication === undefined) return ['unknown', 'was published by nobody']
  const { audience, node: author } = publication
  if (typeof audience === 'string') return undefined
  if (siblings(facts, node).some(own => own === author || audience.includes(own))) return undefined
  return ['leaked', 'is not for this node']
}

function checkSeen(facts: Facts, node: number): Complaint[] {
  const sights = facts.history.sights[node]!
  const lasts = new Map<string, Sight>()
  const complaints: Complaint[] = []
  const deleted = new Map<string, Sight>()
  for (const sight of sights) {
    const complain = (rule: Rule, text: string) => complaints.push({ rule, node, id: sight.id, text })
    const stray = facts.held[node]!.has(sight.id) ? undefined : strayOf(facts, node, sight.id)
    if (stray !== undefined) complain(...stray)
    const before = lasts.get(sight.id)
    if (before !== undefined && !isLostBetween(facts, node, before, sight) && !mayComeAgain(facts, node, sight))
      complain('twice', 'was shown twice')
    const deletion = deleted.get(sight.id)
    if (deletion !== undefined && !isLostBetween(facts, node, deletion, sight))
      complain('back', 'was shown after its deletion')
    lasts.delete(sight.id)
    lasts.set(sight.id, sight)
    noteDeletion(facts, sight, deleted)
  }
  return [...complaints, ...checkOrder(facts, node, [...lasts.keys()])]
}

/** What was evicted and comes again otherwise than by synchronisation is shown again (specification/sync.md, Y8.4). */
function mayComeAgain(facts: Facts, node: number, { id }: Sight): boolean {
  const publication = facts.byId.get(id)
  return publication !== undefined && mayBeEvicted(facts, node, publication)
}

/** Whether the node lost what it showed first, and so shows it again. */
function isLostBetween({ history }: Facts, node: number, first: Sight, second: Sight): boolean {
  return history.rollbacks.some(
    lost => lost.node === node && first.atMs >= lost.fromMs && first.atMs <= lost.toMs && second.atMs > lost.toMs,
  )
}

function noteDeletion({ byId }: Facts, sight: Sight, deleted: Map<string, Sight>): void {
  const deletion = byId.get(sight.id)
  if (deletion?.event.kind !== KIND.deletion) return
  for (const id of deletionTargets(deletion.event).ids) {
    const target = byId.get(id)
    if (target !== undefined && deletes(deletion.event, target.event)) deleted.set(id, sight)
  }
}

/** The client saw what the node holds, all of it, in the order in which the node got it. */
function checkOrder({ history, held }: Facts, node: number, seen: readonly string[]): Complaint[] {
  const complaints: Complaint[] = []
  const seenIds = new Set(seen)
  const inOrder = history.holdings[node]!.map(({ id }) => id).filter(id => seenIds.has(id))
  for (const { id } of history.holdings[node]!) {
    if (!seenIds.has(id)) complaints.push({ rule: 'missed', node, id, text: 'is held and was never shown' })
  }
  const shown = seen.filter(id => held[node]!.has(id))
  const first = shown.findIndex((id, i) => id !== inOrder[i])
  if (first !== -1) complaints.push({ rule: 'order', node, id: shown[first]!, text: 'was shown in another order' })
  return complaints
}

/** Whether it is wherever it has to be. */
function checkArrival(facts: Facts, publication: Publication): Complaint[] {
  const { event, node: author, audience } = publication
  if (publication.outcome === 'refused' || !exists(facts, publication)) return []
  if (deletionOf(facts, publication) !== undefined || isReplaced(facts, publication)) return []
  const isFirm = isSure(facts, publication)
  const isHeld = (node: number): boolean => facts.held[node]!.has(event.id)
  const isHeldByOwnerOf = (node: number): boolean => siblings(facts, node).some(isHeld)
  const own = siblings(facts, author)
  const others = facts.history.holdings.map((_, node) => node).filter(node => !own.includes(node))
  const rule = isFirm ? 'lost' : 'uneven'
  const text = isFirm ? 'was acknowledged and is not here' : 'is at another node and not here'
  const lack = (nodes: readonly number[]): Complaint[] =>
    nodes.flatMap(node =>
      isHeld(node) || mayBeEvicted(facts, node, publication) ? [] : [{ rule, node, id: event.id, text }],
    )
  // What is in doubt comes back to its author from the owner's other node, and from others if it is for everybody.
  const isOwed = isFirm || audience === 'everybody' || isHeldByOwnerOf(author)
  const complaints = lack(isOwed ? own : [])
  if (audience === 'asking') return complaints
  if (audience === 'everybody') return [...complaints, ...lack(others)]
  // Its author's node sends it as long as it has it.
  if (!isFirm && !isHeldByOwnerOf(author)) return complaints
  const named = others.filter(node => siblings(facts, node).some(one => audience.includes(one)))
  const owed = named.filter(
    node => isHeldByOwnerOf(node) || !(mayHaveLost(facts, node, publication) || isWaiting(facts, node, publication)),
  )
  return [...complaints, ...lack(owed)]
}
