/** `@nostr-dev-kit/ndk` and its sync at a running node. */
import NDK, { NDKEvent, NDKPrivateKeySigner, type NDKRelay, NDKRelayAuthPolicies } from '@nostr-dev-kit/ndk'
import { NDKSync } from '@nostr-dev-kit/sync'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bytesToHex } from '../../src/event/hex.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { relayWithPosts, SocketFromElsewhere } from '../support/client-relays.ts'

const cleanUp = useCleanUp()
afterEach(() => vi.unstubAllGlobals())

/** Connected, and signed in where the relay asks for it. */
async function connected(
  url: string,
  keys: KeyPair,
  when: 'relay:ready' | 'relay:authed' = 'relay:ready',
): Promise<NDK> {
  const signer = new NDKPrivateKeySigner(bytesToHex(keys.secretKey))
  // The outbox model would go to relays of the world.
  const ndk = new NDK({ explicitRelayUrls: [url], enableOutboxModel: false, signer })
  ndk.relayAuthDefaultPolicy = NDKRelayAuthPolicies.signIn({ ndk })
  cleanUp.add(() => {
    for (const relay of ndk.pool.relays.values()) relay.disconnect()
  })
  const ready = new Promise<NDKRelay>(resolve => ndk.pool.once(when, resolve))
  await ndk.connect()
  await ready
  return ndk
}

const idsOf = (events: Iterable<{ id: string }>) => [...events].map(({ id }) => id).sort()

describe('NDK', () => {
  it('publishes, fetches and counts', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 3)
    const ndk = await connected(url, alice)
    const event = new NDKEvent(ndk, { kind: 1, content: 'by NDK' })
    expect([...(await event.publish())].map(relay => relay.url)).toEqual([`${url}/`])
    const found = await ndk.fetchEvents({ kinds: [1], authors: [alice.pubkey] })
    expect(idsOf(found)).toEqual(idsOf([...posts, event]))
    expect(await ndk.count({ kinds: [1] })).toMatchObject({ count: 4 })
  })

  it('subscribes: what is stored, then what comes', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 2)
    const ndk = await connected(url, alice)
    const got: string[] = []
    const stored = Promise.withResolvers<void>()
    const live = Promise.withResolvers<void>()
    const event = new NDKEvent(ndk, { kind: 1, content: 'live' })
    await event.sign()
    const subscription = ndk.subscribe(
      { kinds: [1] },
      { closeOnEose: false },
      {
        onEvent({ id }) {
          got.push(id)
          if (id === event.id) live.resolve()
        },
        onEose: () => stored.resolve(),
      },
    )
    cleanUp.add(() => subscription.stop())
    await stored.promise
    expect([...got].sort()).toEqual(idsOf(posts))
    event.ndk = await connected(url, alice)
    await event.publish()
    await live.promise
  })

  it('signs in by NIP-42 where it comes from elsewhere', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 2)
    vi.stubGlobal('WebSocket', SocketFromElsewhere)
    const ndk = await connected(url, alice, 'relay:authed')
    expect(idsOf(await ndk.fetchEvents({ kinds: [1] }))).toEqual(idsOf(posts))
  })

  it('reconciles by negentropy with what it has, and fetches the rest', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 40)
    const ndk = await connected(url, alice)
    const known = posts.slice(0, 30).map(post => new NDKEvent(ndk, { ...post, tags: [] }))
    const own = new NDKEvent(ndk, { kind: 1, content: 'not published' })
    await own.sign()
    ndk.cacheAdapter = {
      locking: false,
      query: ({ filters }) => [...known, own].filter(({ id }) => filters.some(({ ids }) => ids?.includes(id) ?? true)),
      setEvent: async () => {},
    }
    const { need, have, events } = await new NDKSync(ndk).sync({ kinds: [1] }, { relayUrls: [url] })
    expect([...have]).toEqual([own.id])
    expect([...need].sort()).toEqual(idsOf(posts.slice(30)))
    expect(idsOf(events)).toEqual(idsOf(posts.slice(30)))
  })
})
