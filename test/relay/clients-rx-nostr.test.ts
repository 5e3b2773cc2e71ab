/** `rx-nostr` at a running node. */

import { finalizeEvent, verifyEvent } from 'nostr-tools/pure'
import { createRxBackwardReq, createRxForwardReq, createRxNostr, type LazyFilter, type RxNostr } from 'rx-nostr'
import { describe, expect, it } from 'vitest'
import type { KeyPair } from '../../src/event/keys.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { relayWithPosts, SocketFromElsewhere } from '../support/client-relays.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()

function rxNostrOf(url: string, keys: KeyPair, websocketCtor?: typeof WebSocket): RxNostr {
  const rxNostr = createRxNostr({
    verifier: async event => verifyEvent({ ...event }),
    signer: {
      getPublicKey: async () => keys.pubkey,
      signEvent: async ({ kind, content, tags = [], created_at = Math.floor(Date.now() / 1000) }) =>
        finalizeEvent({ kind, content, tags, created_at }, keys.secretKey) as never,
    },
    authenticator: 'auto',
    ...(websocketCtor && { websocketCtor }),
  })
  rxNostr.setDefaultRelays([url])
  cleanUp.add(() => rxNostr.dispose())
  return rxNostr
}

/** Ids of the answer to one question. */
function fetched(rxNostr: RxNostr, filter: LazyFilter): Promise<string[]> {
  const ids: string[] = []
  const request = createRxBackwardReq()
  return new Promise((resolve, reject) => {
    rxNostr.use(request).subscribe({
      next: ({ event }) => void ids.push(event.id),
      complete: () => resolve(ids.sort()),
      error: reject,
    })
    request.emit([filter])
    request.over()
  })
}

const idsOf = (events: readonly { id: string }[]) => events.map(({ id }) => id).sort()

describe('rx-nostr', () => {
  it('publishes and fetches', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 3)
    const rxNostr = rxNostrOf(url, alice)
    const answers: boolean[] = []
    await new Promise<void>((resolve, reject) =>
      rxNostr.send({ kind: 1, content: 'by rx-nostr' }).subscribe({
        next: ({ ok }) => void answers.push(ok),
        complete: resolve,
        error: reject,
      }),
    )
    expect(answers).toEqual([true])
    expect(await fetched(rxNostr, { kinds: [1] })).toHaveLength(4)
    expect(await fetched(rxNostr, { ids: [posts[0]!.id] })).toEqual([posts[0]!.id])
  })

  it('follows what comes', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 2)
    const rxNostr = rxNostrOf(url, alice)
    const request = createRxForwardReq()
    const got: string[] = []
    rxNostr.use(request).subscribe(({ event }) => void got.push(event.content))
    request.emit([{ kinds: [1] }])
    await until('the stored ones', () => got.length === posts.length)
    rxNostrOf(url, alice).send({ kind: 1, content: 'live' })
    await until('the live one', () => got.includes('live'))
    expect(got).toHaveLength(3)
  })

  it('signs in by NIP-42 and asks again by itself', async () => {
    const { url, alice, posts } = await relayWithPosts(cleanUp, 2)
    const rxNostr = rxNostrOf(url, alice, SocketFromElsewhere as unknown as typeof WebSocket)
    expect(await fetched(rxNostr, { kinds: [1] })).toEqual(idsOf(posts))
  })
})
