/** The open subscriptions of all sessions: the index that each new event is looked up in, and their bounds. */
import type { Filter } from '../event/filter.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import type { Live, News } from '../flow/live.ts'
import type { View } from '../store/mark.ts'
import type { EventStore } from '../store/store.ts'
import type { RelayLimits } from './limits.ts'
import { createMatcher } from './matcher.ts'
import { type Frame, frameOf, type Writer } from './outgoing.ts'
import { Subscription } from './subscription.ts'

export interface Subscriptions {
  /** Listens from now on; reading is up to the caller (`load`). The id must be free. */
  open(owner: object, wanted: WantedSubscription): Subscription | Rejection
  close(owner: object, id: string): void
  closeAll(owner: object): void
  count(owner: object): number
  stop(): void
}

export interface WantedSubscription {
  readonly id: string
  readonly filters: readonly Filter[]
  readonly view: View | undefined
  readonly writer: Writer
}

export interface SubscriptionsParts {
  readonly events: Pick<EventStore, 'read' | 'has' | 'lastPosition'>
  readonly listen: Live['listen']
  readonly limits: RelayLimits
}

/** What one session has open. */
interface Shelf {
  readonly byId: Map<string, Subscription>
  values: number
}

export function createSubscriptions({ events, listen, limits }: SubscriptionsParts): Subscriptions {
  const shelves = new Map<object, Shelf>()
  const matcher = createMatcher<Subscription>()
  const stop = listen(news => {
    const found = matcher.match(news.event)
    if (found.length === 0) return
    const frames = createFrames(news)
    for (const subscription of found) subscription.take(news, frames)
  })

  function drop(shelf: Shelf, subscription: Subscription): void {
    shelf.byId.delete(subscription.id)
    shelf.values -= valuesOf(subscription.filters)
    matcher.remove(subscription)
    subscription.close()
  }

  return {
    open(owner, wanted) {
      const shelf = shelves.get(owner) ?? { byId: new Map<string, Subscription>(), values: 0 }
      if (shelf.byId.size >= limits.maxSubscriptions) {
        return reject(
          'rate-limited',
          `A connection may have ${limits.maxSubscriptions} subscriptions. Close one that is not needed.`,
        )
      }
      const values = valuesOf(wanted.filters)
      if (shelf.values + values > limits.maxFilterValues) {
        return reject(
          'rate-limited',
          `The subscriptions of a connection may list ${limits.maxFilterValues} values. Close one that is not needed.`,
        )
      }
      const subscription = new Subscription({ ...wanted, events, maxEvents: limits.maxLimit })
      shelves.set(owner, shelf)
      shelf.byId.set(wanted.id, subscription)
      shelf.values += values
      matcher.add(subscription, wanted.filters)
      return subscription
    },
    close(owner, id) {
      const shelf = shelves.get(owner)
      const subscription = shelf?.byId.get(id)
      if (shelf === undefined || subscription === undefined) return
      drop(shelf, subscription)
      if (shelf.byId.size === 0) shelves.delete(owner)
    },
    closeAll(owner) {
      const shelf = shelves.get(owner)
      if (shelf === undefined) return
      for (const subscription of shelf.byId.values()) drop(shelf, subscription)
      shelves.delete(owner)
    },
    count: owner => shelves.get(owner)?.byId.size ?? 0,
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

/** A filter costs something itself, beside the values that it lists. */
function valuesOf(filters: readonly Filter[]): number {
  let values = 0
  for (const { ids, authors, kinds, tags } of filters) {
    values += 1 + (ids?.length ?? 0) + (authors?.length ?? 0) + (kinds?.length ?? 0)
    for (const list of tags?.values() ?? []) values += list.length
  }
  return values
}
