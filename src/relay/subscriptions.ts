/** The open subscriptions of all sessions: the index that each new event is looked up in, and their bounds. */
import type { Filter } from '../event/filter.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import type { Live, News } from '../flow/live.ts'
import type { View } from '../store/mark.ts'
import type { EventStore } from '../store/store.ts'
import type { RelayLimits } from './limits.ts'
import { createMatcher, valuesOf } from './matcher.ts'
import { type Frame, frameOf } from './outgoing.ts'
import type { Party } from './party.ts'
import { Subscription } from './subscription.ts'

export interface Subscriptions {
  /** Listens from now on; reading is up to the caller (`load`). The id must be free. */
  open(party: Party, wanted: WantedSubscription): Subscription | Rejection
  close(party: Party, id: string): void
  closeAll(party: Party): void
  of(party: Party): readonly Subscription[]
  count(party: Party): number
  /** Of all. */
  size(): number
  stop(): void
}

export interface WantedSubscription {
  readonly id: string
  readonly filters: readonly Filter[]
  readonly view: View | undefined
}

export interface SubscriptionsParts {
  readonly events: Pick<EventStore, 'read' | 'has' | 'lastPosition'>
  readonly listen: Live['listen']
  readonly limits: RelayLimits
}

/** What one client has open. */
interface Shelf {
  /** In an array: a table that gains and loses an entry with each question costs more than the look through it. */
  readonly open: Subscription[]
  values: number
}

export function createSubscriptions({ events, listen, limits }: SubscriptionsParts): Subscriptions {
  const shelves = new Map<Party, Shelf>()
  const matcher = createMatcher<Subscription>()
  let strangersValues = 0
  const stop = listen(news => {
    const found = matcher.match(news.event)
    if (found.length === 0) return
    const frames = createFrames(news)
    for (const subscription of found) subscription.take(news, frames)
  })

  function refusal(party: Party, shelf: Shelf, values: number): Rejection | undefined {
    if (shelf.open.length >= limits.maxSubscriptions) {
      return reject('rate-limited', `A connection may have ${limits.maxSubscriptions} subscriptions. Close one first.`)
    }
    if (shelf.values + values > limits.maxFilterValues) {
      const reason = `The subscriptions of a connection may list ${limits.maxFilterValues} values. Close one first.`
      return reject('rate-limited', reason)
    }
    if (party.isTrusted || strangersValues + values <= limits.maxStrangersFilterValues) return undefined
    return reject('rate-limited', 'This relay has as many subscriptions as it can. Try again later.')
  }

  function count(party: Party, shelf: Shelf, values: number): void {
    shelf.values += values
    if (!party.isTrusted) strangersValues += values
  }

  function drop(party: Party, shelf: Shelf, subscription: Subscription): void {
    shelf.open.splice(shelf.open.indexOf(subscription), 1)
    count(party, shelf, -valuesOf(subscription.filters))
    matcher.remove(subscription)
    subscription.close()
  }

  return {
    open(party, wanted) {
      const shelf = shelves.get(party) ?? { open: [], values: 0 }
      const values = valuesOf(wanted.filters)
      const refused = refusal(party, shelf, values)
      if (refused !== undefined) return refused
      const { maxLimit: maxEvents, maxEarly } = limits
      const subscription = new Subscription({ ...wanted, writer: party.writer, events, maxEvents, maxEarly })
      shelves.set(party, shelf)
      shelf.open.push(subscription)
      count(party, shelf, values)
      matcher.add(subscription, wanted.filters)
      return subscription
    },
    close(party, id) {
      const shelf = shelves.get(party)
      const subscription = shelf?.open.find(open => open.id === id)
      if (shelf !== undefined && subscription !== undefined) drop(party, shelf, subscription)
    },
    closeAll(party) {
      const shelf = shelves.get(party)
      if (shelf === undefined) return
      for (const subscription of [...shelf.open]) drop(party, shelf, subscription)
      shelves.delete(party)
    },
    of: party => [...(shelves.get(party)?.open ?? [])],
    size: () => matcher.size,
    count: party => shelves.get(party)?.open.length ?? 0,
    stop,
  }
}

/** One text of the event for all, and one frame for all that call their subscription the same. */
function createFrames({ event }: News): (id: string) => Frame {
  const json = JSON.stringify(event)
  const byId = new Map<string, Frame>()
  return id => {
    let frame = byId.get(id)
    if (frame === undefined) {
      frame = frameOf(`["EVENT",${JSON.stringify(id)},${json}]`)
      byId.set(id, frame)
    }
    return frame
  }
}
