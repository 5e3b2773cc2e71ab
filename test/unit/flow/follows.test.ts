import { describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../../src/event/event.ts'
import { createFollows } from '../../../src/flow/follows.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { BASE_SECONDS, personFrom, signedEvent, strangerKey } from '../../support/events.ts'
import { openTestStore } from './memory-store.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')
const bob = personFrom('bob')
const [CAROL, DAVE] = [strangerKey('carol'), strangerKey('dave')]

async function start() {
  const { store } = await openTestStore(cleanUp)
  let owner: string | undefined = alice.pubkey
  let reads = 0
  const follows = createFollows(
    () => owner,
    (pubkey, kind) => {
      reads += 1
      return store.events.newest(pubkey, kind)
    },
  )
  async function put(event: VerifiedEvent, vanish = false) {
    expect((await store.events.put(event, { durable: false, vanish })).result).toBe('stored')
    follows.noticed(event)
    return event
  }
  const list = (by: typeof alice, pubkeys: readonly string[], secondsLater = 0) =>
    put(signedEvent(by, { kind: 3, created_at: BASE_SECONDS + secondsLater, tags: pubkeys.map(key => ['p', key]) }))
  const claim = (by: string | undefined) => {
    owner = by
  }
  const followed = () => {
    expect(follows.list().every(follows.includes)).toBe(true)
    return [CAROL, DAVE].filter(pubkey => follows.includes(pubkey))
  }
  return { put, list, followed, reads: () => reads, claim }
}

describe('whom the owner follows', () => {
  it('is read once, however often it is asked, and whatever else comes', async () => {
    const { list, put, followed, reads } = await start()
    await list(alice, [CAROL])
    for (let i = 0; i < 100; i++) {
      expect(followed()).toEqual([CAROL])
      await put(signedEvent(alice, { content: `${i}` }))
      await list(bob, [DAVE], i)
    }
    expect(reads()).toBe(1)
  })

  it('is the newest list, and nobody once that is deleted or all is forgotten', async () => {
    const { list, put, followed } = await start()
    expect(followed()).toEqual([])
    const first = await list(alice, [CAROL])
    expect(followed()).toEqual([CAROL])
    await list(alice, [DAVE], 1)
    expect(followed()).toEqual([DAVE])
    const second = await list(alice, [CAROL, DAVE], 2)
    expect(followed()).toEqual([CAROL, DAVE])
    await put(
      signedEvent(alice, {
        kind: 5,
        created_at: BASE_SECONDS + 3,
        tags: [
          ['e', first.id],
          ['e', second.id],
        ],
      }),
    )
    expect(followed()).toEqual([])
    await list(alice, [DAVE], 4)
    expect(followed()).toEqual([DAVE])
    await put(signedEvent(alice, { kind: 62, created_at: BASE_SECONDS + 5 }), true)
    expect(followed()).toEqual([])
  })

  it('is nobody while there is no owner, and that of who claims the node', async () => {
    const { list, followed, claim } = await start()
    await list(alice, [CAROL])
    claim(undefined)
    expect(followed()).toEqual([])
    claim(bob.pubkey)
    expect(followed()).toEqual([])
    claim(alice.pubkey)
    expect(followed()).toEqual([CAROL])
  })
})
