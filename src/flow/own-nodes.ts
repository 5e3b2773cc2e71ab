/**
 * The nodes of one owner keep each other complete (specification/overlay.md, O20): this one asks each other one for what it
 * got since the last time, in that node's receive order, and takes what it lacks through the one door.
 */
import type { NostrEvent } from '../event/event.ts'
import { isRejection, type Rejection } from '../event/rejection.ts'
import type { OnActivity } from '../observe/activity.ts'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { EventStore, GoneBook, OwnCursors } from '../store/store.ts'
import { MAX_OWN_IDS, MAX_OWN_MESSAGE_BYTES } from '../wire/limits.ts'
import { firstMessage, readAnswer } from '../wire/negentropy.ts'
import type { OwnCompared, OwnQuestions } from '../wire/own.ts'
import type { Accepted } from './accept.ts'
import { isDiskRefusal } from './keep.ts'
import { ownSetOf } from './own-answer.ts'
import type { Receive } from './receive.ts'

export interface OwnNodes {
  /** A node of the owner was heard of, or this node was bound: whoever is not followed yet is from now on. */
  seen(): void
  /** Whether that node has answered lately and has not failed since. */
  isServing(node: string): boolean
  stop(): void
}

export interface OwnNodesParts {
  /** The owner's other nodes, proven by bindings; none while this one is not bound itself. */
  readonly nodes: () => string[]
  readonly ask: (node: string) => Omit<OwnQuestions, 'deliveries'>
  readonly takeCopy: Receive['takeCopy']
  /** Learns from that node what has become of the deliveries that are open here. */
  readonly compareDeliveries: (node: string) => Promise<void>
  readonly events: Pick<EventStore, 'lacking' | 'setOf' | 'usage'>
  readonly cursors: OwnCursors
  readonly gone: Pick<GoneBook, 'add'>
  /** Told of each event that was copied: it may have to go on, or change what this node shows. */
  readonly onCopied: (accepted: Accepted) => void
  readonly clock: Clock
  readonly log: Logger
  readonly counters: Counters
  readonly onActivity: OnActivity
}

/** An owner has a home, a server, a phone; nobody has dozens. */
const MAX_NODES = 16
/** Wait after a failure, doubled up to the last; a node that is heard of is asked at once. */
const FIRST_WAIT_MS = 500
const LAST_WAIT_MS = 60_000
/** A node with nothing new holds its answer back; one that does not is asked again after this. */
const IDLE_MS = 1_000
/** An answer is held back for less than a minute; a node that is silent for longer than an exchange may take is gone. */
const SERVING_MS = 130_000
/** Of messages of one comparison; each settles a thousand ids or cuts a range into sixteen. */
const MAX_ROUNDS = 2_000
/** More than these at once are told as a number. */
const MAX_TOLD = 5

export function createOwnNodes(parts: OwnNodesParts): OwnNodes {
  return new Followed(parts)
}

class Followed implements OwnNodes {
  readonly #parts: OwnNodesParts
  /** Nodes that are followed → what ends the present wait, if there is one. */
  readonly #following = new Map<string, () => void>()
  /** When each node has answered last; those that failed since are left out. */
  readonly #answeredMs = new Map<string, number>()
  #stopped = false

  constructor(parts: OwnNodesParts) {
    this.#parts = parts
  }

  seen(): void {
    if (this.#stopped) return
    for (const node of this.#parts.nodes().slice(0, MAX_NODES)) {
      const wake = this.#following.get(node)
      if (wake !== undefined) wake()
      else if (this.#following.size < MAX_NODES) void this.#follow(node)
    }
  }

  isServing(node: string): boolean {
    const answeredMs = this.#answeredMs.get(node)
    if (answeredMs === undefined || !this.#parts.nodes().includes(node)) return false
    return Math.abs(this.#parts.clock.nowMs() - answeredMs) <= SERVING_MS
  }

  stop(): void {
    this.#stopped = true
    for (const wake of this.#following.values()) wake()
  }

  /** One question at a time, for as long as both nodes are bound. */
  async #follow(node: string): Promise<void> {
    const { nodes, counters, log, compareDeliveries } = this.#parts
    this.#following.set(node, () => {})
    let waitMs = FIRST_WAIT_MS
    /** Nothing was missed since the last answer. */
    let isUnbroken = false
    while (!this.#stopped && nodes().includes(node)) {
      try {
        if (!isUnbroken) {
          await this.#copyGone(node)
          // The next answer may be held back for long.
          await compareDeliveries(node)
        }
        isUnbroken = true
        const isNew = await this.#copyPage(node)
        counters.add('own_questions', 'answered')
        waitMs = FIRST_WAIT_MS
        await compareDeliveries(node)
        if (!isNew) await this.#pause(node, IDLE_MS)
      } catch (error) {
        if (this.#stopped) break
        isUnbroken = false
        this.#answeredMs.delete(node)
        counters.add('own_questions', 'failed')
        log('debug', 'another node of the owner could not be copied', { node, reason: messageOf(error) })
        await this.#pause(node, waitMs)
        waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)
      }
    }
    this.#following.delete(node)
    this.#answeredMs.delete(node)
  }

  /**
   * The next events of that node. The cursor moves when all of them are in the store, so whatever breaks before is asked
   * for again.
   * @returns whether there was anything behind the cursor
   */
  async #copyPage(node: string): Promise<boolean> {
    const { ask, events, cursors, clock } = this.#parts
    const cursor = cursors.get(node, 'events') ?? ''
    if (cursor === '' && this.#holdsMuch()) return this.#compareAll(node)
    const page = await ask(node).ids(cursor)
    if (this.#stopped) return false
    this.#answeredMs.set(node, clock.nowMs())
    if (page.isAnew && this.#holdsMuch()) return this.#compareAll(node)
    const news = await this.#copy(node, [...(await events.lacking(page.ids))])
    this.#tell(node, news)
    if (page.cursor === cursor) return false
    if (!this.#stopped) await cursors.save(node, 'events', page.cursor)
    return page.ids.length > 0
  }

  #holdsMuch(): boolean {
    return this.#parts.events.usage().events > MAX_OWN_IDS
  }

  /** Both hold much and no cursor says how far they agree: what this one lacks is found by comparing, not by listing. */
  async #compareAll(node: string): Promise<boolean> {
    const { ask, events, cursors, clock } = this.#parts
    const set = await ownSetOf(events)
    let message: Uint8Array | undefined = firstMessage(set)
    let cursor: string | undefined
    for (let round = 0; message !== undefined && !this.#stopped; round++) {
      if (round === MAX_ROUNDS) throw new Error('the comparison does not come to an end')
      const answer: OwnCompared = await ask(node).compare(message)
      this.#answeredMs.set(node, clock.nowMs())
      // What comes to that node meanwhile stands behind this.
      cursor ??= answer.cursor
      const differences = readAnswer(set, answer.message, MAX_OWN_MESSAGE_BYTES)
      if (isRejection(differences)) throw new Error(differences.reason)
      this.#tell(node, await this.#copy(node, [...(await events.lacking(differences.need))]))
      message = differences.next
    }
    if (cursor !== undefined && !this.#stopped) await cursors.save(node, 'events', cursor)
    return true
  }

  /** What was deleted there while this node was away, and does not come as a deletion any more. */
  async #copyGone(node: string): Promise<void> {
    const { ask, gone, cursors } = this.#parts
    for (let hasMore = true; hasMore && !this.#stopped; ) {
      const page = await ask(node).gone(cursors.get(node, 'gone') ?? '')
      if (page.rows.length > 0) await gone.add(page.rows)
      await cursors.save(node, 'gone', page.cursor)
      hasMore = page.hasMore
    }
  }

  async #copy(node: string, ids: readonly string[]): Promise<NostrEvent[]> {
    const { ask, takeCopy, onCopied } = this.#parts
    const news: NostrEvent[] = []
    for (let at = 0; at < ids.length && !this.#stopped; ) {
      const rest = ids.slice(at, at + MAX_OWN_IDS)
      const answer = await ask(node).events(rest)
      if (answer.length === 0 || answer.length > rest.length) throw new Error('the answer does not fit the question')
      const outcomes = await Promise.all(answer.flatMap(copy => (copy === null ? [] : [takeCopy(copy, node)])))
      for (const outcome of outcomes) {
        if (isRejection(outcome) || outcome.result !== 'stored') continue
        onCopied(outcome)
        news.push(outcome.event)
      }
      const obstacle = outcomes.find(isObstacle)
      if (obstacle !== undefined) throw new Error(obstacle.reason)
      at += answer.length
    }
    return news
  }

  #tell(peer: string, news: readonly NostrEvent[]): void {
    const { onActivity } = this.#parts
    if (news.length > MAX_TOLD) onActivity({ what: 'copied', peer, events: news.length })
    else for (const event of news) onActivity({ what: 'received', event, via: 'own-node', peer })
  }

  #pause(node: string, ms: number): Promise<void> {
    return new Promise(resolve => {
      const cancel = this.#parts.clock.after(ms, () => wake())
      const wake = () => {
        cancel()
        this.#following.set(node, () => {})
        resolve()
      }
      this.#following.set(node, wake)
    })
  }
}

/** What may succeed later: the event must not be passed over. Any other refusal is this node's last word. */
function isObstacle(outcome: Accepted | Rejection): outcome is Rejection {
  return isRejection(outcome) && (outcome.rejected === 'overloaded' || isDiskRefusal(outcome))
}
