/** nostr-tools at a running node: SimplePool, AUTH, COUNT, negentropy. */
import { type EventTemplate, type Filter, finalizeEvent, nip77, SimplePool } from 'nostr-tools'
import { AbstractRelay } from 'nostr-tools/abstract-relay'
import { verifyEvent } from 'nostr-tools/pure'
import { describe, expect, it } from 'vitest'
import type { KeyPair } from '../../src/event/keys.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { relayWithPosts, SocketFromElsewhere } from '../support/client-relays.ts'

const cleanUp = useCleanUp()

function poolOf(url: string): SimplePool {
  const pool = new SimplePool()
  cleanUp.add(() => pool.close([url]))
  return pool
}

const now = () => Math.floor(Date.now() / 1000)
const signedBy = (keys: KeyPair, fields: Partial<EventTemplate>) =>
  finalizeEvent({ kind: 1, tags: [], content: '', created_at: now(), ...fields }, keys.secretKey)
const idsOf = (events: readonly { id: string }[]) => events.map(({ id }) => id).sort()

describe('SimplePool', () => {
  it('publishes, and fetches what there is', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 3)
    const pool = poolOf(url)
    const event = signedBy(alice, { content: 'by SimplePool' })
    await Promise.all(pool.publish([url], event))
    expect(await pool.get([url], { ids: [event.id] })).toMatchObject({ id: event.id })
    const all = await pool.querySync([url], { authors: [alice.pubkey], kinds: [1] })
    expect(idsOf(all)).toEqual(idsOf([...posts, event]))
    expect(idsOf(await pool.querySync([url], { kinds: [1], limit: 2 }))).toEqual(idsOf([posts[2]!, event]))
  })

  it('subscribes: stored ones, EOSE, live ones', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 2)
    const pool = poolOf(url)
    const got: string[] = []
    const stored = Promise.withResolvers<void>()
    const live = Promise.withResolvers<void>()
    const event = signedBy(alice, { content: 'live' })
    pool.subscribe(
      [url],
      { kinds: [1] },
      {
        onevent({ id }) {
          got.push(id)
          if (id === event.id) live.resolve()
        },
        oneose: stored.resolve,
      },
    )
    await stored.promise
    expect(got).toEqual([posts[1]!.id, posts[0]!.id])
    await Promise.all(poolOf(url).publish([url], event))
    await live.promise
    expect(got).toHaveLength(3)
  })

  it('is told why an event is not taken', async () => {
    const { url, posts } = await relayWithPosts(cleanUp, 1)
    const forged = { ...posts[0]!, content: 'another', tags: [] }
    await expect(Promise.all(poolOf(url).publish([url], forged))).rejects.toThrow(/invalid: .*id/)
  })
})

/** A relay object from elsewhere, which the node knows nothing of. */
async function relayFromElsewhere(url: string): Promise<AbstractRelay> {
  const relay = new AbstractRelay(url, {
    verifyEvent,
    websocketImplementation: SocketFromElsewhere as unknown as typeof WebSocket,
  })
  cleanUp.add(() => relay.close())
  await relay.connect()
  return relay
}

function closing(relay: AbstractRelay, filter: Filter): Promise<string> {
  return new Promise(resolve => relay.subscribe([filter], { onclose: resolve, oneose: () => resolve('EOSE') }))
}

describe('a relay from elsewhere', () => {
  it('shows its owner everything after AUTH, and nothing before', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 2)
    const relay = await relayFromElsewhere(url)
    expect(await closing(relay, { kinds: [1] })).toMatch(/^auth-required: /)
    await relay.auth(async template => finalizeEvent(template, alice.secretKey))
    const got: string[] = []
    await new Promise<void>(resolve =>
      relay.subscribe([{ kinds: [1] }], { onevent: event => void got.push(event.id), oneose: resolve }),
    )
    expect(got.sort()).toEqual(idsOf(posts))
  })

  it('counts (NIP-45)', async () => {
    const { url, alice } = await relayWithPosts(cleanUp, 3)
    const relay = await relayFromElsewhere(url)
    await relay.auth(async template => finalizeEvent(template, alice.secretKey))
    expect(await relay.count([{ kinds: [1] }], {})).toBe(3)
    expect(await relay.count([{ kinds: [7] }], {})).toBe(0)
  })
})

describe('NegentropySync (NIP-77)', () => {
  it('learns what it has alone and what the node has alone', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 40)
    const relay = await poolOf(url).ensureRelay(url)
    const storage = new nip77.NegentropyStorageVector()
    const own = signedBy(alice, { content: 'not published' })
    for (const { created_at, id } of [...posts.slice(0, 30), own]) storage.insert(created_at, id)
    storage.seal()
    const [have, need]: [string[], string[]] = [[], []]
    const reason = await new Promise<string | undefined>((resolve, reject) => {
      const sync = new nip77.NegentropySync(
        relay,
        storage,
        { kinds: [1] },
        { onhave: id => have.push(id), onneed: id => need.push(id), onclose: resolve },
      )
      sync.start().catch(reject)
    })
    expect(reason).toBe(undefined)
    expect(have).toEqual([own.id])
    expect(need.sort()).toEqual(idsOf(posts.slice(30)))
  })
})
