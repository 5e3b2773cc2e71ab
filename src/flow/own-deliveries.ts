/**
 * The nodes of one owner tell each other what has become of deliveries (specification/overlay.md, O20.8), so that each
 * one can go on with what another one began, and all show the same.
 */
import type { Clock } from '../observe/clock.ts'
import type { Delivery, Outbox } from '../store/store.ts'
import { MAX_OWN_IDS, OWN_EVENTS_BYTES } from '../wire/limits.ts'
import { type OwnDeliveries, type OwnDelivery, type OwnQuestions, ownDeliveryBytes } from '../wire/own.ts'

export interface SharedDeliveries {
  /** What this node knows of the first of these events; undefined for a stranger. */
  answer(peer: string, ids: readonly string[]): Promise<OwnDeliveries | undefined>
  /** Asks another node of the owner about all that is open here. @throws when it gives no proper answer */
  compare(node: string): Promise<void>
}

export interface SharedDeliveriesParts {
  /** Node peer ID of this node. */
  readonly node: string
  readonly outbox: Pick<Outbox, 'due' | 'ofEvent' | 'change'>
  /** The owner's other nodes. */
  readonly nodes: () => readonly string[]
  /** Whether that peer and this node are both bound to the owner. */
  readonly isOwn: (peer: string) => boolean
  readonly ask: (node: string) => Pick<OwnQuestions, 'deliveries'>
  /** Tries what is open for this recipient. */
  readonly deliver: (to: string) => void
  readonly clock: Clock
}

/** Open deliveries asked about in one round, those whose next try is nearest. */
const MAX_COMPARED = 1_000

export function createSharedDeliveries(parts: SharedDeliveriesParts): SharedDeliveries {
  const { node: self, outbox, nodes, isOwn, ask, deliver, clock } = parts

  /** What a delivery is after another node has told of it; undefined if it stays as it is. */
  function merged(mine: Delivery, theirs: OwnDelivery | undefined, node: string): Delivery | undefined {
    const nowMs = clock.nowMs()
    const isTheirs = mine.standbyFor === node
    // It has forgotten what it did, or lost it: somebody who got it already will say so.
    if (theirs === undefined) return isTheirs ? { ...mine, standbyFor: undefined, dueMs: nowMs } : undefined
    const ackedBy = [...new Set([...mine.ackedBy, ...theirs.ackedBy])]
    const isDelivered = theirs.state === 'delivered' || mine.state === 'delivered'
    if (!theirs.open && (theirs.state === 'delivered' || isTheirs)) {
      const state = isDelivered ? 'delivered' : 'expired'
      return { ...mine, state, open: false, ackedBy, lastError: '', changedMs: nowMs }
    }
    const state = isDelivered ? 'delivered' : mine.state
    const standbyFor = isTheirs && theirs.standbyFor !== undefined ? successor(theirs.standbyFor) : mine.standbyFor
    const dueMs = isTheirs && standbyFor === undefined ? nowMs : mine.dueMs
    // Both give up at the same time.
    const createdMs = isTheirs ? theirs.createdAt * 1000 : mine.createdMs
    const next = { ...mine, state, ackedBy, standbyFor, dueMs, createdMs } as const
    const isSame = ackedBy.length === mine.ackedBy.length && state === mine.state && standbyFor === mine.standbyFor
    return isSame && Math.abs(createdMs - mine.createdMs) < 1000 ? undefined : next
  }

  /** Two nodes must not wait for each other, nor for one that is not the owner's any more. */
  function successor(node: string): string | undefined {
    return node !== self && nodes().includes(node) ? node : undefined
  }

  return {
    async answer(peer, ids) {
      const answer: OwnDelivery[][] = []
      let bytes = 0
      for (const id of ids) {
        const found = (await outbox.ofEvent(id)).map(told)
        answer.push(found)
        for (const delivery of found) bytes += ownDeliveryBytes(delivery)
        if (bytes > OWN_EVENTS_BYTES) break
      }
      return isOwn(peer) ? answer : undefined
    },
    async compare(node) {
      const open = await outbox.due(Number.MAX_SAFE_INTEGER, MAX_COMPARED)
      const ids = [...new Set(open.map(({ eventId }) => eventId))]
      for (let at = 0; at < ids.length; ) {
        const page = ids.slice(at, at + MAX_OWN_IDS)
        const answer = await ask(node).deliveries(page)
        if (answer.length === 0 || answer.length > page.length) throw new Error('the answer does not fit the question')
        const knownOf = new Map(answer.map((known, place) => [page[place]!, known]))
        const mine = (await Promise.all([...knownOf.keys()].map(id => outbox.ofEvent(id)))).flat()
        const changes = await outbox.change(mine, before => {
          const theirs = knownOf.get(before.eventId)!.find(({ to }) => to === before.to)
          return before.open ? merged(before, theirs, node) : undefined
        })
        for (const { after } of changes) if (after.open && after.standbyFor === undefined) deliver(after.to)
        at += answer.length
      }
    },
  }
}

function told({ to, state, open, standbyFor, createdMs, ackedBy }: Delivery): OwnDelivery {
  return { to, state, open, standbyFor, createdAt: Math.floor(createdMs / 1000), ackedBy }
}
