import { describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../../src/event/event.ts'
import type { News } from '../../../src/flow/live.ts'
import { frameOf } from '../../../src/relay/outgoing.ts'
import { Subscription, type SubscriptionParts } from '../../../src/relay/subscription.ts'
import type { Mark } from '../../../src/store/mark.ts'
import type { FoundEvent } from '../../../src/store/store.ts'
import { personFrom, signedEvent } from '../../support/events.ts'

const NOWHERE = { broadcast: false, to: [] }

/** A subscription over a reading that gives these events, and stops before the end until it is let go. */
function start(stored: readonly (readonly [VerifiedEvent, number])[], lastPosition: number, hidden?: Mark) {
  const sent: unknown[][] = []
  const { promise: gate, resolve: letGo } = Promise.withResolvers<void>()
  const pages: FoundEvent[][] = [
    stored.map(([event, position]) => ({ event, position, json: JSON.stringify(event) }) as FoundEvent),
  ]
  const parts: SubscriptionParts = {
    id: 'a',
    filters: [{}],
    view: hidden === undefined ? undefined : (_, mark) => mark !== hidden,
    events: {
      lastPosition: () => lastPosition,
      has: () => true,
      read: () => ({
        async next() {
          await gate
          return pages.shift() ?? []
        },
        isComplete: () => true,
        close: () => {},
      }),
    },
    writer: {
      send: message => void sent.push(JSON.parse(typeof message === 'string' ? message : message.text)),
      sendArray: (start, { json }) => void sent.push(JSON.parse(`${start}${json}]`)),
      flush: () => {},
      pendingBytes: () => 0,
      room: () => undefined,
      release: () => {},
    },
    maxEvents: 100,
    maxEarly: 100,
  }
  const subscription = new Subscription(parts)
  const take = (news: News) => subscription.take(news, id => frameOf(JSON.stringify(['EVENT', id, news.event])))
  const ids = () => sent.filter(([type]) => type === 'EVENT').map(([, , event]) => (event as VerifiedEvent).id)
  return { subscription, take, letGo, ids }
}

const event = signedEvent(personFrom('dave'), { content: 'x' })
const asGuests = (position: number): News => ({ result: 'stored', event, route: NOWHERE, mark: 'guest', position })
const asOpen = (position: number, before: number): News => ({
  ...asGuests(position),
  mark: 'open',
  promotedFrom: { mark: 'guest', position: before },
})

describe("a guest's event that is promoted while the stored events are read", () => {
  it.each<[string, readonly (readonly [VerifiedEvent, number])[], readonly News[]]>([
    ['after it was read', [[event, 5]], [asOpen(11, 5)]],
    ['before it was read: the reading finds nothing where it was', [], [asOpen(11, 5)]],
    ['and the reading sees where it is now, which is later than its moment', [[event, 11]], [asOpen(11, 5)]],
    ['and came in that time', [], [asGuests(11), asOpen(12, 11)]],
    ['and came in that time, seen by the reading', [[event, 12]], [asGuests(11), asOpen(12, 11)]],
  ])('is told once: %s', async (_, stored, news) => {
    const { subscription, take, letGo, ids } = start(stored, 10)
    const loaded = subscription.load()
    for (const each of news) take(each)
    letGo()
    await loaded
    expect(subscription.goLive()).toBeUndefined()
    expect(ids()).toEqual([event.id])
  })

  it('is told to who was not shown it before, also when it is live', async () => {
    const { subscription, take, letGo, ids } = start([], 10, 'guest')
    letGo()
    await subscription.load()
    subscription.goLive()
    take(asGuests(11))
    expect(ids()).toEqual([])
    take(asOpen(12, 11))
    expect(ids()).toEqual([event.id])
  })
})
