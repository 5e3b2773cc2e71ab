import { describe, expect, test } from 'vitest'
import { KIND } from '../../../src/event/kinds.ts'
import type { Store } from '../../../src/store/store.ts'
import { BASE_SECONDS, strangerKey, unsignedEvent } from '../../support/events.ts'
import { diskBackend } from '../../support/stores.ts'

const ALICE = strangerKey('alice')
const posts = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    unsignedEvent(ALICE, { created_at: BASE_SECONDS + i, content: `${i}`, tags: [['t', 'x']] }),
  )

async function filled(count: number): Promise<{ store: Store; close: () => Promise<void> }> {
  const backend = await diskBackend()
  const { store } = await backend.open()
  await Promise.all(posts(count).map(post => store.events.put(post, { durable: false })))
  const close = async (): Promise<void> => {
    await store.close()
    await backend.dispose()
  }
  return { store, close }
}

describe('an event that was read before it is asked for', () => {
  test.each([{}, { tags: new Map([['t', ['x']]]) }])('and is deleted meanwhile is not given: %o', async filter => {
    const { store, close } = await filled(600)
    const newest = posts(600).reverse()
    const reading = store.events.read([filter])
    const given = await reading.next(70)
    expect(given.map(({ event }) => event)).toEqual(newest.slice(0, 70))
    const gone = newest.slice(100, 400)
    const deletion = unsignedEvent(ALICE, { kind: KIND.deletion, tags: gone.map(({ id }) => ['e', id]) })
    await store.events.put(deletion, { durable: false })
    const rest: string[] = []
    for (let page = await reading.next(90); page.length > 0; page = await reading.next(90)) {
      rest.push(...page.map(({ event }) => event.id))
    }
    expect(rest).toEqual(newest.slice(70).flatMap(post => (gone.includes(post) ? [] : [post.id])))
    await close()
  })
})
