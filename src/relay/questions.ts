/** REQ, COUNT and CLOSE of one client: so many at once, the rest in turn, each answered by events or by CLOSED. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isRejection, reject } from '../event/rejection.ts'
import type { AskForMissing } from '../flow/missing.ts'
import type { Clock } from '../observe/clock.ts'
import type { EventStore } from '../store/store.ts'
import type { RelayLimits } from './limits.ts'
import type { ClientMessage } from './message.ts'
import type { Access, Party } from './party.ts'
import type { Subscription } from './subscription.ts'
import type { Subscriptions } from './subscriptions.ts'
import { createTurns, type Turns } from './turns.ts'

export interface QuestionParts {
  readonly access: Access
  readonly events: Pick<EventStore, 'count'>
  readonly subscriptions: Subscriptions
  /** Looks elsewhere for what these filters ask for and the node lacks. */
  readonly askForMissing: AskForMissing
  readonly clock: Clock
  readonly limits: Pick<RelayLimits, 'maxReadings' | 'maxWaitingReadings' | 'missingMs'>
}

type Question = Extract<ClientMessage, { readonly type: 'REQ' | 'COUNT' }>

const TOO_MANY = reject('rate-limited', 'Too many questions at once on this connection. Wait for answers first.')

export class Questions {
  readonly #party: Party
  readonly #parts: QuestionParts
  readonly #turns: Turns
  readonly #end = new AbortController()

  constructor(party: Party, parts: QuestionParts) {
    this.#party = party
    this.#parts = parts
    this.#turns = createTurns(parts.limits.maxReadings, parts.limits.maxWaitingReadings)
  }

  async subscribe({ id, filters }: Question): Promise<void> {
    const { subscriptions, access } = this.#parts
    // Whatever becomes of the new one, the old one of this id is over (NIP-01).
    subscriptions.close(this.#party, id)
    const visitor = this.#party.visitor()
    const refused = access.mayAsk(visitor, filters)
    if (refused !== undefined) {
      this.#party.refuse('CLOSED', id, refused)
      return
    }
    const subscription = subscriptions.open(this.#party, { id, filters, view: access.viewOf(visitor) })
    if (isRejection(subscription)) this.#party.refuse('CLOSED', id, subscription)
    else await this.#load(subscription)
  }

  async #load(subscription: Subscription): Promise<void> {
    const { id, filters } = subscription
    try {
      const inTurn = await this.#turns.take(() => subscription.load())
      const { role } = this.#party.visitor()
      // Strangers do not send the node about.
      const mayLook = inTurn && !subscription.isClosed && (role === 'owner' || role === 'listed')
      const search = mayLook ? this.#parts.askForMissing(filters, subscription.given) : undefined
      // What was stored while this was read is told to subscriptions within a turn, so it comes before EOSE too.
      if (mayLook && subscription.isEmpty) await (search === undefined ? nextTurn() : this.#wait(search))
      const refused = inTurn ? subscription.goLive() : TOO_MANY
      if (refused === undefined || subscription.isClosed) return
      this.close(id)
      this.#party.refuse('CLOSED', id, refused)
    } catch (error) {
      if (subscription.isClosed) return
      this.close(id)
      this.#party.fault('CLOSED', id, error)
    }
  }

  /** Many a client leaves at EOSE, so a moment is spent on what may be found elsewhere when there is nothing here. */
  #wait(search: Promise<unknown>): Promise<unknown> {
    let cancel = () => {}
    const enough = new Promise<void>(resolve => {
      cancel = this.#parts.clock.after(this.#parts.limits.missingMs, resolve)
    })
    return Promise.race([search, enough]).finally(() => cancel())
  }

  async count({ id, filters }: Question): Promise<void> {
    const { access, events } = this.#parts
    const visitor = this.#party.visitor()
    const refused = access.mayAsk(visitor, filters)
    if (refused !== undefined) {
      this.#party.refuse('CLOSED', id, refused)
      return
    }
    const { signal } = this.#end
    try {
      const done = await this.#turns.take(async () => {
        if (signal.aborted) return
        const count = await events.count(filters, { view: access.viewOf(visitor) }, signal)
        this.#party.answer('COUNT', id, { count })
      })
      if (!done) this.#party.refuse('CLOSED', id, TOO_MANY)
    } catch (error) {
      if (!signal.aborted) this.#party.fault('CLOSED', id, error)
    }
  }

  close(id: string): void {
    this.#parts.subscriptions.close(this.#party, id)
  }

  /** The visitor is another one now: what is open goes on with their view, or ends. */
  lookAgain(): void {
    const { subscriptions, access } = this.#parts
    const visitor = this.#party.visitor()
    for (const subscription of subscriptions.of(this.#party)) {
      const refused = access.mayAsk(visitor, subscription.filters)
      if (refused === undefined) subscription.view = access.viewOf(visitor)
      else {
        this.close(subscription.id)
        this.#party.refuse('CLOSED', subscription.id, refused)
      }
    }
  }

  closeAll(): void {
    this.#end.abort()
    this.#parts.subscriptions.closeAll(this.#party)
  }
}
