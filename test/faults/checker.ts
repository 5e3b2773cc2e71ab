/**
 * History → what is wrong with it. Pure. What may be missing is told apart with care: an event is only in doubt when its
 * client never heard that it is kept, or when the node that said so lost it with its last second.
 */
import { deletes, deletionTargets } from '../../src/event/deletion.ts'
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
    ...nodes.flatMap(node => [...checkHeld(facts, node), ...checkSeen(facts, node)]),
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
  return { history, byId, held, versions, deletions }
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
  return wasOff && history.waiting.some(({ id, to }) => id === event.id && to === node)
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
  if (deletion.audience === 'everybody' || facts.held[node]!.has(deletion.event.id) || node === deletion.node)
    return false
  return mayHaveLost(facts, node, deletion) || isWaiting(facts, node, deletion)
}

/** What is wrong with this event's being known at this node at all. */
function strayOf({ byId }: Facts, node: number, id: string): [Rule, string] | undefined {
  const publication = byId.get(id)
  if (publication === undefined) return ['unknown', 'was published by nobody']
  const { audience } = publication
  if (typeof audience === 'string' || node === publication.node || audience.includes(node)) return undefined
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
    if (before !== undefined && !isLostBetween(facts, node, before, sight)) complain('twice', 'was shown twice')
    const deletion = deleted.get(sight.id)
    if (deletion !== undefined && !isLostBetween(facts, node, deletion, sight))
      complain('back', 'was shown after its deletion')
    lasts.delete(sight.id)
    lasts.set(sight.id, sight)
    noteDeletion(facts, sight, deleted)
  }
  return [...complaints, ...checkOrder(facts, node, [...lasts.keys()])]
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
  const others = facts.history.holdings.map((_, node) => node).filter(node => node !== author)
  const complaints: Complaint[] = []
  const lacks = (node: number) => {
    const rule = isFirm ? 'lost' : 'uneven'
    const text = isFirm ? 'was acknowledged and is not here' : 'is at another node and not here'
    complaints.push({ rule, node, id: event.id, text })
  }
  // What is in doubt and is for everybody may come back to its author from others, and so must be there as well.
  if (!isHeld(author) && (isFirm || audience === 'everybody')) lacks(author)
  if (audience === 'asking') return complaints
  if (audience === 'everybody') {
    for (const node of others) if (!isHeld(node)) lacks(node)
    return complaints
  }
  // Its author's node sends it as long as it has it.
  if (!isFirm && !isHeld(author)) return complaints
  for (const node of audience) {
    if (node === author || isHeld(node) || mayHaveLost(facts, node, publication)) continue
    if (!isWaiting(facts, node, publication)) lacks(node)
  }
  return complaints
}
