/** NEG-OPEN, NEG-MSG and NEG-CLOSE of one client (NIP-77, specification/negentropy.md): each session keeps its set. */
import { bytesToHex, hexToBytes } from '../event/hex.ts'
import { isRejection, reject } from '../event/rejection.ts'
import type { EventStore } from '../store/store.ts'
import type { IdSet } from '../wire/id-set.ts'
import { MAX_SYNC_IDS } from '../wire/limits.ts'
import { answerMessage } from '../wire/negentropy.ts'
import type { RelayLimits } from './limits.ts'
import type { ClientMessage } from './message.ts'
import type { Access, Party } from './party.ts'
import { refusalText } from './prefix.ts'

/** How many items the sets of all clients may hold together. */
export interface SetBudget {
  left: number
}

export interface ReconciliationParts {
  readonly access: Access
  readonly events: Pick<EventStore, 'setOf'>
  readonly limits: Pick<RelayLimits, 'maxReconciliations' | 'reconciliationMs' | 'maxReconciliationBytes'>
  readonly sets: SetBudget
  readonly nowMs: () => number
}

type Opening = Extract<ClientMessage, { readonly type: 'NEG-OPEN' }>
type Step = Extract<ClientMessage, { readonly type: 'NEG-MSG' }>

interface Reconciliation {
  readonly end: AbortController
  /** Undefined while it is gathered. */
  set: IdSet | undefined
  usedMs: number
}

const NOT_OPEN = 'closed: There is no such session; open one with NEG-OPEN.'
const TOO_MANY = reject('blocked', 'Too many sessions at once. Close one first.')

export class Reconciliations {
  readonly #party: Party
  readonly #parts: ReconciliationParts
  readonly #open = new Map<string, Reconciliation>()

  constructor(party: Party, parts: ReconciliationParts) {
    this.#party = party
    this.#parts = parts
  }

  get count(): number {
    return this.#open.size
  }

  async open({ id, filter, message }: Opening): Promise<void> {
    const { access, limits, nowMs } = this.#parts
    this.close(id)
    const visitor = this.#party.visitor()
    const refused =
      access.mayAsk(visitor, [filter]) ?? (this.#open.size >= limits.maxReconciliations ? TOO_MANY : undefined)
    if (refused !== undefined) {
      this.#party.refuse('NEG-ERR', id, refused)
      return
    }
    const session: Reconciliation = { end: new AbortController(), set: undefined, usedMs: nowMs() }
    this.#open.set(id, session)
    try {
      await this.#gather(id, session, { id, filter, message, type: 'NEG-OPEN' })
    } catch (error) {
      if (session.end.signal.aborted) return
      this.close(id)
      this.#party.fault('NEG-ERR', id, error)
    }
  }

  async #gather(id: string, session: Reconciliation, { filter, message }: Opening): Promise<void> {
    const { access, events, sets } = this.#parts
    const { signal } = session.end
    const view = access.viewOf(this.#party.visitor())
    const max = Math.min(MAX_SYNC_IDS, sets.left)
    const found = await events.setOf(filter, max, { view }, signal)
    if (signal.aborted) return
    if (found === undefined) {
      this.close(id)
      const reason = `this query is too big: it has more than ${max} events. Ask for less, by time for instance.`
      this.#party.refuse('NEG-ERR', id, reject('blocked', reason))
      return
    }
    session.set = found
    sets.left -= session.set.size
    this.step({ type: 'NEG-MSG', id, message })
  }

  step({ id, message }: Step): void {
    const session = this.#open.get(id)
    if (session === undefined) {
      this.#party.answer('NEG-ERR', id, NOT_OPEN)
      return
    }
    session.usedMs = this.#parts.nowMs()
    if (session.set === undefined) {
      this.#fail(id, 'invalid: The first message was not answered yet.')
      return
    }
    const answer = answerMessage(
      session.set,
      hexToBytes(message.toLowerCase()),
      this.#parts.limits.maxReconciliationBytes,
    )
    if (isRejection(answer)) this.#fail(id, refusalText(answer))
    else this.#party.answer('NEG-MSG', id, bytesToHex(answer))
  }

  close(id: string): void {
    const session = this.#open.get(id)
    if (session === undefined) return
    session.end.abort()
    this.#open.delete(id)
    this.#parts.sets.left += session.set?.size ?? 0
  }

  closeAll(): void {
    for (const id of this.#open.keys()) this.close(id)
  }

  /** The visitor is another one now: a set of what they may no longer see is not gone on with. */
  lookAgain(): void {
    for (const id of this.#open.keys()) {
      this.#fail(id, 'closed: What you may see has changed. Open the session again.')
    }
  }

  /** Ends the sessions that nobody goes on with. */
  sweep(): void {
    const { nowMs, limits } = this.#parts
    for (const [id, { usedMs }] of this.#open) {
      if (nowMs() - usedMs >= limits.reconciliationMs) {
        this.#fail(id, 'closed: Nothing was said for a long time. Open the session again.')
      }
    }
  }

  #fail(id: string, reason: string): void {
    this.close(id)
    this.#party.answer('NEG-ERR', id, reason)
  }
}
