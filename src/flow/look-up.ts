/** What the client asked for and the store lacks is asked of the author's nodes, in the background. */
import type { Filter } from '../event/filter.ts'
import { isRejection } from '../event/rejection.ts'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { Receive } from './receive.ts'

export interface LookUpParts {
  readonly locate: (owner: string) => Promise<string[]>
  /** Connected nodes, to be asked for what nobody knows the author of. */
  readonly neighbours: () => readonly string[]
  readonly fetch: (node: string, filter: Filter) => Promise<Uint8Array[]>
  readonly takeAnswer: Receive['takeAnswer']
  readonly clock: Clock
  readonly log: Logger
  readonly counters: Counters
}

/**
 * Asks the nodes of `author`, or some neighbours without one, unless that was done less than `restMs` ago or too much is
 * under way. Never throws.
 */
export type LookUp = (author: string | undefined, filter: Filter, restMs: number) => Promise<void>

/** A client that scrolls through a thread asks for some dozens at once. */
const MAX_UNDER_WAY = 64
/** Neighbours asked for what nobody knows the author of. */
const MAX_NEIGHBOURS = 3
/** Questions remembered so as not to repeat them. */
const MAX_REMEMBERED = 10_000

export function createLookUp(parts: LookUpParts): LookUp {
  const { locate, neighbours, fetch, takeAnswer, clock, log, counters } = parts
  /** Question → when it was asked, the latest last. */
  const asked = new Map<string, number>()
  let underWay = 0

  function mayAsk(question: string, restMs: number): boolean {
    const nowMs = clock.nowMs()
    const beforeMs = asked.get(question)
    if (beforeMs !== undefined && nowMs - beforeMs < restMs && nowMs >= beforeMs) return false
    if (underWay >= MAX_UNDER_WAY) {
      counters.add('fetches', 'limited')
      return false
    }
    asked.delete(question)
    asked.set(question, nowMs)
    if (asked.size > MAX_REMEMBERED) asked.delete(asked.keys().next().value!)
    return true
  }

  /** One node after the other until all is there: nodes of one owner keep the same things. */
  async function askNodes(author: string | undefined, question: Filter): Promise<void> {
    const nodes = author === undefined ? neighbours().slice(0, MAX_NEIGHBOURS) : await locate(author)
    let filter = question
    for (const node of nodes) {
      try {
        const answer = await fetch(node, filter)
        counters.add('fetches', 'answered')
        const taken = await Promise.all(answer.map(bytes => takeAnswer(bytes, { via: 'fetch', peer: node, filter })))
        const found = new Set(taken.flatMap(outcome => (isRejection(outcome) ? [] : [outcome.event.id])))
        if (filter.ids === undefined && found.size > 0) return
        if (filter.ids !== undefined) filter = { ...filter, ids: filter.ids.filter(id => !found.has(id)) }
        if (filter.ids?.length === 0) return
      } catch (error) {
        counters.add('fetches', 'failed')
        log('debug', 'a node could not be asked', { node, reason: messageOf(error) })
      }
    }
  }

  return async (author, filter, restMs) => {
    if (!mayAsk(JSON.stringify([author ?? null, filter]), restMs)) return
    underWay++
    try {
      await askNodes(author, filter)
    } catch (error) {
      log('warn', 'a look-up failed', { reason: messageOf(error) })
    } finally {
      underWay--
    }
  }
}
