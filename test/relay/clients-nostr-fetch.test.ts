/** `nostr-fetch` at a running node: it walks back by `until`, page by page. */
import * as nostrFetch from 'nostr-fetch'
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { relayWithPosts } from '../support/client-relays.ts'

const cleanUp = useCleanUp()

interface Found {
  readonly id: string
}

/** Its types name files without their extension, which a strict reader of modules does not find. */
interface Fetcher {
  fetchAllEvents(relays: string[], filter: object, time: object, options: object): Promise<Found[]>
  fetchLatestEvents(relays: string[], filter: object, limit: number): Promise<Found[]>
  fetchLatestEventsPerAuthor(authors: object, filter: object, limit: number): AsyncIterable<{ events: Found[] }>
  shutdown(): void
}
const { NostrFetcher } = nostrFetch as unknown as { readonly NostrFetcher: { init(): Fetcher } }

function fetcher(): Fetcher {
  const created = NostrFetcher.init()
  cleanUp.add(() => created.shutdown())
  return created
}

const idsOf = (events: readonly Found[]) => events.map(({ id }) => id)

describe('NostrFetcher', () => {
  it('fetches everything of a time, over several pages', async () => {
    const { url, posts } = await relayWithPosts(cleanUp, 30)
    const since = posts[5]!.created_at
    const all = await fetcher().fetchAllEvents([url], { kinds: [1] }, { since }, { limitPerReq: 7, sort: true })
    expect(idsOf(all)).toEqual(idsOf(posts.slice(5)).reverse())
  })

  it('fetches the latest, and the latest of each author', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 12)
    expect(idsOf(await fetcher().fetchLatestEvents([url], { kinds: [1] }, 5))).toEqual(idsOf(posts.slice(-5)).reverse())
    const authors = { authors: [alice.pubkey], relayUrls: [url] }
    const found: string[][] = []
    for await (const { events } of fetcher().fetchLatestEventsPerAuthor(authors, { kinds: [1] }, 2)) {
      found.push(idsOf(events))
    }
    expect(found).toEqual([idsOf(posts.slice(-2)).reverse()])
  })

  it('learns from NIP-11 what the node can do', async () => {
    const { url } = await relayWithPosts(cleanUp, 1)
    const found = await fetcher().fetchLatestEvents([url], { kinds: [1], search: 'post' }, 5)
    expect(found).toHaveLength(1)
  })
})
