/** What `/status` says of a node's bounds (specification/rest-api.md, R1.10), from real parts. */
import { expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()

it('R1.10: a node says how much it has of what is bounded, and how much that may be', async () => {
  const hub = await startTestNode(cleanUp, { owner: 'ann' })
  const home = await startTestNode(cleanUp, { owner: 'sam', bootstraps: [hub.address], maxEvents: 1_234 })
  await until('the two to know each other', async () => (await home.client.status()).knownNodes === 1)
  const post = await home.post(draft.post('to be deleted'))
  await home.post(draft.deletion([post]))
  const { limits, store } = await home.client.status()
  expect(limits).toEqual({
    events: { used: 1, max: 1_234 },
    bytes: { used: store.bytes, max: home.config.maxBytes },
    guestEvents: { used: 0, max: store.guests.maxEvents },
    guestBytes: { used: 0, max: store.guests.maxBytes },
    tombstones: { used: 1, max: 100_000 },
    settledDeliveries: { used: 0, max: 1_000 },
    peers: { used: 1, max: home.config.tuning.maxPeers },
    knownNodes: { used: 1, max: 10_000 },
    boundOwners: { used: 0, max: 10_000 },
    dhtRecords: { used: 0, max: 10_000 },
    vanished: { used: 0, max: 10_000 },
    knownPeers: { used: 1, max: 500 },
    // This node and the other one.
    peerRecords: { used: 2, max: 1_000 },
    seenMessages: { used: expect.any(Number), max: 100_000 },
    gossipScores: { used: 1, max: 1_000 },
    quotas: { used: expect.any(Number), max: 5_000 },
    relayPlaces: { used: 0, max: 100 },
    relayLists: { used: 0, max: 10_000 },
  })
})
